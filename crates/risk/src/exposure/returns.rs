//! The returns that today's exposures would have had.

use std::collections::BTreeMap;

use model::{Date, Symbol};

use super::{Exposures, Scaled};
use crate::absent::finite;
use crate::volatility::{Returns, returns_needed};
use crate::{Absent, Figure, History, Named, Settings, Timeline, Volatility};

/// A session counts when at least this share of the gross exposure has a return.
const COVERED_SHARE_MIN: f64 = 0.95;

/// The simple returns of today's exposures over past sessions, on their gross size.
///
/// # Units
/// Fractions of the gross exposure for one session. [`ExposureReturns::scaled`] turns what is computed from them into
/// dollars and ratios to equity.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposureReturns {
    /// The sessions that count.
    pub sessions: Vec<Date>,
    /// Their returns.
    pub returns: Vec<f64>,
    /// Sessions left out because too little of the exposure has a return.
    pub left_out_count: usize,
    /// Sessions that count although a part of the exposure has no return; that part adds nothing.
    pub partly_covered_count: usize,
    /// The gross exposure on markets, in dollars.
    pub gross: f64,
    /// Its ratio to equity.
    pub leverage: Figure,
}

/// How much today's exposures vary.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposureVolatility {
    /// The figures of the returns on gross exposure.
    pub of_gross: Volatility,
    /// Realised over 21 sessions, for a year.
    pub realized_21: Scaled,
    /// Realised over 63 sessions, for a year.
    pub realized_63: Scaled,
    /// Forecast for the coming sessions, for a year.
    pub forecast: Scaled,
}

/// The returns of today's exposures over the last sessions of a timeline.
///
/// # Convention
/// For each of the sessions that a forecast of volatility asks for, the dollars of each symbol times its simple return
/// on that session, added up and divided by the gross exposure. Sessions on which less than 95 % of the gross exposure
/// has a return are left out and counted. Private holdings take no part.
///
/// # Errors
/// [`Absent::NoExposure`], [`Absent::UnknownExposure`] when none is known.
///
/// # Source
/// Hull and White, 1998, Incorporating Volatility Updating into the Historical Simulation Method for VaR (today's
/// exposures on past returns).
pub fn exposure_returns(
    exposures: &Exposures,
    timeline: &Timeline,
    named: &[Named<'_>],
    settings: &Settings,
) -> Result<ExposureReturns, Absent> {
    let histories: BTreeMap<&Symbol, &History> = named
        .iter()
        .filter(|named| named.history.timeline() == timeline)
        .map(|n| (n.symbol, n.history))
        .collect();
    let sessions_count = returns_needed(settings).max(settings.covariance_window).min(timeline.len());
    let first = timeline.len() - sessions_count;
    let (mut sums, mut covered) = (vec![0.0; sessions_count], vec![0.0; sessions_count]);
    let mut gross = 0.0;
    for (_, symbol, dollars) in exposures.on_markets() {
        gross += dollars.abs();
        let Some(history) = histories.get(symbol) else { continue };
        for (at, value) in history.simple_returns().skip(first).enumerate() {
            let Some(value) = value else { continue };
            sums[at] += dollars * value;
            covered[at] += dollars.abs();
        }
    }
    if gross <= 0.0 {
        return Err(exposures.nothing());
    }
    let gross = finite(gross)?;
    let mut found = ExposureReturns {
        sessions: Vec::new(),
        returns: Vec::new(),
        left_out_count: 0,
        partly_covered_count: 0,
        gross,
        leverage: exposures.scaled(Ok(gross)).ratio,
    };
    for ((session, sum), covered) in timeline.sessions()[first..].iter().zip(sums).zip(covered) {
        if covered < COVERED_SHARE_MIN * gross || !f64::is_finite(sum / gross) {
            found.left_out_count += 1;
            continue;
        }
        // Adding up in another order than the gross exposure was leaves rounding.
        found.partly_covered_count += usize::from(covered < gross * (1.0 - 1e-12));
        found.sessions.push(*session);
        found.returns.push(sum / gross);
    }
    Ok(found)
}

impl ExposureReturns {
    /// A figure of the returns on gross exposure, in dollars and over equity.
    pub fn scaled(&self, of_gross: Figure) -> Scaled {
        Scaled {
            dollars: of_gross.and_then(|figure| finite(figure * self.gross)),
            ratio: of_gross.and_then(|figure| finite(figure * self.leverage?)),
        }
    }

    /// How much the exposures vary: realised, forecast, trend and percentile of these returns.
    ///
    /// # Units
    /// For a year of 252 sessions.
    pub fn volatility(&self, settings: &Settings) -> ExposureVolatility {
        let returns =
            Returns { dates: self.sessions.as_slice().into(), values: self.returns.as_slice().into() };
        let of_gross = Volatility::of(&returns, settings);
        ExposureVolatility {
            realized_21: self.scaled(of_gross.realized_21.value),
            realized_63: self.scaled(of_gross.realized_63.value),
            forecast: self.scaled(of_gross.har.number(|har| har.forecast_annual)),
            of_gross,
        }
    }
}
