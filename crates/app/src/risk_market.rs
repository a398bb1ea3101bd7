//! Histories along one timeline, what they are measured on, and the figures of symbols: what the risk of portfolios at
//! one session is computed from.

use std::collections::BTreeMap;

use model::{Actions, Calendar, Closes, Date, Symbol};
use quant::{Adjustment, QuantError};
use rayon::prelude::*;
use risk::{History, Named, StyleFactor, SymbolRisk, Timeline, Yardsticks};

use crate::{Context, RiskRules, YardstickSymbols};

/// Closes and corporate actions of one symbol.
#[derive(Clone, Copy)]
pub(crate) struct Series<'a> {
    pub symbol: &'a Symbol,
    pub closes: &'a Closes,
    pub actions: &'a Actions,
}

/// Histories of symbols up to one session, and what they are measured on.
#[derive(Debug)]
pub(crate) struct RiskMarket {
    pub timeline: Timeline,
    histories: BTreeMap<Symbol, History>,
    pub yardsticks: Yardsticks,
    /// Symbols whose prices cannot be adjusted; they count as without any.
    pub unadjustable: BTreeMap<Symbol, QuantError>,
    /// The history of whatever has none.
    nothing: History,
}

/// Sessions that histories are laid along: those of the longest window, and no fewer than market data is fetched for.
pub(crate) fn sessions_count(ctx: &Context) -> usize {
    ctx.risk.figures.sessions_needed().max(ctx.ranges.sessions_before_end)
}

/// The first session of a timeline that ends with another.
pub(crate) fn first_session(calendar: &Calendar, at: Date, sessions_count: usize) -> Date {
    let index = calendar.on_or_before(at).and_then(|session| calendar.index_of(session)).unwrap_or(0);
    calendar.session_at((index + 1).saturating_sub(sessions_count)).unwrap_or(at)
}

impl RiskMarket {
    /// Lays series along the sessions up to one, which see nothing of what came after it.
    pub fn lay(
        calendar: &Calendar,
        at: Date,
        sessions_count: usize,
        rules: &RiskRules,
        series: &[Series<'_>],
    ) -> RiskMarket {
        let timeline = Timeline::ending(calendar, at, sessions_count);
        let laid: Vec<(&Symbol, Result<History, QuantError>)> =
            series.par_iter().map(|series| (series.symbol, history(&timeline, *series, at))).collect();
        let (mut histories, mut unadjustable) = (BTreeMap::new(), BTreeMap::new());
        for (symbol, history) in laid {
            match history {
                Ok(history) => drop(histories.insert(symbol.clone(), history)),
                Err(error) => drop(unadjustable.insert(symbol.clone(), error)),
            }
        }
        let yardsticks =
            yardsticks(&timeline, &rules.yardsticks, &rules.figures, |symbol| histories.get(symbol).cloned());
        let nothing = History::of_closes(&timeline, []);
        RiskMarket { timeline, histories, yardsticks, unadjustable, nothing }
    }

    /// The history of a symbol; one without any return when nothing is known of it.
    pub fn history(&self, symbol: &Symbol) -> &History {
        self.histories.get(symbol).unwrap_or(&self.nothing)
    }

    /// The history of a symbol, where there is one.
    pub fn known_history(&self, symbol: &Symbol) -> Option<&History> {
        self.histories.get(symbol)
    }

    /// Symbols with their histories.
    pub fn named<'a>(&'a self, symbols: impl IntoIterator<Item = &'a Symbol>) -> Vec<Named<'a>> {
        symbols.into_iter().map(|symbol| Named { symbol, history: self.history(symbol) }).collect()
    }

    /// The figures of symbols, computed side by side.
    pub fn symbol_risks(&self, symbols: &[&Symbol]) -> BTreeMap<Symbol, SymbolRisk> {
        let risk =
            |symbol: &&Symbol| ((*symbol).clone(), risk::symbol_risk(&self.yardsticks, self.history(symbol)));
        symbols.par_iter().map(risk).collect::<Vec<_>>().into_iter().collect()
    }
}

/// The total-return history of a symbol's final closes.
fn history(timeline: &Timeline, series: Series<'_>, at: Date) -> Result<History, QuantError> {
    let Series { closes, actions, .. } = series;
    let adjusted = quant::adjusted_closes(closes, actions, Adjustment::TotalReturn, at)?;
    let adjusted = closes.sessions.iter().copied().zip(adjusted).zip(&closes.is_final);
    Ok(History::of_closes(timeline, adjusted.filter(|(_, is_final)| **is_final).map(|(close, _)| close)))
}

/// What symbols are measured on, from the histories there are.
pub(crate) fn yardsticks(
    timeline: &Timeline,
    symbols: &YardstickSymbols,
    settings: &risk::Settings,
    history_of: impl Fn(&Symbol) -> Option<History>,
) -> Yardsticks {
    let styles = symbols
        .styles
        .iter()
        .map(|(name, symbol)| StyleFactor { name: name.clone(), history: history_of(symbol) });
    Yardsticks::new(
        settings.clone(),
        timeline,
        symbols.benchmark.as_ref().and_then(&history_of),
        symbols.rate_proxy.as_ref().and_then(&history_of),
        styles.collect(),
    )
}
