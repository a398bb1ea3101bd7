//! The risk figures of a symbol that is being made known, and those of them that cannot be had.

use model::{InstrumentId, Symbol};
use risk::Absent;
use store::risks::{Origin, StoredSymbolRisk};

use crate::risk_market::sessions_count;
use crate::symbol_risk::{RiskOfSymbol, SymbolRiskRequest, stored, symbol_risk};
use crate::{AppError, Context};

/// What all figures of a symbol are called together.
const ALL: &str = "risk";

/// The risk figures of a symbol.
#[derive(Debug, Default)]
pub struct Measured {
    /// Those that are absent, each with the stable name of the reason.
    pub absent: Vec<(String, String)>,
    /// All of them, as they are stored.
    pub stored: Option<StoredSymbolRisk>,
}

/// The risk figures of a symbol, as far as they can be had. Its prices are held already; what it is measured on is fetched
/// once for all symbols.
pub async fn measure(ctx: &Context, symbol: &Symbol, instrument: InstrumentId) -> Result<Measured, AppError> {
    let request = SymbolRiskRequest {
        symbols: vec![symbol.clone()],
        at: None,
        yardsticks: ctx.risk.yardsticks.clone(),
        settings: ctx.risk.figures.clone(),
    };
    let all_for = |code: &str| {
        let absent = vec![(ALL.to_owned(), code.to_owned())];
        Measured { absent, stored: None }
    };
    // What changes while they are computed makes them due again.
    let head = ctx.store()?.load(vec![store::change::head()]).await?;
    let settings = ctx.risk.symbols_hash(sessions_count(ctx));
    let origin = Origin { seq: store::change::read_head(&head[0]), settings };
    match symbol_risk(ctx, &request).await {
        Ok(answer) => Ok(match (answer.symbols.first(), answer.failures.get(symbol)) {
            (Some(found), _) => Measured {
                absent: absent_of(found, ctx.risk.yardsticks.rate_proxy.is_some()),
                stored: Some(stored::row(answer.at, instrument, origin, &found.risk)),
            },
            (None, Some(failure)) => all_for(failure.code()),
            (None, None) => all_for("no_data"),
        }),
        Err(
            error @ (AppError::Fetch { .. }
            | AppError::Unadjustable { .. }
            | AppError::Invalid { .. }
            | AppError::OutsideCalendar { .. }),
        ) => Ok(all_for(error.code())),
        Err(error) => Err(error),
    }
}

fn absent_of(found: &RiskOfSymbol, has_rate_proxy: bool) -> Vec<(String, String)> {
    let (risk, volatility) = (&found.risk, &found.risk.volatility);
    let mut reasons: Vec<(String, Absent)> = Vec::new();
    let mut note = |name: &str, reason: Option<Absent>| {
        reasons.extend(reason.map(|reason| (name.to_owned(), reason)));
    };
    note("market_beta", risk.market_beta.value.as_ref().err().copied());
    // That nothing was named to stand for interest rates is no fault of the symbol.
    note("rate_beta", risk.rate_beta.value.as_ref().err().copied().filter(|_| has_rate_proxy));
    note("style", risk.style.value.as_ref().err().copied());
    for (spread, fit) in &risk.spreads {
        note(&format!("spreads.{}", spread.as_str()), fit.value.as_ref().err().copied());
    }
    note("volatility.realized_21", volatility.realized_21.value.err());
    note("volatility.realized_63", volatility.realized_63.value.err());
    note("volatility.har", volatility.har.value.as_ref().err().copied());
    note("volatility.trend", volatility.trend.value.as_ref().err().copied());
    note("volatility.percentile", volatility.percentile.value.err());
    note("volatility.ranges", found.ranges.value.as_ref().err().copied());
    note("joint", risk.joint.value.as_ref().err().copied());
    reasons.into_iter().map(|(name, reason)| (name, reason.as_str().to_owned())).collect()
}
