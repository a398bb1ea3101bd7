//! What a use case holds while it works for a job: the right to record, and a place to tell how far it has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::Timestamp;
use store::jobs::notes::{self, LogLine};
use store::jobs::transitions::{self, Progress};
use store::jobs::units as stored_units;
use store::jobs::{Holder, StoredJob};
use store::{Recorded, Store, Transaction};

use super::{JobState, UnitCounts, UnitState};
use crate::{AppError, Clock};

/// Why work for a job is to end before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// Somebody wants the job to end.
    Cancelled = 1,
    /// The process is told to end; the job goes on elsewhere or later.
    Shutdown = 2,
    /// Somebody else holds the job.
    Lost = 3,
    /// Nothing came on for too long.
    Stalled = 4,
}

/// How one unit of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitEnd {
    /// The portfolio or symbol.
    pub name: String,
    /// How it ended.
    pub state: UnitState,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
    /// Whether the fault may pass, so that the unit is worth another attempt.
    pub may_pass: bool,
    /// Before when another attempt is in vain.
    pub retry_at: Option<Timestamp>,
}

impl UnitEnd {
    /// A unit that ended without a fault.
    pub fn new(name: impl Into<String>, state: UnitState) -> UnitEnd {
        UnitEnd { name: name.into(), state, error: None, may_pass: false, retry_at: None }
    }

    /// A unit that failed.
    pub fn failed(name: impl Into<String>, code: &str, message: String, may_pass: bool) -> UnitEnd {
        let error = Some((code.to_owned(), message));
        UnitEnd { name: name.into(), state: UnitState::Failed, error, may_pass, retry_at: None }
    }
}

/// The right to record for a job, which ends with its lease. A clone is the same right.
#[derive(Clone)]
pub struct JobGuard {
    held: Arc<Held>,
}

struct Held {
    holder: Holder,
    halt: AtomicU8,
    is_awaited: bool,
    kept: Mutex<Kept>,
}

/// What is known of the job here.
struct Kept {
    state: JobState,
    came_on: Instant,
    progress: Progress,
    is_dirty: bool,
    units: Vec<(String, Option<UnitState>)>,
    warnings: Vec<notes::Warning>,
    warning_count: i64,
    lines: Vec<LogLine>,
    line_count: i64,
}

impl JobGuard {
    pub(super) fn new(
        job: &StoredJob,
        worker: &str,
        state: JobState,
        units: &[stored_units::Unit],
        tries_again: bool,
    ) -> JobGuard {
        let is_awaited = !tries_again;
        let holder = Holder { job: job.id.clone(), owner: worker.to_owned(), fence: job.fence };
        let units = units.iter().map(|unit| (unit.name.clone(), unit.state.parse().ok())).collect();
        let kept = Kept {
            state,
            came_on: Instant::now(),
            progress: Progress::default(),
            is_dirty: false,
            units,
            warnings: Vec::new(),
            warning_count: 0,
            lines: Vec::new(),
            line_count: 0,
        };
        let held = Held { holder, halt: AtomicU8::new(0), is_awaited, kept: Mutex::new(kept) };
        JobGuard { held: Arc::new(held) }
    }

    /// The job's identity.
    pub fn job(&self) -> &str {
        &self.held.holder.job
    }

    pub(super) fn holder(&self) -> &Holder {
        &self.held.holder
    }

