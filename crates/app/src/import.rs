//! Taking the rows of a file into a portfolio.

mod number;
mod positions_csv;

use std::collections::{BTreeMap, BTreeSet};

use model::{BatchId, Booking, Date, Event, EventId, EventSource, Money, Portfolio, Symbol};
use sha2::{Digest, Sha256};
use store::Transaction;
use store::events::Batch;

use crate::context::{new_identity, pause};
use crate::instruments::{self, Resolved};
use crate::portfolios::{self, Bounds};
use crate::{AppError, Context, events};

pub use positions_csv::{FILE_BYTES_MAX, FILE_ROWS_MAX, PositionRow, parse_positions};

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

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// It was taken, or would be.
    Ok,
    /// Its events are in the books already.
    Duplicate,
    /// It was taken, and nothing is known of its symbol yet.
    UnknownSymbol,
    /// It was refused.
    Error {
        /// The column at fault, as the file calls it.
        column: String,
        /// A stable name of the fault.
        code: &'static str,
        /// What is wrong and how to mend it.
        message: String,
    },
}

/// What became of one row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// The line it begins on, the header being line 1.
    pub line: u64,
    /// Its symbol as written.
    pub symbol: String,
    /// What became of it.
    pub state: RowState,
    /// Things to know about a row that was taken.
    pub notes: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The file.
    pub file_name: Option<String>,
    /// Its rows, in order.
    pub rows: Vec<RowReport>,
    /// Events that are new.
    pub event_count: usize,
}

impl ImportReport {
    /// How many rows were refused.
    pub fn error_count(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.state, RowState::Error { .. })).count()
    }
}

/// A file made into events, not recorded yet.
pub(crate) struct Prepared {
    pub report: ImportReport,
    pub resolved: Resolved,
    events: Vec<Event>,
    batch: Batch,
}

impl Prepared {
    /// Adds the batch, its events and the instruments they meet first to a transaction.
    pub fn add_to(&self, ctx: &Context, tx: &mut Transaction, portfolio: &Portfolio) -> Result<(), AppError> {
        if self.events.is_empty() {
            return Ok(());
        }
        store::events::insert_batch(tx, &self.batch);
        events::add_to(ctx, tx, portfolio, &self.resolved, &self.events)
    }
}

/// Imports a positions file into a portfolio. Rows that are in the books already add nothing.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::ImportRefused`] with every row, [`AppError::Invalid`] for a file that cannot
/// be read at all.
pub async fn import_positions(
    ctx: &Context,
    portfolio: &str,
    file: &PositionFile<'_>,
    is_dry_run: bool,
) -> Result<ImportReport, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let stored = portfolios::load(ctx, portfolio).await?;
        let bounds = Bounds::load(ctx, &stored.portfolio).await?;
        let prepared = prepare(ctx, &stored.portfolio, file, Some(&bounds)).await?;
        if is_dry_run || prepared.events.is_empty() {
            return Ok(prepared.report);
        }
        let mut tx = Transaction::new();
        prepared.add_to(ctx, &mut tx, &stored.portfolio)?;
        if events::recorded(ctx.store()?.record(tx).await)? {
            return Ok(prepared.report);
        }
    }
    Err(AppError::Conflict { what: format!("portfolio {portfolio:?}") })
}

