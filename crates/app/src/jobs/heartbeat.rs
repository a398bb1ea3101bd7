//! Whether the loops of workers come round: one that hangs looks from outside like one that has nothing to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When each loop of the workers of a process came round last. A clone is the same heartbeat.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    beats: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
}

impl Heartbeat {
    /// Notes that a loop came round.
    pub(crate) fn beat(&self, name: &'static str) {
        self.lock().insert(name, Instant::now());
    }

    /// The loop that has not come round for the longest time, and for how long; absent while there is none.
    pub fn silent(&self) -> Option<(&'static str, Duration)> {
        let silence = |(name, at): (&&'static str, &Instant)| (*name, at.elapsed());
        self.lock().iter().map(silence).max_by_key(|(_, silent_for)| *silent_for)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Instant>> {
        // The map is changed by single inserts, so a poisoned lock is still whole.
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
