//! How much a portfolio varies, and how bad a session can be.

use app::{KeptForecast, ReturnFigures, VolatilityFigures};
use risk::{Absent as Reason, Estimate, Har, TailRisk, Trend};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Sample, Scaled};
use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::{DateText, SymbolText, TimestampText};

/// How much today's exposures vary and how bad a session can be, with what was forecast before.
#[derive(Serialize, ToSchema)]
pub struct Volatilities {
    /// Of today's exposures over past sessions.
    volatility: ReturnVolatility,
    /// From covariances.
    ex_ante: ExAnte,
    /// Value at risk and expected shortfall of one session.
    losses: Losses,
    /// Forecasts that were kept, beside what came.
    forecasts: Vec<Forecast>,
}

/// Volatility of the simple returns that today's exposures would have had. Sums are a year's, 0.2 being 20 %.
#[derive(Serialize, ToSchema)]
pub struct ReturnVolatility {
    /// Realised over 21 sessions.
    realized_21: Realized,
    /// Realised over 63 sessions.
    realized_63: Realized,
    /// Forecast for the coming sessions.
    forecast: HarForecast,
    /// Where the 21-session volatility is heading.
    trend: VolatilityTrend,
    /// Where the 21-session volatility stands among its last values.
    percentile: Percentile,
    /// Sessions that count.
    sessions: usize,
    /// Sessions left out because less than 95 % of the gross exposure has a return.
    sessions_left_out: usize,
    /// Sessions that count although a part of the exposure has no return; that part adds nothing.
    sessions_partly_covered: usize,
}

/// A realised volatility, a year.
#[derive(Serialize, ToSchema)]
pub struct Realized {
    #[serde(flatten)]
    volatility: Scaled,
    #[serde(flatten)]
    sample: Sample,
}

/// A forecast of volatility, a year, by heterogeneous autoregression.
#[derive(Serialize, ToSchema)]
pub struct HarForecast {
    #[serde(flatten)]
    volatility: Scaled,
    /// Share of the variance of the target that the regression explains.
    r_squared: Option<f64>,
    /// Intercept and coefficients of the latest squared return, of the mean of the last 5 and of the last 22, in units of
    /// daily variance of returns on gross exposure.
    coefficients: Option<[f64; 4]>,
    /// Whether the forecast variance fell below zero and zero is told.
    is_floored: bool,
    #[serde(flatten)]
    sample: Sample,
}

/// The slope of the 21-session volatility of returns on gross exposure.
#[derive(Serialize, ToSchema)]
pub struct VolatilityTrend {
    /// Change of the yearly volatility on gross exposure for one session.
    slope: Option<f64>,
    /// The slope over its standard error; the values overlap.
    t: Option<f64>,
    #[serde(flatten)]
    sample: Sample,
}

/// A place among earlier values.
#[derive(Serialize, ToSchema)]
pub struct Percentile {
    /// Share of the values that are at most today's, from 0 to 1.
    share: Option<f64>,
    #[serde(flatten)]
    sample: Sample,
}

/// The volatility of today's exposures from the covariances of daily simple returns.
#[derive(Serialize, ToSchema)]
pub struct ExAnte {
    /// Deviation of one session.
    deviation_daily: Scaled,
    /// Volatility of a year of 252 sessions.
    volatility_annual: Scaled,
    /// Deviations of the symbols added up, over that of the whole.
    diversification_ratio: Option<f64>,
    /// Share of the gross exposure whose symbols are in the matrix, from 0 to 1.
    covered_share: Option<f64>,
    /// What each symbol adds.
    contributions: Vec<Contribution>,
    /// Symbols that are not in the matrix.
    left_out: Vec<SymbolText>,
    #[serde(flatten)]
    sample: Sample,
}

/// What one symbol adds to the deviation of the whole.
#[derive(Serialize, ToSchema)]
pub struct Contribution {
    symbol: SymbolText,
    /// Its net exposure in dollars.
    dollars: f64,
    /// Change of the whole's daily deviation, in dollars, for one dollar more of it.
    marginal: f64,
    /// Its share of the whole's deviation; the shares add up to 1.
    share: Option<f64>,
}