/// Makes a file into events of a portfolio: reads its rows, looks its symbols up, and leaves out what is in the
/// books already. `bounds` is absent for a portfolio that is about to be created.
pub(crate) async fn prepare(
    ctx: &Context,
    portfolio: &Portfolio,
    file: &PositionFile<'_>,
    bounds: Option<&Bounds>,
) -> Result<Prepared, AppError> {
    let parsed = parse_positions(file.content)?;
    let mut report =
        ImportReport { file_name: Some(file.name.to_owned()), rows: parsed.reports, event_count: 0 };
    let bounds = match bounds {
        Some(bounds) => bounds,
        None => &Bounds::load(ctx, portfolio).await?,
    };
    let mut rows = Vec::with_capacity(parsed.rows.len());
    for (at, row) in parsed.rows {
        match check_dates(ctx, bounds, &row) {
            Ok(()) => rows.push((at, row)),
            Err(refused) => report.rows[at].state = refused,
        }
    }
    if report.error_count() > 0 && !file.skip_bad_rows {
        return Err(AppError::ImportRefused(Box::new(report)));
    }
    let mut symbols: Vec<Symbol> = rows.iter().map(|(_, row)| row.symbol.clone()).collect();
    symbols.sort();
    symbols.dedup();
    let resolved = instruments::resolve(ctx, &symbols).await?;
    let batch = Batch {
        id: BatchId(new_identity(ctx.clock.as_ref())),
        portfolio: portfolio.id,
        format: "positions".to_owned(),
        file_name: file.name.to_owned(),
        file_hash: hash(file.content),
        row_count: rows.len() as i64,
        created_at: ctx.clock.now(),
    };
    let drafts = drafts(&rows, &resolved);
    let keys: Vec<String> = drafts.iter().map(|draft| draft.key.clone()).collect();
    let known = store::events::by_key(ctx.store()?, portfolio.id, &keys).await?;
    let mut events = Vec::with_capacity(drafts.len());
    let (mut duplicates, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for draft in drafts {
        if known.contains_key(&draft.key) {
            duplicates.insert(draft.row);
            continue;
        }
        // A row of which anything is taken is no duplicate.
        taken.insert(draft.row);
        if resolved.new.iter().any(|instrument| draft.booking.instrument() == Some(instrument.id)) {
            report.rows[draft.row].state = RowState::UnknownSymbol;
        }
        events.push(Event {
            id: EventId(new_identity(ctx.clock.as_ref())),
            entry_no: portfolio.last_entry_no + 1 + events.len() as i64,
            date: draft.date,
            booking: draft.booking,
            key: draft.key,
            source: EventSource::Import,
            batch: Some(batch.id),
            note: None,
            entered_at: ctx.clock.now(),
            voided_at: None,
        });
    }
    for row in duplicates.difference(&taken) {
        report.rows[*row].state = RowState::Duplicate;
    }
    report.event_count = events.len();
    Ok(Prepared { report, resolved, events, batch })
}

fn check_dates(ctx: &Context, bounds: &Bounds, row: &PositionRow) -> Result<(), RowState> {
    let refuse = |column: &str, error: AppError| RowState::Error {
        column: column.to_owned(),
        code: error.code(),
        message: error.to_string(),
    };
    bounds.check(ctx, row.entry_date).map_err(|error| refuse("Entry Date", error))?;
    let exit = row.exit.map_or(Ok(()), |(date, _)| bounds.check(ctx, date));
    exit.map_err(|error| refuse("Exit Date", error))
}

/// An event of a row before it has an identity.
struct Draft {
    row: usize,
    date: Date,
    booking: Booking,
    key: String,
}

/// The fills of rows in file order, a row's entry before its exit. The key of a fill is its row's content and how
/// often that content stood in the file before, so that twins are two and a second import adds nothing.
fn drafts(rows: &[(usize, PositionRow)], resolved: &Resolved) -> Vec<Draft> {
    let mut seen = BTreeMap::<String, u32>::new();
    let mut drafts = Vec::with_capacity(rows.len() * 2);
    for (at, row) in rows {
        let content = hash(row.canonical().as_bytes());
        let occurrence = seen.entry(content.clone()).and_modify(|count| *count += 1).or_insert(1);
        let instrument = resolved.id(&row.symbol).expect("invariant: every symbol was resolved");
        let fill = |quantity, price| Booking::Fill { instrument, quantity, price, fee: Money::ZERO };
        drafts.push(Draft {
            row: *at,
            date: row.entry_date,
            booking: fill(row.quantity, row.entry_price),
            key: format!("positions-{content}-{occurrence}-entry"),
        });
        if let Some((date, price)) = row.exit {
            let closing = row.quantity.negated().expect("invariant: a parsed quantity can be negated");
            drafts.push(Draft {
                row: *at,
                date,
                booking: fill(closing, price),
                key: format!("positions-{content}-{occurrence}-exit"),
            });
        }
    }
    drafts
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
