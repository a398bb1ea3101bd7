//! Which instruments changed lately, as far as this process has looked: what was computed of one is good until it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::InstrumentId;

use crate::shared_read::SharedRead;
use crate::{AppError, Context};

/// Changes that are read at once. Behind more of them everything counts as changed.
const CHANGES_READ_MAX: usize = 5_000;
/// Instruments whose changes are remembered. With more of them everything counts as changed.
const INSTRUMENTS_MAX: usize = 20_000;

/// What the cache held of an instrument when something was computed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    instrument: InstrumentId,
    seq: i64,
}

/// The sequence of changes, followed as far as somebody asks. A clone follows the same.
#[derive(Clone, Debug, Default)]
pub struct Revisions {
    known: Arc<Mutex<Known>>,
    newest: SharedRead<i64>,
}

#[derive(Debug, Default)]
struct Known {
    /// The step up to which everything is known; absent before the first look.
    head: Option<i64>,
    /// The step since which everything is known.
    floor: i64,
    /// The newest step at which instruments changed.
    changed: BTreeMap<InstrumentId, i64>,
}

impl Revisions {
    /// The newest step, from a look that begins after this call.
    pub(crate) async fn newest(&self, ctx: &Context) -> Result<i64, AppError> {
        self.newest.get(ctx, follow).await
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Notes are taken step by step, and each leaves them whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Version {
    /// An instrument as it was at a step or later.
    pub(crate) const fn at(instrument: InstrumentId, seq: i64) -> Version {
        Version { instrument, seq }
    }

    /// Whether nothing of the instrument has changed since, by a look at the database that begins after this call. It
    /// errs to the side of a change.
    ///
    /// # Errors
    /// [`AppError::DatabaseRequired`], [`AppError::Store`].
    pub(crate) async fn is_current(&self, ctx: &Context) -> Result<bool, AppError> {
        ctx.revisions.newest(ctx).await?;
        Ok(ctx.revisions.known().is_current(self))
    }
}

/// Looks for what changed since the last look.
async fn follow(ctx: Context) -> Result<i64, AppError> {
    let store = ctx.store()?;
    let before = ctx.revisions.known().head;
    let (head, changes) = match before {
        Some(seq) => store::change::instruments_since(store, seq, CHANGES_READ_MAX).await?,
        None => (store::change::newest(store).await?, Vec::new()),
    };
    ctx.revisions.known().note(head, &changes);
    Ok(head)
}

impl Known {
    fn note(&mut self, head: i64, changes: &[(i64, InstrumentId)]) {
        let is_whole = changes.len() < CHANGES_READ_MAX && self.head.is_some_and(|known| known <= head);
        for (seq, instrument) in changes {
            self.changed.insert(*instrument, *seq);
        }
        if !is_whole || self.changed.len() > INSTRUMENTS_MAX {
            self.changed.clear();
            self.floor = head;
        }
        self.head = Some(head);
    }

    fn is_current(&self, version: &Version) -> bool {
        let changed = self.changed.get(&version.instrument);
        self.floor <= version.seq && changed.is_none_or(|changed| *changed <= version.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: InstrumentId = InstrumentId(1);
    const OTHER: InstrumentId = InstrumentId(2);

    #[test]
    fn a_version_is_current_until_its_instrument_changes() {
        let mut known = Known::default();
        known.note(10, &[]);
        let (one, other) = (Version::at(ONE, 10), Version::at(OTHER, 10));
        assert!(known.is_current(&one) && known.is_current(&other));
        known.note(12, &[(11, OTHER), (12, OTHER)]);
        assert!(known.is_current(&one) && !known.is_current(&other));
        assert!(!known.is_current(&Version::at(OTHER, 11)) && known.is_current(&Version::at(OTHER, 12)));
    }

    #[test]
    fn what_was_not_followed_counts_as_changed() {
        let mut known = Known::default();
        known.note(10, &[]);
        assert!(!known.is_current(&Version::at(ONE, 9)), "nobody looked at what came before the first look");
        let many: Vec<_> = (11..11 + CHANGES_READ_MAX as i64).map(|seq| (seq, OTHER)).collect();
        known.note(9_000, &many);
        assert!(!known.is_current(&Version::at(ONE, 10)), "more may have changed than was read");
        assert!(known.is_current(&Version::at(ONE, 9_000)));
        known.note(8_000, &[]);
        assert!(known.is_current(&Version::at(ONE, 8_000)), "the database is an older one");
        let instruments = (0..=INSTRUMENTS_MAX as i64).map(|id| (id, InstrumentId(id)));
        known.note(9_000, &[]);
        for (seq, instrument) in instruments {
            known.note(9_001 + seq, &[(9_001 + seq, instrument)]);
        }
        assert!(known.changed.len() <= INSTRUMENTS_MAX);
    }
}
