//! Recording computed portfolios in guarded transactions.

use std::collections::BTreeSet;

use ledger::{Computed, ENGINE_VERSION};
use model::{Date, Money, PortfolioId, PriceStatus, Snapshot};
use store::portfolios::StoredPortfolio;
use store::snapshots::StoredSnapshot;
use store::{StoreError, Transaction};

use super::compute::Done;
use super::{Difference, Plan, Warning};
use crate::jobs::{UnitEnd, UnitState};
use crate::{AppError, Context};

/// A computed portfolio and what of it differs from what is stored.
pub struct Ready<'a> {
    pub stored: &'a StoredPortfolio,
    plan: Plan,
    pub computed: Computed,
    /// Places of the snapshots that are new or say something else than the stored ones.
    different: Vec<usize>,
    was_rebuilt: bool,
    stored_snapshots: Vec<StoredSnapshot>,
}

impl<'a> Ready<'a> {
    /// Compares what was computed with what is stored.
    pub fn new(stored: &'a StoredPortfolio, plan: Plan, done: Done) -> Ready<'a> {
        let same = |snapshot: &Snapshot| {
            let at = done.stored.binary_search_by_key(&snapshot.session, |stored| stored.snapshot.session);
            at.is_ok_and(|at| {
                done.stored[at].snapshot == *snapshot && done.stored[at].engine_version == ENGINE_VERSION
            })
        };
        let snapshots = done.computed.snapshots.iter().enumerate();
        let different = snapshots.filter(|(_, snapshot)| !same(snapshot)).map(|(at, _)| at).collect();
        Ready {
            stored,
            plan,
            computed: done.computed,
            different,
            was_rebuilt: done.was_rebuilt,
            stored_snapshots: done.stored,
        }
    }

    /// The snapshots that are new or say something else than the stored ones.
    fn different(&self) -> impl Iterator<Item = &Snapshot> + '_ {
        self.different.iter().map(|at| &self.computed.snapshots[*at])
    }

    /// How many snapshots are new or say something else than the stored ones.
    pub fn different_count(&self) -> usize {
        self.different.len()
    }

    /// Each session on which the stored snapshot would change, in order.
    pub fn differences(&self) -> Vec<Difference> {
        let dropped = self.plan.obsolete.iter().map(|session| Difference {
            session: *session,
            stored: self.stored_equity(*session),
            computed: None,
        });
        let written = self.different().map(|snapshot| Difference {
            session: snapshot.session,
            stored: self.stored_equity(snapshot.session),
            computed: Some(snapshot.equity),
        });
        dropped.chain(written).collect()
    }

    fn stored_equity(&self, session: Date) -> Option<Money> {
        let at =
            self.stored_snapshots.binary_search_by_key(&session, |stored| stored.snapshot.session).ok()?;
        Some(self.stored_snapshots[at].snapshot.equity)
    }

    /// What a user should know of the newest snapshot.
    pub fn warnings(&self) -> Vec<Warning> {
        let name = &self.stored.portfolio.name;
        let mut warnings = Vec::new();
        if self.was_rebuilt {
            let told = format!(
                "{name}: stored snapshots did not follow from events and prices; all were computed again"
            );
            warnings.push(Warning::new("history_rebuilt", told));
        }
        let Some(newest) = self.computed.snapshots.last() else { return warnings };
        let symbols = |wanted: fn(PriceStatus) -> bool| -> Vec<&str> {
            let gaps = newest.gaps.iter().filter(|gap| gap.status.is_some_and(wanted));
            gaps.filter_map(|gap| gap.symbol.as_ref()).map(model::Symbol::as_str).collect()
        };
        let stale = symbols(|status| matches!(status, PriceStatus::Stale | PriceStatus::Mark));
        let unknown = symbols(|status| matches!(status, PriceStatus::ExpiredQuote | PriceStatus::Unpriced));
        if !stale.is_empty() {
            let told =
                format!("{name} on {}: older prices stand in for {}", newest.session, stale.join(", "));
            warnings.push(Warning::new("stale_holdings", told));
        }
        if !unknown.is_empty() {
            let told = format!("{name} on {}: no usable price of {}", newest.session, unknown.join(", "));
            warnings.push(Warning::new("provisional", told));
        }
        warnings
    }
}

