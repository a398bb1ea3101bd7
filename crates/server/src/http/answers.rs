//! Answers that are asked for again and again: written once, and given until what they were read from changes.

use std::sync::Arc;

use app::{AppError, Context, PricesQuestion, Version};
use axum::body::Bytes;
use moka::sync::Cache;

/// Bytes of the answers that are kept; those asked for least make room.
const KEPT_BYTES_MAX: u64 = 32 << 20;
/// What an answer takes beside its bytes: its question, its tag, its place.
const ANSWER_BYTES: usize = 256;

/// An answer as it is sent.
#[derive(Clone)]
pub(crate) struct Written {
    /// Its entity tag.
    pub tag: Arc<str>,
    /// Its JSON.
    pub body: Bytes,
}

/// Prices as they were answered, by question.
#[derive(Clone)]
pub(crate) struct Answers {
    prices: Cache<PricesQuestion, (Version, Written)>,
}

impl Answers {
    /// None yet.
    pub fn new() -> Answers {
        let weigh = |_: &PricesQuestion, (_, written): &(Version, Written)| {
            u32::try_from(written.body.len() + ANSWER_BYTES).unwrap_or(u32::MAX)
        };
        Answers { prices: Cache::builder().max_capacity(KEPT_BYTES_MAX).weigher(weigh).build() }
    }

    /// The answer to a question, when it would be the same now.
    pub async fn prices(
        &self,
        ctx: &Context,
        question: &PricesQuestion,
    ) -> Result<Option<Written>, AppError> {
        let Some((version, written)) = self.prices.get(question) else { return Ok(None) };
        Ok(app::are_prices_current(ctx, question, &version).await?.then_some(written))
    }

    /// Keeps an answer with what it was read from.
    pub fn keep_prices(&self, question: PricesQuestion, version: Version, written: Written) {
        self.prices.insert(question, (version, written));
    }
}