    /// Whether somebody waits for the answer.
    pub(crate) fn is_awaited(&self) -> bool {
        self.held.is_awaited
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change is one assignment or one insert, so a poisoned lock is still whole.
        self.held.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn halt(&self, why: Halt) {
        self.held.halt.store(why as u8, Ordering::SeqCst);
    }

    pub(super) fn halted(&self) -> Option<Halt> {
        match self.held.halt.load(Ordering::SeqCst) {
            1 => Some(Halt::Cancelled),
            2 => Some(Halt::Shutdown),
            3 => Some(Halt::Lost),
            4 => Some(Halt::Stalled),
            _ => None,
        }
    }

    /// Ends the work between two units when it is to end.
    ///
    /// # Errors
    /// [`AppError::LeaseLost`], [`AppError::JobStopped`].
    pub fn check(&self) -> Result<(), AppError> {
        match self.halted() {
            None => Ok(()),
            Some(Halt::Lost | Halt::Stalled) => Err(self.lost()),
            Some(Halt::Cancelled | Halt::Shutdown) => Err(AppError::JobStopped { id: self.job().to_owned() }),
        }
    }

    pub(super) fn lost(&self) -> AppError {
        AppError::LeaseLost { id: self.job().to_owned() }
    }

    /// Records a transaction of the work, if the lease is still held; its first statement tells.
    pub(crate) async fn record(
        &self,
        store: &Store,
        clock: &dyn Clock,
        tx: Transaction,
    ) -> Result<Recorded, AppError> {
        let mut guarded = Transaction::new();
        transitions::guard(&mut guarded, self.holder(), clock.now());
        guarded.append(tx);
        match store.record(guarded).await {
            Ok(recorded) => {
                self.came_on();
                Ok(recorded)
            }
            Err(error) if transitions::is_lost(&error) => {
                self.halt(Halt::Lost);
                tracing::warn!(job = self.job(), "job_lease_lost");
                Err(self.lost())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that the job comes on.
    pub fn came_on(&self) {
        self.kept().came_on = Instant::now();
    }

    pub(super) fn still_for(&self) -> Duration {
        self.kept().came_on.elapsed()
    }

    /// Begins a part of the work.
    pub fn begin_phase(&self, name: &str, now: Timestamp) {
        let mut kept = self.kept();
        kept.came_on = Instant::now();
        kept.progress = Progress { phase: Some(name.to_owned()), done: 0, total: 0, started_at: Some(now) };
        kept.is_dirty = true;
    }

    /// Tells how far that part has come.
    pub fn come_to(&self, done: usize, total: usize) {
        let mut kept = self.kept();
        kept.came_on = Instant::now();
        (kept.progress.done, kept.progress.total) = (done as i64, total as i64);
        kept.is_dirty = true;
    }

    /// Tells something a user should know that stops nothing.
    pub fn warn(&self, kind: &str, message: impl Into<String>) {
        let mut kept = self.kept();
        let place = (self.held.holder.fence, kept.warning_count);
        kept.warning_count += 1;
        kept.warnings.push(notes::Warning { place, kind: kind.to_owned(), message: message.into() });
    }

    /// Adds a line to the log of the job.
    pub fn note(&self, event: &str, message: impl Into<String>, now: Timestamp) {
        let mut kept = self.kept();
        kept.is_dirty = true;
        kept.lines.push(LogLine { at: now, event: event.to_owned(), message: message.into() });
    }

    pub(super) fn state(&self) -> JobState {
        self.kept().state
    }

    pub(super) fn set_state(&self, state: JobState) {
        self.kept().state = state;
    }

    /// What is to be written of progress; absent when nothing changed since it was written last.
    pub(super) fn progress(&self) -> Option<Progress> {
        let mut kept = self.kept();
        std::mem::take(&mut kept.is_dirty).then(|| kept.progress.clone())
    }

    pub(super) fn phase(&self) -> Progress {
        self.kept().progress.clone()
    }

    /// Takes a job on to a state, if it is in an earlier one.
    ///
    /// # Errors
    /// [`AppError::LeaseLost`], [`AppError::Store`].
    pub(crate) async fn advance(
        &self,
        store: &Store,
        clock: &dyn Clock,
        to: JobState,
    ) -> Result<(), AppError> {
        if self.state() >= to {
            return Ok(());
        }
        let mut tx = Transaction::new();
        self.advance_in(&mut tx, to, clock.now());
        match store.record(tx).await {
            Ok(_) => {
                self.advanced(to);
                Ok(())
            }
            // Two parts of the work may reach the state at once; the one that comes later finds it there.
            Err(error) if transitions::is_lost(&error) && self.state() >= to => Ok(()),
            Err(error) if transitions::is_lost(&error) => Err(self.lost()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a job on to a later state in a transaction; [`advanced`](JobGuard::advanced) takes it as true when that is
    /// committed.
    pub(super) fn advance_in(&self, tx: &mut Transaction, to: JobState, now: Timestamp) {
        let from = self.state();
        if from < to {
            transitions::advance(tx, self.holder(), from.as_str(), to.as_str(), now);
        }
    }

    pub(super) fn advanced(&self, to: JobState) {
        if self.state() < to {
            self.set_state(to);
            tracing::info!(job = self.job(), state = %to, "job_state_changed");
        }
    }

    /// The units that have not ended.
    pub fn open_units(&self) -> Vec<String> {
        let kept = self.kept();
        kept.units.iter().filter(|(_, state)| state.is_none()).map(|(name, _)| name.clone()).collect()
    }

    /// The units that are done, in this attempt or before.
    pub fn done_units(&self) -> Vec<String> {
        let kept = self.kept();
        let done = kept.units.iter().filter(|(_, state)| *state == Some(UnitState::Done));
        done.map(|(name, _)| name.clone()).collect()
    }

    /// The units by how they ended.
    pub fn counts(&self) -> UnitCounts {
        self.counts_after(&[])
    }

    /// The same when these have ended as well.
    pub(super) fn counts_after(&self, ends: &[UnitEnd]) -> UnitCounts {
        let kept = self.kept();
        let new: BTreeMap<&str, UnitState> = ends.iter().map(|end| (end.name.as_str(), end.state)).collect();
        let mut counts = UnitCounts { total: kept.units.len() as i64, ..UnitCounts::default() };
        for (name, state) in &kept.units {
            match new.get(name.as_str()).copied().or(*state) {
                Some(UnitState::Done) => counts.done += 1,
                Some(UnitState::Failed) => counts.failed += 1,
                Some(UnitState::Skipped) => counts.skipped += 1,
                None => {}
            }
        }
        counts
    }

    /// Adds units to the job that it does not have yet.
    pub(super) fn add_units(&self, tx: &mut Transaction, names: &[String]) {
        let mut kept = self.kept();
        let first = kept.units.len() as i64;
        let known: BTreeSet<&str> = kept.units.iter().map(|(name, _)| name.as_str()).collect();
        let new: Vec<String> = names.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
        stored_units::add(tx, self.job(), first, &new);
        kept.units.extend(new.into_iter().map(|name| (name, None)));
    }

    /// Notes in a transaction how units ended; [`ended`](JobGuard::ended) takes it as true when that is committed. Names
    /// that are no unit of the job are left out.
    pub fn end_units(&self, tx: &mut Transaction, ends: &[UnitEnd]) {
        let kept = self.kept();
        let numbers: BTreeMap<&str, i64> =
            kept.units.iter().zip(0..).map(|((name, _), number)| (name.as_str(), number)).collect();
        let stored = ends.iter().filter_map(|end| {
            let number = numbers.get(end.name.as_str()).copied()?;
            Some(stored_units::UnitEnd { number, state: end.state.as_str(), error: end.error.clone() })
        });
        stored_units::end(tx, self.job(), &stored.collect::<Vec<_>>());
    }

    /// Takes it as true that units ended, after a transaction that says so was committed.
    pub fn ended(&self, ends: &[UnitEnd]) {
        let new: BTreeMap<&str, UnitState> = ends.iter().map(|end| (end.name.as_str(), end.state)).collect();
        for (name, state) in &mut self.kept().units {
            if let Some(new) = new.get(name.as_str()) {
                *state = Some(*new);
            }
        }
    }

    /// Adds what was told since the last time to a transaction.
    pub(super) fn write_notes(&self, tx: &mut Transaction) {
        let mut kept = self.kept();
        let (warnings, lines) = (std::mem::take(&mut kept.warnings), std::mem::take(&mut kept.lines));
        notes::warn(tx, self.job(), &warnings);
        notes::log(tx, self.job(), self.held.holder.fence, kept.line_count, &lines);
        kept.line_count += lines.len() as i64;
    }
}
