//! The third and the fourth phase: what is due of each portfolio is computed and recorded.

mod compute;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Computed, ENGINE_VERSION, LedgerError};
use model::{Date, Event, InstrumentId, PortfolioId};
use store::books::{Books, KnownEvents};
use store::portfolios::StoredPortfolio;

use super::plan::{Known, Plan, Work, plan};
use super::{
    Difference, Meter, Phase, PhaseReport, PhaseState, PortfolioReport, RefreshReport, RefreshRequest,
    Warning,
};
use crate::{AppError, Context, Step};

pub(crate) use compute::{first_named, market_of, model_history, options};

/// What a run is to compute.
pub struct Asked<'a> {
    pub request: &'a RefreshRequest,
    /// The session that the request asks to end on.
    pub end: Option<Date>,
    /// The newest complete session.
    pub newest: Date,
}

/// Computes and records what is due, and tells it in the report as the third and fourth phase.
pub async fn compute_missing(
    ctx: &Context,
    portfolios: &[StoredPortfolio],
    asked: &Asked<'_>,
    known: &mut KnownEvents,
    report: &mut RefreshReport,
) {
    ctx.observer.reached(Step::PhaseStarted(Phase::Snapshots)).await;
    let (mut meter, ctx) = match Meter::start(ctx, Phase::Snapshots) {
        Ok(started) => started,
        Err(error) => {
            report.phases.push(PhaseReport::failed(Phase::Snapshots, &error));
            return;
        }
    };
    let Asked { request, end, newest } = *asked;
    let meter_of_run = &mut meter;
    let mut run =
        Run { ctx: &ctx, request, end, newest, known, report, meter: meter_of_run, position_count: 0 };
    let result = run.compute(portfolios).await;
    let position_count = run.position_count;
    let failed = report.portfolios.iter().any(|portfolio| portfolio.state == PhaseState::Failed);
    let state = result.map(|()| if failed { PhaseState::Partial } else { PhaseState::Ok });
    let has_failed = state.is_err();
    report.phases.push(meter.report(state));
    ctx.observer.reached(Step::PhaseEnded(Phase::Snapshots)).await;
    // Positions are recorded in the transaction of their portfolio's snapshots, so that neither contradicts the
    // other whenever the process ends; what is told here was done there.
    let (state, reason) = match (has_failed, position_count) {
        (true, _) => (PhaseState::Skipped, Some("snapshots_failed")),
        (false, 0) => (PhaseState::Skipped, Some("nothing_to_mark")),
        (false, _) => (PhaseState::Ok, None),
    };
    let reason = reason.map(str::to_owned);
    let marks = PhaseReport { state, reason, items_done: position_count, ..PhaseReport::blank(Phase::Marks) };
    report.phases.push(marks.logged());
}

/// One run over portfolios.
struct Run<'a> {
    ctx: &'a Context,
    request: &'a RefreshRequest,
    end: Option<Date>,
    newest: Date,
    /// Events that were loaded before, and those loaded now.
    known: &'a mut KnownEvents,
    report: &'a mut RefreshReport,
    meter: &'a mut Meter,
    position_count: u64,
}

/// A portfolio with what is to be done for it.
struct Due<'a> {
    stored: &'a StoredPortfolio,
    events: &'a [Event],
    /// The instruments its events name, and the underlyings of their options, with the date of the first such event.
    first_named: BTreeMap<InstrumentId, Date>,
    plan: Plan,
}

