//! Who is being asked for in this process, so that nobody is asked for twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::Symbol;
use tokio::sync::watch;

use super::ask::Asked;
use crate::AppError;

/// What came of one symbol; absent while it is under way.
type Landed = Option<Result<Asked, Arc<AppError>>>;
/// Where those who wait for a symbol learn its result.
type Landing = watch::Receiver<Landed>;

/// Symbols whose profiles are being asked for in this process.
#[derive(Clone, Default)]
pub struct ProfileFlights {
    under_way: Arc<Mutex<BTreeMap<Symbol, Landing>>>,
}

impl ProfileFlights {
    /// How many symbols are being asked for.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no symbol is being asked for.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Symbol, Landing>> {
        // The map is changed by single inserts and removals, so a poisoned lock is still whole.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes off for the symbols nobody is asking for, and gives the landings of the others.
    pub fn take_off<'a>(&self, symbols: impl Iterator<Item = &'a Symbol>) -> (Taken, Vec<(Symbol, Landing)>) {
        let mut taken = Taken { flights: self.clone(), landings: BTreeMap::new() };
        let mut joined = Vec::new();
        let mut under_way = self.lock();
        for symbol in symbols {
            match under_way.get(symbol) {
                Some(landing) => joined.push((symbol.clone(), landing.clone())),
                None => {
                    let (sender, landing) = watch::channel(None);
                    under_way.insert(symbol.clone(), landing);
                    taken.landings.insert(symbol.clone(), sender);
                }
            }
        }
        (taken, joined)
    }
}

/// The symbols a task has taken off for; they land when it ends, however it ends.
pub struct Taken {
    flights: ProfileFlights,
    landings: BTreeMap<Symbol, watch::Sender<Landed>>,
}

impl Taken {
    /// Whether a symbol is still under way here.
    pub fn holds(&self, symbol: &Symbol) -> bool {
        self.landings.contains_key(symbol)
    }

    /// Lands a symbol. Whoever asks from now on is answered anew, from what is recorded.
    pub fn land(&mut self, asked: &Asked) {
        self.flights.lock().remove(&asked.known.symbol);
        if let Some(landing) = self.landings.remove(&asked.known.symbol) {
            landing.send_replace(Some(Ok(asked.clone())));
        }
    }

    /// Lands all that are left with an error, and gives it back.
    pub fn fail(mut self, error: AppError) -> AppError {
        let error = Arc::new(error);
        let symbol = self.landings.keys().next().cloned();
        for (symbol, landing) in std::mem::take(&mut self.landings) {
            self.flights.lock().remove(&symbol);
            landing.send_replace(Some(Err(error.clone())));
        }
        if let AppError::LeaseLost { id } = error.as_ref() {
            return AppError::LeaseLost { id: id.clone() };
        }
        shared(error, symbol.as_ref())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        for symbol in self.landings.keys() {
            under_way.remove(symbol);
        }
    }
}

/// Waits for a symbol that somebody else took off for. What it cost was paid there.
pub async fn joined(symbol: &Symbol, mut landing: Landing) -> Result<Asked, AppError> {
    let landed = landing.wait_for(Option::is_some).await;
    match landed.ok().and_then(|landed| landed.clone()) {
        Some(Ok(asked)) => Ok(Asked { provider_calls: 0, is_new: false, ..asked }),
        Some(Err(error)) => Err(shared(error, Some(symbol))),
        None => Err(AppError::TaskLost { what: "asking for profiles" }),
    }
}

/// The error of a task that several callers wait for: the one who holds it last gets it whole.
fn shared(error: Arc<AppError>, symbol: Option<&Symbol>) -> AppError {
    Arc::try_unwrap(error).unwrap_or_else(|error| {
        let symbol = symbol.map_or("", Symbol::as_str);
        tracing::error!(symbol, error = error.describe(), "profile_failed");
        AppError::Conflict { what: format!("the profile of {symbol} ({})", error.describe()) }
    })
}
