//! A second, tiny computation of cash and equity from the rules, in 128-bit integers and without lots.

use std::collections::BTreeMap;

use model::{Booking, Calendar, Date, Event, Payment, QUANTITY_SCALE, Ratio};

use super::books::{Book, Listing};

/// What a session must say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub cash: i128,
    pub income: i128,
    pub fees: i128,
    pub flow: i128,
    /// Absent while something held has no price, because cost would be needed then.
    pub equity: Option<i128>,
}

/// What one holding is by now.
#[derive(Default)]
struct Held {
    quantity: i128,
    /// Prices given by hand, with their dates.
    marks: Vec<(Date, i128)>,
}

impl Held {
    /// Splits the quantity toward zero and returns what was cut off: so many parts of `old` smallest units.
    fn split(&mut self, ratio: Option<&Ratio>) -> Option<(i128, i128)> {
        let (new, old) = (i128::from(ratio?.new_units()), i128::from(ratio?.old_units()));
        let product = self.quantity * new;
        self.quantity = product / old;
        Some((product % old, old))
    }

    fn dividend(&self, paid: Payment) -> i128 {
        match paid {
            Payment::Total(amount) => amount.micros().into(),
            Payment::PerUnit(amount) => value(self.quantity, amount.micros().into(), 1),
        }
    }
}

const SCALE: i128 = QUANTITY_SCALE as i128;

/// `product / divisor`, a tie going to the even neighbour.
fn rounded(product: i128, divisor: i128) -> i128 {
    let below = product.div_euclid(divisor);
    match (2 * product.rem_euclid(divisor)).cmp(&divisor) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Equal => below + below.rem_euclid(2),
        std::cmp::Ordering::Greater => below + 1,
    }
}

fn effective(date: Date) -> Date {
    Calendar::xnys().on_or_after(date).unwrap()
}

/// Answers for every session from inception on.
pub fn answers(book: &Book) -> Vec<Answer> {
    let mut events: Vec<&Event> = book.events.iter().filter(|event| event.is_active()).collect();
    events.sort_by_key(|event| (event.date, event.entry_no));
    let actions: Vec<InForce> = book.listings.iter().map(|listing| InForce::of(listing, &events)).collect();
    let first = book.portfolio.start.or(events.first().map(|event| event.date)).unwrap();
    let mut held: Vec<Held> = book.listings.iter().map(|_| Held::default()).collect();
    let (mut cash, mut opening_equity) = (0, i128::from(book.portfolio.opening_equity.micros()));
    let mut answers: Vec<Answer> = Vec::new();
    for session in book.sessions.iter().copied().filter(|session| *session >= effective(first)) {
        // What the portfolio begins with is the first flow of its first session.
        let mut answer = Answer { flow: std::mem::take(&mut opening_equity), ..Answer::default() };
        let mut cut_off = BTreeMap::new();
        for (slot, (held, actions)) in held.iter_mut().zip(&actions).enumerate() {
            cut_off.extend(held.split(actions.splits.get(&session)).map(|cut_off| (slot, cut_off)));
            let paid = actions.dividends.iter().filter(|(date, _)| *date == session);
            answer.income += paid.map(|(_, paid)| held.dividend(*paid)).sum::<i128>();
        }
        let today = events.iter().filter(|event| effective(event.date) == session);
        for event in today {
            cash -= answer.take(event, book, &mut held);
        }
        for (slot, (remainder, old)) in cut_off {
            let listing = &book.listings[slot];
            let whole = if listing.instrument.is_whole_unit { held[slot].quantity % SCALE } else { 0 };
            held[slot].quantity -= whole;
            // Only listings with bars have splits; before its first bar a listing may still have no price.
            let price = price(listing, &actions[slot], &held[slot], session);
            let units = (remainder + whole * old) * i128::from(listing.instrument.multiplier);
            match price {
                Some(price) => cash += rounded(units * price, old * SCALE),
                None if whole == 0 => {}
                None => return answers,
            }
        }
        cash += answer.income - answer.fees + answer.flow;
        answer.cash = cash;
        answer.equity = equity(cash, book, &actions, &held, session);
        answers.push(answer);
    }
    answers
}

