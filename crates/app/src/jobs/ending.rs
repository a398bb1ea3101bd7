//! How a job ends. Pure.

use super::JobState;

/// The units of a job by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// All of them.
    pub total: i64,
    /// Those that are done.
    pub done: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that had nothing to do.
    pub skipped: i64,
}

impl UnitCounts {
    /// Those that have not ended yet.
    pub const fn open(&self) -> i64 {
        self.total - self.done - self.failed - self.skipped
    }
}

/// What ended the work, when it was not the work itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nothing did.
    None,
    /// Somebody wanted it to end.
    Cancelled,
    /// Something went wrong that concerns no unit alone.
    Failed,
}

/// The final state of a job, and what is to be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The final state.
    pub state: JobState,
    /// Whether there was nothing left to do because all was done before.
    pub is_already_done: bool,
}

/// Decides the final state of a job from its counts. No other place does.
///
/// # Example
/// ```
/// use app::jobs::{JobState, Stop, UnitCounts, final_state};
/// let counts = UnitCounts { total: 3, done: 2, failed: 1, skipped: 0 };
/// assert_eq!(final_state(&counts, Stop::None).state, JobState::Partial);
/// let counts = UnitCounts { total: 3, done: 0, failed: 0, skipped: 3 };
/// assert!(final_state(&counts, Stop::None).is_already_done);
/// ```
pub fn final_state(counts: &UnitCounts, stop: Stop) -> Ending {
    let ended = |state| Ending { state, is_already_done: false };
    let UnitCounts { total, done, failed, skipped } = *counts;
    match stop {
        Stop::Failed => ended(JobState::Failed),
        // A wish that came when everything was done comes too late.
        Stop::Cancelled if counts.open() > 0 || total == 0 => ended(JobState::Cancelled),
        _ if failed == 0 && counts.open() == 0 => {
            Ending { state: JobState::Completed, is_already_done: done == 0 && skipped > 0 }
        }
        _ if done + skipped > 0 => ended(JobState::Partial),
        _ => ended(JobState::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: [i64; 4], stop: Stop, expect: JobState, is_already_done: bool) {
        let [total, done, failed, skipped] = counts;
        let ending = final_state(&UnitCounts { total, done, failed, skipped }, stop);
        assert_eq!(ending, Ending { state: expect, is_already_done }, "{counts:?} {stop:?}");
    }

    #[test]
    fn the_final_state_follows_from_the_counts() {
        check([0, 0, 0, 0], Stop::None, JobState::Completed, false);
        check([2, 2, 0, 0], Stop::None, JobState::Completed, false);
        check([2, 1, 0, 1], Stop::None, JobState::Completed, false);
        check([2, 0, 0, 2], Stop::None, JobState::Completed, true);
        check([2, 1, 1, 0], Stop::None, JobState::Partial, false);
        check([2, 0, 1, 1], Stop::None, JobState::Partial, false);
        check([2, 0, 2, 0], Stop::None, JobState::Failed, false);
        check([2, 1, 0, 0], Stop::None, JobState::Partial, false);
        check([2, 0, 0, 0], Stop::None, JobState::Failed, false);
        check([2, 1, 0, 0], Stop::Cancelled, JobState::Cancelled, false);
        check([0, 0, 0, 0], Stop::Cancelled, JobState::Cancelled, false);
        check([2, 2, 0, 0], Stop::Cancelled, JobState::Completed, false);
        check([2, 1, 1, 0], Stop::Cancelled, JobState::Partial, false);
        check([2, 2, 0, 0], Stop::Failed, JobState::Failed, false);
    }
}
