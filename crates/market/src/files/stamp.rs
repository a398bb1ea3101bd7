//! The state of a file as it was read, so that an unchanged one is not read again.

use std::fmt;
use std::path::Path;

use model::{Actions, Timestamp};
use sha2::{Digest, Sha256};

use crate::ProviderError;

/// A file written again within this time of being read may show the same size and time.
const TIME_GRANULARITY_MICROS: i64 = 2_000_000;

/// Size and times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    size: u64,
    modified_micros: i64,
    /// When its content or its times were last changed, which nobody can set at will; 0 where the system does not tell.
    changed_micros: i64,
}

impl FileState {
    /// The state of a file, or `None` when there is none.
    pub fn of(path: &Path) -> Result<Option<FileState>, ProviderError> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata,
            // A pipe or a device could keep a reader waiting for ever.
            Ok(_) => {
                let reason = format!("{} is no ordinary file", path.display());
                return Err(ProviderError::Unavailable { reason });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let reason = format!("{} cannot be read: {error}", path.display());
                return Err(ProviderError::Unavailable { reason });
            }
        };
        let modified = metadata.modified().ok();
        let since_epoch = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_micros = since_epoch.map_or(0, |since| since.as_micros() as i64);
        let changed_micros = changed_micros(&metadata);
        Ok(Some(FileState { size: metadata.len(), modified_micros, changed_micros }))
    }

    /// Whether the file was old enough when it was looked at that a later change must show in its times.
    pub fn was_settled(&self, seen_at: Timestamp) -> bool {
        self.modified_micros.saturating_add(TIME_GRANULARITY_MICROS) < seen_at.epoch_micros()
    }
}

#[cfg(unix)]
fn changed_micros(metadata: &std::fs::Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    metadata.ctime() * 1_000_000 + metadata.ctime_nsec() / 1_000
}

#[cfg(not(unix))]
fn changed_micros(_: &std::fs::Metadata) -> i64 {
    0
}

/// What was read of a symbol: its price file's state and content, and its corporate actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub file: FileState,
    /// When the file was read.
    pub seen_at: Timestamp,
    pub content_hash: String,
    pub actions_hash: String,
}

impl Stamp {
    /// Reads what [`fmt::Display`] wrote; `None` for any other text, which then counts as changed.
    pub fn parse(text: &str) -> Option<Stamp> {
        let mut parts = text.split(' ');
        let stamp = Stamp {
            file: FileState {
                size: parts.next()?.parse().ok()?,
                modified_micros: parts.next()?.parse().ok()?,
                changed_micros: parts.next()?.parse().ok()?,
            },
            seen_at: Timestamp::from_epoch_micros(parts.next()?.parse().ok()?),
            content_hash: parts.next()?.to_owned(),
            actions_hash: parts.next()?.to_owned(),
        };
        parts.next().is_none().then_some(stamp)
    }

    /// Whether a file in this state is certainly the one that was read.
    pub fn is_surely(&self, state: &FileState) -> bool {
        self.file == *state && state.was_settled(self.seen_at)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileState { size, modified_micros, changed_micros } = self.file;
        let seen = self.seen_at.epoch_micros();
        write!(
            f,
            "{size} {modified_micros} {changed_micros} {seen} {} {}",
            self.content_hash, self.actions_hash
        )
    }
}

/// A short hash of a file's content.
pub fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// A short hash of a symbol's corporate actions.
pub fn hash_actions(actions: &Actions) -> String {
    hash(format!("{actions:?}").as_bytes())
}
