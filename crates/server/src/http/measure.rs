//! What is counted and timed, in the text format of Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

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
