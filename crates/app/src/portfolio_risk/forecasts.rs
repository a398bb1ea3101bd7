//! Forecasts that were kept, beside what came.

use model::{Date, Timestamp};
use quant::SESSIONS_A_YEAR;
use risk::{Absent, Figure};
use store::risks::Forecast;
use store::snapshots::StoredSnapshot;

use super::Loaded;
use crate::{AppError, Context};

/// Forecasts shown at the most, the newest of them.
const SHOWN_MAX: usize = 63;

/// A forecast of a portfolio's volatility as it was made, beside what came.
///
/// # Units
/// Volatilities a year, over equity.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptForecast {
    /// The session it was made for.
    pub session: Date,
    /// Sessions it looks ahead.
    pub horizon: usize,
    /// What was forecast.
    pub forecast: f64,
    /// The root of the mean of the squared returns of those sessions, for a year; absent until all of them are there.
    pub came: Figure,
    /// When it was made: a forecast made after those sessions is one by hindsight, of nothing but what was known before.
    pub made_at: Timestamp,
}

/// The newest forecasts up to the session, each beside what came.
///
/// # Errors
/// Those of a database.
pub(super) async fn of(ctx: &Context, loaded: &Loaded) -> Result<Vec<KeptForecast>, AppError> {
    let kept =
        store::risks::forecasts(ctx.store()?, loaded.portfolio.id, loaded.first(), loaded.session).await?;
    Ok(compared(&kept, loaded.snapshots()))
}

/// The newest forecasts, each beside what the portfolio's own returns came to in the sessions after it.
fn compared(forecasts: &[Forecast], snapshots: &[StoredSnapshot]) -> Vec<KeptForecast> {
    let shown = &forecasts[forecasts.len().saturating_sub(SHOWN_MAX)..];
    let compared = |kept: &Forecast| {
        let horizon = usize::try_from(kept.horizon).unwrap_or(0);
        let after = snapshots.partition_point(|stored| stored.snapshot.session <= kept.session);
        let came = after_of(&snapshots[after..], horizon);
        KeptForecast { session: kept.session, horizon, forecast: kept.forecast, came, made_at: kept.made_at }
    };
    shown.iter().map(compared).collect()
}

fn after_of(snapshots: &[StoredSnapshot], horizon: usize) -> Figure {
    let too_few = Absent::Numeric(quant::Absent::TooFewReturns);
    let sessions = snapshots.get(..horizon).filter(|_| horizon > 0).ok_or(too_few)?;
    let returns: Option<Vec<f64>> = sessions.iter().map(|stored| stored.snapshot.daily_return).collect();
    let squares: f64 = returns.ok_or(too_few)?.iter().map(|value| value * value).sum();
    Ok((squares / horizon as f64 * SESSIONS_A_YEAR).sqrt())
}
