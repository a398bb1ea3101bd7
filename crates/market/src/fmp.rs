//! Financial Modeling Prep: daily bars as traded, splits, dividends, profiles and dates of earnings.
//!
//! A history takes three calls, one more for each five thousand bars, and one more when bars are missing at an end or
//! altogether and the profile may tell why. When one of the first three fails there is no history.
//!
//! The free plan has some eighty companies and five years of sessions. It refuses other symbols with status 402, which
//! reads like a refused key here: both are mended in the account alone.

mod actions;
mod company;
mod prices;
mod refusal;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Calendar, Date, Symbol};
use serde_json::Value;

use crate::daily_rows::{ActionRows, DailyRows};
use crate::history_parts::{HistoryParts, has_unexplained_end};
use crate::{
    Admission, AnswerFault, BaseUrlError, Call, HistoryAnswer, HistoryRequest, Key, Listing, Offers,
    ProfileAnswer, ProfileRequest, Provider, ProviderError, Reply, Source, Span, Urgency, Wire, WireSettings,
    json, us_ticker,
};
use company::Company;

/// The most answers with bars for one history: a hundred years of sessions.
const PAGES_MAX: usize = 6;

/// Sessions that a date of listing may lie before the first bar.
const LISTING_SESSIONS_MAX: usize = 5;

/// The provider Financial Modeling Prep.
#[derive(Debug)]
pub struct Fmp {
    wire: Wire,
    key: Key,
}

impl Fmp {
    /// The address it is reached at.
    pub const BASE_URL: &'static str = "https://financialmodelingprep.com/stable";

    /// The provider at an address, with a key.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the address is none that may be called.
    pub fn new(
        settings: WireSettings,
        key: &Key,
        admission: Arc<dyn Admission>,
    ) -> Result<Fmp, BaseUrlError> {
        Ok(Fmp { wire: Wire::new(Source::Fmp, settings, admission)?, key: key.clone() })
    }

    fn call(&self, path: &[&str], symbol: &str) -> Call {
        Call::to(path.iter().copied()).query("symbol", symbol).key_header("apikey", &self.key)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let symbol = symbol_of(&request.symbol).ok_or(ProviderError::NoData)?;
        let asked = Span { first: request.first, last: request.last };
        let rows = self.bars(&symbol, request).await?;
        let sessions = rows.sessions();
        let mut company = None;
        if rows.is_empty() {
            // An unknown symbol and an empty range are answered alike; the profile tells them apart.
            company = Some(self.company(&symbol, request.urgency).await?.ok_or(ProviderError::NotFound)?);
        }
        let (all, cut_at) = self.actions(&symbol, request.urgency).await?;
        let (actions, action_refusals) = all.finish();
        let is_unexplained = has_unexplained_end(asked, &sessions, request.as_of);
        if company.is_none() && is_unexplained {
            company = self.company(&symbol, request.urgency).await.ok().flatten();
        }
        let listing = company.map_or(Listing::default(), |company| listing(&company, &sessions, request));
        let is_head_unknown =
            is_unexplained && sessions.first().is_some_and(|first| !explains(listing, *first));
        let today = request.as_of.utc_date();
        let actions_cover = cut_at.map(|first| Span { first, last: today });
        HistoryParts { asked, rows, actions, action_refusals, actions_cover, listing, is_head_unknown }
            .answer(request.as_of)
    }

    /// The bars of a range; of a long one the newest come first and the older ones are asked for again.
    async fn bars(&self, symbol: &str, request: &HistoryRequest) -> Result<DailyRows, ProviderError> {
        let mut rows = DailyRows::new(request.as_of);
        let mut last = request.last;
        for _ in 0..PAGES_MAX {
            let call = self
                .call(&["historical-price-eod", "non-split-adjusted"], symbol)
                .query("from", request.first.to_string())
                .query("to", last.to_string());
            let read = |reply: &Reply| {
                let mut rows = DailyRows::new(request.as_of);
                let page = prices::read(&document(reply)?, symbol, &mut rows)?;
                Ok((rows, page))
            };
            let (page_rows, page) = self.wire.fetch(&call, request.urgency, read).await?;
            rows.append(page_rows);
            match page.cut_at.filter(|oldest| *oldest > request.first && *oldest <= last) {
                Some(oldest) => last = oldest.plus_days(-1),
                None => return Ok(rows),
            }
        }
        Err(ProviderError::Malformed { what: format!("prices: more than {PAGES_MAX} answers") })
    }

