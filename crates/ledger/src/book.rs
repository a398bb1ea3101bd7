//! A portfolio's book while it is rolled from session to session.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{
    Actions, Booking, Date, Event, Gap, GapReason, InstrumentId, Money, NumberError, Payment, Position,
    PriceStatus, Ratio, Snapshot, SnapshotState,
};

use crate::contract::Contract;
use crate::holding::Holding;
use crate::prices::PricePath;
use crate::rollforward::Run;
use crate::{LedgerError, schedule};

/// What happens to a holding before the open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Split(Ratio),
    Dividend(Payment),
}

/// A corporate action of one holding: at which session, splits before dividends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledAction {
    pub index: usize,
    pub slot: usize,
    pub action: Action,
}

/// The terms of one session that are not a holding's own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub interest: Money,
    pub fees: Money,
    pub flow: Money,
}

/// A portfolio's book: cash, holdings, and the running totals of its snapshots.
pub(crate) struct Book<'a> {
    run: &'a Run<'a>,
    /// Calendar index of the first session.
    pub inception: usize,
    /// Every instrument the portfolio ever touched, by symbol.
    pub holdings: Vec<Holding<'a>>,
    slots: BTreeMap<InstrumentId, usize>,
    pub events: Vec<(usize, &'a Event)>,
    next_event: usize,
    pub actions: Vec<ScheduledAction>,
    next_action: usize,
    pub cash: Money,
    pub equity: Money,
    pub equity_before: Money,
    pub terms: Terms,
    cumulative_pnl: Money,
    cumulative_return: f64,
    realized_total: Money,
}

