//! Asking the providers about one symbol, and comparing what they say with what is stored.

use std::time::Duration;

use market::{Chain, Fill, Filled, Part, ProviderError, Source, Span};
use model::{Calendar, Date};

use super::FetchRequest;
use crate::Context;

/// One symbol's question on its way: it owns what it needs, so that many of them can be under way.
pub struct Question {
    pub request: FetchRequest,
    pub fill: Fill,
    /// Final closes that are stored, with the number of their provider.
    pub stored: Vec<(Date, f64, i64)>,
}

/// What the providers said.
pub struct Arrived {
    pub request: FetchRequest,
    pub filled: Filled,
    /// Whether providers on the network were left out because they must not be used.
    pub is_offline: bool,
}

/// Asks the chain, and gives up when no answer comes.
pub async fn ask(ctx: Context, chain: Chain, question: Question) -> Arrived {
    let limit = Duration::from_millis(ctx.limits.provider_call_ms_max);
    let asking = fill_and_compare(&chain, ctx.calendar, &question);
    let filled = match tokio::time::timeout(limit, asking).await {
        Ok(filled) => filled,
        Err(_) => {
            let reason = format!("no answer within {} ms", limit.as_millis());
            let source = chain.providers().first().map_or(Source::Files, |provider| provider.source());
            Filled {
                unfilled: vec![question.fill.wanted],
                errors: vec![(source, ProviderError::Unavailable { reason })],
                provider_calls: 1,
                ..Filled::default()
            }
        }
    };
    Arrived { request: question.request, filled, is_offline: ctx.is_offline }
}

/// Asks for what is missing. A provider that contradicts what is stored of its own, or of a provider behind it, is
/// asked for the whole history that is held, so that no series is made of pieces that do not fit.
async fn fill_and_compare(chain: &Chain, calendar: &Calendar, question: &Question) -> Filled {
    let mut filled = chain.fill(calendar, &question.fill).await;
    let contradicting: Vec<Part> = filled
        .parts
        .iter()
        .filter(|part| part.source != Source::Files)
        .filter(|part| market::contradicts(&comparable(chain, question, part.source), &part.history.bars))
        .cloned()
        .collect();
    for part in contradicting {
        let held = comparable(chain, question, part.source);
        let (Some(first), Some(last)) = (held.first(), held.last()) else { continue };
        let span = Span { first: first.0.min(part.asked.first), last: last.0.max(part.asked.last) };
        tracing::warn!(symbol = %question.fill.symbol, source = %part.source, from = %span.first, "history_reread");
        let again = Fill {
            wanted: span,
            missing: vec![span],
            only: Some(part.source),
            known_stamp: None,
            ..question.fill.clone()
        };
        let whole = chain.fill(calendar, &again).await;
        filled.provider_calls += whole.provider_calls;
        // What contradicts the rest is not kept unless the rest could be read anew.
        filled.parts.retain(|kept| *kept != part);
        if whole.parts.is_empty() {
            filled.unfilled.push(part.asked);
        }
        filled.parts.extend(whole.parts);
        filled.errors.extend(whole.errors);
    }
    filled
}

/// Stored closes that a provider's answer may be held against: its own and those of providers asked after it.
fn comparable(chain: &Chain, question: &Question, source: Source) -> Vec<(Date, f64)> {
    let rank = chain.rank(source);
    let is_comparable = |code: i64| Source::from_code(code).is_none_or(|other| chain.rank(other) >= rank);
    let stored = question.stored.iter().filter(|(_, _, code)| is_comparable(*code));
    stored.map(|(session, close, _)| (*session, *close)).collect()
}
