//! The one way a test waits: for a condition, with a deadline.

use std::future::Future;
use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at a condition.
const POLL_MS: u64 = 5;

/// Looks at `condition` until it holds or `deadline` has passed, and says whether it held.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let mut looks = 0;
/// let held = testkit::wait_until(std::time::Duration::from_secs(5), || {
///     looks += 1;
///     let enough = looks == 3;
///     async move { enough }
/// });
/// assert!(held.await);
/// # });
/// ```
pub async fn wait_until<F, C>(deadline: Duration, mut condition: C) -> bool
where
    C: FnMut() -> F,
    F: Future<Output = bool>,
{
    let start = Instant::now();
    loop {
        if condition().await {
            return true;
        }
        if start.elapsed() >= deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
    }
}

/// The same outside of async code.
pub fn wait_until_blocking(deadline: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
}
