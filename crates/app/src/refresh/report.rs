//! What a refresh tells of itself.

use std::time::Instant;

use model::{Date, Money};
use store::StatementCounter;

use crate::{AppError, Context};

/// The phases of a refresh, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Fetching what is missing of the universe in scope.
    MarketData = 1,
    /// Profiles and earnings data that are due.
    Fundamentals = 2,
    /// One snapshot for each portfolio and session.
    Snapshots = 3,
    /// Price, market value and unrealized profit of each open position.
    Marks = 4,
    /// Sectors of positions.
    Sectors = 5,
    /// Risk figures.
    Analytics = 6,
}

impl Phase {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::MarketData => "market_data",
            Phase::Fundamentals => "fundamentals",
            Phase::Snapshots => "snapshots",
            Phase::Marks => "marks",
            Phase::Sectors => "sectors",
            Phase::Analytics => "analytics",
        }
    }

    /// Its number, from 1.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// How a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseState {
    /// Everything was done.
    Ok,
    /// Nothing was to be done, for the reason given.
    Skipped,
    /// Some of it failed.
    Partial,
    /// Nothing of it could be done.
    Failed,
}

impl PhaseState {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            PhaseState::Ok => "ok",
            PhaseState::Skipped => "skipped",
            PhaseState::Partial => "partial",
            PhaseState::Failed => "failed",
        }
    }
}

/// Something a user should know that stopped nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its stable name.
    pub code: &'static str,
    /// What it is about, in words.
    pub message: String,
    /// The portfolios it is about, where it stands for several; the words name the first of them.
    pub portfolios: Vec<String>,
}

impl Warning {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Warning {
        Warning { code, message: message.into(), portfolios: Vec::new() }
    }
}

/// What a phase did.
#[derive(Clone, Debug)]
pub struct PhaseReport {
    /// Which phase.
    pub phase: Phase,
    /// How it ended.
    pub state: PhaseState,
    /// Why it was skipped or failed.
    pub reason: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
    /// Symbols, snapshots or positions done.
    pub items_done: u64,
    /// Those left out.
    pub items_skipped: u64,
    /// Calls of providers.
    pub provider_calls: u64,
    /// Statements the database ran.
    pub statements: u64,
    /// Things to know.
    pub warnings: Vec<Warning>,
}

/// Names listed in one warning; the others are counted.
const NAMES_SHOWN_MAX: usize = 10;

/// The first of some names, and how many more there are.
pub(crate) fn named(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMES_SHOWN_MAX)].join(", ");
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl PhaseReport {
    /// A phase that could not even begin.
    pub(crate) fn failed(phase: Phase, error: &AppError) -> PhaseReport {
        let reason = Some(format!("{}: {}", error.code(), error.describe()));
        PhaseReport { state: PhaseState::Failed, reason, ..PhaseReport::blank(phase) }.logged()
    }

    pub(crate) fn skipped(phase: Phase, reason: &str) -> PhaseReport {
        PhaseReport { reason: Some(reason.to_owned()), ..PhaseReport::blank(phase) }.logged()
    }

    /// A phase of which nothing is told yet.
    pub(crate) fn blank(phase: Phase) -> PhaseReport {
        PhaseReport {
            phase,
            state: PhaseState::Skipped,
            reason: None,
            duration_ms: 0,
            items_done: 0,
            items_skipped: 0,
            provider_calls: 0,
            statements: 0,
            warnings: Vec::new(),
        }
    }
}

impl PhaseReport {
    /// The same, after the log was told of it.
    pub(crate) fn logged(self) -> PhaseReport {
        let (phase, state) = (self.phase.as_str(), self.state.as_str());
        let reason = self.reason.as_deref().unwrap_or_default();
        match self.state {
            PhaseState::Skipped => tracing::info!(phase, reason, "phase_skipped"),
            PhaseState::Ok | PhaseState::Partial | PhaseState::Failed => tracing::info!(
                phase,
                state,
                reason,
                duration_ms = self.duration_ms,
                done = self.items_done,
                skipped = self.items_skipped,
                provider_calls = self.provider_calls,
                statements = self.statements,
                "phase_ended"
            ),
        }
        self
    }
}

/// How a whole run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunState {
    /// Everything was done.
    #[default]
    Ok,
    /// Some portfolios failed.
    Partial,
    /// Every portfolio failed.
    Failed,
}

impl RunState {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunState::Ok => "ok",
            RunState::Partial => "partial",
            RunState::Failed => "failed",
        }
    }
}

