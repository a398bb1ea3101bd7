//! Providers in the order they are asked.

use std::sync::Arc;

use model::{Calendar, Symbol, Timestamp};

use crate::plan::{bridge, subtract_bars, subtract_span};
use crate::{
    ChainFailure, Denial, History, HistoryAnswer, HistoryRequest, Provider, ProviderError, Source, Span,
    Urgency,
};

/// Providers in the order they are asked.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    providers: Vec<Arc<dyn Provider>>,
}

/// What is to be learned of one symbol.
#[derive(Clone, Debug)]
pub struct Fill {
    /// The symbol.
    pub symbol: Symbol,
    /// All that somebody wants to know; providers that cost nothing are asked for it whatever is missing.
    pub wanted: Span,
    /// What is missing of it, in ascending stretches; providers on the network are asked for these alone.
    pub missing: Vec<Span>,
    /// The present.
    pub as_of: Timestamp,
    /// Who waits.
    pub urgency: Urgency,
    /// The stamp of the newest answer of a local provider.
    pub known_stamp: Option<String>,
    /// Ask this provider alone.
    pub only: Option<Source>,
    /// What providers on the network said of it earlier that are not to be asked yet: it counts as said again.
    pub resting: Vec<Denial>,
}

/// One answer with bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who gave it.
    pub source: Source,
    /// What was asked for.
    pub asked: Span,
    /// What was answered.
    pub history: Box<History>,
}

/// What a walk along the chain came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Answers with bars, in the order they came.
    pub parts: Vec<Part>,
    /// The provider that said its data are as they were.
    pub unchanged: Option<Source>,
    /// Stretches in which the providers have nothing, and who said so last.
    pub empty: Vec<(Source, Span)>,
    /// Stretches that nobody answered, because of `denials`.
    pub unfilled: Vec<Span>,
    /// What went wrong, in the order of the chain: said now, or earlier by those that were not asked.
    pub denials: Vec<Denial>,
    /// How often a provider was asked.
    pub provider_calls: u32,
    /// Who is being asked.
    pub asking: Option<Source>,
}

impl Filled {
    /// Whether any provider answered.
    pub fn has_answer(&self) -> bool {
        !self.parts.is_empty() || self.unchanged.is_some()
    }

    /// Why something is still missing; absent when nothing is.
    pub fn failure(&self) -> Option<ChainFailure> {
        let is_answered = self.parts.iter().any(|part| part.source != Source::Files);
        (!self.unfilled.is_empty()).then(|| ChainFailure { denials: self.denials.clone(), is_answered })
    }
}

impl Chain {
    /// A chain of providers in the order they are asked.
    pub fn new(providers: Vec<Arc<dyn Provider>>) -> Chain {
        Chain { providers }
    }

    /// The providers, in order.
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.providers
    }

    /// The same chain with those providers alone that cost nothing to ask.
    pub fn local(&self) -> Chain {
        let local = self.providers.iter().filter(|provider| provider.offers().is_local);
        Chain { providers: local.cloned().collect() }
    }

    /// Whether no provider of it is on the network.
    pub fn is_local(&self) -> bool {
        self.providers.iter().all(|provider| provider.offers().is_local)
    }

    /// Whether it has a provider that costs nothing to ask.
    pub fn has_local(&self) -> bool {
        self.providers.iter().any(|provider| provider.offers().is_local)
    }

    /// The place of a provider in the order; those that are not in it come last.
    pub fn rank(&self, source: Source) -> usize {
        let found = self.providers.iter().position(|provider| provider.source() == source);
        found.unwrap_or(self.providers.len())
    }

    /// Asks one provider after the other for what is still missing; every error lets the next one try.
    pub async fn fill(&self, calendar: &Calendar, fill: &Fill) -> Filled {
        let mut filled = Filled::default();
        self.fill_into(calendar, fill, &mut filled).await;
        filled
    }

    /// The same into a place that keeps what came when the asking is broken off.
    pub async fn fill_into(&self, calendar: &Calendar, fill: &Fill, filled: &mut Filled) {
        let mut missing = fill.missing.clone();
        let asked = self.providers.iter().filter(|provider| {
            provider.offers().has_history && fill.only.is_none_or(|only| provider.source() == only)
        });
        for provider in asked {
            filled.asking = Some(provider.source());
            if provider.offers().is_local {
                ask_local(provider.as_ref(), calendar, fill, filled, &mut missing).await;
            } else if missing.is_empty() {
                continue;
            } else if let Some(resting) =
                fill.resting.iter().find(|denial| denial.source == provider.source())
            {
                filled.denials.push(resting.clone());
            } else {
                missing = bridge(calendar, missing);
                missing = ask_network(provider.as_ref(), calendar, fill, filled, missing).await;
            }
        }
        filled.asking = None;
        settle(filled, missing);
    }
}

