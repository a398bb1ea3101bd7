//! Creating, listing, finding, changing and deleting portfolios.

mod settings;

use model::{Currency, Date, LotMethod, Money, Portfolio, PortfolioId, SectorExposure, Symbol};
use store::StoreError;
use store::portfolios::StoredPortfolio;
use store::snapshots::StoredSnapshot;

use crate::context::{new_identity, pause};
use crate::import::{self, ImportFile, ImportReport};
use crate::onboarding::{self, Inquiry, UnknownSymbols};
use crate::{AppError, Context};

pub use settings::{ChangedPortfolio, DeletedPortfolio, PortfolioChange, delete_portfolio, set_portfolio};

/// The scope of a change of a portfolio's events.
pub(crate) const SCOPE_PORTFOLIO: &str = "portfolio";

/// The longest name of a portfolio, in characters.
const NAME_CHARS_MAX: usize = 100;

/// A portfolio to be created.
#[derive(Clone, Debug)]
pub struct NewPortfolio {
    /// Its name, unique for its owner.
    pub name: String,
    /// Cash it begins with.
    pub opening_equity: Money,
    /// First date it accounts for; else its first event decides.
    pub start: Option<Date>,
    /// Which lot a closing fill takes first.
    pub lot_method: LotMethod,
    /// The one currency it is kept in.
    pub currency: Currency,
}

/// A portfolio that exists now.
#[derive(Clone, Debug)]
pub struct CreatedPortfolio {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// What became of the rows of its file.
    pub import: Option<ImportReport>,
    /// Symbols nothing was known of before.
    pub new_symbols: Vec<Symbol>,
}

/// A portfolio with its newest snapshot.
#[derive(Clone, Debug)]
pub struct PortfolioSummary {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// Its first session, fixed or by its first event.
    pub inception: Option<Date>,
    /// Its active events.
    pub event_count: usize,
    /// Its newest snapshot.
    pub latest: Option<StoredSnapshot>,
    /// What it holds of each sector at its newest snapshot, by name of the bucket; absent until a refresh has added it
    /// up.
    pub sectors: Option<Vec<SectorExposure>>,
}

/// Creates a portfolio, with the events of a file if one is given. Portfolio, events and new instruments are
/// recorded in one transaction.
///
/// # Errors
/// [`AppError::PortfolioExists`], [`AppError::Invalid`], [`AppError::ImportRefused`].
pub async fn create_portfolio(
    ctx: &Context,
    new: &NewPortfolio,
    file: Option<&import::PositionFile<'_>>,
    is_dry_run: bool,
) -> Result<CreatedPortfolio, AppError> {
    let file = file.map(|file| ImportFile::from(*file));
    upload_portfolio(ctx, new, file.as_ref(), is_dry_run, UnknownSymbols::Taken).await
}

