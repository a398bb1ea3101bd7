//! Settings of background work: the limits of jobs themselves, held to what makes sense.

use app::jobs::JobLimits;

use super::usage;
use crate::failure::Failure;

/// Holds the limits to their ranges.
///
/// # Errors
/// [`Failure::Usage`] naming the setting.
pub fn check(limits: &JobLimits) -> Result<(), Failure> {
    for (key, value, range) in [
        ("jobs.lease_ms", limits.lease_ms, 100..=3_600_000),
        ("jobs.stall_ms_max", limits.stall_ms_max, 100..=86_400_000),
        ("jobs.pulse_ms", limits.pulse_ms as i64, 10..=60_000),
        ("jobs.poll_ms", limits.poll_ms as i64, 10..=60_000),
        ("jobs.watch_ms", limits.watch_ms as i64, 10..=60_000),
        ("jobs.retries_max", limits.retries_max, 0..=8),
        ("jobs.retry_pause_ms", limits.retry_pause_ms, 1..=3_600_000),
        ("jobs.retry_wait_ms_max", limits.retry_wait_ms_max, 1..=86_400_000),
        ("jobs.takeovers_max", limits.takeovers_max, 1..=1_000_000),
        ("jobs.concurrency_max", limits.concurrency_max as i64, 0..=1_000),
        ("jobs.onboarding_concurrency_max", limits.onboarding_concurrency_max as i64, 0..=1_000),
        ("jobs.queue_depth_max", limits.queue_depth_max, 1..=1_000_000),
        ("jobs.reads_open_max", limits.reads_open_max, 0..=1_000_000),
        ("jobs.reads_unknown_daily_max", limits.reads_unknown_daily_max, 0..=1_000_000),
        ("jobs.keep_days", limits.keep_days, 1..=36_500),
        ("jobs.page_count_max", limits.page_count_max, 1..=10_000),
        ("jobs.symbols_max", limits.symbols_max as i64, 1..=100_000),
        ("jobs.schedule_ms", limits.schedule_ms as i64, 10..=600_000),
    ] {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            return Err(usage(key, format!("{value} is out of range; give {least} to {most}")));
        }
    }
    Ok(())
}
