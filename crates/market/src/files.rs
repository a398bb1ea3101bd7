//! The provider `files`: a folder of CSV, for offline work and for people's own data.
//!
//! ```text
//! prices/SYMBOL.csv   date,open,high,low,close,volume   (date and close are required; as traded)
//! splits.csv          symbol,ex_date,ratio              (new shares for one old: 4, 0.1, 3:2, 1:3)
//! dividends.csv       symbol,ex_date,amount             (for one share as traded)
//! profiles.csv        symbol,name,type,sector,industry,exchange,currency,whole_unit   (only symbol is required)
//! ```
//!
//! Emptiness is never remembered. A file whose size, time or content changed is read again whole.

mod actions;
mod prices;
mod profiles;
mod stamp;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::Timestamp;
use tokio::sync::Semaphore;

use crate::{
    History, HistoryAnswer, HistoryRequest, Listing, Offers, ProfileAnswer, ProfileRequest, Provider,
    ProviderError, Source,
};
use actions::ActionFiles;
use profiles::ProfileFile;
use stamp::{FileState, Stamp};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Files that are read at once. Each is read on a thread of its own, and a thread has memory of its own.
const READ_AT_ONCE_MAX: usize = 4;

/// The provider `files`.
#[derive(Debug)]
pub struct Files {
    folder: Arc<Folder>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// Splits and dividends are one file for all symbols; they are read once while they stay as they are.
    actions: Mutex<Option<Arc<ActionFiles>>>,
    /// Profiles are one file for all symbols too.
    profiles: Mutex<Option<Arc<ProfileFile>>>,
}

impl Files {
    /// A provider over a folder; the folder is looked at when it is asked.
    pub fn new(path: impl Into<PathBuf>) -> Files {
        let (actions, profiles) = (Mutex::default(), Mutex::default());
        let folder = Folder { path: path.into(), actions, profiles };
        Files { folder: Arc::new(folder), room: Arc::new(Semaphore::new(READ_AT_ONCE_MAX)) }
    }

    /// Reads files on a thread of their own, so that a slow disk keeps nobody else waiting.
    fn read_apart<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, ProviderError>> {
        let room = self.room.clone();
        async move {
            let room = room.acquire_owned().await.expect("invariant: the room of readers is never closed");
            let reading = tokio::task::spawn_blocking(move || {
                // Given back when the file is read, also when nobody waits for it any more.
                let _room = room;
                read()
            });
            reading.await.unwrap_or_else(|stopped| {
                Err(ProviderError::Unavailable { reason: format!("reading stopped: {stopped}") })
            })
        }
        .boxed()
    }
}

impl Provider for Files {
    fn source(&self) -> Source {
        Source::Files
    }

    fn offers(&self) -> Offers {
        Offers { has_history: true, has_profiles: true, is_local: true }
    }

    fn fetch_profile<'a>(
        &'a self,
        request: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
        let (folder, request) = (self.folder.clone(), request.clone());
        self.read_apart(move || {
            let profile = folder.profiles(request.as_of)?.of(&request.symbol)?;
            Ok(ProfileAnswer { profile, fundamentals: None })
        })
    }

    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        let (folder, request) = (self.folder.clone(), request.clone());
        self.read_apart(move || folder.read(&request))
    }
}

impl Folder {
    fn read(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let path = self.path.join("prices").join(format!("{}.csv", request.symbol));
        let Some(state) = FileState::of(&path)? else {
            return Err(self.absent());
        };
        let actions = self.actions(request.as_of)?;
        let (own, mut refused_actions) = actions.of(&request.symbol);
        let known = request.known_stamp.as_deref().and_then(Stamp::parse);
        let actions_hash = stamp::hash_actions(&own);
        let same_actions = known.as_ref().is_some_and(|known| known.actions_hash == actions_hash);
        if same_actions && known.as_ref().is_some_and(|known| known.is_surely(&state)) {
            return Ok(HistoryAnswer::Unchanged);
        }
        let content = read_limited(&path)?;
        let content_hash = stamp::hash(&content);
        let parsed = prices::parse(&path, &content, request.as_of)?;
        let stamp = Stamp { file: state, seen_at: request.as_of, content_hash, actions_hash };
        // Rows that name no symbol belong to nobody; whoever is answered first is told.
        refused_actions.extend(actions.take_stray());
        let refused_count = parsed.refused_count + refused_actions.len();
        let mut refused = parsed.refused;
        refused.extend(refused_actions);
        // A bar that is not final yet has to be read again after the close, from a file that may stay as it is.
        let is_all_final = parsed.bars.is_final.iter().all(|is_final| *is_final) && !parsed.has_future_rows;
        refused.truncate(crate::REFUSED_ROWS_KEPT_MAX);
        Ok(HistoryAnswer::History(Box::new(History {
            bars: parsed.bars,
            actions: own,
            refused,
            refused_count,
            stamp: is_all_final.then(|| stamp.to_string()),
            is_whole: true,
            covers: None,
            actions_cover: None,
            listing: Listing::default(),
        })))
    }

    fn absent(&self) -> ProviderError {
        let prices = self.path.join("prices");
        if prices.is_dir() {
            return ProviderError::NotFound;
        }
        ProviderError::Unavailable { reason: format!("there is no folder {}", prices.display()) }
    }

    fn actions(&self, as_of: Timestamp) -> Result<Arc<ActionFiles>, ProviderError> {
        let mut cached = self.actions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let states = ActionFiles::states(&self.path)?;
        if let Some(actions) = cached.as_ref().filter(|actions| actions.states == states) {
            return Ok(actions.clone());
        }
        let actions = Arc::new(ActionFiles::read(&self.path, states)?);
        let is_settled = states.iter().flatten().all(|state| state.was_settled(as_of));
        *cached = is_settled.then(|| actions.clone());
        Ok(actions)
    }

    fn profiles(&self, as_of: Timestamp) -> Result<Arc<ProfileFile>, ProviderError> {
        let mut cached = self.profiles.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let state = ProfileFile::state(&self.path)?;
        if let Some(profiles) = cached.as_ref().filter(|profiles| profiles.state == state) {
            return Ok(profiles.clone());
        }
        let profiles = Arc::new(ProfileFile::read(&self.path, state)?);
        *cached = state.is_none_or(|state| state.was_settled(as_of)).then(|| profiles.clone());
        Ok(profiles)
    }
}

fn read_limited(path: &Path) -> Result<Vec<u8>, ProviderError> {
    let unavailable = |error: std::io::Error| ProviderError::Unavailable {
        reason: format!("{} cannot be read: {error}", path.display()),
    };
    let size = std::fs::metadata(path).map_err(unavailable)?.len();
    if size > FILE_BYTES_MAX {
        return Err(ProviderError::Malformed {
            what: format!("{} has {size} bytes, at most {FILE_BYTES_MAX} are read", path.display()),
        });
    }
    std::fs::read(path).map_err(unavailable)
}