/// Notes that idle portfolios have seen everything.
pub async fn record_seen(
    ctx: &Context,
    seq: i64,
    rules: &str,
    idle: &[&StoredPortfolio],
) -> Result<(), AppError> {
    if idle.is_empty() {
        return Ok(());
    }
    let mut tx = Transaction::new();
    store::portfolios::computed(&mut tx, idle, seq, rules);
    match ctx.record(tx).await {
        // When one of them changed meanwhile, nothing was noted, and the next run looks at the changes once more.
        Ok(_) | Err(AppError::Store(StoreError::Guard { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Records a group of computed portfolios. When some of them changed since they were loaded, the others are recorded
/// without them, and those are returned.
pub async fn record(
    ctx: &Context,
    seq: i64,
    rules: &str,
    ready: &[Ready<'_>],
) -> Result<BTreeSet<PortfolioId>, AppError> {
    let mut group: Vec<&Ready<'_>> = ready.iter().collect();
    let mut changed = BTreeSet::new();
    while !group.is_empty() {
        ctx.check_going_on()?;
        tell_terms(&group);
        match ctx.record(transaction(ctx, seq, rules, &group)).await {
            Ok(_) => {
                if let Some(job) = &ctx.guard {
                    job.ended(&unit_ends(&group));
                }
                return Ok(changed);
            }
            Err(AppError::Store(StoreError::Guard { .. })) => {}
            Err(error) => return Err(error),
        }
        let ids: Vec<PortfolioId> = group.iter().map(|ready| ready.stored.portfolio.id).collect();
        let now = store::portfolios::reload(ctx.store()?, &ids).await?;
        let is_same = |ready: &&Ready| {
            let id = ready.stored.portfolio.id;
            now.iter().find(|now| now.portfolio.id == id).is_some_and(|now| {
                (now.portfolio.revision, now.computed_no)
                    == (ready.stored.portfolio.revision, ready.stored.computed_no)
            })
        };
        let (same, other): (Vec<&Ready>, Vec<&Ready>) = group.iter().copied().partition(is_same);
        changed.extend(other.iter().map(|ready| ready.stored.portfolio.id));
        group = same;
    }
    Ok(changed)
}

/// Tells the log what equity is made of, before it is committed.
fn tell_terms(group: &[&Ready<'_>]) {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    for ready in group {
        for snapshot in ready.different() {
            tracing::debug!(
                portfolio = ready.stored.portfolio.name,
                session = %snapshot.session,
                equity = %snapshot.equity,
                cash = %snapshot.cash,
                long_value = %snapshot.long_value,
                short_value = %snapshot.short_value,
                unrealized_change = %snapshot.unrealized_change,
                realized = %snapshot.realized,
                income = %snapshot.income,
                fees = %snapshot.fees,
                flow = %snapshot.flow,
                daily_pnl = %snapshot.daily_pnl,
                "equity_terms"
            );
        }
    }
}

fn transaction(ctx: &Context, seq: i64, rules: &str, group: &[&Ready]) -> Transaction {
    let mut tx = Transaction::new();
    let stored: Vec<&StoredPortfolio> = group.iter().map(|ready| ready.stored).collect();
    // First the guard: when a portfolio changed since it was loaded, nothing below happens.
    store::portfolios::computed(&mut tx, &stored, seq, rules);
    let obsolete: Vec<(PortfolioId, Date)> = group
        .iter()
        .flat_map(|ready| ready.plan.obsolete.iter().map(|session| (ready.stored.portfolio.id, *session)))
        .collect();
    if !obsolete.is_empty() {
        store::snapshots::delete(&mut tx, &obsolete);
        store::risks::delete(&mut tx, &obsolete);
    }
    let snapshots: Vec<&Snapshot> = group.iter().flat_map(|ready| ready.different()).collect();
    store::snapshots::upsert(&mut tx, &snapshots, ENGINE_VERSION, ctx.clock.now());
    let ids: Vec<PortfolioId> = stored.iter().map(|stored| stored.portfolio.id).collect();
    store::positions::delete(&mut tx, &ids);
    // They were added up from the positions that go.
    store::sectors::delete(&mut tx, &ids);
    let positions: Vec<_> = group
        .iter()
        .filter_map(|ready| {
            Some((ready.stored.portfolio.id, ready.computed.snapshots.last()?.session, ready))
        })
        .flat_map(|(id, session, ready)| {
            ready.computed.positions.iter().map(move |position| (id, session, position))
        })
        .collect();
    store::positions::insert(&mut tx, &positions);
    if let Some(job) = &ctx.guard {
        job.end_units(&mut tx, &unit_ends(group));
    }
    tx
}

/// How the units of a job end whose portfolios are recorded.
fn unit_ends(group: &[&Ready<'_>]) -> Vec<UnitEnd> {
    let end = |ready: &&Ready| {
        let state = if ready.different.is_empty() { UnitState::Skipped } else { UnitState::Done };
        UnitEnd::new(ready.stored.portfolio.name.as_str(), state)
    };
    group.iter().map(end).collect()
}
