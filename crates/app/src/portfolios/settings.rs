//! Changing the settings of a portfolio, and deleting it.

use model::{Currency, Date, Event, LotMethod, Money, Portfolio};
use store::books::Books;
use store::{StoreError, Transaction};

use super::{check_name, load, outside_calendar};
use crate::{AppError, Context, events, refresh};

/// Settings to be changed; those that are absent stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortfolioChange {
    /// Its new name.
    pub rename: Option<String>,
    /// Which lot a closing fill takes first.
    pub lot_method: Option<LotMethod>,
    /// First date it accounts for.
    pub start: Option<Date>,
    /// Cash it begins with.
    pub opening_equity: Option<Money>,
    /// The one currency it is kept in.
    pub currency: Option<Currency>,
}

/// What a change of settings came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPortfolio {
    /// The portfolio as it is now.
    pub portfolio: Portfolio,
    /// Names of the settings that are different now.
    pub changed: Vec<&'static str>,
    /// The first session that the next refresh computes again; absent when no figure changes.
    pub dirty_from: Option<Date>,
}

/// What was deleted with a portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedPortfolio {
    /// The portfolio as it was.
    pub portfolio: Portfolio,
    /// Active events that went with it.
    pub event_count: usize,
}

/// Changes settings of a portfolio. Those that its figures follow from make the next refresh compute every session
/// again, from the first one on.
///
/// # Errors
/// [`AppError::Invalid`] naming the setting, [`AppError::PortfolioExists`], [`AppError::SettingRefused`] when the
/// books do not admit the setting.
pub async fn set_portfolio(
    ctx: &Context,
    name: &str,
    change: &PortfolioChange,
) -> Result<ChangedPortfolio, AppError> {
    check(ctx, change)?;
    for attempt in 0..ctx.limits.conflict_retries_max {
        crate::context::pause(attempt).await;
        let id = load(ctx, name).await?.portfolio.id;
        // No changes are read: nothing of the sequence comes after its last step.
        let books = store::books::load(ctx.store()?, &[id], i64::MAX).await?;
        let Some(stored) = books.portfolios.first() else { continue };
        let before = &stored.portfolio;
        let after = applied(before, change);
        let changed = differences(before, &after);
        if changed.is_empty() {
            return Ok(ChangedPortfolio { portfolio: after, changed, dirty_from: None });
        }
        let booked = books.events.get(&id).map_or(&[][..], Vec::as_slice);
        check_against_books(&after, &books, booked)?;
        if after.name != before.name
            && store::portfolios::by_name(ctx.store()?, &ctx.owner, &after.name).await?.is_some()
        {
            return Err(AppError::PortfolioExists { name: after.name });
        }
        let dirty_from = dirty_from(ctx, before, &after, booked);
        let mut tx = Transaction::new();
        store::portfolios::set(&mut tx, before, &after);
        if let Some(first) = dirty_from {
            store::change::append(&mut tx, &[events::change(ctx, id, first)?]);
        }
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(ChangedPortfolio { portfolio: after, changed, dirty_from });
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {name:?}") })
}

/// Deletes a portfolio with its events, imports, snapshots and positions in one transaction. Instruments and bars
/// stay. A refresh of it that is under way records nothing any more.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Conflict`].
pub async fn delete_portfolio(ctx: &Context, name: &str) -> Result<DeletedPortfolio, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        crate::context::pause(attempt).await;
        let portfolio = load(ctx, name).await?.portfolio;
        let booked = store::books::overview(ctx.store()?, &[portfolio.id]).await?.events;
        let mut tx = Transaction::new();
        store::portfolios::delete(&mut tx, &portfolio, &[refresh::lease_name(portfolio.id)]);
        match ctx.store()?.record(tx).await {
            Ok(_) => {
                let event_count = booked.get(&portfolio.id).map_or(0, Vec::len);
                return Ok(DeletedPortfolio { portfolio, event_count });
            }
            // Somebody else changed or deleted it; looked at again, it is clear which.
            Err(StoreError::Constraint { .. } | StoreError::Guard { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {name:?}") })
}

/// Refuses settings that make no sense whatever the books say.
fn check(ctx: &Context, change: &PortfolioChange) -> Result<(), AppError> {
    if *change == PortfolioChange::default() {
        let message = "nothing to change; give --rename, --lots, --start, --equity or --currency".to_owned();
        return Err(AppError::Invalid { field: "settings", message });
    }
    if let Some(name) = &change.rename {
        check_name(name)?;
    }
    super::check_opening_equity(change.opening_equity.unwrap_or(Money::ZERO))?;
    if let Some(start) = change.start {
        ctx.calendar.on_or_after(start).ok_or_else(|| outside_calendar(ctx, start))?;
    }
    Ok(())
}

fn applied(before: &Portfolio, change: &PortfolioChange) -> Portfolio {
    Portfolio {
        name: change.rename.clone().unwrap_or_else(|| before.name.clone()),
        lot_method: change.lot_method.unwrap_or(before.lot_method),
        start: change.start.or(before.start),
        opening_equity: change.opening_equity.unwrap_or(before.opening_equity),
        currency: change.currency.unwrap_or(before.currency),
        ..before.clone()
    }
}

fn differences(before: &Portfolio, after: &Portfolio) -> Vec<&'static str> {
    let settings = [
        ("name", before.name != after.name),
        ("lots", before.lot_method != after.lot_method),
        ("start", before.start != after.start),
        ("equity", before.opening_equity != after.opening_equity),
        ("currency", before.currency != after.currency),
    ];
    settings.into_iter().filter(|(_, is_different)| *is_different).map(|(name, _)| name).collect()
}

/// Refuses a start behind the first event, and a currency that something in the books is known not to be in.
fn check_against_books(after: &Portfolio, books: &Books, booked: &[Event]) -> Result<(), AppError> {
    let before = &books.portfolios[0].portfolio;
    let first = booked.iter().map(|event| event.date).min();
    if let (Some(start), Some(first)) = (after.start, first)
        && after.start != before.start
        && start > first
    {
        let message = format!(
            "the books of {:?} have an event on {first}, before {start}; begin on {first} or earlier, or void what \
             lies before",
            before.name
        );
        return Err(AppError::SettingRefused { setting: "start", message });
    }
    let mismatch = |currency: Currency| currency != after.currency;
    let other = books.instruments.iter().find(|instrument| instrument.currency.is_some_and(mismatch));
    if after.currency != before.currency
        && let Some(other) = other
        && let Some(currency) = other.currency
    {
        let message = format!(
            "the books of {:?} hold {}, which is in {currency}; a portfolio has one currency",
            before.name, other.symbol
        );
        return Err(AppError::SettingRefused { setting: "currency", message });
    }
    Ok(())
}

/// The first session whose figures the change can touch: the earlier of the old and the new first session. A name
/// touches none.
fn dirty_from(ctx: &Context, before: &Portfolio, after: &Portfolio, booked: &[Event]) -> Option<Date> {
    let renamed = Portfolio { name: after.name.clone(), ..before.clone() };
    if renamed == *after {
        return None;
    }
    let inception = |portfolio: &Portfolio| ledger::inception(ctx.calendar, portfolio, booked);
    [inception(before), inception(after)].into_iter().flatten().min()
}
