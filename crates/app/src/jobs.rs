//! Background work: made together with what it is about, claimed by lease, resumed by whoever comes next.
//!
//! ```text
//! pending -> downloading_data -> running -> completed | partial | failed | cancelled
//! ```
//!
//! A worker claims a job with a lease that ends unless it is renewed, and with a number, the fence, that no other claim
//! of the job has. Whatever it records names both, so that a worker which lost its lease records nothing. A lease is
//! renewed only while the job comes on.

mod changes;
mod create;
mod ending;
mod guard;
mod heartbeat;
mod input;
mod job;
mod kinds;
mod limits;
mod lookup;
mod pulse;
mod run;
mod watch;
mod workers;

pub use changes::{cancel, retry};
pub use create::{Created, Creation, NewJob, create, creation};
pub use ending::{Ending, Stop, UnitCounts, final_state};
pub use guard::{JobGuard, UnitEnd};
pub use heartbeat::Heartbeat;
pub use input::{FetchInput, JobInput, OnboardInput, ProfilesInput, RefreshInput};
pub use job::{Job, JobKind, JobProgress, JobState, UnitState};
pub use kinds::Output;
pub use limits::JobLimits;
pub use lookup::{
    JobDetails, JobFilter, JobList, JobLogLine, JobUnit, JobWarning, JobWarnings, count_open, counted,
    details, list, load, newest_about, units,
};
pub use run::{Finished, run_in_foreground, run_in_foreground_until, run_now, run_now_until};
pub use watch::{JobWatches, watch};
pub use workers::{WorkerSettings, run_workers, run_workers_watched};

pub(crate) use create::{create_if, new_id};
pub(crate) use kinds::checked;
pub(crate) use workers::goes_on_after;
