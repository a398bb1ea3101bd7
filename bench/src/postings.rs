//! What the accounts of a set book, worked out in f64 and by nothing of ours: what every peer starts from.

use std::collections::BTreeMap;

use model::EventKind;

use crate::world::{Account, World};

/// A change of a quantity, of cash, or of both.
#[derive(Clone, Copy)]
pub struct Posting {
    /// The number of the session.
    pub session: usize,
    /// The number of the series whose quantity changes.
    pub series: Option<usize>,
    pub quantity: f64,
    pub cash: f64,
}

/// The postings of an account by session: on each the splits, then the dividends, then the account's own events.
pub fn postings(world: &World, account: &Account) -> Vec<Posting> {
    let mut own: Vec<Posting> = account.rows.iter().flat_map(|row| fills(world, row)).collect();
    own.extend(account.cash.iter().map(|cash| {
        let sign = if matches!(cash.kind, EventKind::Withdrawal | EventKind::Fee) { -1.0 } else { 1.0 };
        Posting { session: cash.session, series: None, quantity: 0.0, cash: sign * cash.amount.to_f64() }
    }));
    own.sort_by_key(|posting| posting.session);
    let mut actions = actions(world).into_iter().peekable();
    let mut held = BTreeMap::<usize, f64>::new();
    let opening = account.opening_equity.to_f64();
    let mut all = vec![Posting { session: 0, series: None, quantity: 0.0, cash: opening }];
    for posting in own {
        while let Some((session, series, action)) =
            actions.next_if(|(session, ..)| *session <= posting.session)
        {
            all.extend(acted(session, series, action, &mut held));
        }
        if let Some(series) = posting.series {
            *held.entry(series).or_default() += posting.quantity;
        }
        all.push(posting);
    }
    all.extend(actions.flat_map(|(session, series, action)| acted(session, series, action, &mut held)));
    all
}

fn fills(world: &World, row: &crate::world::Row) -> impl Iterator<Item = Posting> {
    let closes = &world.series[row.series].bars.close;
    let (series, quantity) = (row.series, row.quantity.to_f64());
    let ends = [Some((row.entry, quantity)), row.exit.map(|exit| (exit, -quantity))];
    ends.into_iter().flatten().map(move |(session, quantity)| {
        let cash = -quantity * closes[session].to_f64();
        Posting { session, series: Some(series), quantity, cash }
    })
}

#[derive(Clone, Copy)]
enum Action {
    /// New units for an old one.
    Split(f64),
    /// Cash for a unit.
    Dividend(f64),
}

/// Corporate actions of all series by session, with splits before dividends.
fn actions(world: &World) -> Vec<(usize, usize, Action)> {
    let at = |date| world.sessions.partition_point(|session| *session < date);
    let (mut splits, mut dividends) = (Vec::new(), Vec::new());
    for (number, series) in world.series.iter().enumerate() {
        splits.extend(series.actions.splits.iter().map(|split| {
            let ratio = split.ratio.new_units() as f64 / split.ratio.old_units() as f64;
            (at(split.ex_date), number, Action::Split(ratio))
        }));
        dividends.extend(
            series
                .actions
                .dividends
                .iter()
                .map(|paid| (at(paid.ex_date), number, Action::Dividend(paid.amount.to_f64()))),
        );
    }
    splits.extend(dividends);
    splits.sort_by_key(|(session, ..)| *session);
    splits
}

/// What an action does to what is held; nothing when nothing is.
fn acted(session: usize, series: usize, action: Action, held: &mut BTreeMap<usize, f64>) -> Option<Posting> {
    let held = held.get_mut(&series).filter(|held| **held != 0.0)?;
    Some(match action {
        Action::Split(ratio) => {
            let quantity = *held * (ratio - 1.0);
            *held += quantity;
            Posting { session, series: Some(series), quantity, cash: 0.0 }
        }
        Action::Dividend(amount) => Posting { session, series: None, quantity: 0.0, cash: *held * amount },
    })
}
