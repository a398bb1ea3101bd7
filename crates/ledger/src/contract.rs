//! A listed option while its portfolio is rolled: strike, expiry and the model price.

use std::borrow::Cow;

use model::{Calendar, Date, NumberError, OptionTerms, Price, PriceStatus, Quote, Ratio};

use crate::STALE_DAYS_MAX;
use crate::prices::PricePath;

/// Days in the year of option models.
const DAYS_A_YEAR: f64 = 365.0;
/// Sessions whose returns give the underlying's own volatility, where no fill implies one.
const VOLATILITY_SESSIONS: usize = 63;
/// Fewer returns than this give no volatility.
const VOLATILITY_RETURNS_MIN: usize = 21;
/// Sessions a year, for annualising.
const SESSIONS_A_YEAR: f64 = 252.0;

/// A listed option while its portfolio is rolled.
#[derive(Clone, Debug)]
pub(crate) struct Contract<'a> {
    calendar: &'a Calendar,
    terms: OptionTerms,
    /// The strike, divided by the splits that happened while the option was held.
    strike: Price,
    underlying: Cow<'a, PricePath>,
    rate: f64,
    /// Calendar index of the last session on or before the expiration date; none within the calendar when absent.
    expiry: Option<usize>,
    latest_fill: Option<Fill>,
}

/// The latest fill, and the volatility that its price implies.
#[derive(Clone, Copy, Debug)]
struct Fill {
    index: usize,
    volatility: Option<f64>,
}

impl<'a> Contract<'a> {
    pub fn new(
        calendar: &'a Calendar,
        terms: OptionTerms,
        underlying: Cow<'a, PricePath>,
        rate: f64,
    ) -> Contract<'a> {
        let expiry = calendar.on_or_before(terms.expiration).and_then(|session| calendar.index_of(session));
        Contract { calendar, terms, strike: terms.strike, underlying, rate, expiry, latest_fill: None }
    }

    /// Calendar index of the session at whose close it expires.
    pub fn expiry_index(&self) -> Option<usize> {
        self.expiry
    }

    /// Whether the right is over at the close of a session, so that nothing but its settlement can price it.
    pub fn is_over(&self, index: usize) -> bool {
        self.expiry.is_some_and(|expiry| index >= expiry)
    }

    /// Takes over a fill, for the volatility that its price and the underlying's close of the same session imply.
    pub fn note_fill(&mut self, price: Price, index: usize) {
        let volatility = self.underlying_close(index).and_then(|spot| {
            let contract = self.model(spot, index)?;
            quant::implied_volatility(&contract, price.to_f64()).ok()
        });
        self.latest_fill = Some(Fill { index, volatility });
    }

    /// Divides the strike by a split of the underlying.
    pub fn split(&mut self, ratio: Ratio) -> Result<(), NumberError> {
        self.strike = self.strike.over(ratio)?;
        Ok(())
    }

    /// What the right is worth at its expiry; `None` on any other session, and while the underlying's close of that one
    /// is not known.
    pub fn worth_at_expiry(&self, index: usize) -> Option<Price> {
        if self.expiry != Some(index) {
            return None;
        }
        Some(self.terms.right.intrinsic(self.underlying_close(index)?, self.strike))
    }

    /// Whether a quote is newer than the latest fill, so that it goes before the model.
    pub fn is_newer_than_fill(&self, quoted: Option<Date>) -> bool {
        let filled = self.latest_fill.and_then(|fill| self.calendar.session_at(fill.index));
        quoted.is_some_and(|quoted| filled.is_none_or(|filled| quoted > filled))
    }

    /// The Black-Scholes-Merton price at a session's close, with the volatility implied by the latest fill, else the
    /// underlying's own. `None` without a usable close of the underlying or without a volatility.
    pub fn model_quote(&self, index: usize) -> Option<Quote> {
        let close = self.underlying.close_at(index)?;
        let session = self.calendar.session_at(index)?;
        if session.days_since(close.session) > STALE_DAYS_MAX {
            return None;
        }
        let implied = self.latest_fill.and_then(|fill| fill.volatility);
        let volatility = implied.or_else(|| self.own_volatility(index))?;
        let contract = self.model_at(close.price, session)?;
        let price = Price::of_model(quant::option_price(&contract, volatility)?)?;
        Some(Quote {
            price: Some(price),
            price_date: Some(close.session),
            status: PriceStatus::Model,
            age_sessions: (index - close.index) as u32,
        })
    }

    fn underlying_close(&self, index: usize) -> Option<Price> {
        self.underlying.close_at(index).filter(|close| close.index == index).map(|close| close.price)
    }

    fn model(&self, spot: Price, index: usize) -> Option<quant::OptionContract> {
        self.model_at(spot, self.calendar.session_at(index)?)
    }

    fn model_at(&self, spot: Price, session: Date) -> Option<quant::OptionContract> {
        let days = self.terms.expiration.days_since(session);
        (days >= 0).then(|| quant::OptionContract {
            right: self.terms.right,
            spot: spot.to_f64(),
            strike: self.strike.to_f64(),
            years: f64::from(days) / DAYS_A_YEAR,
            rate: self.rate,
            dividend_yield: 0.0,
        })
    }

    /// Annualised sample deviation of the underlying's log returns over the last sessions.
    fn own_volatility(&self, index: usize) -> Option<f64> {
        let first = index.checked_sub(VOLATILITY_SESSIONS)?;
        let closes = |at: usize| {
            let close = self.underlying.close_at(at).filter(|close| close.index == at)?;
            self.underlying.carried(close.price, close.session, index)
        };
        let returns: Vec<f64> = (first + 1..index + 1)
            .filter_map(|at| Some((closes(at)?.to_f64() / closes(at - 1)?.to_f64()).ln()))
            .collect();
        if returns.len() < VOLATILITY_RETURNS_MIN {
            return None;
        }
        let mean = returns.iter().sum::<f64>() / returns.len() as f64;
        let squares = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (squares / (returns.len() - 1) as f64).sqrt();
        (deviation > 0.0).then_some(deviation * SESSIONS_A_YEAR.sqrt())
    }
}
