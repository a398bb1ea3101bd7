//! A job as everybody sees it.

use model::Timestamp;
use serde_json::Value;
use store::StoreError;
use store::jobs::StoredJob;

use super::UnitCounts;
use crate::AppError;

/// A closed list of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$each:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {$($(#[$each])* $variant,)*}

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Its name in answers and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {$($name::$variant => $word,)*}
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<$name, String> {
                let found = $name::ALL.iter().find(|known| known.as_str() == text);
                found.copied().ok_or_else(|| {
                    let known: Vec<&str> = $name::ALL.iter().map(|known| known.as_str()).collect();
                    format!("{text:?} is no {}; known are {}", $what, known.join(", "))
                })
            }
        }
    };
}

words! {
    /// What kind of work a job is.
    JobKind, "kind of job":
    /// Market data brought up to date and missing sessions computed; its units are portfolios.
    Refresh = "refresh",
    /// A symbol that nobody has met made known.
    OnboardSymbol = "onboard_symbol",
    /// Profiles learned; its units are symbols.
    PrefetchProfiles = "prefetch_profiles",
    /// Prices fetched into the cache; its units are symbols.
    FetchPrices = "fetch_prices",
    /// A screen of the market.
    Screen = "screen",
    /// A simulation.
    Simulation = "simulation",
}

words! {
    /// The state of a job.
    JobState, "state of a job":
    /// It waits for a worker, or has just been claimed.
    Pending = "pending",
    /// What it needs and nobody has yet is being fetched.
    DownloadingData = "downloading_data",
    /// It is being worked on.
    Running = "running",
    /// Everything is done.
    Completed = "completed",
    /// Some units failed.
    Partial = "partial",
    /// Nothing came of it.
    Failed = "failed",
    /// Somebody ended it.
    Cancelled = "cancelled",
}

words! {
    /// How a unit of a job ended.
    UnitState, "state of a unit":
    /// It is done.
    Done = "done",
    /// It failed.
    Failed = "failed",
    /// It had nothing to do.
    Skipped = "skipped",
}

impl JobState {
    /// Whether nothing more happens to the job unless it is opened again.
    pub const fn is_final(self) -> bool {
        matches!(self, JobState::Completed | JobState::Partial | JobState::Failed | JobState::Cancelled)
    }
}

/// How far a job has come.
#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    /// What is being done.
    pub phase: Option<String>,
    /// How much of the phase is done.
    pub phase_done: i64,
    /// How much the phase has to do; zero when that is not counted.
    pub phase_total: i64,
    /// The units by how they ended.
    pub units: UnitCounts,
    /// How much of the phase is done in a second, as measured since it began.
    pub rate_per_second: Option<f64>,
    /// How long the rest of the phase takes at this rate.
    pub estimated_seconds: Option<i64>,
}

/// A job as everybody sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its identity; ascending in time.
    pub id: String,
    /// What kind of work it is.
    pub kind: JobKind,
    /// Who asked for it.
    pub owner: String,
    /// What it is about, where that is one thing.
    pub subject: Option<String>,
    /// Everything it was asked.
    pub input: Value,
    /// Its state.
    pub state: JobState,
    /// How far it has come.
    pub progress: JobProgress,
    /// How often it was tried again after a fault that may pass.
    pub attempt: i64,
    /// Who works on it.
    pub lease_owner: Option<String>,
    /// How often it was claimed.
    pub fence: i64,
    /// Whether somebody wants it to end.
    pub is_cancel_requested: bool,
    /// Stable name and text of what went wrong.
    pub error: Option<(String, String)>,
    /// What came of it.
    pub result: Option<Value>,
    /// The version of the program that ran it last, or made it.
    pub version: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is not begun or tried again before this instant.
    pub run_after: Option<Timestamp>,
    /// When work on it began first.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Counts every change.
    pub revision: i64,
}

