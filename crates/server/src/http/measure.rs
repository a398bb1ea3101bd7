//! What is counted and timed, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use app::jobs::{JobKind, JobState};
use app::{AppError, Context};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// The upper ends of the intervals that durations are counted in, in seconds. Counts take little memory, however many
/// durations there were; quantiles of samples would not.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How often durations that came in are counted.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count and to time, once for the process.
pub(crate) fn start() -> &'static PrometheusHandle {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS);
        let recorder = builder.expect("invariant: there are intervals").build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics_elsewhere");
        }
        handle
    })
}

/// Takes over what the database counts: jobs by kind and state, and what providers still let us ask.
pub(crate) async fn note_stored(ctx: &Context) -> Result<(), AppError> {
    start();
    let mut jobs: BTreeMap<(JobKind, JobState), i64> = BTreeMap::new();
    for (kind, state, count) in app::jobs::counted(ctx).await? {
        jobs.insert((kind, state), count);
    }
    for (kind, state) in JobKind::ALL.iter().flat_map(|kind| JobState::ALL.iter().map(move |it| (*kind, *it)))
    {
        let count = jobs.get(&(kind, state)).copied().unwrap_or(0);
        let labels = [("kind", kind.as_str()), ("state", state.as_str())];
        metrics::gauge!("daybook_jobs", &labels).set(count as f64);
    }
    for status in app::providers(ctx).await? {
        let labels = [("provider", status.source.as_str())];
        metrics::gauge!("daybook_provider_used_today", &labels).set(status.used_today as f64);
        if let Some(left) = status.left_today {
            metrics::gauge!("daybook_provider_left_today", &labels).set(left as f64);
        }
    }
    Ok(())
}

/// All that was counted and timed.
pub(crate) fn text() -> String {
    start().render()
}

/// Counts the durations that came in, again and again, so that they do not pile up while nobody asks.
pub(crate) async fn keep_up() {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        start().run_upkeep();
    }
}
