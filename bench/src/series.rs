//! Made-up daily prices: integers only, so that no machine's arithmetic can change them.

use anyhow::{Context, Result};
use model::{Actions, Bar, Bars, Date, Dividend, Price, Ratio, Split, Symbol};

use crate::random::Random;

const MICROS_IN_CENT: i64 = 10_000;
/// The largest step of a close, in ten-thousandths; two of them are added up.
const STEP_BPS_MAX: i64 = 150;
/// Sessions between two dividends.
const DIVIDEND_SESSIONS: usize = 63;

/// Prices and corporate actions of one symbol, as traded.
pub struct Series {
    pub symbol: Symbol,
    pub bars: Bars,
    pub actions: Actions,
}

impl Series {
    /// Walks through the sessions. Four in five symbols pay a dividend each quarter, one in fifty is split once.
    pub fn walk(number: usize, sessions: &[Date], random: &mut Random) -> Result<Series> {
        let symbol = format!("S{number:04}").parse()?;
        let mut cents = random.between(1_500, 40_000);
        let (mut bars, mut actions) = (Bars::default(), Actions::default());
        let pays = !random.one_in(5);
        let split_at = random.one_in(50).then(|| sessions.len() / 4 + random.index(sessions.len() / 2 + 1));
        for (at, session) in sessions.iter().enumerate() {
            let open = cents;
            let step =
                random.between(-STEP_BPS_MAX, STEP_BPS_MAX) + random.between(-STEP_BPS_MAX, STEP_BPS_MAX);
            cents = (cents + cents * step / 10_000).max(100);
            let mut open = open;
            if split_at == Some(at) {
                (open, cents) = ((open / 2).max(1), (cents / 2).max(1));
                let ratio = Ratio::new(2, 1).context("two for one is a ratio")?;
                actions.splits.push(Split { ex_date: *session, ratio });
            }
            if pays && at % DIVIDEND_SESSIONS == DIVIDEND_SESSIONS / 2 {
                let amount = Price::from_micros((cents / 200).max(1) * MICROS_IN_CENT);
                actions.dividends.push(Dividend { ex_date: *session, amount });
            }
            let price = |cents: i64| Price::from_micros(cents * MICROS_IN_CENT);
            bars.push(Bar {
                session: *session,
                open: Some(price(open)),
                high: Some(price(open.max(cents) + random.between(0, 20))),
                low: Some(price((open.min(cents) - random.between(0, 20)).max(1))),
                close: price(cents),
                volume: Some(random.between(10_000, 5_000_000)),
                is_final: true,
            });
        }
        Ok(Series { symbol, bars, actions })
    }
}