/// What became of one portfolio.
#[derive(Clone, Debug)]
pub struct PortfolioReport {
    /// The portfolio.
    pub name: String,
    /// Snapshots that are new or different.
    pub written: u64,
    /// How it ended: `ok`, `skipped` or `failed`.
    pub state: PhaseState,
    /// Code and text of what went wrong, or why there was nothing to do.
    pub error: Option<(&'static str, String)>,
    /// In a dry run, each session on which the stored snapshot would change.
    pub differences: Vec<Difference>,
}

/// A snapshot that a dry run would write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its session.
    pub session: Date,
    /// Equity as stored; absent when the snapshot is new.
    pub stored: Option<Money>,
    /// Equity as computed; absent when the snapshot would be dropped.
    pub computed: Option<Money>,
}

impl PortfolioReport {
    pub(crate) fn failed(name: String, error: &AppError) -> PortfolioReport {
        let error = Some((error.code(), error.describe()));
        PortfolioReport { name, written: 0, state: PhaseState::Failed, error, differences: Vec::new() }
    }
}

/// What a refresh did.
#[derive(Clone, Debug, Default)]
pub struct RefreshReport {
    /// How it ended.
    pub state: RunState,
    /// First session computed; absent when nothing was.
    pub from: Option<Date>,
    /// Session the run ends on; absent when there is none to end on.
    pub to: Option<Date>,
    /// Sessions from the first computed to the end.
    pub sessions: u64,
    /// Complete sessions after the end that wait for data.
    pub sessions_waiting: u64,
    /// The portfolios, by name.
    pub portfolios: Vec<PortfolioReport>,
    /// The phases, in order.
    pub phases: Vec<PhaseReport>,
    /// Things to know about the run as a whole.
    pub warnings: Vec<Warning>,
}

impl RefreshReport {
    /// Decides the final state from the portfolios' and the third phase's.
    pub(crate) fn conclude(&mut self) {
        let failed = self.portfolios.iter().filter(|p| p.state == PhaseState::Failed).count();
        let phase_failed = self
            .phases
            .iter()
            .any(|phase| phase.phase == Phase::Snapshots && phase.state == PhaseState::Failed);
        self.state = match failed {
            _ if phase_failed => RunState::Failed,
            0 => RunState::Ok,
            _ if failed == self.portfolios.len() => RunState::Failed,
            _ => RunState::Partial,
        };
    }
}

/// Measures a phase and holds it to its limits.
pub(crate) struct Meter {
    phase: Phase,
    started: Instant,
    counter: StatementCounter,
    pub provider_calls: u64,
    pub items_done: u64,
    pub items_skipped: u64,
    pub warnings: Vec<Warning>,
}

impl Meter {
    /// A meter, and the context whose statements it counts.
    pub fn start(ctx: &Context, phase: Phase) -> Result<(Meter, Context), AppError> {
        let (store, counter) = ctx.store()?.counted();
        tracing::info!(phase = phase.as_str(), "phase_started");
        let meter = Meter {
            phase,
            started: Instant::now(),
            counter,
            provider_calls: 0,
            items_done: 0,
            items_skipped: 0,
            warnings: Vec::new(),
        };
        Ok((meter, Context { store: Some(store), ..ctx.clone() }))
    }

    /// Ends the phase when it has crossed a limit.
    ///
    /// # Errors
    /// [`AppError::LimitExceeded`] naming the limit and the count.
    pub fn check(&self, ctx: &Context) -> Result<(), AppError> {
        let wall_ms = self.started.elapsed().as_millis() as u64;
        let limits = &ctx.limits;
        for (what, count, limit) in [
            ("statements of a phase", self.counter.count(), limits.phase_statements_max),
            ("provider calls of a phase", self.provider_calls, limits.phase_provider_calls_max),
            ("milliseconds of a phase", wall_ms, limits.phase_wall_ms_max),
        ] {
            if count > limit {
                return Err(AppError::LimitExceeded { what, count, limit });
            }
        }
        Ok(())
    }

    /// The phase's report; an error becomes its reason.
    pub fn report(self, state: Result<PhaseState, AppError>) -> PhaseReport {
        let (state, reason) = match state {
            Ok(state) => (state, None),
            Err(error) => (PhaseState::Failed, Some(format!("{}: {}", error.code(), error.describe()))),
        };
        PhaseReport {
            phase: self.phase,
            state,
            reason,
            duration_ms: self.started.elapsed().as_millis() as u64,
            items_done: self.items_done,
            items_skipped: self.items_skipped,
            provider_calls: self.provider_calls,
            statements: self.counter.count(),
            warnings: self.warnings,
        }
        .logged()
    }
}