impl<'a> Book<'a> {
    /// An empty book, before the first session.
    pub fn new(run: &'a Run<'a>, inception: usize) -> Result<Book<'a>, LedgerError> {
        let events = schedule::by_session(run.calendar, run.events, inception)?;
        let holdings = holdings(run, &events)?;
        let slots = holdings.iter().enumerate().map(|(slot, held)| (held.instrument.id, slot)).collect();
        let mut book = Book {
            run,
            inception,
            holdings,
            slots,
            events,
            next_event: 0,
            actions: Vec::new(),
            next_action: 0,
            cash: Money::ZERO,
            equity: Money::ZERO,
            equity_before: Money::ZERO,
            terms: Terms::default(),
            cumulative_pnl: Money::ZERO,
            cumulative_return: 0.0,
            realized_total: Money::ZERO,
        };
        book.schedule_actions();
        Ok(book)
    }

    fn schedule_actions(&mut self) {
        let mut actions = Vec::new();
        for (slot, held) in self.holdings.iter().enumerate() {
            let splits = held.path().splits().iter().map(|(index, s)| (*index, Action::Split(s.ratio)));
            let dividends = held.path().dividends().iter();
            let dividends =
                dividends.map(|(index, d)| (*index, Action::Dividend(Payment::PerUnit(d.amount))));
            let since = splits.chain(dividends).filter(|(index, _)| *index >= self.inception);
            actions.extend(since.map(|(index, action)| ScheduledAction { index, slot, action }));
        }
        for (index, event) in &self.events {
            let action = match event.booking {
                // A split of the user is among the price path's own, since it changes older prices as well.
                Booking::Dividend { paid, .. } => Action::Dividend(paid),
                _ => continue,
            };
            let slot = event.booking.instrument().and_then(|id| self.slots.get(&id).copied());
            actions.extend(slot.map(|slot| ScheduledAction { index: *index, slot, action }));
        }
        actions.sort_by_key(|a| (a.index, matches!(a.action, Action::Dividend(_)), a.slot));
        self.actions = actions;
    }

    /// Calendar indices of the sessions on which anything is booked, ascending.
    pub fn busy_sessions(&self) -> BTreeSet<usize> {
        let actions = self.actions.iter().map(|action| action.index);
        let expiries = self.holdings.iter().filter_map(|held| held.contract.as_ref()?.expiry_index());
        let expiries = expiries.filter(|index| *index >= self.inception);
        self.events.iter().map(|(index, _)| *index).chain(actions).chain(expiries).collect()
    }

    /// Books everything of one session, in order: splits, dividends, events, what splits cut off. The session
    /// is not valued yet.
    pub fn book_session(&mut self, index: usize) -> Result<(), LedgerError> {
        let session = self.session(index)?;
        self.book_actions_and_events(index).map_err(|source| LedgerError::Overflow { session, source })
    }

    fn book_actions_and_events(&mut self, index: usize) -> Result<(), NumberError> {
        self.terms = Terms::default();
        self.equity_before = self.equity;
        for held in &mut self.holdings {
            held.open_session();
        }
        if index == self.inception {
            self.terms.flow = self.run.portfolio.opening_equity;
            self.cash = self.cash.plus(self.run.portfolio.opening_equity)?;
        }
        let mut was_split = false;
        while let Some(scheduled) = self.actions.get(self.next_action).filter(|a| a.index <= index) {
            let held = &mut self.holdings[scheduled.slot];
            match scheduled.action {
                Action::Split(ratio) => {
                    held.split(ratio)?;
                    was_split = true;
                }
                Action::Dividend(paid) => self.cash = self.cash.plus(held.dividend(paid)?)?,
            }
            self.next_action += 1;
        }
        while let Some((at, event)) = self.events.get(self.next_event).copied().filter(|(at, _)| *at <= index)
        {
            self.book_event(event, at)?;
            self.next_event += 1;
        }
        for held in self.holdings.iter_mut().filter(|held| held.contract.is_some()) {
            self.cash = self.cash.minus(held.expire(self.run.portfolio.lot_method, index)?)?;
        }
        if was_split {
            for held in &mut self.holdings {
                self.cash = self.cash.plus(held.sell_cut_off(self.run.calendar, index)?)?;
            }
        }
        Ok(())
    }

    fn book_event(&mut self, event: &Event, index: usize) -> Result<(), NumberError> {
        let slot = event.booking.instrument().and_then(|id| self.slots.get(&id).copied());
        match event.booking {
            Booking::Deposit { amount } => {
                self.cash = self.cash.plus(amount)?;
                self.terms.flow = self.terms.flow.plus(amount)?;
            }
            Booking::Withdrawal { amount } => {
                self.cash = self.cash.minus(amount)?;
                self.terms.flow = self.terms.flow.minus(amount)?;
            }
            Booking::Fill { quantity, price, fee, .. } => {
                let held = &mut self.holdings[slot.expect("invariant: every fill has its holding")];
                let paid = held.fill(self.run.portfolio.lot_method, quantity, price, (event.date, index))?;
                self.cash = self.cash.minus(paid)?.minus(fee)?;
                self.terms.fees = self.terms.fees.plus(fee)?;
            }
            Booking::Fee { amount } => {
                self.cash = self.cash.minus(amount)?;
                self.terms.fees = self.terms.fees.plus(amount)?;
            }
            Booking::Interest { amount } => {
                self.cash = self.cash.plus(amount)?;
                self.terms.interest = self.terms.interest.plus(amount)?;
            }
            Booking::Mark { price, .. } => {
                self.holdings[slot.expect("invariant: every mark has its holding")]
                    .mark(price, event.date, index);
            }
            // Both were booked before the open.
            Booking::Dividend { .. } | Booking::Split { .. } => {}
        }
        Ok(())
    }

    /// Values every holding at the session's close.
    pub fn value_holdings(&mut self, index: usize) -> Result<(), LedgerError> {
        let session = self.session(index)?;
        self.add_up(index).map_err(|source| LedgerError::Overflow { session, source })
    }

    fn add_up(&mut self, index: usize) -> Result<(), NumberError> {
        let mut equity = self.cash;
        for held in &mut self.holdings {
            if !held.is_idle() {
                held.value_at(self.run.calendar, index)?;
                equity = equity.plus(held.value)?;
            }
        }
        self.equity = equity;
        Ok(())
    }

    /// Takes over the running totals of the snapshot of the session just valued.
    ///
    /// # Errors
    /// [`LedgerError::PriorDiffers`] when the snapshot says another equity than the book.
    pub fn resume_from(&mut self, prior: &Snapshot) -> Result<(), LedgerError> {
        if prior.equity != self.equity {
            return Err(LedgerError::PriorDiffers {
                session: prior.session,
                stored: prior.equity,
                computed: self.equity,
            });
        }
        self.cumulative_pnl = prior.cumulative_pnl;
        self.cumulative_return = prior.cumulative_return;
        self.realized_total = prior.realized_total;
        Ok(())
    }

    /// The snapshot of the session just booked and valued, its identity checked.
    pub fn snapshot(&mut self, index: usize) -> Result<Snapshot, LedgerError> {
        let session = self.session(index)?;
        let snapshot =
            self.sum_session(session).map_err(|source| LedgerError::Overflow { session, source })?;
        let rolled_forward = self
            .equity_before
            .plus(snapshot.daily_pnl)
            .and_then(|equity| equity.plus(snapshot.flow))
            .map_err(|source| LedgerError::Overflow { session, source })?;
        if rolled_forward != snapshot.equity {
            return Err(LedgerError::IdentityBroken { session, added_up: snapshot.equity, rolled_forward });
        }
        Ok(snapshot)
    }

    fn sum_session(&mut self, session: Date) -> Result<Snapshot, NumberError> {
        let mut sums = Sums::default();
        for held in &self.holdings {
            sums.add(held)?;
        }
        let income = sums.dividends.plus(self.terms.interest)?;
        let daily_pnl = sums.unrealized_change.plus(sums.realized)?.plus(income)?.minus(self.terms.fees)?;
        let base = self.equity_before.plus(self.terms.flow)?;
        let daily_return = (base.signum() > 0).then(|| daily_pnl.to_f64() / base.to_f64());
        if let Some(daily) = daily_return {
            // The recurrence runs on the stored figure itself, so that going on from a stored snapshot gives the
            // same bits as never having stopped.
            self.cumulative_return = (1.0 + self.cumulative_return) * (1.0 + daily) - 1.0;
        } else {
            sums.gaps.push(Gap {
                symbol: None,
                status: None,
                reason: GapReason::ReturnBaseNotPositive,
                price_date: None,
            });
        }
        self.cumulative_pnl = self.cumulative_pnl.plus(daily_pnl)?;
        self.realized_total = self.realized_total.plus(sums.realized)?;
        Ok(Snapshot {
            portfolio: self.run.portfolio.id,
            session,
            state: sums.state(self.run.rules.final_coverage_ppm),
            equity: self.equity,
            cash: self.cash,
            long_value: sums.long_value,
            short_value: sums.short_value,
            cost_total: sums.cost,
            unrealized_change: sums.unrealized_change,
            realized: sums.realized,
            income,
            fees: self.terms.fees,
            flow: self.terms.flow,
            daily_pnl,
            daily_return,
            cumulative_pnl: self.cumulative_pnl,
            cumulative_return: self.cumulative_return,
            unrealized_total: sums.unrealized,
            realized_total: self.realized_total,
            position_count: sums.long_count + sums.short_count,
            long_count: sums.long_count,
            short_count: sums.short_count,
            coverage: sums.coverage(),
            gaps: sums.gaps,
        })
    }

    /// The open positions at the session just valued.
    pub fn positions(&self, session: Date) -> Result<Vec<Position>, LedgerError> {
        let open = self.holdings.iter().filter(|held| !held.lots.quantity().is_zero());
        open.map(|held| held.position(self.equity))
            .collect::<Result<_, _>>()
            .map_err(|source| LedgerError::Overflow { session, source })
    }

    pub fn session(&self, index: usize) -> Result<Date, LedgerError> {
        let outside = || LedgerError::OutsideCalendar(self.run.calendar.last());
        self.run.calendar.session_at(index).ok_or_else(outside)
    }
}

