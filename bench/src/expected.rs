//! What the ledger gives for a set of data without any database: the yardstick for what comes out of one.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use ledger::{Computed, Market, PricePath, Rules, Run};
use model::{
    Booking, Calendar, Closes, Currency, Date, Event, EventId, EventKind, EventSource, Instrument,
    InstrumentId, InstrumentKind, LotMethod, Money, OWNER_LOCAL, Portfolio, PortfolioId, Snapshot, Timestamp,
};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::world::{Account, World};

/// The books of a set in memory.
pub struct Books {
    pub portfolios: Vec<(Portfolio, Vec<Event>)>,
    pub market: Market,
    rules: Rules,
    first: Date,
    last: Date,
}

impl Books {
    pub fn new(world: &World) -> Result<Books> {
        let (first, last) = (world.sessions[0], *world.sessions.last().context("a set has sessions")?);
        let mut market = Market::new();
        for (number, series) in world.series.iter().enumerate() {
            let closes = Closes::of(&series.bars);
            let path = PricePath::new(Calendar::xnys(), &closes, &series.actions, first, last);
            let instrument = Instrument {
                id: InstrumentId(number as i64 + 1),
                symbol: series.symbol.clone(),
                kind: InstrumentKind::Stock,
                currency: None,
                multiplier: 1,
                is_whole_unit: false,
                option: None,
            };
            market.insert(instrument, series.actions.clone(), path);
        }
        let accounts = world.accounts.iter().zip(1..);
        let portfolios =
            accounts.map(|(account, id)| (portfolio(account, id), events(world, account))).collect();
        Ok(Books { portfolios, market, rules: Rules::default(), first, last })
    }

    /// Computes every portfolio over all sessions on a pool's threads.
    pub fn compute(&self, pool: &ThreadPool) -> Result<Vec<Computed>> {
        let one = |(portfolio, events): &(Portfolio, Vec<Event>)| {
            let (calendar, market, rules) = (Calendar::xnys(), &self.market, &self.rules);
            let run = Run { calendar, portfolio, events, market, rules };
            ledger::compute(&run, self.first, self.last, None)
        };
        Ok(pool.install(|| self.portfolios.par_iter().map(one).collect::<Result<Vec<_>, _>>())?)
    }
}

/// Holdings on all sessions of all portfolios.
pub fn position_sessions(computed: &[Computed]) -> u64 {
    let snapshots = computed.iter().flat_map(|computed| &computed.snapshots);
    snapshots.map(|snapshot| u64::from(snapshot.position_count)).sum()
}

fn portfolio(account: &Account, id: i64) -> Portfolio {
    Portfolio {
        id: PortfolioId(id),
        owner: OWNER_LOCAL.to_owned(),
        name: account.name.clone(),
        currency: Currency::USD,
        lot_method: LotMethod::Fifo,
        opening_equity: account.opening_equity,
        start: None,
        revision: 0,
        last_entry_no: 0,
        created_at: Timestamp::from_epoch_micros(0),
    }
}

fn events(world: &World, account: &Account) -> Vec<Event> {
    let mut bookings: Vec<(Date, Booking)> = Vec::new();
    for row in &account.rows {
        let mut fill = |session: usize, quantity| {
            let price = world.series[row.series].bars.close[session];
            let instrument = InstrumentId(row.series as i64 + 1);
            let booking = Booking::Fill { instrument, quantity, price, fee: Money::ZERO };
            bookings.push((world.sessions[session], booking));
        };
        fill(row.entry, row.quantity);
        if let Some((exit, quantity)) = row.exit.zip(row.quantity.negated().ok()) {
            fill(exit, quantity);
        }
    }
    bookings.extend(account.cash.iter().filter_map(|cash| {
        let amount = cash.amount;
        let booking = match cash.kind {
            EventKind::Deposit => Booking::Deposit { amount },
            EventKind::Withdrawal => Booking::Withdrawal { amount },
            EventKind::Interest => Booking::Interest { amount },
            EventKind::Fee => Booking::Fee { amount },
            _ => return None,
        };
        Some((world.sessions[cash.session], booking))
    }));
    let event = |((date, booking), number): ((Date, Booking), i64)| Event {
        id: EventId(number),
        entry_no: number,
        date,
        booking,
        key: number.to_string(),
        source: EventSource::Import,
        batch: None,
        note: None,
        entered_at: Timestamp::from_epoch_micros(0),
        voided_at: None,
    };
    bookings.into_iter().zip(1..).map(event).collect()
}

/// Holds the snapshots of a database against those computed in memory, portfolio by portfolio.
///
/// # Errors
/// The first portfolio and session that differ.
pub async fn compare(ctx: &app::Context, books: &Books, computed: &[Computed]) -> Result<()> {
    let store = ctx.store()?;
    let stored = store::portfolios::of_owner(store, &ctx.owner).await?;
    let ids: Vec<PortfolioId> = stored.iter().map(|stored| stored.portfolio.id).collect();
    let mut history = store::books::load_history(store, &[], &ids, books.first, books.last).await?.snapshots;
    let mut found = BTreeMap::new();
    for stored in stored {
        let snapshots = history.remove(&stored.portfolio.id).unwrap_or_default();
        found.insert(stored.portfolio.name, snapshots);
    }
    for ((portfolio, _), computed) in books.portfolios.iter().zip(computed) {
        let name = &portfolio.name;
        let stored = found.remove(name).with_context(|| format!("{name} is not in the database"))?;
        let count = computed.snapshots.len();
        ensure!(stored.len() == count, "{name}: {} snapshots instead of {count}", stored.len());
        for (stored, expected) in stored.into_iter().zip(&computed.snapshots) {
            let stored = Snapshot { portfolio: portfolio.id, ..stored.snapshot };
            ensure!(stored == *expected, "{name} on {}: {stored:?}, not {expected:?}", expected.session);
        }
    }
    Ok(())
}