    /// Splits and dividends, and the date before which they may be left out.
    async fn actions(
        &self,
        symbol: &str,
        urgency: Urgency,
    ) -> Result<(ActionRows, Option<Date>), ProviderError> {
        let mut all = ActionRows::default();
        let mut cut_at = None;
        for (name, read_list) in actions::LISTS {
            let call = self.call(&[name], symbol);
            let read = |reply: &Reply| {
                let mut rows = ActionRows::default();
                let cut_at = read_list(&document(reply)?, symbol, &mut rows)?;
                Ok((rows, cut_at))
            };
            let (rows, cut) = self.wire.fetch(&call, urgency, read).await?;
            all.append(rows);
            cut_at = cut_at.max(cut);
        }
        Ok((all, cut_at))
    }

    async fn company(&self, symbol: &str, urgency: Urgency) -> Result<Option<Company>, ProviderError> {
        let call = self.call(&["profile"], symbol);
        let read = |reply: &Reply| Ok(company::read_profile(&document(reply)?, symbol)?);
        self.wire.fetch(&call, urgency, read).await
    }

    async fn profile(&self, request: &ProfileRequest) -> Result<ProfileAnswer, ProviderError> {
        let symbol = symbol_of(&request.symbol).ok_or(ProviderError::NoData)?;
        let company = self.company(&symbol, request.urgency).await?.ok_or(ProviderError::NotFound)?;
        let Company { profile, fundamentals, .. } = company;
        if profile.kind != Some(model::InstrumentKind::Stock) {
            return Ok(ProfileAnswer { profile, fundamentals: Some(fundamentals) });
        }
        let day = request.as_of.utc_date();
        let call = self.call(&["earnings"], &symbol);
        let read = |reply: &Reply| {
            let mut known = fundamentals.clone();
            company::read_earnings(&document(reply)?, &symbol, day, &mut known)?;
            Ok(known)
        };
        let fundamentals = match self.wire.fetch(&call, request.urgency, read).await {
            Ok(known) => known,
            // The plan has the profiles of all companies and the reports of some.
            Err(ProviderError::Unauthorized) => fundamentals,
            Err(error) => return Err(error),
        };
        Ok(ProfileAnswer { profile, fundamentals: Some(fundamentals) })
    }
}

impl Provider for Fmp {
    fn source(&self) -> Source {
        Source::Fmp
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
        self.profile(request).boxed()
    }
}

/// The document of an answer, unless it says what is wrong.
fn document(reply: &Reply) -> Result<Value, AnswerFault> {
    refusal::of(reply.status(), &reply.text())?;
    Ok(reply.json::<json::Document>()?.0)
}

/// How the provider writes a symbol; indices have a caret, and other exchanges a dot and an ending, as here. `None` for one
/// that it cannot have, which does not mean that there is no such symbol.
fn symbol_of(symbol: &Symbol) -> Option<String> {
    let is_written_alike = |text: &&str| !text.contains(['=', '_', ' ']);
    us_ticker::of(symbol, '-').or_else(|| Some(symbol.as_str()).filter(is_written_alike).map(str::to_owned))
}

/// A question that ends at most so many days ago reaches up to now.
const NOW_DAYS: i32 = 7;

/// Whether a listing tells why there are no bars before the first one.
fn explains(listing: Listing, first_bar: Date) -> bool {
    let between = |first| Calendar::xnys().between(first, first_bar.plus_days(-1)).len();
    listing.first.is_some_and(|first| between(first) <= LISTING_SESSIONS_MAX)
}

/// When a company was listed: as far as its date of listing and its bars agree. Without bars nothing is concluded, and
/// the last bar is the end of a company only where the question reached up to now.
fn listing(company: &Company, sessions: &[Date], request: &HistoryRequest) -> Listing {
    let first = company.listing.first.filter(|first| sessions.first().is_some_and(|bar| first <= bar));
    let is_asked_to_now = request.as_of.utc_date().days_since(request.last) <= NOW_DAYS;
    let last = sessions.last().copied().filter(|_| company.is_delisted && is_asked_to_now);
    Listing { first, last }
}
