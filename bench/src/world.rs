//! The three sets of data: series of prices, and accounts with what they hold.

use anyhow::{Context, Result};
use model::{Calendar, Date, EventKind, Money, Quantity};

use crate::random::Random;
use crate::series::Series;

/// The last session of every set.
pub const LAST_SESSION: &str = "2024-12-31";
const UNITS: i64 = model::QUANTITY_SCALE;
/// Events of the account with a long history.
const HISTORY_EVENT_COUNT: usize = 2_000;

/// What decides a set of data.
#[derive(Clone, Copy)]
pub struct Shape {
    pub account_count: usize,
    /// Holdings of all accounts together.
    pub position_count: usize,
    pub session_count: usize,
    pub symbol_count: usize,
}

/// Six portfolios with 63 positions over 120 sessions.
pub const SMALL: Shape = Shape { account_count: 6, position_count: 63, session_count: 120, symbol_count: 63 };
/// A thousand portfolios of 20 positions over 252 sessions and 500 symbols.
pub const LARGE: Shape =
    Shape { account_count: 1_000, position_count: 20_000, session_count: 252, symbol_count: 500 };
/// One portfolio with 2,000 events over eight years.
pub const HISTORY: Shape =
    Shape { account_count: 1, position_count: 0, session_count: 2_014, symbol_count: 40 };
/// 500 symbols over ten years: 1.26 million bars and no account.
pub const BARS: Shape =
    Shape { account_count: 0, position_count: 0, session_count: 2_520, symbol_count: 500 };

/// A row of a positions file. Entry and exit are numbers of sessions; the price is that session's close.
pub struct Row {
    pub series: usize,
    pub quantity: Quantity,
    pub entry: usize,
    pub exit: Option<usize>,
}

/// Money that comes or goes beside the fills.
pub struct Cash {
    pub kind: EventKind,
    pub session: usize,
    pub amount: Money,
}

/// One portfolio.
pub struct Account {
    pub name: String,
    pub opening_equity: Money,
    pub rows: Vec<Row>,
    pub cash: Vec<Cash>,
}

/// A set of data.
pub struct World {
    pub sessions: Vec<Date>,
    pub series: Vec<Series>,
    pub accounts: Vec<Account>,
}

impl World {
    /// Makes a set; the same shape gives the same set.
    pub fn new(shape: Shape) -> Result<World> {
        let calendar = Calendar::xnys();
        let last = calendar.index_of(LAST_SESSION.parse()?).context("the last session is none")?;
        let sessions = calendar.sessions()[last + 1 - shape.session_count..=last].to_vec();
        let mut random = Random::new(20_241_231);
        let series = (0..shape.symbol_count).map(|number| Series::walk(number, &sessions, &mut random));
        let series = series.collect::<Result<Vec<_>>>()?;
        let mut accounts = Vec::with_capacity(shape.account_count);
        for number in 0..shape.account_count {
            accounts.push(match shape.position_count {
                0 => trading(&shape, &mut random),
                count => {
                    let more = usize::from(number < count % shape.account_count);
                    holding(number, count / shape.account_count + more, &shape, &mut random)
                }
            });
        }
        Ok(World { sessions, series, accounts })
    }
}

/// Holdings of different symbols from the first session to the last, one in ten of them bought in two parts.
fn holding(number: usize, position_count: usize, shape: &Shape, random: &mut Random) -> Account {
    let mut rows = Vec::new();
    for series in random.distinct(position_count, shape.symbol_count) {
        let side = if random.one_in(7) { -1 } else { 1 };
        rows.push(Row { series, quantity: quantity(side, random), entry: 0, exit: None });
        if random.one_in(10) {
            let entry = 1 + random.index(shape.session_count - 1);
            rows.push(Row { series, quantity: quantity(side, random), entry, exit: None });
        }
    }
    let opening_equity = Money::from_micros(2_000_000 * model::MONEY_SCALE);
    Account { name: format!("Book {number:04}"), opening_equity, rows, cash: Vec::new() }
}

/// Many fills over a long time, most of them closed again, and money that comes and goes.
fn trading(shape: &Shape, random: &mut Random) -> Account {
    const CASH_COUNT: usize = 140;
    const OPEN_COUNT: usize = 60;
    let mut rows = Vec::new();
    for number in 0..(HISTORY_EVENT_COUNT - CASH_COUNT + OPEN_COUNT) / 2 {
        let side = if random.one_in(7) { -1 } else { 1 };
        let entry = if number == 0 { 0 } else { random.index(shape.session_count - 1) };
        let last = shape.session_count - 1;
        let is_open = number < OPEN_COUNT;
        let exit = (!is_open).then(|| (entry + 5 + random.index(200)).min(last));
        rows.push(Row {
            series: random.index(shape.symbol_count),
            quantity: quantity(side, random),
            entry,
            exit,
        });
    }
    let kinds = [EventKind::Deposit, EventKind::Withdrawal, EventKind::Interest, EventKind::Fee];
    let cash = (0..CASH_COUNT).map(|number| Cash {
        kind: kinds[number % kinds.len()],
        session: random.index(shape.session_count),
        amount: Money::from_micros(random.between(10, 500) * model::MONEY_SCALE),
    });
    let cash = cash.collect();
    let opening_equity = Money::from_micros(10_000_000 * model::MONEY_SCALE);
    Account { name: "History".to_owned(), opening_equity, rows, cash }
}

/// Whole units, and one in five times a fraction.
fn quantity(side: i64, random: &mut Random) -> Quantity {
    let whole = random.between(5, 400) * UNITS;
    let part = if random.one_in(5) { random.between(1, UNITS - 1) } else { 0 };
    Quantity::from_hundred_millionths(side * (whole + part))
}
