//! Polygon: daily bars as traded, splits, dividends and descriptions of tickers. It goes by the name Massive too.
//!
//! A history takes three calls, and one or two more when bars are missing at an end and the dates of listing may tell
//! why. When one of the three fails there is no history: bars without their splits would be misread.
//!
//! The free plan knows two years of sessions and not the one under way, others five or ten, and each refuses a question
//! that reaches further as a whole. Such a question is asked again for what the plan has, and the answer claims no more
//! than that.

mod actions;
mod aggregates;
mod plan;
mod refusal;
mod ticker;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Date, Symbol};
use serde_json::Value;

use crate::daily_rows::{ActionRows, DailyRows};
use crate::history_parts::{HistoryParts, has_unexplained_end};
use crate::{
    Admission, AnswerFault, BaseUrlError, Call, HistoryAnswer, HistoryRequest, Key, Listing, Offers,
    ProfileAnswer, ProfileRequest, Provider, ProviderError, Reply, Source, Span, Urgency, Wire, WireSettings,
    json, us_ticker,
};
use actions::List;
use plan::Plan;
use refusal::Refusal;

/// The indices that go by other names here.
const INDICES: [(&str, &str); 6] = [
    ("^GSPC", "I:SPX"),
    ("^DJI", "I:DJI"),
    ("^IXIC", "I:COMP"),
    ("^NDX", "I:NDX"),
    ("^RUT", "I:RUT"),
    ("^VIX", "I:VIX"),
];

/// The provider Polygon.
#[derive(Debug)]
pub struct Polygon {
    wire: Wire,
    authorization: Key,
    plan: Plan,
}

/// What one page of bars gave.
enum Bars {
    Page(DailyRows, aggregates::Page),
    Refused(Refusal),
}

impl Polygon {
    /// The address it is reached at.
    pub const BASE_URL: &'static str = "https://api.polygon.io";

    /// The provider at an address, with a key.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the address is none that may be called.
    pub fn new(
        settings: WireSettings,
        key: &Key,
        admission: Arc<dyn Admission>,
    ) -> Result<Polygon, BaseUrlError> {
        let authorization = Key::new(format!("Bearer {}", key.reveal()));
        let wire = Wire::new(Source::Polygon, settings, admission)?;
        Ok(Polygon { wire, authorization, plan: Plan::default() })
    }

    fn call(&self, path: &[&str]) -> Call {
        Call::to(path.iter().copied()).key_header("authorization", &self.authorization).accept(&[403])
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let ticker = ticker_of(&request.symbol).ok_or(ProviderError::NoData)?;
        let (rows, asked) = self.bars(&ticker, request).await?;
        let splits = self.actions(&actions::SPLITS, &ticker, asked.first, request.urgency).await?;
        let mut all = self.actions(&actions::DIVIDENDS, &ticker, asked.first, request.urgency).await?;
        all.append(splits);
        let (actions, action_refusals) = all.finish();
        let sessions = rows.sessions();
        let listing = if has_unexplained_end(asked, &sessions, request.as_of) {
            self.listing(&ticker, &sessions, request.urgency).await?
        } else {
            Listing::default()
        };
        let today = request.as_of.utc_date();
        let actions_cover = (asked.first <= today).then_some(Span { first: asked.first, last: today });
        let is_head_unknown = false;
        HistoryParts { asked, rows, actions, action_refusals, actions_cover, listing, is_head_unknown }
            .answer(request.as_of)
    }

    /// The bars of a range, and the part of it that the plan knows.
    async fn bars(&self, ticker: &str, request: &HistoryRequest) -> Result<(DailyRows, Span), ProviderError> {
        let whole = Span { first: request.first, last: request.last };
        if let Some(shown) = self.wire.plan().await {
            self.plan.take_over(&shown);
        }
        let mut asked = self.plan.within(whole, request.as_of);
        let mut rows = DailyRows::new(request.as_of);
        let mut from = asked.first;
        while from <= asked.last {
            match self.page(ticker, Span { first: from, last: asked.last }, request).await? {
                Bars::Page(page_rows, page) => {
                    rows.append(page_rows);
                    match page.newest.filter(|newest| page.has_more && *newest >= from) {
                        Some(newest) => from = newest.plus_days(1),
                        None => break,
                    }
                }
                Bars::Refused(refusal) => {
                    let smaller = self.plan.after(refusal, asked, request.as_of);
                    if let Some(shown) = self.plan.shown() {
                        self.wire.note_plan(shown).await;
                    }
                    asked = smaller.ok_or(ProviderError::Unauthorized)?;
                    from = asked.first;
                }
            }
        }
        if asked.first > asked.last {
            return Err(outside(request));
        }
        Ok((rows, asked))
    }

