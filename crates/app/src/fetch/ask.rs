//! Asking the providers about one symbol, and comparing what they say with what is stored.

use std::collections::BTreeSet;
use std::time::Duration;

use market::{Chain, Denial, Fill, Filled, Part, ProviderError, Source, Span};
use model::{Calendar, Date, Symbol};

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
    /// The first and the last session that were missing.
    pub missing: Option<(Date, Date)>,
}

/// Asks the chain, and gives up when no answer comes; what came until then is kept.
pub async fn ask(ctx: Context, chain: Chain, question: Question) -> Arrived {
    let limit = Duration::from_millis(ctx.limits.provider_call_ms_max);
    let mut filled = Filled::default();
    let asking = fill_and_compare(&chain, ctx.calendar, &question, &mut filled);
    if tokio::time::timeout(limit, asking).await.is_err() {
        let reason = format!("no answer within {} ms", limit.as_millis());
        let source = filled.asking.take().unwrap_or(Source::Files);
        filled.denials.push(Denial::now(source, ProviderError::Unavailable { reason }));
        filled.unfilled = filled.parts.iter().fold(question.fill.missing.clone(), |missing, part| {
            market::subtract_bars(ctx.calendar, &missing, &part.history.bars)
        });
    }
    let missing = question.fill.missing.first().zip(question.fill.missing.last());
    let missing = missing.map(|(first, last)| (first.first, last.last));
    Arrived { request: question.request, filled, is_offline: ctx.is_offline, missing }
}

/// Asks for what is missing. A provider that contradicts what is stored of its own, or of a provider behind it, is
/// asked for the whole history that is held, so that no series is made of pieces that do not fit.
async fn fill_and_compare(chain: &Chain, calendar: &Calendar, question: &Question, filled: &mut Filled) {
    chain.fill_into(calendar, &question.fill, filled).await;
    let contradicts = |part: &Part| {
        part.source != Source::Files
            && market::contradicts(&comparable(chain, question, part.source), &part.history.bars)
    };
    let sources: BTreeSet<Source> =
        filled.parts.iter().filter(|part| contradicts(part)).map(|part| part.source).collect();
    for source in sources {
        // What contradicts the rest is not kept unless the rest can be read anew.
        let (doubtful, kept): (Vec<Part>, Vec<Part>) =
            std::mem::take(&mut filled.parts).into_iter().partition(|part| part.source == source);
        filled.parts = kept;
        filled.unfilled.extend(doubtful.iter().map(|part| part.asked));
        let held = comparable(chain, question, source);
        let sessions = held.iter().map(|(session, _)| *session);
        let asked = doubtful.iter().flat_map(|part| [part.asked.first, part.asked.last]);
        let ends: Vec<Date> = sessions.chain(asked).collect();
        let (Some(first), Some(last)) = (ends.iter().min(), ends.iter().max()) else { continue };
        let span = Span { first: *first, last: *last };
        tracing::warn!(symbol = %question.fill.symbol, %source, from = %span.first, "history_reread");
        let again = Fill {
            wanted: span,
            missing: vec![span],
            only: Some(source),
            resting: Vec::new(),
            known_stamp: None,
            ..question.fill.clone()
        };
        filled.asking = Some(source);
        let mut whole = chain.fill(calendar, &again).await;
        filled.asking = None;
        filled.provider_calls += whole.provider_calls;
        if !question.request.is_forced {
            refuse_rescaled(&question.fill.symbol, &held, &mut whole);
        }
        if !whole.parts.is_empty() {
            filled.unfilled.retain(|unfilled| !doubtful.iter().any(|part| part.asked == *unfilled));
        }
        filled.parts.extend(whole.parts);
        filled.denials.extend(whole.denials);
    }
}

/// Takes out of an answer what multiplies everything that is held by one factor that no split explains: what is held
/// stays, and the provider is asked again later. A forced fetch takes it as it is.
fn refuse_rescaled(symbol: &Symbol, held: &[(Date, f64)], whole: &mut Filled) {
    let factor_of = |part: &Part| market::unexplained_factor(held, &part.history);
    let Some((source, factor)) = whole.parts.iter().find_map(|part| Some((part.source, factor_of(part)?)))
    else {
        return;
    };
    whole.parts.clear();
    tracing::warn!(%symbol, %source, factor, "history_rescaled");
    let what = format!(
        "all closes are {factor:.4} times those held before, and no split explains it; what is held is kept, and \
         `fetch {symbol} --force` takes the answer as it is"
    );
    whole.denials.push(Denial::now(source, ProviderError::Malformed { what }));
}

/// Stored closes that a provider's answer may be held against: its own and those of providers asked after it.
fn comparable(chain: &Chain, question: &Question, source: Source) -> Vec<(Date, f64)> {
    let rank = chain.rank(source);
    let is_comparable = |code: i64| Source::from_code(code).is_none_or(|other| chain.rank(other) >= rank);
    let stored = question.stored.iter().filter(|(_, _, code)| is_comparable(*code));
    stored.map(|(session, close, _)| (*session, *close)).collect()
}
