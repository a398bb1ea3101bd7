//! The correlations of symbols, over prices read through the cache.

use std::collections::BTreeMap;

use model::{Date, Symbol};
use risk::{Correlation, History, Named};

use crate::histories::fetch_histories;
use crate::{AppError, Context};

/// A question for the correlations of symbols.
#[derive(Clone, Debug)]
pub struct CorrelationRequest {
    /// The symbols.
    pub symbols: Vec<Symbol>,
    /// The session; the last on which one of the symbols has a final bar when absent.
    pub at: Option<Date>,
    /// Window, minimum and cut.
    pub settings: risk::Settings,
}

/// The correlations of symbols.
#[derive(Debug)]
pub struct CorrelationAnswer {
    /// The session.
    pub at: Date,
    /// Pairs, matrix and clusters.
    pub correlation: Correlation,
    /// Why symbols have no prices; they are not among the pairs.
    pub failures: BTreeMap<Symbol, AppError>,
}

/// Computes the correlations of symbols from their final bars up to a session.
///
/// # Errors
/// [`AppError::Invalid`] for a date that is no complete session or too many symbols; why the first symbol has no prices when
/// none has.
pub async fn correlation(ctx: &Context, request: &CorrelationRequest) -> Result<CorrelationAnswer, AppError> {
    let CorrelationRequest { symbols, at, settings } = request;
    let sessions_count = settings.correlation_window.saturating_add(1);
    let laid = fetch_histories(ctx, symbols, symbols.len(), *at, sessions_count).await?;
    let histories: Vec<(&Symbol, History)> =
        symbols.iter().filter_map(|symbol| Some((symbol, laid.history(symbol)?))).collect();
    let named: Vec<Named<'_>> = histories.iter().map(|(symbol, history)| Named { symbol, history }).collect();
    let correlation = risk::correlation(&laid.timeline, &named, settings);
    Ok(CorrelationAnswer { at: laid.at(), correlation, failures: laid.into_failures() })
}
