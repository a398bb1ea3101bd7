//! One holding: its lots, its price on a session, and its terms of the session's result.

use std::borrow::Cow;

use model::{
    Calendar, Date, Gap, GapReason, Instrument, LotMethod, Money, NumberError, Payment, Position, Price,
    PriceStatus, QUANTITY_SCALE, Quantity, Quote, Ratio,
};

use crate::contract::Contract;
use crate::prices::{Close, PricePath};
use crate::{Lots, STALE_DAYS_MAX};

/// A price given by hand.
#[derive(Clone, Copy, Debug)]
struct Mark {
    price: Price,
    date: Date,
    /// Calendar index of the session from which it counts.
    index: usize,
}

/// One holding while its portfolio is rolled from session to session.
#[derive(Clone, Debug)]
pub(crate) struct Holding<'a> {
    pub instrument: &'a Instrument,
    path: Cow<'a, PricePath>,
    is_other_currency: bool,
    /// The contract, when it is an option.
    pub contract: Option<Contract<'a>>,
    marks: Vec<Mark>,
    pub lots: Lots,
    pub quote: Quote,
    pub value: Money,
    pub unrealized: Money,
    pub quantity_before: Quantity,
    pub value_before: Money,
    pub unrealized_before: Money,
    pub realized: Money,
    pub income: Money,
    /// What splits of the session cut off, as numerators over the ratio's old units, with the cost released.
    cut_off: Vec<(i128, Ratio, Money)>,
    /// Whether the session had a fill of it.
    pub was_traded: bool,
    /// Whether it is an option whose right was over at the session last valued.
    is_over: bool,
    /// What the right was worth, when the session let it expire.
    pub expired_at: Option<Price>,
}