/// Decides what the stretches nobody had bars for are: known to be empty, or a failure.
fn settle(filled: &mut Filled, missing: Vec<Span>) {
    // Where one provider has the symbol, that another does not know it says nothing.
    let is_known = filled.parts.iter().any(|part| part.source != Source::Files)
        || filled.denials.iter().any(|denial| denial.error == ProviderError::NoData);
    let is_refusal = |denial: &&Denial| {
        let says_nothing =
            denial.error == ProviderError::NoData || (denial.error == ProviderError::NotFound && is_known);
        denial.source != Source::Files && !says_nothing
    };
    let denied = filled.denials.iter().map(|denial| denial.source);
    let mut on_network = filled.parts.iter().map(|part| part.source).chain(denied);
    match on_network.rfind(|source| *source != Source::Files) {
        Some(source) if filled.denials.iter().find(is_refusal).is_none() => {
            filled.empty = missing.into_iter().map(|span| (source, span)).collect();
        }
        // A local provider's emptiness is never remembered, and what it lacks beside its bars is no failure.
        None if filled.has_answer() => {}
        _ => filled.unfilled = missing,
    }
}

fn request(fill: &Fill, span: Span, known_stamp: Option<String>) -> HistoryRequest {
    HistoryRequest {
        symbol: fill.symbol.clone(),
        first: span.first,
        last: span.last,
        as_of: fill.as_of,
        urgency: fill.urgency,
        known_stamp,
    }
}

async fn ask_local(
    provider: &dyn Provider,
    calendar: &Calendar,
    fill: &Fill,
    filled: &mut Filled,
    missing: &mut Vec<Span>,
) {
    filled.provider_calls += 1;
    let source = provider.source();
    match provider.fetch_history(&request(fill, fill.wanted, fill.known_stamp.clone())).await {
        Ok(HistoryAnswer::Unchanged) => filled.unchanged = Some(source),
        Ok(HistoryAnswer::History(history)) => {
            *missing = subtract_bars(calendar, missing, &history.bars);
            filled.parts.push(Part { source, asked: fill.wanted, history });
        }
        Err(error) => filled.denials.push(Denial::now(source, error)),
    }
}

/// Asks a provider for stretches and gives those that are still missing after it.
async fn ask_network(
    provider: &dyn Provider,
    calendar: &Calendar,
    fill: &Fill,
    filled: &mut Filled,
    missing: Vec<Span>,
) -> Vec<Span> {
    let source = provider.source();
    let mut left = Vec::new();
    let mut is_refusing = false;
    for span in missing {
        if is_refusing {
            left.push(span);
            continue;
        }
        filled.provider_calls += 1;
        match provider.fetch_history(&request(fill, span, None)).await {
            Ok(HistoryAnswer::Unchanged) => left.push(span),
            Ok(HistoryAnswer::History(history)) => {
                // A bar that came is not missing, whether or not the answer is complete about its session.
                let beyond =
                    history.covers.map_or(vec![span], |covered| subtract_span(calendar, span, covered));
                let rest = subtract_bars(calendar, &beyond, &history.bars);
                let listed = history.listing.first;
                // Sessions before the listing are not missing, whoever could be asked for them.
                left.extend(rest.into_iter().filter_map(|rest| after_listing(rest, listed)));
                filled.parts.push(Part { source, asked: span, history });
            }
            Err(ProviderError::NoData) => {
                filled.denials.push(Denial::now(source, ProviderError::NoData));
                left.push(span);
            }
            Err(error) => {
                filled.denials.push(Denial::now(source, error));
                left.push(span);
                is_refusing = true;
            }
        }
    }
    left
}

fn after_listing(span: Span, listed: Option<model::Date>) -> Option<Span> {
    match listed {
        Some(listed) if span.last < listed => None,
        Some(listed) => Some(Span { first: span.first.max(listed), last: span.last }),
        None => Some(span),
    }
}
