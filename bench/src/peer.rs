//! The peer of the compute rate: equity alone, in f64, with none of the checks, statuses and figures of a snapshot.

use crate::world::World;

/// Prices by session and symbol, and what happens to quantities and cash.
pub struct Peer {
    symbol_count: usize,
    closes: Vec<f64>,
    /// By session: symbol, new units for an old one.
    splits: Vec<Vec<(usize, f64)>>,
    /// By session: symbol, cash for a unit.
    dividends: Vec<Vec<(usize, f64)>>,
    accounts: Vec<Account>,
}

struct Account {
    opening: f64,
    /// Session, symbol, quantity; by session.
    fills: Vec<(usize, usize, f64)>,
}

impl Peer {
    pub fn new(world: &World) -> Peer {
        let (sessions, symbol_count) = (&world.sessions, world.series.len());
        let mut closes = vec![0.0; sessions.len() * symbol_count];
        let (mut splits, mut dividends) =
            (vec![Vec::new(); sessions.len()], vec![Vec::new(); sessions.len()]);
        for (symbol, series) in world.series.iter().enumerate() {
            for (at, close) in series.bars.close.iter().enumerate() {
                closes[at * symbol_count + symbol] = close.to_f64();
            }
            let at = |date| sessions.partition_point(|session| *session < date);
            for split in &series.actions.splits {
                let ratio = split.ratio.new_units() as f64 / split.ratio.old_units() as f64;
                splits[at(split.ex_date)].push((symbol, ratio));
            }
            for paid in &series.actions.dividends {
                dividends[at(paid.ex_date)].push((symbol, paid.amount.to_f64()));
            }
        }
        let accounts = world.accounts.iter().map(|account| {
            let row = |row: &crate::world::Row| (row.entry, row.series, row.quantity.to_f64());
            let mut fills: Vec<(usize, usize, f64)> = account.rows.iter().map(row).collect();
            fills.sort_by_key(|(session, _, _)| *session);
            Account { opening: account.opening_equity.to_f64(), fills }
        });
        let accounts = accounts.collect();
        Peer { symbol_count, closes, splits, dividends, accounts }
    }

    /// Equity of every account on every session, account by account.
    pub fn equities(&self) -> Vec<f64> {
        let mut equities = Vec::with_capacity(self.accounts.len() * self.splits.len());
        for account in &self.accounts {
            self.roll(account, &mut equities);
        }
        equities
    }

    fn roll(&self, account: &Account, equities: &mut Vec<f64>) {
        let mut cash = account.opening;
        let mut held: Vec<(usize, f64)> = Vec::new();
        let mut fills = account.fills.iter().peekable();
        for (at, closes) in self.closes.chunks(self.symbol_count).enumerate() {
            for (symbol, ratio) in &self.splits[at] {
                held.iter_mut().filter(|held| held.0 == *symbol).for_each(|held| held.1 *= ratio);
            }
            for (symbol, amount) in &self.dividends[at] {
                let paid = held.iter().filter(|held| held.0 == *symbol).map(|held| held.1 * amount);
                cash += paid.sum::<f64>();
            }
            while let Some((_, symbol, quantity)) = fills.next_if(|fill| fill.0 <= at) {
                cash -= quantity * closes[*symbol];
                held.push((*symbol, *quantity));
            }
            equities
                .push(cash + held.iter().map(|(symbol, quantity)| quantity * closes[*symbol]).sum::<f64>());
        }
    }
}
