//! The risk figures of symbols, over prices read through the cache.

pub(crate) mod stored;

use std::collections::{BTreeMap, BTreeSet};

use model::{Date, InstrumentId, Symbol};
use rayon::prelude::*;
use risk::{Estimate, RangeVolatility, SymbolRisk};
use store::change::Change;
use store::risks::{Origin, StoredSymbolRisk};

use crate::fetch::SCOPE_INSTRUMENT;
use crate::histories::fetch_histories;
use crate::risk_market::yardsticks;
use crate::{AppError, Context};

/// The symbols that others are measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YardstickSymbols {
    /// The benchmark, where there is one.
    pub benchmark: Option<Symbol>,
    /// What stands for interest rates, where anything does.
    pub rate_proxy: Option<Symbol>,
    /// The style factors by name.
    pub styles: Vec<(String, Symbol)>,
}

/// A question for the risk of symbols.
#[derive(Clone, Debug)]
pub struct SymbolRiskRequest {
    /// The symbols.
    pub symbols: Vec<Symbol>,
    /// The session; the last on which one of the symbols has a final bar when absent.
    pub at: Option<Date>,
    /// What they are measured on.
    pub yardsticks: YardstickSymbols,
    /// Windows and minimums.
    pub settings: risk::Settings,
}

/// The risk of one symbol.
#[derive(Clone, Debug)]
pub struct RiskOfSymbol {
    /// The symbol.
    pub symbol: Symbol,
    /// Its figures.
    pub risk: SymbolRisk,
    /// Its volatility from highs and lows, where it has them.
    pub ranges: Estimate<RangeVolatility>,
}

/// The risk of symbols.
#[derive(Debug)]
pub struct SymbolRiskAnswer {
    /// The session.
    pub at: Date,
    /// The symbols that have prices, in the order asked for.
    pub symbols: Vec<RiskOfSymbol>,
    /// The names of the style factors, in the order of figures.
    pub style_names: Vec<String>,
    /// The names of the joint model's factors beside the benchmark, in the order of its coefficients; none without a
    /// benchmark.
    pub factor_names: Vec<String>,
    /// Why symbols and yardsticks have no prices.
    pub failures: BTreeMap<Symbol, AppError>,
}

/// Computes the risk figures of symbols from their final bars up to a session.
///
/// # Errors
/// [`AppError::Invalid`] for a date that is no complete session or too many symbols; why the first symbol has no prices when
/// none has. A yardstick without prices is no error: the figures on it are absent.
pub async fn symbol_risk(ctx: &Context, request: &SymbolRiskRequest) -> Result<SymbolRiskAnswer, AppError> {
    let SymbolRiskRequest { symbols, at, yardsticks: measured_on, settings } = request;
    let sessions_count = settings.sessions_needed().max(ctx.ranges.sessions_before_end);
    let asked = with_yardsticks(symbols, measured_on);
    let laid = fetch_histories(ctx, &asked, symbols.len(), *at, sessions_count).await?;
    let yardsticks = yardsticks(&laid.timeline, measured_on, settings, |symbol| laid.history(symbol));
    let of_symbol = |symbol: &Symbol| -> Option<RiskOfSymbol> {
        let (history, bars) = (laid.history(symbol)?, laid.bars(symbol)?);
        Some(RiskOfSymbol {
            symbol: symbol.clone(),
            risk: risk::symbol_risk(&yardsticks, &history),
            ranges: risk::ranges(&laid.timeline, bars, risk::REALIZED_WINDOWS[0]),
        })
    };
    let found = symbols.par_iter().filter_map(of_symbol).collect();
    let factor_names = yardsticks.joint().map_or_else(|_| Vec::new(), |basis| names(basis.factor_names()));
    Ok(SymbolRiskAnswer {
        at: laid.at(),
        symbols: found,
        style_names: names(yardsticks.style_names()),
        factor_names,
        failures: laid.into_failures(),
    })
}

/// The symbols, then what they are measured on, each once.
fn with_yardsticks(symbols: &[Symbol], yardsticks: &YardstickSymbols) -> Vec<Symbol> {
    let mut asked = symbols.to_vec();
    for symbol in yardsticks.symbols() {
        if !asked.contains(&symbol) {
            asked.push(symbol);
        }
    }
    asked
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}

/// The figures of instruments at a session that are stored and still what would be computed.
///
/// # Errors
/// Those of a database.
pub(crate) async fn stored_symbols(
    ctx: &Context,
    session: Date,
    instruments: &[InstrumentId],
    references: &BTreeSet<InstrumentId>,
    settings: &str,
) -> Result<BTreeMap<InstrumentId, SymbolRisk>, AppError> {
    let store = ctx.store()?;
    let stored = store::risks::of_symbols(store, &[session], instruments).await?;
    let seq = stored.values().map(|risk| risk.origin.seq).min().unwrap_or(i64::MAX);
    let changes = store::change::load_since(store, seq).await?;
    let is_fresh = |risk: &StoredSymbolRisk| {
        is_symbol_fresh(&risk.origin, settings, risk.instrument, session, references, &changes)
    };
    let fresh = stored.into_values().filter(is_fresh);
    Ok(fresh.filter_map(|risk| Some((risk.instrument, stored::decode(&risk.figures)?))).collect())
}

/// Whether the stored figures of a symbol still are what would be computed.
pub(crate) fn is_symbol_fresh(
    origin: &Origin,
    settings: &str,
    instrument: InstrumentId,
    session: Date,
    references: &BTreeSet<InstrumentId>,
    changes: &[Change],
) -> bool {
    let counts = |change: &&Change| {
        let id = InstrumentId(change.scope_id);
        change.scope == SCOPE_INSTRUMENT && (id == instrument || references.contains(&id))
    };
    let later = changes.iter().filter(|change| change.seq > origin.seq);
    let session = i64::from(session.epoch_days());
    origin.settings == settings && !later.filter(counts).any(|change| change.first_session <= session)
}