impl Run<'_> {
    /// Computes portfolios; those that changed while they were computed are loaded and computed again. What could not
    /// be done is told of each portfolio.
    async fn compute(&mut self, portfolios: &[StoredPortfolio]) -> Result<(), AppError> {
        let names: BTreeMap<PortfolioId, &str> =
            portfolios.iter().map(|stored| (stored.portfolio.id, stored.portfolio.name.as_str())).collect();
        let mut left: Vec<PortfolioId> = names.keys().copied().collect();
        for _ in 0..self.ctx.limits.conflict_retries_max {
            if left.is_empty() {
                return Ok(());
            }
            let result = match self.meter.check(self.ctx) {
                Ok(()) => self.compute_once(&left).await,
                Err(error) => Err(error),
            };
            left = result.inspect_err(|error| {
                let told: BTreeSet<&str> = self.report.portfolios.iter().map(|p| p.name.as_str()).collect();
                let untold: Vec<PortfolioReport> = left
                    .iter()
                    .filter_map(|id| names.get(id))
                    .filter(|name| !told.contains(*name))
                    .map(|name| PortfolioReport::failed((*name).to_owned(), error))
                    .collect();
                self.report.portfolios.extend(untold);
            })?;
        }
        for name in left.iter().filter_map(|id| names.get(id)) {
            let error = AppError::Conflict { what: format!("portfolio {name:?}") };
            self.report.portfolios.push(PortfolioReport::failed((*name).to_owned(), &error));
        }
        Ok(())
    }

    /// Loads, computes and records once; returns the portfolios that changed meanwhile.
    async fn compute_once(&mut self, ids: &[PortfolioId]) -> Result<Vec<PortfolioId>, AppError> {
        let store = self.ctx.store()?;
        let seqs = store::portfolios::least_computed_seq(store, ids).await?;
        let mut books = store::books::load_again(store, ids, seqs, std::mem::take(self.known)).await?;
        self.ctx.observer.reached(Step::BooksLoaded).await;
        let ends = self.ends_of(&books).await?;
        let (rules, options) = (rules_text(self.ctx), options(&books));
        let due: Vec<Due> = books
            .portfolios
            .iter()
            .filter_map(|stored| match ends.get(&stored.portfolio.id) {
                Some(to) => Some(self.due(&books, &options, stored, &rules, *to)),
                None => {
                    self.report_without_end(stored);
                    None
                }
            })
            .collect();
        let Some(to) = ends.values().copied().max() else { return Ok(Vec::new()) };
        let (jobs, idle): (Vec<Due>, Vec<Due>) = due
            .into_iter()
            .partition(|due| matches!(due.plan.work, Work::Compute { .. }) || !due.plan.obsolete.is_empty());
        self.note_range(&jobs, to);
        let changed = self.compute_and_record(&books, jobs, &rules).await?;
        if !self.request.is_dry_run {
            let is_behind = |stored: &&StoredPortfolio| stored.computed_seq < books.seq;
            let behind: Vec<_> = idle.iter().map(|due| due.stored).filter(is_behind).collect();
            record::record_seen(self.ctx, books.seq, &rules, &behind).await?;
        }
        for due in &idle {
            self.report_idle(due);
        }
        drop(idle);
        *self.known = KnownEvents::new(&books.portfolios, std::mem::take(&mut books.events));
        Ok(changed.into_iter().collect())
    }

    /// Computes and records what is due. Returns the portfolios that changed since they were loaded.
    async fn compute_and_record(
        &mut self,
        books: &Books,
        jobs: Vec<Due<'_>>,
        rules: &str,
    ) -> Result<BTreeSet<PortfolioId>, AppError> {
        let mut told = Told::default();
        if !jobs.is_empty() {
            let given = compute::load(self.ctx, books, &jobs, self.meter).await?;
            let broken = self.by_groups(books, jobs, given, rules, &mut told).await?;
            // Going on from a stored snapshot that is wrong is no use: those portfolios are computed from their first
            // session, for which everything since then is needed.
            if !broken.is_empty() {
                let given = compute::load_whole(self.ctx, books, &broken).await?;
                self.by_groups(books, broken, given, rules, &mut told).await?;
            }
        }
        self.ctx.observer.reached(Step::Recorded { snapshots: told.recorded_count }).await;
        Ok(told.changed)
    }

    /// Computes portfolios group by group and records each group while the next is computed: both take their time, and
    /// what is held in memory does not grow with the number of portfolios. Returns those whose stored snapshots do not
    /// follow from events and prices.
    async fn by_groups<'b>(
        &mut self,
        books: &Books,
        jobs: Vec<Due<'b>>,
        mut given: compute::Given,
        rules: &str,
        told: &mut Told,
    ) -> Result<Vec<Due<'b>>, AppError> {
        let (ctx, is_dry_run) = (self.ctx, self.request.is_dry_run);
        let mut groups = compute::groups(ctx, jobs).into_iter();
        let mut next = || {
            let group = groups.next()?;
            Some(tokio::task::block_in_place(|| compute::compute_group(ctx, group, &mut given)))
        };
        let (mut broken, mut computed) = (Vec::new(), next());
        while let Some(group) = computed {
            let ready = self.sort(group, &mut broken);
            told.computed_count += ready.iter().map(|ready| ready.computed.snapshots.len()).sum::<usize>();
            ctx.observer.reached(Step::Computed { snapshots: told.computed_count }).await;
            self.meter.check(ctx)?;
            let recording = async {
                if is_dry_run {
                    return Ok(BTreeSet::new());
                }
                record::record(ctx, books.seq, rules, &ready).await
            };
            // The database is handed a group first, and works on it meanwhile.
            let (changed, following) = tokio::join!(biased; recording, async { next() });
            let changed = changed?;
            self.report_recorded(&ready, &changed, told);
            told.changed.extend(changed);
            computed = following;
        }
        Ok(broken)
    }

    /// What was computed of a group. Portfolios that failed are told; those that are to be computed from their first
    /// session are put aside.
    fn sort<'b>(
        &mut self,
        group: Vec<(Due<'b>, Result<compute::Done, AppError>)>,
        broken: &mut Vec<Due<'b>>,
    ) -> Vec<record::Ready<'b>> {
        let mut ready = Vec::with_capacity(group.len());
        for (due, result) in group {
            match result {
                Ok(done) => ready.push(record::Ready::new(due.stored, due.plan, done)),
                Err(AppError::Ledger { source: LedgerError::PriorDiffers { .. }, .. }) => broken.push(due),
                Err(error) => {
                    let name = due.stored.portfolio.name.clone();
                    self.report.portfolios.push(PortfolioReport::failed(name, &error));
                }
            }
        }
        ready
    }

    fn due<'b>(
        &self,
        books: &'b Books,
        options: &BTreeMap<InstrumentId, InstrumentId>,
        stored: &'b StoredPortfolio,
        rules: &str,
        to: Date,
    ) -> Due<'b> {
        let id = stored.portfolio.id;
        let events = books.events.get(&id).map_or(&[][..], Vec::as_slice);
        let first_named = compute::first_named(options, events);
        let plan = plan(&Known {
            calendar: self.ctx.calendar,
            stored,
            events,
            first_named: &first_named,
            ends: books.snapshot_ends.get(&id).copied(),
            changes: &books.changes,
            rules,
            to,
            forced_from: self.request.from,
        });
        Due { stored, events, first_named, plan }
    }

    /// The session each portfolio ends on: the one asked for, else the newest on which a held public symbol has a price,
    /// else, when none is held, the newest complete one. While no held symbol has any price, portfolios that hold some
    /// go no further than their stored snapshots, and are left out when they have none.
    async fn ends_of(&mut self, books: &Books) -> Result<BTreeMap<PortfolioId, Date>, AppError> {
        let ids = || books.portfolios.iter().map(|stored| stored.portfolio.id);
        if let Some(end) = self.end {
            return Ok(ids().map(|id| (id, end)).collect());
        }
        let held = compute::held_public(self.ctx, books).await?;
        let all: BTreeSet<InstrumentId> = held.values().flatten().copied().collect();
        let all: Vec<InstrumentId> = all.into_iter().collect();
        let priced = store::closes::newest(self.ctx.store()?, &all).await?.into_values().max();
        let common = if all.is_empty() { Some(self.newest) } else { priced };
        let Some(to) = common.map(|to| to.min(self.newest)) else {
            let last_stored = |id: PortfolioId| books.snapshot_ends.get(&id).map(|(_, last)| *last);
            let end = |id| if held.contains_key(&id) { last_stored(id) } else { Some(self.newest) };
            return Ok(ids().filter_map(|id| Some((id, end(id)?))).collect());
        };
        // Portfolios that are computed again keep the end of the run they began in.
        self.end = Some(to);
        let waiting = self.ctx.calendar.between(to.plus_days(1), self.newest).len() as u64;
        if waiting > 0 {
            tracing::info!(count = waiting, reason = "waiting_for_prices", "sessions_skipped");
        }
        self.report.sessions_waiting = waiting;
        Ok(ids().map(|id| (id, to)).collect())
    }

    fn report_without_end(&mut self, stored: &StoredPortfolio) {
        let told = "no held symbol has a price yet; give a session with --to to value holdings at cost";
        if !self.report.warnings.iter().any(|warning| warning.code == "no_prices") {
            self.report.warnings.push(Warning::new("no_prices", told));
        }
        tracing::info!(portfolio = stored.portfolio.name, reason = "no_prices", "sessions_skipped");
        self.report.portfolios.push(PortfolioReport {
            name: stored.portfolio.name.clone(),
            written: 0,
            state: PhaseState::Skipped,
            error: Some(("no_prices", told.to_owned())),
            differences: Vec::new(),
        });
    }

    fn report_idle(&mut self, due: &Due) {
        let (state, error) = match due.plan.work {
            Work::NotBegun => {
                (PhaseState::Skipped, Some(("not_begun", "it has no events and no start yet".to_owned())))
            }
            Work::BeginsLater(first) => {
                (PhaseState::Skipped, Some(("begins_later", format!("its books begin on {first}"))))
            }
            Work::UpToDate | Work::Compute { .. } => (PhaseState::Ok, None),
        };
        let name = due.stored.portfolio.name.clone();
        self.report.portfolios.push(PortfolioReport {
            name,
            written: 0,
            state,
            error,
            differences: Vec::new(),
        });
    }

    fn note_range(&mut self, jobs: &[Due], to: Date) {
        let first = jobs.iter().filter_map(|due| match due.plan.work {
            Work::Compute { from, .. } => Some(from),
            _ => None,
        });
        self.report.from = first.chain(self.report.from).min();
        let last = jobs.iter().filter_map(|due| match due.plan.work {
            Work::Compute { through, .. } => Some(through),
            _ => None,
        });
        let last = last.chain([to]).chain(self.report.to).max().unwrap_or(to);
        self.report.to = Some(last);
        if let Some(from) = self.report.from {
            self.report.sessions = self.ctx.calendar.between(from, last).len() as u64;
        }
    }

    fn report_recorded(
        &mut self,
        ready: &[record::Ready<'_>],
        changed: &BTreeSet<PortfolioId>,
        told: &mut Told,
    ) {
        for ready in ready.iter().filter(|ready| !changed.contains(&ready.stored.portfolio.id)) {
            let different_count = ready.different_count();
            told.recorded_count += different_count;
            self.position_count += ready.computed.positions.len() as u64;
            self.meter.items_done += different_count as u64;
            self.meter.items_skipped += (ready.computed.snapshots.len() - different_count) as u64;
            self.meter.warnings.extend(ready.warnings());
            self.report.portfolios.push(PortfolioReport {
                name: ready.stored.portfolio.name.clone(),
                written: if self.request.is_dry_run { 0 } else { different_count as u64 },
                state: PhaseState::Ok,
                error: None,
                differences: if self.request.is_dry_run { ready.differences() } else { Vec::new() },
            });
        }
    }
}

/// How far portfolios have come that are computed group by group.
#[derive(Default)]
struct Told {
    computed_count: usize,
    recorded_count: usize,
    /// Portfolios that changed since they were loaded, of which nothing was recorded.
    changed: BTreeSet<PortfolioId>,
}

/// The settings that snapshots depend on, as text.
fn rules_text(ctx: &Context) -> String {
    let rules = &ctx.rules;
    format!(
        "engine {ENGINE_VERSION}; final_coverage_ppm {}; risk_free_rate {}",
        rules.final_coverage_ppm, rules.risk_free_rate
    )
}

/// Nothing computed, for a portfolio whose stored snapshots have no place any more.
fn nothing() -> Computed {
    Computed::default()
}
