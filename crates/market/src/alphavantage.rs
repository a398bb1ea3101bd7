//! Alpha Vantage: daily bars as traded, splits, dividends and overviews of companies.
//!
//! A history takes three calls. When one of them fails there is no history. The free plan gives the newest hundred
//! sessions alone; when it refuses a longer series those are taken, and the answer claims no more than them.
//!
//! Whatever goes wrong comes with status 200 and a sentence, some of which repeat the key.

mod actions;
mod overview;
mod refusal;
mod series;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Calendar, Symbol, Timestamp};
use serde_json::Value;

use crate::daily_rows::{ActionRows, DailyRows};
use crate::history_parts::HistoryParts;
use crate::{
    Admission, AnswerFault, BaseUrlError, Call, HistoryAnswer, HistoryRequest, Key, Listing, Offers,
    PlanShown, ProfileAnswer, ProfileRequest, Provider, ProviderError, Reply, Source, Span, Wire,
    WireSettings, json, us_ticker,
};

/// Sessions of the short series, less a few that holidays of other markets may cost.
const COMPACT_SESSIONS: usize = 100;

/// How long a plan is taken to be short of history after it said so.
const SHORT_PLAN_S: i64 = 24 * 3_600;

/// What is noted of such a plan for all processes.
const SHORT_PLAN: &str = "compact";

/// The provider Alpha Vantage.
#[derive(Debug)]
pub struct AlphaVantage {
    wire: Wire,
    key: Key,
    /// Until when the plan is taken to give the short series alone, in microseconds since the epoch.
    short_until: AtomicI64,
}

/// A series, or that the plan does not give the long one.
enum Series {
    Rows(DailyRows),
    Premium,
}

impl AlphaVantage {
    /// The address it is reached at.
    pub const BASE_URL: &'static str = "https://www.alphavantage.co";

    /// The provider at an address, with a key.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the address is none that may be called.
    pub fn new(
        settings: WireSettings,
        key: &Key,
        admission: Arc<dyn Admission>,
    ) -> Result<AlphaVantage, BaseUrlError> {
        let wire = Wire::new(Source::AlphaVantage, settings, admission)?;
        Ok(AlphaVantage { wire, key: key.clone(), short_until: AtomicI64::new(i64::MIN) })
    }

    fn call(&self, function: &str, symbol: &str) -> Call {
        Call::to(["query"]).query("function", function).query("symbol", symbol).key_query("apikey", &self.key)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let symbol = symbol_of(&request.symbol)?;
        let (rows, is_short) = self.bars(&symbol, request).await?;
        let sessions = rows.sessions();
        // A series holds more than was asked for, and nothing of it is left out.
        let first = sessions.first().copied().into_iter().chain([request.first]).min();
        let last = sessions.last().copied().into_iter().chain([request.last]).max();
        let asked = Span { first: first.unwrap_or(request.first), last: last.unwrap_or(request.last) };
        let mut all = ActionRows::default();
        let lists: [(&str, ReadList); 2] =
            [("SPLITS", actions::read_splits), ("DIVIDENDS", actions::read_dividends)];
        for (function, read_list) in lists {
            let call = self.call(function, &symbol);
            let read = |reply: &Reply| {
                let mut rows = ActionRows::default();
                read_list(&document(reply, request.as_of)?, &symbol, &mut rows)?;
                Ok(rows)
            };
            all.append(self.wire.fetch(&call, request.urgency, read).await?);
        }
        let (actions, action_refusals) = all.finish();
        // Fewer sessions than the short series holds are all that the symbol has had.
        let is_head_unknown = is_short && sessions.len() + 5 >= COMPACT_SESSIONS;
        let (actions_cover, listing) = (None, Listing::default());
        HistoryParts { asked, rows, actions, action_refusals, actions_cover, listing, is_head_unknown }
            .answer(request.as_of)
    }

    /// The bars, and whether they are those of the short series.
    async fn bars(&self, symbol: &str, request: &HistoryRequest) -> Result<(DailyRows, bool), ProviderError> {
        let today = request.as_of.utc_date();
        let count = Calendar::xnys().between(request.first, today).len();
        if let Some(shown) = self.wire.plan().await.filter(|shown| shown.words == SHORT_PLAN) {
            self.short_until.fetch_max(shown.until.epoch_micros(), Ordering::Relaxed);
        }
        let is_known_short = request.as_of.epoch_micros() < self.short_until.load(Ordering::Relaxed);
        if count + 5 > COMPACT_SESSIONS && !is_known_short {
            match self.series(symbol, "full", request).await? {
                Series::Rows(rows) => return Ok((rows, false)),
                Series::Premium => {
                    let until = request.as_of.plus_seconds(SHORT_PLAN_S);
                    self.short_until.store(until.epoch_micros(), Ordering::Relaxed);
                    self.wire.note_plan(PlanShown { words: SHORT_PLAN.to_owned(), until }).await;
                }
            }
        }
        match self.series(symbol, "compact", request).await? {
            Series::Rows(rows) => Ok((rows, true)),
            Series::Premium => Err(ProviderError::Unauthorized),
        }
    }

    async fn series(
        &self,
        symbol: &str,
        size: &'static str,
        request: &HistoryRequest,
    ) -> Result<Series, ProviderError> {
        let call = self.call("TIME_SERIES_DAILY", symbol).query("outputsize", size);
        let read = |reply: &Reply| {
            let body: Value = whole(reply)?;
            if refusal::is_premium(&body) {
                return Ok(Series::Premium);
            }
            refusal::in_document(&body, request.as_of)?;
            let mut rows = DailyRows::new(request.as_of);
            series::read(&body, symbol, &mut rows)?;
            Ok(Series::Rows(rows))
        };
        self.wire.fetch(&call, request.urgency, read).await
    }

    async fn profile(&self, request: &ProfileRequest) -> Result<ProfileAnswer, ProviderError> {
        let symbol = symbol_of(&request.symbol)?;
        let call = self.call("OVERVIEW", &symbol);
        let read = |reply: &Reply| Ok(overview::read(&document(reply, request.as_of)?, &symbol)?);
        self.wire.fetch(&call, request.urgency, read).await
    }
}

/// Reads a list of corporate actions of one symbol into rows.
type ReadList = fn(&Value, &str, &mut ActionRows) -> Result<(), ProviderError>;

impl Provider for AlphaVantage {
    fn source(&self) -> Source {
        Source::AlphaVantage
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
fn document(reply: &Reply, as_of: Timestamp) -> Result<Value, AnswerFault> {
    let body = whole(reply)?;
    refusal::in_document(&body, as_of)?;
    Ok(body)
}

fn whole(reply: &Reply) -> Result<Value, AnswerFault> {
    match reply.status() {
        200 => Ok(reply.json::<json::Document>()?.0),
        status => Err(ProviderError::Malformed { what: format!("status {status}") }.into()),
    }
}

/// How the provider writes a symbol. About one that it cannot have it says nothing: there may well be such a symbol.
fn symbol_of(symbol: &Symbol) -> Result<String, ProviderError> {
    us_ticker::of(symbol, '-').ok_or(ProviderError::NoData)
}