impl<'a> Holding<'a> {
    pub fn new(
        instrument: &'a Instrument,
        path: Cow<'a, PricePath>,
        contract: Option<Contract<'a>>,
        is_other_currency: bool,
    ) -> Holding<'a> {
        Holding {
            instrument,
            path,
            is_other_currency,
            contract,
            marks: Vec::new(),
            lots: Lots::default(),
            quote: Quote::UNPRICED,
            value: Money::ZERO,
            unrealized: Money::ZERO,
            quantity_before: Quantity::ZERO,
            value_before: Money::ZERO,
            unrealized_before: Money::ZERO,
            realized: Money::ZERO,
            income: Money::ZERO,
            cut_off: Vec::new(),
            was_traded: false,
            is_over: false,
            expired_at: None,
        }
    }

    pub fn path(&self) -> &PricePath {
        &self.path
    }

    /// Begins a session: what was the close is now the opening.
    #[inline]
    pub fn open_session(&mut self) {
        self.quantity_before = self.lots.quantity();
        self.value_before = self.value;
        self.unrealized_before = self.unrealized;
        self.realized = Money::ZERO;
        self.income = Money::ZERO;
        self.was_traded = false;
        self.expired_at = None;
    }

    /// Whether it was flat at the last close and still is, so that there is nothing to value.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.lots.quantity().is_zero() && self.value.is_zero() && self.unrealized.is_zero()
    }

    /// Books a fill and returns its cash: positive was paid.
    pub fn fill(
        &mut self,
        method: LotMethod,
        quantity: Quantity,
        price: Price,
        (date, index): (Date, usize),
    ) -> Result<Money, NumberError> {
        // A private holding starts with its cost as its first mark.
        if self.instrument.kind == model::InstrumentKind::Private && self.marks.is_empty() {
            self.mark(price, date, index);
        }
        if let Some(contract) = &mut self.contract {
            contract.note_fill(price, index);
        }
        self.trade(method, quantity, price)
    }

    /// Lets an option expire: its position is closed at what the right is worth at once, once the underlying's close of
    /// that session is known. Returns the cash paid, negative when the right was worth something to the holder.
    pub fn expire(&mut self, method: LotMethod, index: usize) -> Result<Money, NumberError> {
        let worth = self.contract.as_ref().and_then(|contract| contract.worth_at_expiry(index));
        let Some(worth) = worth.filter(|_| !self.lots.quantity().is_zero()) else { return Ok(Money::ZERO) };
        self.expired_at = Some(worth);
        let closing = self.lots.quantity().negated()?;
        self.trade(method, closing, worth)
    }

    fn trade(&mut self, method: LotMethod, quantity: Quantity, price: Price) -> Result<Money, NumberError> {
        self.was_traded = true;
        let multiplier = self.instrument.multiplier;
        let cash = quantity.times(price, multiplier)?;
        let realized = self.lots.book(method, quantity, price, multiplier, cash)?;
        self.realized = self.realized.plus(realized)?;
        Ok(cash)
    }

    /// Books a dividend on the quantity held and returns its cash; a short pays.
    pub fn dividend(&mut self, paid: Payment) -> Result<Money, NumberError> {
        let cash = match paid {
            Payment::Total(cash) => cash,
            Payment::PerUnit(amount) => self.lots.quantity().times(amount, self.instrument.multiplier)?,
        };
        self.income = self.income.plus(cash)?;
        Ok(cash)
    }

    pub fn split(&mut self, ratio: Ratio) -> Result<(), NumberError> {
        if let Some(contract) = &mut self.contract
            && !self.lots.quantity().is_zero()
        {
            contract.split(ratio)?;
        }
        let remainder = self.lots.split(ratio)?;
        if remainder != 0 || self.instrument.is_whole_unit {
            self.cut_off.push((remainder, ratio, self.lots.release_rounded_away()));
        }
        Ok(())
    }

    pub fn mark(&mut self, price: Price, date: Date, index: usize) {
        self.marks.push(Mark { price, date, index });
    }

    /// Sells what the session's splits cut off, at the session's price, and returns the cash. Where nothing is
    /// known of the price, the holding is valued at cost and so is the remainder.
    pub fn sell_cut_off(&mut self, calendar: &Calendar, index: usize) -> Result<Money, NumberError> {
        let mut cash = Money::ZERO;
        for (mut remainder, ratio, mut released) in std::mem::take(&mut self.cut_off) {
            if self.instrument.is_whole_unit {
                let part = self.lots.quantity().hundred_millionths() % QUANTITY_SCALE;
                remainder += i128::from(part) * i128::from(ratio.old_units());
                let newest = self.lots.release_newest(Quantity::from_hundred_millionths(part))?;
                released = released.plus(newest)?;
            }
            let proceeds = match self.quote_at(calendar, index).price {
                Some(price) => {
                    let units = remainder.checked_mul(i128::from(self.instrument.multiplier));
                    Money::of_split_remainder(units.ok_or(NumberError::Overflow)?, ratio, price)?
                }
                None => released,
            };
            self.realized = self.realized.plus(proceeds.minus(released)?)?;
            cash = cash.plus(proceeds)?;
        }
        Ok(cash)
    }

    /// Values the holding at the close of the session with this calendar index.
    #[inline]
    pub fn value_at(&mut self, calendar: &Calendar, index: usize) -> Result<(), NumberError> {
        let quantity = self.lots.quantity();
        if quantity.is_zero() {
            (self.value, self.unrealized, self.quote) = (Money::ZERO, Money::ZERO, Quote::UNPRICED);
            return Ok(());
        }
        self.is_over = self.contract.as_ref().is_some_and(|contract| contract.is_over(index));
        self.quote = self.quote_at(calendar, index);
        self.value = match self.quote.price {
            Some(price) => quantity.times(price, self.instrument.multiplier)?,
            None => self.lots.cost(),
        };
        self.unrealized = self.value.minus(self.lots.cost())?;
        Ok(())
    }

    /// The price of the holding on a session: its own final close always wins; else the newest dated of an earlier
    /// close and a mark; for an option without any newer than its fill the model; else nothing is known.
    fn quote_at(&self, calendar: &Calendar, index: usize) -> Quote {
        if self.is_other_currency || self.is_over {
            return Quote::UNPRICED;
        }
        let close = self.path.close_at(index);
        if let Some(close) = close.filter(|close| close.index == index) {
            return Quote {
                price: Some(close.price),
                price_date: Some(close.session),
                status: PriceStatus::Exact,
                age_sessions: 0,
            };
        }
        let known = self.known_quote(calendar, close, index);
        match &self.contract {
            Some(contract) if !contract.is_newer_than_fill(known.price_date) => {
                contract.model_quote(index).unwrap_or(known)
            }
            _ => known,
        }
    }

    /// The newest dated of an earlier close and a mark.
    fn known_quote(&self, calendar: &Calendar, close: Option<Close>, index: usize) -> Quote {
        let mark = self.marks.iter().filter(|mark| mark.index <= index).max_by_key(|mark| mark.date);
        if let Some(mark) = mark.filter(|mark| close.is_none_or(|close| mark.date > close.session)) {
            let known = calendar.on_or_before(mark.date).and_then(|session| calendar.index_of(session));
            let known = known.unwrap_or(mark.index);
            return Quote {
                price: self.path.carried(mark.price, mark.date, index),
                price_date: Some(mark.date),
                status: PriceStatus::Mark,
                age_sessions: (index - known) as u32,
            };
        }
        let (Some(close), Some(session)) = (close, calendar.session_at(index)) else {
            return Quote::UNPRICED;
        };
        let is_stale = session.days_since(close.session) <= STALE_DAYS_MAX;
        Quote {
            price: Some(close.price),
            price_date: Some(close.session),
            status: if is_stale { PriceStatus::Stale } else { PriceStatus::ExpiredQuote },
            age_sessions: (index - close.index) as u32,
        }
    }

    /// Whether it is priced as its kind should be.
    #[inline]
    pub fn is_priced_by_kind(&self) -> bool {
        use model::InstrumentKind::{Option, Private};
        match self.quote.status {
            PriceStatus::Exact => true,
            PriceStatus::Mark => matches!(self.instrument.kind, Option | Private),
            PriceStatus::Model => matches!(self.instrument.kind, Option),
            PriceStatus::Stale | PriceStatus::ExpiredQuote | PriceStatus::Unpriced => false,
        }
    }

    pub fn gap(&self) -> Gap {
        let reason = match self.quote.status {
            PriceStatus::Unpriced if self.is_over => GapReason::NotSettled,
            PriceStatus::Unpriced if self.is_other_currency => GapReason::CurrencyMismatch,
            PriceStatus::Unpriced => GapReason::NeverQuoted,
            PriceStatus::ExpiredQuote => GapReason::QuoteTooOld,
            PriceStatus::Exact | PriceStatus::Stale | PriceStatus::Mark | PriceStatus::Model => {
                GapReason::NoBar
            }
        };
        Gap {
            symbol: Some(self.instrument.symbol.clone()),
            status: Some(self.quote.status),
            reason,
            price_date: self.quote.price_date,
        }
    }

    /// Its part of the session's profit: change of unrealized, realized and dividends; fees are the
    /// portfolio's.
    pub fn daily_pnl(&self) -> Result<Money, NumberError> {
        self.unrealized.minus(self.unrealized_before)?.plus(self.realized)?.plus(self.income)
    }

    pub fn position(&self, equity: Money) -> Result<Position, NumberError> {
        let daily_pnl = self.daily_pnl()?;
        let opening = self.value_before.size()?;
        Ok(Position {
            instrument: self.instrument.id,
            symbol: self.instrument.symbol.clone(),
            quantity: self.lots.quantity(),
            cost: self.lots.cost(),
            quote: self.quote,
            market_value: self.value,
            unrealized: self.unrealized,
            daily_pnl,
            daily_return: (!opening.is_zero()).then(|| daily_pnl.to_f64() / opening.to_f64()),
            weight: (equity.signum() > 0).then(|| self.value.to_f64() / equity.to_f64()),
        })
    }
}