/// Sums over the holdings of one session.
#[derive(Default)]
struct Sums {
    long_value: Money,
    short_value: Money,
    cost: Money,
    unrealized: Money,
    unrealized_change: Money,
    realized: Money,
    dividends: Money,
    long_count: u32,
    short_count: u32,
    /// Gross value priced as its kind should be, in millionths.
    covered: i128,
    has_unknown_price: bool,
    gaps: Vec<Gap>,
}

impl Sums {
    #[inline]
    fn add(&mut self, held: &Holding) -> Result<(), NumberError> {
        self.realized = self.realized.plus(held.realized)?;
        self.dividends = self.dividends.plus(held.income)?;
        let change = held.unrealized.minus(held.unrealized_before)?;
        self.unrealized_change = self.unrealized_change.plus(change)?;
        let side = held.lots.quantity().signum();
        if side == 0 {
            return Ok(());
        }
        self.cost = self.cost.plus(held.lots.cost())?;
        self.unrealized = self.unrealized.plus(held.unrealized)?;
        if side > 0 {
            self.long_count += 1;
        } else {
            self.short_count += 1;
        }
        if held.value.signum() >= 0 {
            self.long_value = self.long_value.plus(held.value)?;
        } else {
            self.short_value = self.short_value.plus(held.value)?;
        }
        if held.is_priced_by_kind() {
            self.covered += i128::from(held.value.micros()).abs();
        } else {
            let status = held.quote.status;
            self.has_unknown_price |= matches!(status, PriceStatus::ExpiredQuote | PriceStatus::Unpriced);
            self.gaps.push(held.gap());
        }
        Ok(())
    }

