//! A listed option while its portfolio is rolled: strike, expiry and the model price.

use std::borrow::Cow;

use model::{Calendar, Date, NumberError, OptionRight, OptionTerms, Price, PriceStatus, Quote, Ratio};

use quant::{BlackScholes, DAYS_A_YEAR, OptionType, SESSIONS_A_YEAR};

use crate::prices::{Close, PricePath};
use crate::{NoTerms, STALE_DAYS_MAX};

/// Sessions whose returns give the underlying's own volatility, where no fill implies one.
const VOLATILITY_SESSIONS: usize = 63;
/// Fewer returns than this give no volatility.
const VOLATILITY_RETURNS_MIN: usize = 21;

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
            let option = self.model(spot, self.calendar.session_at(index)?)?;
            quant::implied_volatility(&option, price.to_f64()).ok()
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
        let volatility_annual = self.model_volatility(index)?;
        let option = BlackScholes { volatility_annual, ..self.model(close.price, session)? };
        let price = Price::of_model(option.value().price.ok()?)?;
        Some(Quote {
            price: Some(price),
            price_date: Some(close.session),
            status: PriceStatus::Model,
            age_sessions: (index - close.index) as u32,
        })
    }

    /// What its value follows from at a session's close, with the volatility that its quote implies, else that of the
    /// model price.
    ///
    /// # Errors
    /// [`NoTerms`].
    pub fn terms_at(&self, index: usize, quote: &Quote) -> Result<BlackScholes, NoTerms> {
        let close = self.underlying.close_at(index).zip(self.calendar.session_at(index));
        let is_usable =
            |(close, session): &(Close, Date)| session.days_since(close.session) <= STALE_DAYS_MAX;
        let (close, session) = close.filter(is_usable).ok_or(NoTerms::NoUnderlyingPrice)?;
        let option = self.model(close.price, session).ok_or(NoTerms::NotSettled)?;
        let quoted = match quote.status {
            PriceStatus::Model | PriceStatus::Unpriced => None,
            _ => self.quoted_volatility(index, quote),
        };
        let volatility = quoted.or_else(|| self.model_volatility(index)).ok_or(NoTerms::NoVolatility)?;
        Ok(BlackScholes { volatility_annual: volatility, ..option })
    }

    /// The volatility that a quote implies at the underlying's close of its day.
    fn quoted_volatility(&self, index: usize, quote: &Quote) -> Option<f64> {
        let (price, date) = quote.price.zip(quote.price_date)?;
        let day = self.calendar.on_or_before(date)?;
        let close = self.underlying.close_at(self.calendar.index_of(day)?)?;
        if day.days_since(close.session) > STALE_DAYS_MAX {
            return None;
        }
        // The quote is in units of the session asked for, and so must be the underlying's close.
        let spot = self.underlying.carried(close.price, day, index)?;
        quant::implied_volatility(&self.model(spot, day)?, price.to_f64()).ok()
    }

    /// The volatility of the model price: implied by the latest fill, else the underlying's own.
    fn model_volatility(&self, index: usize) -> Option<f64> {
        let implied = self.latest_fill.and_then(|fill| fill.volatility);
        implied.or_else(|| self.own_volatility(index))
    }

    fn underlying_close(&self, index: usize) -> Option<Price> {
        self.underlying.close_at(index).filter(|close| close.index == index).map(|close| close.price)
    }

    /// The option as the model sees it, but for its volatility.
    fn model(&self, spot: Price, session: Date) -> Option<BlackScholes> {
        let days = self.terms.expiration.days_since(session);
        (days >= 0).then(|| BlackScholes {
            option_type: match self.terms.right {
                OptionRight::Call => OptionType::Call,
                OptionRight::Put => OptionType::Put,
            },
            spot: spot.to_f64(),
            strike: self.strike.to_f64(),
            years: f64::from(days) / DAYS_A_YEAR,
            rate_annual: self.rate,
            dividend_yield_annual: 0.0,
            volatility_annual: 0.0,
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
            .filter_map(|at| quant::log_return(closes(at - 1)?.to_f64(), closes(at)?.to_f64()).ok())
            .collect();
        if returns.len() < VOLATILITY_RETURNS_MIN {
            return None;
        }
        let deviation = quant::deviation(&returns).ok()?;
        (deviation > 0.0).then_some(deviation * SESSIONS_A_YEAR.sqrt())
    }
}