/// Losses in one session that are seldom exceeded, above zero when money is lost.
#[derive(Serialize, ToSchema)]
pub struct Losses {
    /// Value at risk with a confidence of 95 %, from the returns as they came.
    historical_var_95: Scaled,
    /// Expected shortfall beyond it.
    historical_shortfall_95: Scaled,
    /// Value at risk of 95 % if returns were normal.
    parametric_var_95: Scaled,
    /// Expected shortfall beyond it.
    parametric_shortfall_95: Scaled,
    /// Value at risk with a confidence of 99 %, from the returns as they came.
    historical_var_99: Scaled,
    /// Expected shortfall beyond it.
    historical_shortfall_99: Scaled,
    /// Value at risk of 99 % if returns were normal.
    parametric_var_99: Scaled,
    /// Expected shortfall beyond it.
    parametric_shortfall_99: Scaled,
    #[serde(flatten)]
    sample: Sample,
}

/// A forecast that was kept, beside what came.
#[derive(Serialize, ToSchema)]
pub struct Forecast {
    /// The session it is for: nothing after it counts in it.
    session: DateText,
    /// Sessions it looks ahead.
    horizon: usize,
    /// Volatility a year, over equity.
    forecast: f64,
    /// The root of the mean of the squared returns of the portfolio in those sessions, a year.
    came: Option<f64>,
    /// When it was made; after the sessions themselves when figures of the past were made up for.
    made_at: TimestampText,
}

impl Volatilities {
    /// Of the figures.
    pub fn of(mut notes: Notes<'_>, found: &VolatilityFigures, forecasts: &[KeptForecast]) -> Volatilities {
        Volatilities {
            volatility: ReturnVolatility::of(notes.below("volatility"), found),
            ex_ante: ExAnte::of(notes.below("ex_ante"), found),
            losses: Losses::of(notes.below("losses"), found),
            forecasts: Forecast::all(notes.below("forecasts"), forecasts),
        }
    }
}

impl ReturnVolatility {
    fn of(mut notes: Notes<'_>, found: &VolatilityFigures) -> ReturnVolatility {
        let [month, quarter] = risk::REALIZED_WINDOWS;
        let returns = found.returns.as_ref().map_err(|reason| *reason);
        let rows = found.forecast_rows;
        let count = |of: fn(&ReturnFigures) -> usize| returns.map_or(0, of);
        ReturnVolatility {
            realized_21: Realized::of(
                notes.below("realized_21"),
                returns.map(|it| (it.volatility.realized_21, it.volatility.of_gross.realized_21.sample)),
                month,
            ),
            realized_63: Realized::of(
                notes.below("realized_63"),
                returns.map(|it| (it.volatility.realized_63, it.volatility.of_gross.realized_63.sample)),
                quarter,
            ),
            forecast: HarForecast::of(notes.below("forecast"), returns, rows),
            trend: VolatilityTrend::of(
                notes.below("trend"),
                &returns.map_or_else(
                    |it| nothing(risk::TREND_WINDOW, it),
                    |it| it.volatility.of_gross.trend.clone(),
                ),
            ),
            percentile: Percentile::of(
                notes.below("percentile"),
                &returns.map_or_else(
                    |it| nothing(risk::PERCENTILE_WINDOW, it),
                    |it| it.volatility.of_gross.percentile.clone(),
                ),
            ),
            sessions: count(|it| it.returns.sessions.len()),
            sessions_left_out: count(|it| it.returns.left_out_count),
            sessions_partly_covered: count(|it| it.returns.partly_covered_count),
        }
    }
}

fn nothing<T>(window: usize, reason: Reason) -> Estimate<T> {
    Estimate::absent(risk::Sample::empty(window), reason)
}

impl Realized {
    fn of(notes: Notes<'_>, found: Result<(risk::Scaled, risk::Sample), Reason>, window: usize) -> Realized {
        let sample = found.map_or(risk::Sample::empty(window), |(_, sample)| sample);
        Realized {
            volatility: Scaled::of_result(notes, found.map(|(scaled, _)| scaled)),
            sample: Sample::from(&sample),
        }
    }
}

impl HarForecast {
    fn of(mut notes: Notes<'_>, returns: Result<&ReturnFigures, Reason>, rows: usize) -> HarForecast {
        let har: Estimate<Har> =
            returns.map_or_else(|it| nothing(rows, it), |it| it.volatility.of_gross.har.clone());
        let fit = har.value.as_ref().map_err(|reason| *reason);
        if let Err(reason) = fit {
            notes.note("coefficients", reason);
        }
        HarForecast {
            r_squared: notes.figure("r_squared", fit.and_then(|har| har.r_squared)),
            coefficients: fit.ok().map(|har| har.coefficients),
            is_floored: fit.is_ok_and(|har| har.is_floored),
            sample: Sample::from(&har.sample),
            volatility: Scaled::of_result(notes, returns.map(|it| it.volatility.forecast)),
        }
    }
}

