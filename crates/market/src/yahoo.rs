//! The provider `yahoo`: daily bars, splits and dividends from the chart, profiles from the quote summary.
//!
//! ```text
//! GET /v8/finance/chart/SYMBOL?period1=…&period2=…&interval=1d&events=div,splits
//! GET /v10/finance/quoteSummary/SYMBOL?modules=…&formatted=false&crumb=…     with a cookie
//! GET /v1/test/getcrumb                                                      with a cookie
//! ```
//!
//! Prices come divided by all later splits, as 32-bit floats. They are brought back to what was traded before anybody
//! sees them ([`unadjust`]), for which the splits up to now have to be known: every question reaches up to now, or is
//! followed by a second one for the splits since.

mod chart;
mod crumb;
mod error;
mod history;
mod summary;
mod unadjust;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Date, Split, Symbol, Zone};

use crate::{
    Admission, BaseUrlError, Call, CallLimits, HistoryAnswer, HistoryRequest, Offers, ProfileAnswer,
    ProfileRequest, Provider, ProviderError, Source, Urgency, Wire, WireSettings,
};
use chart::Quoted;
use crumb::Crumbs;
use history::Asked;

/// Where the chart and the quote summary are.
pub const YAHOO_BASE_URL: &str = "https://query2.finance.yahoo.com";
/// Where a cookie is handed out.
pub const YAHOO_COOKIE_URL: &str = "https://fc.yahoo.com";
/// How calls introduce themselves, unless configured otherwise: without the first word each is turned away.
pub const YAHOO_USER_AGENT: &str =
    concat!("Mozilla/5.0 (compatible; daybook/", env!("CARGO_PKG_VERSION"), ")");
/// A question whose last day is at most this long ago reaches up to today, so that its splits need no second one.
const ONE_CALL_DAYS_MAX: i32 = 370;
/// The step between bars of the second question, whose bars nobody reads.
const COARSE: &str = "3mo";
/// Endings of symbols that are exchanges; any other single letter is a class of shares.
const EXCHANGE_LETTERS: [&str; 4] = ["F", "L", "T", "V"];

/// Where Yahoo is and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YahooSettings {
    /// Where the chart and the quote summary are.
    pub base_url: String,
    /// Where a cookie is handed out.
    pub cookie_url: String,
    /// How calls introduce themselves.
    pub user_agent: String,
    /// How patient calls are.
    pub limits: CallLimits,
}

impl Default for YahooSettings {
    fn default() -> YahooSettings {
        YahooSettings {
            base_url: YAHOO_BASE_URL.to_owned(),
            cookie_url: YAHOO_COOKIE_URL.to_owned(),
            user_agent: YAHOO_USER_AGENT.to_owned(),
            limits: CallLimits::default(),
        }
    }
}

/// The provider `yahoo`.
#[derive(Debug)]
pub struct Yahoo {
    wire: Wire,
    crumbs: Crumbs,
}

impl Yahoo {
    /// A provider over the addresses in the settings. Nothing is opened yet.
    ///
    /// # Errors
    /// [`BaseUrlError`] when an address is none that may be called.
    pub fn new(settings: YahooSettings, admission: Arc<dyn Admission>) -> Result<Yahoo, BaseUrlError> {
        let wire = |base_url: String| {
            let (user_agent, limits) = (settings.user_agent.clone(), settings.limits.clone());
            let settings = WireSettings { base_url, user_agent, limits };
            Wire::new(Source::Yahoo, settings, admission.clone())
        };
        let crumbs = Crumbs::new(wire(settings.cookie_url.clone())?);
        Ok(Yahoo { wire: wire(settings.base_url.clone())?, crumbs })
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let today = Zone::new_york().date_of(request.as_of).ok_or(ProviderError::NoData)?;
        let (first, last) = (request.first, request.last.min(today));
        if first > last {
            return Err(ProviderError::NoData);
        }
        let is_recent = today.days_since(last) <= ONE_CALL_DAYS_MAX;
        let asked = Asked { first, through: if is_recent { today } else { last }, today };
        let symbol = vendor_symbol(&request.symbol);
        let quoted =
            self.chart(&symbol, (first, asked.through), today, chart::DAILY, request.urgency).await?;
        let later = if is_recent {
            Vec::new()
        } else {
            let coarse = self.chart(&symbol, (first, today), today, COARSE, request.urgency).await?;
            later_than(asked, &quoted, coarse)?
        };
        let history = history::history(quoted, &later, request, asked)?;
        Ok(HistoryAnswer::History(Box::new(history)))
    }