impl Job {
    /// The job that is stored.
    ///
    /// # Errors
    /// [`AppError::Store`] when the row means nothing.
    pub(crate) fn read(stored: &StoredJob, now: Timestamp) -> Result<Job, AppError> {
        let state: JobState = word("state of a job", &stored.state)?;
        Ok(Job {
            id: stored.id.clone(),
            kind: word("kind of job", &stored.kind)?,
            owner: stored.owner.clone(),
            subject: stored.subject.clone(),
            input: json("input of a job", &stored.input)?,
            state,
            progress: progress(stored, state, now),
            attempt: stored.attempt,
            lease_owner: stored.lease_owner.clone(),
            fence: stored.fence,
            is_cancel_requested: stored.cancel_requested,
            error: stored.error_code.clone().zip(stored.error.clone()),
            result: stored.result.as_deref().map(|text| json("result of a job", text)).transpose()?,
            version: stored.version.clone(),
            created_at: stored.created_at,
            run_after: (stored.run_after.epoch_micros() > 0).then_some(stored.run_after),
            started_at: stored.started_at,
            finished_at: stored.finished_at,
            revision: stored.revision,
        })
    }
}

fn progress(stored: &StoredJob, state: JobState, now: Timestamp) -> JobProgress {
    let (done, total) = (stored.phase_done, stored.phase_total);
    let pace = Pace::of(done, total, stored.phase_started_at.filter(|_| !state.is_final()), now);
    JobProgress {
        phase: stored.phase.clone(),
        phase_done: done,
        phase_total: total,
        units: UnitCounts {
            total: stored.units_total,
            done: stored.units_done,
            failed: stored.units_failed,
            skipped: stored.units_skipped,
        },
        rate_per_second: pace.rate_per_second,
        estimated_seconds: pace.estimated_seconds,
    }
}

/// How fast a phase goes, and how long its rest takes at that rate.
struct Pace {
    rate_per_second: Option<f64>,
    estimated_seconds: Option<i64>,
}

impl Pace {
    fn of(done: i64, total: i64, since: Option<Timestamp>, now: Timestamp) -> Pace {
        let elapsed_s = since.map(|since| (now.epoch_micros() - since.epoch_micros()) as f64 / 1e6);
        let elapsed_s = elapsed_s.filter(|elapsed_s| *elapsed_s > 0.0 && done > 0);
        let rate = elapsed_s.map(|elapsed_s| done as f64 / elapsed_s);
        let left = rate.filter(|_| total > done).map(|rate| ((total - done) as f64 / rate).ceil() as i64);
        Pace { rate_per_second: rate, estimated_seconds: left }
    }
}

/// A stored word of a closed list.
pub(super) fn word<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, AppError> {
    text.parse().map_err(|_| StoreError::Invalid { what, value: text.to_owned() }.into())
}

fn json(what: &'static str, text: &str) -> Result<Value, AppError> {
    serde_json::from_str(text).map_err(|_| StoreError::Invalid { what, value: text.to_owned() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_others_are_refused() {
        for kind in JobKind::ALL {
            assert_eq!(kind.as_str().parse::<JobKind>().as_ref(), Ok(kind));
        }
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse::<JobState>().as_ref(), Ok(state));
        }
        let refused = "done".parse::<JobState>().unwrap_err();
        assert!(refused.starts_with("\"done\" is no state of a job; known are pending,"), "{refused}");
    }

    #[test]
    fn rate_and_estimate_follow_from_what_was_done_since_the_phase_began() {
        let at = |seconds: i64| Timestamp::from_epoch_micros(seconds * 1_000_000);
        let check = |done: i64, now: i64, rate: Option<f64>, left: Option<i64>| {
            let found = Pace::of(done, 100, Some(at(10)), at(now));
            assert_eq!((found.rate_per_second, found.estimated_seconds), (rate, left), "{done} at {now}");
        };
        check(0, 20, None, None);
        check(20, 20, Some(2.0), Some(40));
        check(30, 20, Some(3.0), Some(24));
        check(100, 60, Some(2.0), None);
        // A clock that went back says nothing.
        check(20, 5, None, None);
    }
}
