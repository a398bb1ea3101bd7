//! Progress on standard error, when somebody is looking.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use app::{Observer, Step};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar is shown for work that takes longer than this.
const SHOWN_AFTER_MS: u64 = 100;

/// Shows the steps of a refresh as a bar on a terminal, and nothing elsewhere.
pub struct Progress {
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// A bar if standard error is a terminal.
    pub fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.enable_steady_tick(Duration::from_millis(SHOWN_AFTER_MS));
            bar
        });
        Progress { bar: Mutex::new(bar) }
    }

    fn show(&self, step: Step) {
        let bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(bar) = bar.as_ref() else { return };
        match step {
            Step::PhaseStarted(phase) => bar.set_message(phase.as_str()),
            Step::Fetched { done, total } => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
            }
            Step::Computed { snapshots } => bar.set_message(format!("recording {snapshots} snapshots")),
            Step::Recorded { .. } => bar.finish_and_clear(),
            Step::PhaseEnded(_) | Step::BooksLoaded | Step::HistoryLoaded => {}
        }
    }
}

impl Observer for Progress {
    fn reached(&self, step: Step) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.show(step);
        Box::pin(std::future::ready(()))
    }
}
