//! Where portfolios stand: their newest figures, what they earned, and what they hold most of.

use ledger::LedgerError;
use model::{Date, Money, Portfolio, PortfolioId, Position};
use store::snapshots::StoredSnapshot;

use crate::{AppError, Context, portfolios};

/// Positions shown of each side.
const POSITIONS_SHOWN_MAX: usize = 5;

/// Where one portfolio stands at its newest snapshot.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// Its newest snapshot; absent until a refresh has computed one, and with it all the rest.
    pub latest: Option<StoredSnapshot>,
    /// Profit and loss in the month of the newest session.
    pub month_to_date: Money,
    /// Profit and loss in its year.
    pub year_to_date: Money,
    /// The largest positions held long, largest first.
    pub top_long: Vec<Position>,
    /// The largest positions held short, largest first.
    pub top_short: Vec<Position>,
}

/// Where the owner's portfolios stand, by name, or one of them.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Ledger`] when sums of profit and loss leave the range of money.
pub async fn overview(ctx: &Context, portfolio: Option<&str>) -> Result<Vec<Overview>, AppError> {
    let store = ctx.store()?;
    let stored = match portfolio {
        Some(name) => vec![portfolios::load(ctx, name).await?],
        None => store::portfolios::of_owner(store, &ctx.owner).await?,
    };
    let ids: Vec<PortfolioId> = stored.iter().map(|stored| stored.portfolio.id).collect();
    let mut newest = store::books::overview(store, &ids).await?.newest;
    let first = newest.values().flatten().map(|latest| year_start(latest.snapshot.session)).min();
    let mut of_year = match first {
        Some(first) => store::snapshots::of_portfolios(store, &ids, first, ctx.calendar.last()).await?,
        None => store::snapshots::SnapshotsByPortfolio::new(),
    };
    let mut held = store::positions::of_portfolios(store, &ids).await?;
    let mut overview = |portfolio: Portfolio| {
        let latest = newest.remove(&portfolio.id).and_then(|mut snapshots| snapshots.pop());
        let snapshots = of_year.remove(&portfolio.id).unwrap_or_default();
        let positions = held.remove(&portfolio.id).unwrap_or_default();
        one(portfolio, latest, &snapshots, positions)
    };
    stored.into_iter().map(|stored| overview(stored.portfolio)).collect()
}

fn one(
    portfolio: Portfolio,
    latest: Option<StoredSnapshot>,
    snapshots: &[StoredSnapshot],
    positions: Vec<Position>,
) -> Result<Overview, AppError> {
    let session = latest.as_ref().map(|latest| latest.snapshot.session);
    let since = |first: Option<Date>| {
        let inside = snapshots.iter().filter(|stored| Some(stored.snapshot.session) >= first);
        let inside = inside.filter(|stored| Some(stored.snapshot.session) <= session);
        inside.map(|stored| stored.snapshot.daily_pnl).try_fold(Money::ZERO, Money::plus).map_err(|source| {
            let session = session.unwrap_or(Date::from_epoch_days(0));
            AppError::Ledger {
                name: portfolio.name.clone(),
                source: LedgerError::Overflow { session, source },
            }
        })
    };
    let (month_to_date, year_to_date) = (since(session.map(month_start))?, since(session.map(year_start))?);
    let (mut long, mut short): (Vec<Position>, Vec<Position>) =
        positions.into_iter().partition(|position| position.market_value.signum() > 0);
    long.sort_by_key(|position| std::cmp::Reverse(position.market_value));
    short.sort_by_key(|position| position.market_value);
    for side in [&mut long, &mut short] {
        side.retain(|position| position.market_value.signum() != 0);
        side.truncate(POSITIONS_SHOWN_MAX);
    }
    Ok(Overview { portfolio, latest, month_to_date, year_to_date, top_long: long, top_short: short })
}

fn month_start(date: Date) -> Date {
    date.plus_days(1 - date.ymd().2 as i32)
}

fn year_start(date: Date) -> Date {
    Date::from_ymd(date.ymd().0, 1, 1).expect("invariant: every year of the calendar begins")
}