/// The same with a file of any format, and with what becomes of symbols that are not in the universe.
///
/// # Errors
/// As [`create_portfolio`].
pub async fn upload_portfolio(
    ctx: &Context,
    new: &NewPortfolio,
    file: Option<&ImportFile<'_>>,
    is_dry_run: bool,
    unknown: UnknownSymbols,
) -> Result<CreatedPortfolio, AppError> {
    let mut inquiry = Inquiry::new(unknown);
    check_name(&new.name)?;
    check_opening_equity(new.opening_equity)?;
    if let Some(start) = new.start {
        ctx.calendar.on_or_after(start).ok_or_else(|| outside_calendar(ctx, start))?;
    }
    let portfolio = Portfolio {
        id: PortfolioId(new_identity(ctx.clock.as_ref())),
        owner: ctx.owner.clone(),
        name: new.name.clone(),
        currency: new.currency,
        lot_method: new.lot_method,
        opening_equity: new.opening_equity,
        start: new.start,
        revision: 0,
        last_entry_no: 0,
        created_at: ctx.clock.now(),
    };
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        if store::portfolios::by_name(ctx.store()?, &ctx.owner, &new.name).await?.is_some() {
            return Err(AppError::PortfolioExists { name: new.name.clone() });
        }
        let mut tx = store::Transaction::new();
        store::portfolios::insert(&mut tx, &portfolio);
        let (mut report, mut new_symbols) = (None, Vec::new());
        if let Some(file) = file {
            let prepared = import::prepare(ctx, &portfolio, file, None, is_dry_run, &mut inquiry).await?;
            new_symbols = prepared.resolved.new.iter().map(|instrument| instrument.symbol.clone()).collect();
            prepared.add_to(ctx, &mut tx, &portfolio)?;
            if inquiry.onboards() && !is_dry_run {
                onboarding::add_to_queue(ctx, &mut tx, &[&portfolio], &prepared.pending).await?;
            }
            report = Some(prepared.report);
        }
        if is_dry_run {
            return Ok(CreatedPortfolio { portfolio, import: report, new_symbols });
        }
        match ctx.store()?.record(tx).await {
            Ok(_) => return Ok(CreatedPortfolio { portfolio, import: report, new_symbols }),
            // Somebody took the name or brought one of the symbols; looked at again, it is clear which.
            Err(StoreError::Constraint { .. } | StoreError::Guard { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {:?}", new.name) })
}

/// Lists the owner's portfolios by name.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn list_portfolios(ctx: &Context) -> Result<Vec<PortfolioSummary>, AppError> {
    let stored = store::portfolios::of_owner(ctx.store()?, &ctx.owner).await?;
    summaries(ctx, stored).await
}

/// Shows one portfolio.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn show_portfolio(ctx: &Context, name: &str) -> Result<PortfolioSummary, AppError> {
    let stored = load(ctx, name).await?;
    Ok(summaries(ctx, vec![stored]).await?.remove(0))
}

async fn summaries(ctx: &Context, stored: Vec<StoredPortfolio>) -> Result<Vec<PortfolioSummary>, AppError> {
    let ids: Vec<PortfolioId> = stored.iter().map(|stored| stored.portfolio.id).collect();
    let mut overview = store::books::overview(ctx.store()?, &ids).await?;
    let summary = |portfolio: Portfolio| {
        let events = overview.events.remove(&portfolio.id).unwrap_or_default();
        let latest = overview.newest.remove(&portfolio.id).and_then(|mut snapshots| snapshots.pop());
        let sectors = overview.sectors.remove(&portfolio.id);
        let sectors = sectors.filter(|of| Some(of.session) == latest.as_ref().map(|l| l.snapshot.session));
        PortfolioSummary {
            inception: ledger::inception(ctx.calendar, &portfolio, &events),
            event_count: events.len(),
            latest,
            sectors: sectors.map(|of| of.exposures),
            portfolio,
        }
    };
    Ok(stored.into_iter().map(|stored| stored.portfolio).map(summary).collect())
}

fn check_opening_equity(equity: Money) -> Result<(), AppError> {
    if equity.signum() >= 0 {
        return Ok(());
    }
    let message = "the opening equity is zero or more; a debt is a withdrawal after the start".to_owned();
    Err(AppError::Invalid { field: "equity", message })
}

/// One portfolio of the owner, by its name or its id. A name that reads like an id goes before it.
pub(crate) async fn load(ctx: &Context, name: &str) -> Result<StoredPortfolio, AppError> {
    let mut found = store::portfolios::by_name(ctx.store()?, &ctx.owner, name).await?;
    if let (None, Ok(id)) = (&found, name.parse()) {
        let by_id = store::portfolios::reload(ctx.store()?, &[PortfolioId(id)]).await?;
        found = by_id.into_iter().find(|stored| stored.portfolio.owner == ctx.owner);
    }
    found.ok_or_else(|| AppError::NotFound {
        what: "portfolio",
        name: name.to_owned(),
        hint: "; `daybook portfolio list` shows those there are",
    })
}

/// Refuses dates of new events that the books of a portfolio cannot take any more: those before the first snapshot. An
/// event before a fixed start, entered in time, counts on the first session.
pub(crate) async fn check_dates(
    ctx: &Context,
    portfolio: &Portfolio,
    dates: impl IntoIterator<Item = Date>,
) -> Result<(), AppError> {
    let bounds = Bounds::load(ctx, portfolio).await?;
    dates.into_iter().try_for_each(|date| bounds.check(ctx, date))
}

/// The dates a portfolio's new events may have.
pub(crate) struct Bounds {
    first_snapshot: Option<Date>,
}

impl Bounds {
    /// Of a portfolio that is stored or about to be.
    pub async fn load(ctx: &Context, portfolio: &Portfolio) -> Result<Bounds, AppError> {
        let ends = store::books::snapshot_ends(ctx.store()?, &[portfolio.id]).await?;
        let first_snapshot = ends.get(&portfolio.id).map(|(first, _)| *first);
        Ok(Bounds { first_snapshot })
    }

    /// Whether an event of this date can be booked.
    pub fn check(&self, ctx: &Context, date: Date) -> Result<(), AppError> {
        let session = ctx.calendar.on_or_after(date).ok_or_else(|| outside_calendar(ctx, date))?;
        if let Some(first) = self.first_snapshot.filter(|first| session < *first) {
            let mend = "drop its snapshots with `daybook reset` from that date on to begin earlier";
            return Err(AppError::BeforeInception { date, inception: first, mend });
        }
        Ok(())
    }
}

pub(crate) fn outside_calendar(ctx: &Context, date: Date) -> AppError {
    AppError::OutsideCalendar { date, first: ctx.calendar.first(), last: ctx.calendar.last() }
}

fn check_name(name: &str) -> Result<(), AppError> {
    let is_plain = name.trim() == name && !name.is_empty() && !name.chars().any(char::is_control);
    if is_plain && name.chars().count() <= NAME_CHARS_MAX {
        return Ok(());
    }
    let message = format!(
        "a portfolio's name has 1 to {NAME_CHARS_MAX} characters, none of them a control character, and no blanks \
         around it"
    );
    Err(AppError::Invalid { field: "name", message })
}
