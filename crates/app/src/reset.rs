//! Dropping what is derived, so that the next refresh computes it again.

use model::{Date, PortfolioId};

use crate::context::pause;
use crate::{AppError, Context, events, portfolios};

/// What was dropped of one portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetReport {
    /// The portfolio.
    pub name: String,
    /// Snapshots dropped.
    pub snapshot_count: usize,
}

/// Drops the snapshots of one portfolio, or of all, from a session on, and the marks on positions and what is held of
/// each sector and the figures of risk with them. Events, bars, profiles and forecasts stay.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Conflict`].
pub async fn reset(ctx: &Context, from: Date, portfolio: Option<&str>) -> Result<Vec<ResetReport>, AppError> {
    let names: Vec<String> = match portfolio {
        Some(name) => vec![name.to_owned()],
        None => {
            let stored = store::portfolios::of_owner(ctx.store()?, &ctx.owner).await?;
            stored.into_iter().map(|stored| stored.portfolio.name).collect()
        }
    };
    let mut reports = Vec::with_capacity(names.len());
    for name in names {
        let snapshot_count = reset_one(ctx, from, &name).await?;
        reports.push(ResetReport { name, snapshot_count });
    }
    Ok(reports)
}

async fn reset_one(ctx: &Context, from: Date, name: &str) -> Result<usize, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let portfolio = portfolios::load(ctx, name).await?.portfolio;
        let id: PortfolioId = portfolio.id;
        let ends = store::books::snapshot_ends(ctx.store()?, &[id]).await?;
        let Some((first, last)) = ends.get(&id).copied().filter(|(_, last)| *last >= from) else {
            return Ok(0);
        };
        let mut tx = store::Transaction::new();
        // The new revision makes a refresh that loaded before this, and records after it, begin again.
        store::portfolios::touch(&mut tx, &portfolio, portfolio.last_entry_no);
        store::snapshots::delete_from(&mut tx, id, from);
        store::positions::delete(&mut tx, &[id]);
        store::sectors::delete(&mut tx, &[id]);
        store::risks::delete_from(&mut tx, id, from);
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(ctx.calendar.between(from.max(first), last).len());
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {name:?}") })
}