impl Answer {
    /// Books an event other than a corporate action and returns what its fill cost, fee apart.
    fn take(&mut self, event: &Event, book: &Book, held: &mut [Held]) -> i128 {
        let slot = |id| book.listings.iter().position(|listing| listing.instrument.id == id).unwrap();
        match event.booking {
            Booking::Deposit { amount } => self.flow += i128::from(amount.micros()),
            Booking::Withdrawal { amount } => self.flow -= i128::from(amount.micros()),
            Booking::Fee { amount } => self.fees += i128::from(amount.micros()),
            Booking::Interest { amount } => self.income += i128::from(amount.micros()),
            Booking::Mark { instrument, price } => {
                held[slot(instrument)].marks.push((event.date, i128::from(price.micros())));
            }
            Booking::Fill { instrument, quantity, price, fee } => {
                let slot = slot(instrument);
                let quantity = i128::from(quantity.hundred_millionths());
                held[slot].quantity += quantity;
                self.fees += i128::from(fee.micros());
                return value(quantity, price.micros().into(), book.listings[slot].instrument.multiplier);
            }
            Booking::Dividend { .. } | Booking::Split { .. } => {}
        }
        0
    }
}

/// Corporate actions of a listing once those entered by hand took the place of automatic ones.
struct InForce {
    splits: BTreeMap<Date, Ratio>,
    dividends: Vec<(Date, Payment)>,
}

impl InForce {
    fn of(listing: &Listing, events: &[&Event]) -> InForce {
        let automatic = &listing.actions;
        let mut splits: Vec<(Date, Ratio)> = automatic.splits.iter().map(|s| (s.ex_date, s.ratio)).collect();
        let mut dividends: Vec<(Date, Payment)> =
            automatic.dividends.iter().map(|d| (d.ex_date, Payment::PerUnit(d.amount))).collect();
        let (mut own_splits, mut own_dividends) = (Vec::new(), Vec::new());
        for event in events {
            match event.booking {
                Booking::Split { instrument, ratio } if instrument == listing.instrument.id => {
                    replace(&mut splits, event.date);
                    own_splits.push((event.date, ratio));
                }
                Booking::Dividend { instrument, paid } if instrument == listing.instrument.id => {
                    replace(&mut dividends, event.date);
                    own_dividends.push((effective(event.date), paid));
                }
                _ => {}
            }
        }
        splits.extend(own_splits);
        dividends.extend(own_dividends);
        InForce { splits: splits.into_iter().collect(), dividends }
    }
}

/// Takes out the action nearest to an entered one, from 60 days before it to 5 days after it.
fn replace<T>(actions: &mut Vec<(Date, T)>, entered: Date) {
    let mut nearest: Option<(i32, usize)> = None;
    for (at, (ex_date, _)) in actions.iter().enumerate() {
        let days = ex_date.days_since(entered);
        if (-60..=5).contains(&days) && nearest.is_none_or(|(least, _)| days.abs() < least) {
            nearest = Some((days.abs(), at));
        }
    }
    if let Some((_, at)) = nearest {
        actions.remove(at);
    }
}

fn value(quantity: i128, price: i128, multiplier: i64) -> i128 {
    rounded(quantity * price * i128::from(multiplier), SCALE)
}

fn equity(cash: i128, book: &Book, actions: &[InForce], held: &[Held], session: Date) -> Option<i128> {
    let mut equity = cash;
    for (slot, held) in held.iter().enumerate().filter(|(_, held)| held.quantity != 0) {
        let listing = &book.listings[slot];
        let price = price(listing, &actions[slot], held, session)?;
        equity += value(held.quantity, price, listing.instrument.multiplier);
    }
    Some(equity)
}

/// The newest close or mark, divided by the splits since; of one date the close counts.
fn price(listing: &Listing, actions: &InForce, held: &Held, session: Date) -> Option<i128> {
    let bars = listing.bars.iter().filter(|bar| bar.session <= session && bar.is_final);
    let close = bars.last().map(|bar| (bar.session, i128::from(bar.close.micros())));
    let mark = held.marks.iter().copied().max_by_key(|(date, _)| *date);
    let newest = match (close, mark) {
        (Some(close), Some(mark)) => Some(if mark.0 > close.0 && close.0 < session { mark } else { close }),
        (close, mark) => close.or(mark),
    };
    let (since, price) = newest?;
    let later = actions.splits.iter().filter(|(ex_date, _)| **ex_date > since && **ex_date <= session);
    Some(later.fold(price, |price, (_, ratio)| {
        rounded(price * i128::from(ratio.old_units()), i128::from(ratio.new_units()))
    }))
}
