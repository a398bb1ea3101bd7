//! Every limit of jobs, by name.

use serde::{Deserialize, Serialize};

/// Every limit of jobs, by name, with its default; they are settings of the section `jobs` as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JobLimits {
    /// How long a lease lasts unless it is renewed.
    pub lease_ms: i64,
    /// How long the units of a job may stand still before it loses its lease.
    pub stall_ms_max: i64,
    /// How often a worker notes progress and looks whether its job is to end.
    pub pulse_ms: u64,
    /// How often a worker without work looks for some.
    pub poll_ms: u64,
    /// How long a loop of the workers may not come round before the process is not ready any more.
    pub heartbeat_ms_max: u64,
    /// How often those who watch jobs are told of changes.
    pub watch_ms: u64,
    /// How often a fault that may pass is tried again.
    pub retries_max: i64,
    /// The pause before the first of these attempts; each later one is four times as long as the one before.
    pub retry_pause_ms: i64,
    /// The longest pause before another attempt when a provider says for how long asking is in vain.
    pub retry_wait_ms_max: i64,
    /// How often a job that does not come on is taken over from workers that went away.
    pub takeovers_max: i64,
    /// Jobs of a process that are worked on at once, onboardings apart.
    pub concurrency_max: usize,
    /// Onboardings of a process that are worked on at once.
    pub onboarding_concurrency_max: usize,
    /// Jobs that are not over, onboardings apart.
    pub queue_depth_max: i64,
    /// Jobs that reads of one owner may have waiting, for prices that the cache lacks.
    pub reads_open_max: i64,
    /// Symbols nobody has met that reads of one owner may have asked about within a day of universal time.
    pub reads_unknown_daily_max: i64,
    /// How long jobs may go on when their process is told to end.
    pub shutdown_ms_max: u64,
    /// How long jobs are kept that are over.
    pub keep_days: i64,
    /// Examples of each kind of warning.
    pub warning_examples_max: i64,
    /// Lines of the log that are shown.
    pub log_lines_max: i64,
    /// Jobs, units or warnings on a page.
    pub page_count_max: i64,
    /// Symbols of one job.
    pub symbols_max: usize,
    /// How often workers look for schedules that are due.
    pub schedule_ms: u64,
    /// Schedules of an owner.
    pub schedules_max: usize,
}

impl Default for JobLimits {
    fn default() -> JobLimits {
        JobLimits {
            lease_ms: 15_000,
            stall_ms_max: 600_000,
            pulse_ms: 500,
            poll_ms: 500,
            heartbeat_ms_max: 60_000,
            watch_ms: 500,
            retries_max: 3,
            retry_pause_ms: 5_000,
            retry_wait_ms_max: 1_800_000,
            takeovers_max: 20,
            concurrency_max: 2,
            onboarding_concurrency_max: 3,
            queue_depth_max: 1_000,
            reads_open_max: 50,
            reads_unknown_daily_max: 200,
            shutdown_ms_max: 10_000,
            keep_days: 30,
            warning_examples_max: 3,
            log_lines_max: 200,
            page_count_max: 200,
            symbols_max: 1_000,
            schedule_ms: 1_000,
            schedules_max: 100,
        }
    }
}
