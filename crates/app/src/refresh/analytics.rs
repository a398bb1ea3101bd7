//! The sixth phase: the risk figures of portfolios, and the figures of symbols they are added up from.

mod compute;
mod due;
mod load;

use std::collections::{BTreeMap, BTreeSet};

use model::{Date, PortfolioId};
use store::books::KnownEvents;
use store::risks::StoredPortfolioRisk;
use store::{StoreError, Transaction};

use super::{Meter, Phase, PhaseReport, PhaseState, Warning, named};
use crate::context::pause;
use crate::{AppError, Context};

use compute::{Found, compute};
use load::{Loaded, load};

/// Computes and records the figures that are due of portfolios. What fails of one portfolio is told and
/// stops no other.
pub async fn record_figures(
    ctx: &Context,
    portfolios: &[PortfolioId],
    is_full: bool,
    known: KnownEvents,
) -> PhaseReport {
    let (mut meter, ctx) = match Meter::start(ctx, Phase::Analytics) {
        Ok(started) => started,
        Err(error) => return PhaseReport::failed(Phase::Analytics, &error),
    };
    let state = run(&ctx, portfolios, is_full, known, &mut meter).await;
    let is_empty = matches!(state, Ok(PhaseState::Skipped));
    let mut report = meter.report(state);
    if is_empty {
        report.reason = Some("nothing_held".to_owned());
    }
    report
}

async fn run(
    ctx: &Context,
    portfolios: &[PortfolioId],
    is_full: bool,
    mut known: KnownEvents,
    meter: &mut Meter,
) -> Result<PhaseState, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        meter.check(ctx)?;
        let loaded = load(ctx, portfolios, is_full, std::mem::take(&mut known)).await?;
        if loaded.has_no_session() {
            return Ok(PhaseState::Skipped);
        }
        let found = tokio::task::block_in_place(|| compute(ctx, &loaded));
        meter.check(ctx)?;
        match record(ctx, &found).await {
            Ok(()) => return Ok(tell(ctx, &loaded, &found, meter)),
            // Events, results or instruments were recorded meanwhile.
            Err(AppError::Store(StoreError::Guard { .. } | StoreError::Constraint { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AppError::Conflict { what: "the books of a portfolio".to_owned() })
}

/// Records portfolios with their forecasts, then symbols, no more in one transaction than snapshots are recorded together;
/// nothing when nothing was due.
async fn record(ctx: &Context, found: &Found) -> Result<(), AppError> {
    let most = ctx.limits.record_snapshots_max.max(1);
    for group in found.portfolios.chunks(most) {
        let ids: BTreeSet<PortfolioId> = group.iter().map(|new| new.risk.portfolio).collect();
        let sessions: BTreeSet<Date> = group.iter().map(|new| new.risk.session).collect();
        let (ids, sessions): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), sessions.into_iter().collect());
        let horizon = ctx.risk.figures.har_horizon as i64;
        let mut tx = Transaction::new();
        store::risks::upsert_portfolios(&mut tx, group);
        store::risks::keep_forecasts(&mut tx, &ids, &sessions, horizon, ctx.clock.now());
        ctx.record(tx).await?;
    }
    for group in found.symbols.chunks(most) {
        let mut tx = Transaction::new();
        store::risks::upsert_symbols(&mut tx, group);
        ctx.record(tx).await?;
    }
    Ok(())
}

/// Counts what was done, and warns of portfolios too little of which is covered at their last session.
fn tell(ctx: &Context, loaded: &Loaded, found: &Found, meter: &mut Meter) -> PhaseState {
    meter.items_done = found.portfolios.len() as u64;
    meter.items_skipped = loaded.fresh_count() as u64;
    let mut uncovered = Vec::new();
    let computed: BTreeMap<(PortfolioId, Date), &StoredPortfolioRisk> =
        found.portfolios.iter().map(|new| ((new.risk.portfolio, new.risk.session), &new.risk)).collect();
    for (id, name, last) in loaded.last_sessions() {
        let computed = computed.get(&(id, last)).copied();
        let Some(risk) = computed.or_else(|| loaded.stored_risk(id, last)) else { continue };
        uncovered.extend(Uncovered::of(ctx, name, risk));
    }
    meter.warnings.extend(insufficient(&uncovered));
    for (name, error) in &found.failures {
        meter.items_skipped += 1;
        meter.warnings.push(Warning::new("analytics_failed", format!("{name}: {}", error.describe())));
    }
    match (found.failures.is_empty(), found.portfolios.is_empty()) {
        (true, _) => PhaseState::Ok,
        (false, true) => PhaseState::Failed,
        (false, false) => PhaseState::Partial,
    }
}

/// Portfolios that are warned of one by one; more of them are warned of together.
const WARNED_APART_MAX: usize = 3;

/// A portfolio too little of whose exposure has a market beta.
struct Uncovered<'a> {
    name: &'a str,
    risk: &'a StoredPortfolioRisk,
    /// The symbols that have none.
    symbols: Vec<&'a str>,
}

impl<'a> Uncovered<'a> {
    /// The portfolio when it is one: by the share that is covered, or because that share is not known while a position is
    /// without an exposure.
    fn of(ctx: &Context, name: &'a str, risk: &'a StoredPortfolioRisk) -> Option<Uncovered<'a>> {
        let uncovered = risk.figures.uncovered.as_deref().unwrap_or_default();
        let symbols: Vec<&str> = uncovered.split(',').filter(|symbol| !symbol.is_empty()).collect();
        let is_it = match risk.figures.covered_share {
            Some(share) => share < ctx.risk.coverage_min,
            None => !symbols.is_empty(),
        };
        is_it.then_some(Uncovered { name, risk, symbols })
    }

    /// How much is covered.
    fn share(&self) -> String {
        let share = self.risk.figures.covered_share;
        share.map_or("an unknown part".to_owned(), |share| format!("{:.1} %", share * 100.0))
    }
}

/// What to know of portfolios too little of whose exposure has a market beta: of few each on its own, of many together.
fn insufficient(found: &[Uncovered<'_>]) -> Vec<Warning> {
    let warning = |told: String, portfolios: Vec<String>| Warning {
        portfolios,
        ..Warning::new("insufficient_coverage", told)
    };
    if found.len() <= WARNED_APART_MAX {
        let one = |it: &Uncovered<'_>| {
            let (share, symbols) = (it.share(), named(&it.symbols));
            let (name, on) = (it.name, it.risk.session);
            let told =
                format!("{name} on {on}: {share} of gross exposure has a market beta; none of {symbols}");
            warning(told, vec![name.to_owned()])
        };
        return found.iter().map(one).collect();
    }
    let shares: Vec<String> = found.iter().map(|it| format!("{} {}", it.name, it.share())).collect();
    let shares: Vec<&str> = shares.iter().map(String::as_str).collect();
    let symbols: BTreeSet<&str> = found.iter().flat_map(|it| it.symbols.iter().copied()).collect();
    let symbols: Vec<&str> = symbols.into_iter().collect();
    let told = format!(
        "{} portfolios at their last session: too little of gross exposure has a market beta, of {}; none of {}",
        found.len(),
        named(&shares),
        named(&symbols)
    );
    vec![warning(told, found.iter().map(|it| it.name.to_owned()).collect())]
}
