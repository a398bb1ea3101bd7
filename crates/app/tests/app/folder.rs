//! A folder of price files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{Calendar, Date};
use tempfile::TempDir;

/// A folder of price files.
pub struct Folder {
    directory: TempDir,
    writes: AtomicU64,
    closes: Mutex<BTreeMap<String, BTreeMap<Date, String>>>,
}

impl Folder {
    pub fn new() -> Folder {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("prices")).unwrap();
        Folder { directory, writes: AtomicU64::new(0), closes: Mutex::default() }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes the closes of a symbol for sessions, made up from its name.
    pub fn make_up(&self, symbol: &str, sessions: &[Date]) {
        let closes = sessions.iter().map(|session| (*session, made_up(symbol, *session)));
        self.set(symbol, closes.collect());
    }

    /// The close of a symbol on a session.
    pub fn close(&self, symbol: &str, session: Date) -> f64 {
        self.closes.lock().unwrap()[symbol][&session].parse().unwrap()
    }

    /// Changes single closes of a symbol; an empty one takes the row away.
    pub fn change(&self, symbol: &str, changes: &[(Date, &str)]) {
        let mut closes = self.closes.lock().unwrap().get(symbol).cloned().unwrap_or_default();
        for (session, close) in changes {
            match *close {
                "" => closes.remove(session),
                close => closes.insert(*session, close.to_owned()),
            };
        }
        self.set(symbol, closes);
    }

    fn set(&self, symbol: &str, closes: BTreeMap<Date, String>) {
        let rows: Vec<String> =
            closes.iter().map(|(session, close)| format!("{session},{close}\n")).collect();
        self.write(&format!("prices/{symbol}.csv"), &format!("date,close\n{}", rows.concat()));
        self.closes.lock().unwrap().insert(symbol.to_owned(), closes);
    }

    /// Writes a file whole, so that a reader sees the old or the new one.
    pub fn write(&self, name: &str, content: &str) {
        let turn = self.writes.fetch_add(1, Ordering::SeqCst);
        let part = self.path().join(format!("part-{turn}"));
        fs::write(&part, content).unwrap();
        fs::rename(&part, self.path().join(name)).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }
}

/// A close between 40 and 60 that follows from symbol and session alone.
fn made_up(symbol: &str, session: Date) -> String {
    let seed = symbol.bytes().fold(7_i64, |seed, byte| seed * 31 + i64::from(byte));
    let cents = 4_000 + (seed * 131 + i64::from(session.epoch_days()) * 37) % 2_000;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// So many sessions from a date on.
pub fn sessions_from(first: &str, count: usize) -> &'static [Date] {
    let calendar = Calendar::xnys();
    &calendar.between(first.parse().unwrap(), calendar.last())[..count]
}
