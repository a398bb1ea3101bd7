//! The positions of a portfolio at its newest snapshot, or at any session.

use model::{Date, Position};

use crate::{AppError, Context, explain, portfolios};

/// Positions at a session's close.
#[derive(Clone, Debug)]
pub struct PositionsAt {
    /// The session.
    pub session: Date,
    /// The positions, by symbol.
    pub positions: Vec<Position>,
    /// Whether they agree with the stored snapshot of the session; absent for the stored positions themselves.
    pub equals_stored: Option<bool>,
}

/// The positions of a portfolio: those stored with its newest snapshot, or computed for the session given.
///
/// # Errors
/// [`AppError::NotFound`]; with a session, those of [`explain()`]. `Ok(None)` when nothing is held or computed yet.
pub async fn positions(ctx: &Context, name: &str, at: Option<Date>) -> Result<Option<PositionsAt>, AppError> {
    let Some(session) = at else {
        let stored = portfolios::load(ctx, name).await?;
        let found = store::positions::of_portfolio(ctx.store()?, stored.portfolio.id).await?;
        return Ok(found.map(|(session, positions)| PositionsAt { session, positions, equals_stored: None }));
    };
    let explained = explain(ctx, name, session).await?;
    let equals_stored = Some(explained.equals_stored());
    let open = explained.explanation.positions.into_iter().map(|explained| explained.position);
    let positions = open.filter(|position| !position.quantity.is_zero()).collect();
    Ok(Some(PositionsAt { session, positions, equals_stored }))
}
