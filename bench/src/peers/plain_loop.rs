//! A plain loop: equity alone, in f64, with none of the checks, statuses and figures of a snapshot.

use crate::postings::{Posting, postings};
use crate::world::World;

/// Prices by session and series, and what each account books.
pub struct PlainLoop {
    series_count: usize,
    closes: Vec<f64>,
    accounts: Vec<Vec<Posting>>,
}

impl PlainLoop {
    pub fn new(world: &World) -> PlainLoop {
        let series_count = world.series.len();
        let accounts = world.accounts.iter().map(|account| postings(world, account)).collect();
        PlainLoop { series_count, closes: closes(world), accounts }
    }

    /// Equity of every account on every session, account by account.
    pub fn equities(&self) -> Vec<f64> {
        let session_count = self.closes.len() / self.series_count;
        let mut equities = Vec::with_capacity(self.accounts.len() * session_count);
        for account in &self.accounts {
            self.roll(account, &mut equities);
        }
        equities
    }

    fn roll(&self, account: &[Posting], equities: &mut Vec<f64>) {
        let mut cash = 0.0;
        let mut held: Vec<(usize, f64)> = Vec::new();
        let mut postings = account.iter().peekable();
        for (at, closes) in self.closes.chunks(self.series_count).enumerate() {
            while let Some(posting) = postings.next_if(|posting| posting.session <= at) {
                cash += posting.cash;
                let Some(series) = posting.series else { continue };
                match held.iter_mut().find(|held| held.0 == series) {
                    Some(held) => held.1 += posting.quantity,
                    None => held.push((series, posting.quantity)),
                }
            }
            let values = held.iter().map(|(series, quantity)| quantity * closes[*series]);
            equities.push(cash + values.sum::<f64>());
        }
    }
}

/// Closes, session by session.
pub fn closes(world: &World) -> Vec<f64> {
    let of_session = |at: usize| world.series.iter().map(move |series| series.bars.close[at].to_f64());
    (0..world.sessions.len()).flat_map(of_session).collect()
}