    async fn chart(
        &self,
        symbol: &str,
        (first, last): (Date, Date),
        today: Date,
        interval: &str,
        urgency: Urgency,
    ) -> Result<Quoted, ProviderError> {
        // The end is not part of the answer. Up to today means up to tomorrow's midnight and a day more: a split of
        // today is dated at the opening, which may still be ahead.
        let end = if last == today { last.plus_days(2) } else { last.plus_days(1) };
        let call = Call::to(["v8", "finance", "chart", symbol])
            .query("period1", epoch_seconds(first).to_string())
            .query("period2", epoch_seconds(end).to_string())
            .query("interval", interval)
            .query("events", "div,splits")
            .query("includePrePost", "false")
            .accept(error::OWN_STATUSES);
        self.wire.fetch(&call, urgency, |reply| chart::read(reply, symbol, interval)).await
    }
}

impl Provider for Yahoo {
    fn source(&self) -> Source {
        Source::Yahoo
    }

    fn offers(&self) -> Offers {
        Offers { has_history: true, has_profiles: true, is_local: false }
    }

    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        self.history(request).boxed()
    }

    fn fetch_profile<'a>(
        &'a self,
        request: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
        async move {
            let symbol = vendor_symbol(&request.symbol);
            let today = Zone::new_york().date_of(request.as_of).ok_or(ProviderError::NoData)?;
            let read = |reply: &crate::Reply| summary::read(reply, &symbol, today);
            self.crumbs.fetch(&self.wire, &summary::call(&symbol), request.urgency, read).await
        }
        .boxed()
    }
}

/// The splits of the second answer that are later than the first one reaches.
///
/// # Errors
/// [`ProviderError::Malformed`] when the two differ where they overlap: then neither can be trusted with the rest.
fn later_than(asked: Asked, quoted: &Quoted, coarse: Quoted) -> Result<Vec<Split>, ProviderError> {
    let within = |splits: &[Split]| -> Vec<Split> {
        let inside = |split: &&Split| (asked.first..=asked.through).contains(&split.ex_date);
        splits.iter().filter(inside).copied().collect()
    };
    if within(&quoted.splits) != within(&coarse.splits) {
        let what = format!("two answers differ in the splits up to {}", asked.through);
        return Err(ProviderError::Malformed { what });
    }
    Ok(coarse.splits.into_iter().filter(|split| split.ex_date > asked.through).collect())
}

/// The symbol as the source writes it: a class of shares stands behind a hyphen, an exchange behind a dot.
fn vendor_symbol(symbol: &Symbol) -> String {
    match symbol.as_str().rsplit_once('.') {
        Some((root, class)) if class.len() == 1 && !EXCHANGE_LETTERS.contains(&class) => {
            format!("{root}-{class}")
        }
        _ => symbol.as_str().to_owned(),
    }
}

/// Midnight of a date in universal time, which is before its session opens in New York.
fn epoch_seconds(date: Date) -> i64 {
    i64::from(date.epoch_days()) * 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_shares_are_written_with_a_hyphen_and_exchanges_with_a_dot() {
        let check = |symbol: &str, expected: &str| {
            assert_eq!(vendor_symbol(&symbol.parse().unwrap()), expected);
        };
        check("BRK.B", "BRK-B");
        check("bf.b", "BF-B");
        check("AAPL", "AAPL");
        check("OCDO.L", "OCDO.L");
        check("SHOP.TO", "SHOP.TO");
        check("7203.T", "7203.T");
        check("^GSPC", "^GSPC");
    }

    #[test]
    fn answers_that_differ_in_their_splits_are_refused() {
        let split = |day: i32, ratio: &str| Split {
            ex_date: Date::from_epoch_days(day),
            ratio: ratio.parse().unwrap(),
        };
        let quoted = |splits: &[Split]| Quoted { splits: splits.to_vec(), ..Quoted::default() };
        let date = Date::from_epoch_days;
        let asked = Asked { first: date(10), through: date(20), today: date(99) };
        let check = |near: &[Split], coarse: &[Split]| later_than(asked, &quoted(near), quoted(coarse));
        let (inside, after) = (split(15, "4"), split(21, "10"));
        assert_eq!(check(&[inside], &[inside, after]), Ok(vec![after]));
        // What was before the first session does not matter to it.
        assert_eq!(check(&[], &[split(9, "2"), after]), Ok(vec![after]));
        assert!(check(&[], &[inside, after]).is_err());
        assert!(check(&[inside], &[split(16, "4"), after]).is_err());
    }

    #[test]
    fn days_begin_at_midnight_of_universal_time() {
        let start: model::Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(epoch_seconds(start.utc_date()) * 1_000_000, start.epoch_micros());
    }
}
