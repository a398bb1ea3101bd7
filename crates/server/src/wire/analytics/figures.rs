//! What figures of risk are made of.

use app::PortfolioRisk;
use ledger::HeldAt;
use model::Symbol;
use risk::{Estimate, Exposures, Figure};
use serde::Serialize;
use utoipa::ToSchema;

use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::{DateText, SymbolText};

/// A sum in dollars, and in proportion to equity.
#[derive(Serialize, ToSchema)]
pub struct Scaled {
    /// Dollars.
    pub dollars: Option<f64>,
    /// Dollars over equity, a fraction; null when the equity is not above zero.
    pub ratio: Option<f64>,
}

/// What a figure was computed from.
#[derive(Serialize, ToSchema)]
pub struct Sample {
    /// Observations asked for: returns, or rows of a regression.
    pub window: usize,
    /// Observations there were.
    pub n: usize,
    /// Session of the first observation.
    pub first: Option<DateText>,
    /// Session of the last observation.
    pub last: Option<DateText>,
}

/// A regression of daily returns on those of a benchmark.
#[derive(Serialize, ToSchema)]
pub struct Regression {
    /// The return for 1 of the benchmark's.
    beta: Option<f64>,
    /// The return on a session on which the benchmark stands still: a fraction a day, not annualised.
    alpha: Option<f64>,
    /// Share of the variance explained, from 0 to 1.
    r_squared: Option<f64>,
    /// Standard error of beta.
    std_error: Option<f64>,
    /// Beta over its standard error.
    t: Option<f64>,
    /// Two-sided probability of so large a t by chance, with n - 2 degrees of freedom.
    p: Option<f64>,
    /// Whether beta is beyond 5 on either side.
    is_extreme: bool,
    #[serde(flatten)]
    sample: Sample,
}

/// A position that takes no part in a figure.
#[derive(Serialize, ToSchema)]
pub struct PositionLeftOut {
    symbol: SymbolText,
    /// The stable name of the reason.
    #[schema(value_type = String)]
    reason: &'static str,
}

/// What a portfolio holds, as exposures.
#[derive(Clone, Copy)]
pub struct Book<'a> {
    pub held: &'a HeldAt,
    pub exposures: &'a Exposures,
}

impl Scaled {
    /// Of a sum, its reasons of absence noted.
    pub fn of(mut notes: Notes<'_>, scaled: risk::Scaled) -> Scaled {
        Scaled {
            dollars: notes.figure("dollars", scaled.dollars),
            ratio: notes.figure("ratio", scaled.ratio),
        }
    }

    /// Of a figure that may be absent as a whole.
    pub fn of_result(notes: Notes<'_>, scaled: Result<risk::Scaled, risk::Absent>) -> Scaled {
        let none = |reason| risk::Scaled { dollars: Err(reason), ratio: Err(reason) };
        Scaled::of(notes, scaled.unwrap_or_else(none))
    }
}

impl From<&risk::Sample> for Sample {
    fn from(sample: &risk::Sample) -> Sample {
        let risk::Sample { window, observations, first, last } = *sample;
        Sample { window, n: observations, first: first.map(Text), last: last.map(Text) }
    }
}

impl Regression {
    /// Of a fit, its reasons of absence noted.
    pub fn of(mut notes: Notes<'_>, fit: &Estimate<risk::Regression>) -> Regression {
        let of =
            |figure: fn(&risk::Regression) -> Figure| fit.value.as_ref().map_or_else(|it| Err(*it), figure);
        Regression {
            beta: notes.figure("beta", of(|fit| Ok(fit.beta))),
            alpha: notes.figure("alpha", of(|fit| Ok(fit.alpha))),
            r_squared: notes.figure("r_squared", of(|fit| fit.r_squared)),
            std_error: notes.figure("std_error", of(|fit| fit.std_error)),
            t: notes.figure("t", of(|fit| fit.t)),
            p: notes.figure("p", of(|fit| fit.p)),
            is_extreme: fit.value.is_ok_and(|fit| fit.is_extreme),
            sample: Sample::from(&fit.sample),
        }
    }
}

impl<'a> Book<'a> {
    /// Of a portfolio.
    pub fn of(answer: &'a PortfolioRisk) -> Book<'a> {
        Book { held: &answer.held, exposures: &answer.exposures }
    }

    /// The symbol of a position.
    pub fn symbol(self, at: usize) -> &'a Symbol {
        &self.held.holdings[at].instrument.symbol
    }

    /// The positions that take no part in a figure.
    pub fn left_out(self, missing: &[risk::Missing]) -> Vec<PositionLeftOut> {
        let of = |missing: &risk::Missing| PositionLeftOut {
            symbol: Text(self.symbol(missing.exposure).clone()),
            reason: missing.reason.as_str(),
        };
        missing.iter().map(of).collect()
    }
}