impl VolatilityTrend {
    fn of(mut notes: Notes<'_>, found: &Estimate<Trend>) -> VolatilityTrend {
        let fit = found.value.as_ref().map_err(|reason| *reason);
        VolatilityTrend {
            slope: notes.figure("slope", fit.map(|trend| trend.slope)),
            t: notes.figure("t", fit.and_then(|trend| trend.t)),
            sample: Sample::from(&found.sample),
        }
    }
}

impl Percentile {
    fn of(mut notes: Notes<'_>, found: &Estimate<f64>) -> Percentile {
        Percentile { share: notes.figure("share", found.value), sample: Sample::from(&found.sample) }
    }
}

impl ExAnte {
    fn of(mut notes: Notes<'_>, found: &VolatilityFigures) -> ExAnte {
        let value = found.ex_ante.value.as_ref().map_err(|reason| *reason);
        let parts = value.map_or(&[][..], |found| &found.contributions);
        let mut below = notes.below("contributions");
        let contribution = |part: &risk::Contribution| Contribution {
            symbol: Text(part.symbol.clone()),
            dollars: part.dollars,
            marginal: part.marginal,
            share: below.below(part.symbol.as_str()).figure("share", part.share),
        };
        let contributions = parts.iter().map(contribution).collect();
        let (daily, annual) =
            (value.map(|found| found.deviation_daily), value.map(|found| found.volatility_annual));
        ExAnte {
            deviation_daily: Scaled::of_result(notes.below("deviation_daily"), daily),
            volatility_annual: Scaled::of_result(notes.below("volatility_annual"), annual),
            diversification_ratio: notes
                .figure("diversification_ratio", value.and_then(|found| found.diversification_ratio)),
            covered_share: notes.figure("covered_share", value.and_then(|found| found.covered_share)),
            contributions,
            left_out: found.covariance.left_out.iter().map(|gone| Text(gone.symbol.clone())).collect(),
            sample: Sample::from(&found.ex_ante.sample),
        }
    }
}

impl Losses {
    fn of(mut notes: Notes<'_>, found: &VolatilityFigures) -> Losses {
        let tails = found.returns.as_ref().map(|found| found.tails).map_err(|reason| *reason);
        let (of_95, of_99) = (tails.map(|tails| tails.of_95), tails.map(|tails| tails.of_99));
        let sample = tails.map_or(risk::Sample::empty(found.covariance.window), |tails| tails.sample);
        let mut scaled = |name: &str, tail: Result<TailRisk, Reason>, of: fn(TailRisk) -> risk::Scaled| {
            Scaled::of_result(notes.below(name), tail.map(of))
        };
        Losses {
            historical_var_95: scaled("historical_var_95", of_95, |tail| tail.historical_var),
            historical_shortfall_95: scaled("historical_shortfall_95", of_95, |it| it.historical_shortfall),
            parametric_var_95: scaled("parametric_var_95", of_95, |tail| tail.parametric_var),
            parametric_shortfall_95: scaled("parametric_shortfall_95", of_95, |it| it.parametric_shortfall),
            historical_var_99: scaled("historical_var_99", of_99, |tail| tail.historical_var),
            historical_shortfall_99: scaled("historical_shortfall_99", of_99, |it| it.historical_shortfall),
            parametric_var_99: scaled("parametric_var_99", of_99, |tail| tail.parametric_var),
            parametric_shortfall_99: scaled("parametric_shortfall_99", of_99, |it| it.parametric_shortfall),
            sample: Sample::from(&sample),
        }
    }
}

impl Forecast {
    fn all(mut notes: Notes<'_>, kept: &[KeptForecast]) -> Vec<Forecast> {
        let of = |kept: &KeptForecast| Forecast {
            session: Text(kept.session),
            horizon: kept.horizon,
            forecast: kept.forecast,
            came: notes.below(&kept.session.to_string()).figure("came", kept.came),
            made_at: Text(kept.made_at),
        };
        kept.iter().map(of).collect()
    }
}