    fn gross(&self) -> i128 {
        i128::from(self.long_value.micros()) - i128::from(self.short_value.micros())
    }

    fn coverage(&self) -> f64 {
        let gross = self.gross();
        if gross == 0 { 1.0 } else { self.covered as f64 / gross as f64 }
    }

    fn state(&self, final_coverage_ppm: i64) -> SnapshotState {
        // Compared as integers, so that a coverage of exactly the threshold is enough.
        let is_covered = self.covered * 1_000_000 >= self.gross() * i128::from(final_coverage_ppm);
        if is_covered && !self.has_unknown_price { SnapshotState::Final } else { SnapshotState::Provisional }
    }
}

fn holdings<'a>(run: &'a Run<'a>, events: &[(usize, &Event)]) -> Result<Vec<Holding<'a>>, LedgerError> {
    let entered = schedule::instruments_with_entered_actions(run.events);
    let mut touched: Vec<InstrumentId> =
        events.iter().filter_map(|(_, event)| event.booking.instrument()).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut holdings = Vec::with_capacity(touched.len());
    for id in touched {
        let (instrument, actions, path) = run.market.get(id).ok_or(LedgerError::InstrumentMissing(id))?;
        let is_other_currency =
            instrument.currency.is_some_and(|currency| currency != run.portfolio.currency);
        let Some(terms) = instrument.option else {
            let path = in_force(run, &entered, id, actions, path);
            holdings.push(Holding::new(instrument, path, None, is_other_currency));
            continue;
        };
        let id = terms.underlying;
        let (_, actions, underlying) = run.market.get(id).ok_or(LedgerError::InstrumentMissing(id))?;
        let underlying = in_force(run, &entered, id, actions, underlying);
        // The contract's own quotes are divided by the splits of its underlying; dividends change nothing of it.
        let splits = underlying.splits().iter().map(|(_, split)| *split).collect();
        let path = path.with_actions(run.calendar, &Actions { splits, dividends: Vec::new() });
        let contract = Contract::new(run.calendar, terms, underlying, run.rules.risk_free_rate);
        holdings.push(Holding::new(instrument, Cow::Owned(path), Some(contract), is_other_currency));
    }
    holdings.sort_by(|a, b| {
        (&a.instrument.symbol, a.instrument.id).cmp(&(&b.instrument.symbol, b.instrument.id))
    });
    Ok(holdings)
}

/// The price path of an instrument under the corporate actions in force in the portfolio.
fn in_force<'a>(
    run: &Run,
    entered: &BTreeSet<InstrumentId>,
    id: InstrumentId,
    actions: &Actions,
    path: &'a PricePath,
) -> Cow<'a, PricePath> {
    if entered.contains(&id) {
        Cow::Owned(path.with_actions(run.calendar, &schedule::actions_in_force(actions, run.events, id)))
    } else {
        Cow::Borrowed(path)
    }
}
