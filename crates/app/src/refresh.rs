//! The main job: market data brought up to date, then each missing session of each portfolio computed and
//! published.

mod analytics;
mod fundamentals;
mod json;
mod lease;
mod market_data;
mod plan;
mod report;
mod sectors;
mod snapshots;

use model::{Date, PortfolioId, SETTLE_DELAY_S_DEFAULT};
use store::books::KnownEvents;
use store::portfolios::StoredPortfolio;

use crate::{AppError, Context, Step};

pub(crate) use lease::lease_name;
pub(crate) use market_data::{first_wanted, universe};
pub use report::{
    Difference, Phase, PhaseReport, PhaseState, PortfolioReport, RefreshReport, RunState, Warning,
};
pub(crate) use snapshots::{market_of, model_history};

use lease::Leases;
use report::{Meter, named};

/// What to refresh.
#[derive(Clone, Debug, Default)]
pub struct RefreshRequest {
    /// One portfolio; all of the owner's when absent.
    pub portfolio: Option<String>,
    /// Compute again from this date on, whatever is stored.
    pub from: Option<Date>,
    /// The last date; when absent the last session on which a held public symbol has a bar.
    pub to: Option<Date>,
    /// Compute, compare and write nothing; nothing is fetched either.
    pub is_dry_run: bool,
    /// Compute the risk figures of all sessions, not only of the last and of those that missed nights left without.
    pub is_full_analytics: bool,
}

/// Refreshes portfolios. What fails for one portfolio is told in the report and stops no other.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::OutsideCalendar`], [`AppError::Invalid`], [`AppError::Store`].
pub async fn refresh(ctx: &Context, request: &RefreshRequest) -> Result<RefreshReport, AppError> {
    let (newest, end) = check(ctx, request)?;
    let portfolios = in_scope(ctx, request).await?;
    let mut report = RefreshReport::default();
    if let (Some(to), Some(end)) = (request.to, end)
        && to > newest
    {
        let told = format!("{to} is not complete yet; computed through {end}");
        report.warnings.push(Warning::new("not_complete_yet", told));
    }
    // A dry run writes nothing, so it needs nobody else to stand back.
    let leases = if request.is_dry_run { Leases::none() } else { Leases::take(ctx, &portfolios).await? };
    for (name, error) in leases.refused() {
        report.portfolios.push(PortfolioReport::failed(name.clone(), error));
    }
    let portfolios: Vec<StoredPortfolio> =
        portfolios.into_iter().filter(|stored| leases.holds(&stored.portfolio.name)).collect();
    let ids: Vec<PortfolioId> = portfolios.iter().map(|stored| stored.portfolio.id).collect();

    ctx.observer.reached(Step::PhaseStarted(Phase::MarketData)).await;
    let mut known = KnownEvents::default();
    let phase = if request.is_dry_run {
        PhaseReport::skipped(Phase::MarketData, "dry_run")
    } else {
        market_data::fetch_universe(ctx, &ids, end.unwrap_or(newest), &mut known).await
    };
    report.phases.push(phase);
    ctx.observer.reached(Step::PhaseEnded(Phase::MarketData)).await;
    ctx.check_going_on()?;
    ctx.observer.reached(Step::PhaseStarted(Phase::Fundamentals)).await;
    let phase = match out_of_date(request, end, newest) {
        Some(reason) => PhaseReport::skipped(Phase::Fundamentals, reason),
        None => fundamentals::learn_profiles(ctx, &ids).await,
    };
    report.phases.push(phase);
    ctx.observer.reached(Step::PhaseEnded(Phase::Fundamentals)).await;
    ctx.check_going_on()?;
    let asked = snapshots::Asked { request, end, newest };
    snapshots::compute_missing(ctx, &portfolios, &asked, &mut known, &mut report).await;
    ctx.check_going_on()?;
    ctx.observer.reached(Step::PhaseStarted(Phase::Sectors)).await;
    let phase = match out_of_date(request, end, newest) {
        Some(reason) => PhaseReport::skipped(Phase::Sectors, reason),
        None => sectors::record_exposures(ctx, &ids).await,
    };
    report.phases.push(phase);
    ctx.observer.reached(Step::PhaseEnded(Phase::Sectors)).await;
    ctx.check_going_on()?;
    report.phases.push(figures(ctx, request, &ids, known).await);
    leases.release().await;
    report.portfolios.sort_by(|a, b| a.name.cmp(&b.name));
    report.conclude();
    Ok(report)
}

/// The newest complete session, and the one that a request asks to end on, if the request makes sense.
pub(crate) fn check(ctx: &Context, request: &RefreshRequest) -> Result<(Date, Option<Date>), AppError> {
    let newest = newest_complete(ctx)?;
    let end = request.to.map(|to| end_session(ctx, to, newest)).transpose()?;
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from > to
    {
        let message = format!("the range begins on {from} and ends before, on {to}");
        return Err(AppError::Invalid { field: "from", message });
    }
    Ok((newest, end))
}

/// The sixth phase: the figures of risk, which never lose what was done before them.
async fn figures(
    ctx: &Context,
    request: &RefreshRequest,
    ids: &[PortfolioId],
    known: KnownEvents,
) -> PhaseReport {
    ctx.observer.reached(Step::PhaseStarted(Phase::Analytics)).await;
    let phase = match request.is_dry_run {
        true => PhaseReport::skipped(Phase::Analytics, "dry_run"),
        false => analytics::record_figures(ctx, ids, request.is_full_analytics, known).await,
    };
    ctx.observer.reached(Step::PhaseEnded(Phase::Analytics)).await;
    phase
}

/// Why the phases that speak of today are left out, if they are: profiles and sectors are as known now, and nothing of
/// now is stamped on the past.
fn out_of_date(request: &RefreshRequest, end: Option<Date>, newest: Date) -> Option<&'static str> {
    match end {
        _ if request.is_dry_run => Some("dry_run"),
        Some(end) if end < newest => Some("historical_date"),
        _ => None,
    }
}

/// The portfolios that a request speaks of.
pub(crate) async fn in_scope(
    ctx: &Context,
    request: &RefreshRequest,
) -> Result<Vec<StoredPortfolio>, AppError> {
    match &request.portfolio {
        Some(name) => Ok(vec![crate::portfolios::load(ctx, name).await?]),
        None => Ok(store::portfolios::of_owner(ctx.store()?, &ctx.owner).await?),
    }
}

/// The newest complete session.
pub(crate) fn newest_complete(ctx: &Context) -> Result<Date, AppError> {
    let now = ctx.clock.now();
    let newest = ctx.calendar.newest_complete(now, SETTLE_DELAY_S_DEFAULT);
    newest.ok_or_else(|| crate::portfolios::outside_calendar(ctx, now.utc_date()))
}

/// The session a refresh to a date ends on: the last one on or before it that is complete.
fn end_session(ctx: &Context, to: Date, newest: Date) -> Result<Date, AppError> {
    ctx.calendar.on_or_before(to.min(newest)).ok_or_else(|| crate::portfolios::outside_calendar(ctx, to))
}
