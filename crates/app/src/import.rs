//! Taking the rows of a file into a portfolio: each format is read into the same rows, rows become drafts, and drafts
//! that are not in the books yet become events.

mod activity;
mod amounts;
mod asset;
mod booking;
mod cells;
mod csv_rows;
mod date;
mod format;
mod ghostfolio;
mod ibkr_flex;
mod number;
mod positions;
mod report;
mod row;
mod sheet;
mod yahoo;

use std::collections::{BTreeMap, BTreeSet};

use model::{BatchId, Date, Event, EventId, EventSource, Portfolio, Symbol};
use store::Transaction;
use store::batches::Batch;

use crate::context::{new_identity, pause};
use crate::instruments::{self, Resolved};
use crate::onboarding::{self, Inquiry, UnknownSymbols};
use crate::portfolios::{self, Bounds};
use crate::{AppError, Context, events};

pub use format::FileFormat;
pub use report::{CountedBy, ImportReport, ReplacedAction, RowReport, RowState};
pub use row::{FILE_BYTES_MAX, FILE_ROWS_MAX};

/// A file to be imported.
#[derive(Clone, Copy, Debug)]
pub struct ImportFile<'a> {
    /// Its name, without its folder.
    pub name: &'a str,
    /// What it holds.
    pub content: &'a [u8],
    /// Its format; told from the content when absent.
    pub format: Option<FileFormat>,
    /// Whether the good rows are taken when others are bad.
    pub skip_bad_rows: bool,
}

/// A positions file to be imported.
#[derive(Clone, Copy, Debug)]
pub struct PositionFile<'a> {
    /// Its name, without its folder.
    pub name: &'a str,
    /// What it holds.
    pub content: &'a [u8],
    /// Whether the good rows are taken when others are bad.
    pub skip_bad_rows: bool,
}

impl<'a> From<PositionFile<'a>> for ImportFile<'a> {
    fn from(file: PositionFile<'a>) -> ImportFile<'a> {
        let PositionFile { name, content, skip_bad_rows } = file;
        ImportFile { name, content, format: Some(FileFormat::Positions), skip_bad_rows }
    }
}

/// A file made into events, not recorded yet.
pub(crate) struct Prepared {
    pub report: ImportReport,
    pub resolved: Resolved,
    /// Symbols that are not known yet, with the date each is first named on.
    pub pending: BTreeMap<Symbol, Date>,
    events: Vec<Event>,
    batch: Batch,
}

impl Prepared {
    /// Adds the batch, its events and the instruments they meet first to a transaction.
    pub fn add_to(&self, ctx: &Context, tx: &mut Transaction, portfolio: &Portfolio) -> Result<(), AppError> {
        if self.events.is_empty() {
            return Ok(());
        }
        store::batches::insert(tx, &self.batch);
        events::add_to(ctx, tx, portfolio, &self.resolved, &self.events)
    }
}

/// Imports a positions file into a portfolio. Rows that are in the books already add nothing.
///
/// # Errors
/// As [`import_file`].
pub async fn import_positions(
    ctx: &Context,
    portfolio: &str,
    file: &PositionFile<'_>,
    is_dry_run: bool,
) -> Result<ImportReport, AppError> {
    import_file(ctx, portfolio, &(*file).into(), is_dry_run).await
}

/// Imports a file into a portfolio. Rows that are in the books already add nothing. A dry run writes nothing and tells
/// of every row what would become of it, refused ones too.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::ImportRefused`] with every row, [`AppError::Invalid`] for a file that cannot
/// be read at all.
pub async fn import_file(
    ctx: &Context,
    portfolio: &str,
    file: &ImportFile<'_>,
    is_dry_run: bool,
) -> Result<ImportReport, AppError> {
    upload_file(ctx, portfolio, file, is_dry_run, UnknownSymbols::Taken).await
}

/// The same, with what becomes of symbols that are not in the universe.
///
/// # Errors
/// As [`import_file`].
pub async fn upload_file(
    ctx: &Context,
    portfolio: &str,
    file: &ImportFile<'_>,
    is_dry_run: bool,
    unknown: UnknownSymbols,
) -> Result<ImportReport, AppError> {
    let mut inquiry = Inquiry::new(unknown);
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let stored = portfolios::load(ctx, portfolio).await?;
        let bounds = Bounds::load(ctx, &stored.portfolio).await?;
        let prepared =
            match prepare(ctx, &stored.portfolio, file, Some(&bounds), is_dry_run, &mut inquiry).await {
                // Somebody else's events came in between the reads of this one, so its refusal may be of their making.
                Err(AppError::ImportRefused(_)) if has_changed(ctx, &stored.portfolio).await? => continue,
                prepared => prepared?,
            };
        if is_dry_run || prepared.events.is_empty() {
            return Ok(prepared.report);
        }
        let mut tx = Transaction::new();
        prepared.add_to(ctx, &mut tx, &stored.portfolio)?;
        if inquiry.onboards() {
            onboarding::add_to_queue(ctx, &mut tx, &[&stored.portfolio], &prepared.pending).await?;
        }
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(prepared.report);
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {portfolio:?}") })
}

/// Reads a file as an import does, and tells of each row what the file alone can tell: no portfolio and no database is
/// looked at. Pure.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn read_file(format: Option<FileFormat>, content: &[u8]) -> Result<ImportReport, AppError> {
    let (rows, mut report) = read(format, content)?;
    kept(rows, &mut report, booking::check_symbols);
    Ok(report)
}

