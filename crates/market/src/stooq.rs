//! Stooq: daily bars as CSV.
//!
//! A history takes one call. There are no splits and no dividends, so the answer claims none of them for any date: a split
//! shows as a large move that is flagged, until another provider tells of it.
//!
//! Prices are adjusted for splits and dividends unless the question says otherwise, which it does.

mod csv_rows;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Actions, Symbol};

use crate::daily_rows::{DailyRows, Refusals};
use crate::history_parts::HistoryParts;
use crate::{
    Admission, AnswerFault, BaseUrlError, Call, HistoryAnswer, HistoryRequest, Key, Listing, Offers,
    ProfileAnswer, ProfileRequest, Provider, ProviderError, Reply, Source, Span, Wire, WireSettings,
    us_ticker,
};
use csv_rows::Answer;

/// Each mark leaves one kind of adjustment out: splits, dividends, two kinds of rights, denominations and the rest.
const AS_TRADED: &str = "1111111";

/// Seconds until the limit of a day is tried again; when its day begins is not known.
const LIMIT_PAUSE_S: i64 = 6 * 3_600;

/// The indices that go by other names here.
const INDICES: [(&str, &str); 5] =
    [("^GSPC", "^spx"), ("^DJI", "^dji"), ("^IXIC", "^ndq"), ("^NDX", "^ndx"), ("^RUT", "^rut")];

/// The provider Stooq.
#[derive(Debug)]
pub struct Stooq {
    wire: Wire,
    key: Key,
}

impl Stooq {
    /// The address it is reached at.
    pub const BASE_URL: &'static str = "https://stooq.com";

    /// The provider at an address; the key may be empty as long as none is asked for.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the address is none that may be called.
    pub fn new(
        settings: WireSettings,
        key: &Key,
        admission: Arc<dyn Admission>,
    ) -> Result<Stooq, BaseUrlError> {
        Ok(Stooq { wire: Wire::new(Source::Stooq, settings, admission)?, key: key.clone() })
    }

    async fn history(&self, request: &HistoryRequest) -> Result<HistoryAnswer, ProviderError> {
        let symbol = symbol_of(&request.symbol).ok_or(ProviderError::NoData)?;
        let asked = Span { first: request.first, last: request.last };
        let call = Call::to(["q", "d", "l"])
            .folder()
            .query("s", symbol)
            .query("d1", csv_rows::compact(asked.first))
            .query("d2", csv_rows::compact(asked.last))
            .query("i", "d")
            .query("o", AS_TRADED);
        let call = if self.key.is_empty() { call } else { call.key_query("apikey", &self.key) };
        let read = |reply: &Reply| bars(reply, request);
        let rows = self.wire.fetch(&call, request.urgency, read).await?;
        let parts = HistoryParts {
            asked,
            rows,
            actions: Actions::default(),
            action_refusals: Refusals::default(),
            // No ex-date lies within a range that ends before it begins.
            actions_cover: Some(Span { first: asked.first, last: asked.first.plus_days(-1) }),
            listing: Listing::default(),
            is_head_unknown: false,
        };
        parts.answer(request.as_of)
    }
}

impl Provider for Stooq {
    fn source(&self) -> Source {
        Source::Stooq
    }

    fn offers(&self) -> Offers {
        Offers { has_history: true, has_profiles: false, is_local: false }
    }

    fn fetch_history<'a>(
        &'a self,
        request: &'a HistoryRequest,
    ) -> BoxFuture<'a, Result<HistoryAnswer, ProviderError>> {
        self.history(request).boxed()
    }

    fn fetch_profile<'a>(
        &'a self,
        _: &'a ProfileRequest,
    ) -> BoxFuture<'a, Result<ProfileAnswer, ProviderError>> {
        std::future::ready(Err(ProviderError::NoData)).boxed()
    }
}

/// The bars of an answer, or what it says instead.
fn bars(reply: &Reply, request: &HistoryRequest) -> Result<DailyRows, AnswerFault> {
    if reply.status() != 200 {
        let what = format!("status {}", reply.status());
        return Err(ProviderError::Malformed { what }.into());
    }
    let mut rows = DailyRows::new(request.as_of);
    match csv_rows::read(reply.body(), &mut rows)? {
        // That there is no data is said of unknown symbols and of empty ranges alike: no symbol is taken not to exist.
        Answer::Bars | Answer::NoData => Ok(rows),
        Answer::LimitReached => Err(AnswerFault::LimitReached { retry_after_s: Some(LIMIT_PAUSE_S) }),
        Answer::KeyWanted => Err(ProviderError::Unauthorized.into()),
        Answer::Page => {
            let what = "a page for a browser came in the place of bars".to_owned();
            Err(ProviderError::Malformed { what }.into())
        }
    }
}

/// How the provider writes a symbol; `None` for one that it cannot have, which does not mean that there is no such symbol.
fn symbol_of(symbol: &Symbol) -> Option<String> {
    let index = INDICES.iter().find(|(name, _)| *name == symbol.as_str());
    index
        .map(|(_, name)| (*name).to_owned())
        .or_else(|| Some(format!("{}.us", us_ticker::of(symbol, '-')?.to_lowercase())))
}
