//! The positions of a portfolio at its newest snapshot, or at any session.

use std::collections::BTreeMap;

use model::{Date, Position, Symbol};

use crate::{AppError, Context, PositionSector, explain, portfolios, sectors};

/// Positions at a session's close.
#[derive(Clone, Debug)]
pub struct PositionsAt {
    /// The session.
    pub session: Date,
    /// The positions, by symbol.
    pub positions: Vec<Position>,
    /// Whether they agree with the stored snapshot of the session; absent for the stored positions themselves.
    pub equals_stored: Option<bool>,
    /// Where each counts by sector, as known today; absent for a session that is not the newest, since nothing of today is
    /// stamped on the past.
    pub sectors: Option<BTreeMap<Symbol, PositionSector>>,
}

/// The positions of a portfolio: those stored with its newest snapshot, or computed for the session given.
///
/// # Errors
/// [`AppError::NotFound`]; with a session, those of [`explain()`]. `Ok(None)` when nothing is computed yet.
pub async fn positions(ctx: &Context, name: &str, at: Option<Date>) -> Result<Option<PositionsAt>, AppError> {
    let id = portfolios::load(ctx, name).await?.portfolio.id;
    let ends = store::books::snapshot_ends(ctx.store()?, &[id]).await?;
    let newest = ends.get(&id).map(|(_, newest)| *newest);
    let Some(session) = at.or(newest) else { return Ok(None) };
    let stored = match at {
        Some(_) => None,
        None => store::positions::of_portfolio(ctx.store()?, id).await?,
    };
    let (positions, equals_stored) = match stored.filter(|(of, _)| *of == session) {
        Some((_, positions)) => (positions, None),
        // A reset drops the marks on positions; those of an earlier session are computed like any other's.
        None => {
            let explained = explain(ctx, name, session).await?;
            let equals_stored = explained.equals_stored();
            let open = explained.explanation.positions.into_iter().map(|explained| explained.position);
            (open.filter(|position| !position.quantity.is_zero()).collect(), Some(equals_stored))
        }
    };
    let sectors = if newest == Some(session) {
        let symbols: Vec<Symbol> = positions.iter().map(|position| position.symbol.clone()).collect();
        Some(sectors::of_symbols(ctx, &symbols).await?)
    } else {
        None
    };
    Ok(Some(PositionsAt { session, positions, equals_stored, sectors }))
}