/// The rows of a file and a report that tells of each; without a format, the one that the content looks like.
fn read(
    format: Option<FileFormat>,
    content: &[u8],
) -> Result<(Vec<(usize, row::Row)>, ImportReport), AppError> {
    let is_format_guessed = format.is_none();
    let format = format.unwrap_or_else(|| FileFormat::guess(content));
    let parsed = format.parse(content)?;
    let report = ImportReport {
        format,
        is_format_guessed,
        counted_by: parsed.counted_by,
        rows: parsed.reports,
        notes: parsed.notes,
        ..ImportReport::default()
    };
    Ok((parsed.rows, report))
}

async fn has_changed(ctx: &Context, loaded: &Portfolio) -> Result<bool, AppError> {
    let now = store::portfolios::reload(ctx.store()?, &[loaded.id]).await?;
    Ok(now.first().is_none_or(|now| now.portfolio.revision != loaded.revision))
}

/// Makes a file into events of a portfolio: reads its rows, looks its symbols up, and leaves out what is in the
/// books already. `bounds` is absent for a portfolio that is about to be created. A dry run goes on past refused rows.
pub(crate) async fn prepare(
    ctx: &Context,
    portfolio: &Portfolio,
    file: &ImportFile<'_>,
    bounds: Option<&Bounds>,
    is_dry_run: bool,
    inquiry: &mut Inquiry,
) -> Result<Prepared, AppError> {
    let is_all_or_nothing = !is_dry_run && !file.skip_bad_rows;
    let (rows, mut report) = read(file.format, file.content)?;
    let format = report.format;
    report.file_name = Some(file.name.to_owned());
    let bounds = match bounds {
        Some(bounds) => bounds,
        None => &Bounds::load(ctx, portfolio).await?,
    };
    let rows = kept(rows, &mut report, |row| booking::check_row(ctx, portfolio, bounds, row));
    // When the providers are asked, every bad row is told at once, whatever is wrong with it.
    if is_all_or_nothing && !inquiry.asks() {
        report = whole(report)?;
    }
    let mut symbols: Vec<Symbol> = rows.iter().flat_map(|(_, row)| booking::symbols(row)).collect();
    symbols.sort();
    symbols.dedup();
    let private = rows.iter().flat_map(|(_, row)| booking::private_symbols(row)).collect();
    let mut resolved = instruments::resolve(ctx, &symbols, &private).await?;
    let rows = kept(rows, &mut report, |row| booking::check_instruments(portfolio, &resolved, row));
    let named = rows.iter().flat_map(|(_, row)| booking::named(&resolved, row));
    inquiry.ask(ctx, &resolved, named).await?;
    let rows = kept(rows, &mut report, |row| booking::check_existence(inquiry, &resolved, row));
    let drafts = booking::drafts(format, &rows, &resolved, &mut report);
    let keys: Vec<String> = drafts.iter().map(|draft| draft.key.clone()).collect();
    let known = store::events::by_key(ctx.store()?, portfolio.id, &keys).await?;
    let drafts = booking::leave_out_known(&rows, drafts, &known, &mut report);
    if is_all_or_nothing {
        report = whole(report)?;
    }
    let batch = Batch {
        id: BatchId(new_identity(ctx.clock.as_ref())),
        portfolio: portfolio.id,
        format: format.as_str().to_owned(),
        file_name: file.name.to_owned(),
        file_hash: booking::hash(file.content),
        row_count: rows.len() as i64,
        created_at: ctx.clock.now(),
        undone_at: None,
    };
    let events = events_of(ctx, portfolio, batch.id, drafts, &resolved, &mut report);
    resolved.keep_named(&events);
    report.replaced = booking::replaced_actions(ctx, portfolio, &resolved, &events).await?;
    report.event_count = events.len();
    let pending = inquiry.pending(&resolved, &events);
    report.pending = pending.keys().cloned().collect();
    report.batch = (!events.is_empty()).then_some(batch.id);
    Ok(Prepared { report, resolved, pending, events, batch })
}

/// Refuses a file as a whole when a row of it is refused.
fn whole(report: ImportReport) -> Result<ImportReport, AppError> {
    match report.error_count() {
        0 => Ok(report),
        _ => Err(AppError::ImportRefused(Box::new(report))),
    }
}

/// The rows that pass a check; what becomes of the others is noted.
fn kept(
    rows: Vec<(usize, row::Row)>,
    report: &mut ImportReport,
    check: impl Fn(&row::Row) -> Result<(), cells::Fault>,
) -> Vec<(usize, row::Row)> {
    let mut refuse = |(at, row): &(usize, row::Row)| match check(row) {
        Ok(()) => true,
        Err(fault) => {
            report.rows[*at].state = row.refused(fault);
            false
        }
    };
    rows.into_iter().filter(|row| refuse(row)).collect()
}

/// Gives drafts identities and their places in the order of entry.
fn events_of(
    ctx: &Context,
    portfolio: &Portfolio,
    batch: BatchId,
    drafts: Vec<booking::Draft>,
    resolved: &Resolved,
    report: &mut ImportReport,
) -> Vec<Event> {
    let new: BTreeSet<_> = resolved.new.iter().map(|instrument| instrument.id).collect();
    let mut events = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if draft.booking.instrument().is_some_and(|id| new.contains(&id)) {
            report.rows[draft.row].state = RowState::UnknownSymbol;
        }
        events.push(Event {
            id: EventId(new_identity(ctx.clock.as_ref())),
            entry_no: portfolio.last_entry_no + 1 + events.len() as i64,
            date: draft.date,
            booking: draft.booking,
            key: draft.key,
            source: EventSource::Import,
            batch: Some(batch),
            note: draft.note,
            entered_at: ctx.clock.now(),
            voided_at: None,
        });
    }
    events
}
