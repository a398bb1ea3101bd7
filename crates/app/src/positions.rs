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
/// [`AppError::NotFound`]; with a session, those of [`explain()`]. `Ok(None)` when nothing is computed yet.
pub async fn positions(ctx: &Context, name: &str, at: Option<Date>) -> Result<Option<PositionsAt>, AppError> {
    let session = match at {
        Some(session) => session,
        None => {
            let id = portfolios::load(ctx, name).await?.portfolio.id;
            let ends = store::books::snapshot_ends(ctx.store()?, &[id]).await?;
            let Some((_, newest)) = ends.get(&id).copied() else { return Ok(None) };
            let stored = store::positions::of_portfolio(ctx.store()?, id).await?;
            match stored.filter(|(session, _)| *session == newest) {
                Some((session, positions)) => {
                    return Ok(Some(PositionsAt { session, positions, equals_stored: None }));
                }
                // A reset drops the marks on positions; those of an earlier session are computed like any other's.
                None => newest,
            }
        }
    };
    let explained = explain(ctx, name, session).await?;
    let equals_stored = Some(explained.equals_stored());
    let open = explained.explanation.positions.into_iter().map(|explained| explained.position);
    let positions = open.filter(|position| !position.quantity.is_zero()).collect();
    Ok(Some(PositionsAt { session, positions, equals_stored }))
}