    async fn page(&self, ticker: &str, range: Span, request: &HistoryRequest) -> Result<Bars, ProviderError> {
        let (first, last) = (range.first.to_string(), range.last.to_string());
        let call = self
            .call(&["v2", "aggs", "ticker", ticker, "range", "1", "day", &first, &last])
            .query("adjusted", "false")
            .query("sort", "asc")
            .query("limit", "50000");
        let read = |reply: &Reply| {
            if reply.status() == 403 {
                return Ok(Bars::Refused(refusal::of(reply)));
            }
            let mut rows = DailyRows::new(request.as_of);
            let page = aggregates::read(&document(reply)?, ticker, &mut rows)?;
            Ok(Bars::Page(rows, page))
        };
        self.wire.fetch(&call, request.urgency, read).await
    }

    /// All pages of a list of corporate actions from a date on.
    async fn actions(
        &self,
        list: &List,
        ticker: &str,
        first: Date,
        urgency: Urgency,
    ) -> Result<ActionRows, ProviderError> {
        let mut all = ActionRows::default();
        let mut cursor: Option<String> = None;
        for _ in 0..actions::PAGES_MAX {
            let call = self.call(&["v3", "reference", list.name]);
            let call = match &cursor {
                // The cursor holds the whole question.
                Some(cursor) => call.query("cursor", cursor.as_str()),
                None => call
                    .query("ticker", ticker)
                    .query(list.from, first.to_string())
                    .query("order", "asc")
                    .query("sort", list.date)
                    .query("limit", "1000"),
            };
            let read = |reply: &Reply| {
                let mut rows = ActionRows::default();
                let cursor = (list.read)(&document(reply)?, ticker, &mut rows)?;
                Ok((rows, cursor))
            };
            let (rows, next) = self.wire.fetch(&call, urgency, read).await?;
            all.append(rows);
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
        let what = format!("{}: more than {} pages", list.name, actions::PAGES_MAX);
        Err(ProviderError::Malformed { what })
    }

    /// When a ticker was listed. What cannot be learned leaves the listing open; only that there is no such ticker
    /// is an error.
    async fn listing(
        &self,
        ticker: &str,
        sessions: &[Date],
        urgency: Urgency,
    ) -> Result<Listing, ProviderError> {
        match self.description(ticker, urgency).await {
            Ok((_, listing)) => {
                let ends = (sessions.first().copied(), sessions.last().copied());
                Ok(ticker::plausible(listing, ends.0, ends.1))
            }
            Err(ProviderError::NotFound) if sessions.is_empty() => Err(ProviderError::NotFound),
            Err(_) => Ok(Listing::default()),
        }
    }

    /// What is known of a ticker, of those traded no more as well.
    async fn description(
        &self,
        ticker: &str,
        urgency: Urgency,
    ) -> Result<(ProfileAnswer, Listing), ProviderError> {
        let call = self.call(&["v3", "reference", "tickers", ticker]);
        let read = |reply: &Reply| Ok(ticker::read_details(&document(reply)?, ticker)?);
        match self.wire.fetch(&call, urgency, read).await {
            Err(ProviderError::NotFound) => {}
            other => return other,
        }
        let call = self
            .call(&["v3", "reference", "tickers"])
            .query("ticker", ticker)
            .query("active", "false")
            .query("limit", "1000");
        let read = |reply: &Reply| {
            let found = ticker::read_delisted(&document(reply)?, ticker)?;
            Ok(found.ok_or(ProviderError::NotFound)?)
        };
        self.wire.fetch(&call, urgency, read).await
    }
}

impl Provider for Polygon {
    fn source(&self) -> Source {
        Source::Polygon
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
        async {
            let ticker = ticker_of(&request.symbol).ok_or(ProviderError::NoData)?;
            Ok(self.description(&ticker, request.urgency).await?.0)
        }
        .boxed()
    }
}

/// The document of an answer, unless it says what is wrong.
fn document(reply: &Reply) -> Result<Value, AnswerFault> {
    match reply.status() {
        200 | 404 => {}
        403 => return Err(ProviderError::Unauthorized.into()),
        status => return Err(ProviderError::Malformed { what: format!("status {status}") }.into()),
    }
    let json::Document(document) = reply.json()?;
    refusal::in_document(&document)?;
    match reply.status() {
        200 => Ok(document),
        // Without the provider's own word the address is wrong, which says nothing of the ticker.
        status => Err(ProviderError::Malformed { what: format!("status {status}") }.into()),
    }
}

/// How the provider writes a symbol; `None` for one that it cannot have, which does not mean that there is no such symbol.
fn ticker_of(symbol: &Symbol) -> Option<String> {
    let index = INDICES.iter().find(|(name, _)| *name == symbol.as_str());
    index.map(|(_, ticker)| (*ticker).to_owned()).or_else(|| us_ticker::of(symbol, '.'))
}

/// Why nothing of a range is known on a plan.
fn outside(request: &HistoryRequest) -> ProviderError {
    if request.last > plan::before_today(request.as_of) {
        let reason = "the session asked for is not published yet".to_owned();
        return ProviderError::Unavailable { reason };
    }
    ProviderError::Unauthorized
}
