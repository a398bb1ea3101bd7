//! Reading what is stored out again, page by page: prices, snapshots, fills and events as typed columns, from which
//! files are written.

mod pages;
mod sheet;

use std::collections::{BTreeMap, VecDeque};

use model::{Date, Instrument, InstrumentId, Portfolio, Symbol};

use crate::{AppError, Context, portfolios};

pub use sheet::{CsvSheet, safe_text};

/// Symbols whose prices make up one page.
const PAGE_SYMBOLS_MAX: usize = 32;

/// What can be read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// Bars as traded.
    Prices,
    /// Snapshots with all their figures.
    Snapshots,
    /// Executions that count.
    Fills,
    /// All events of one portfolio that count, as the activity file that an import reads.
    Events,
}

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Text.
    Text(Vec<Option<String>>),
    /// Dates.
    Date(Vec<Date>),
    /// Money.
    Money(Vec<Option<model::Money>>),
    /// Prices of one unit.
    Price(Vec<Option<model::Price>>),
    /// Quantities.
    Quantity(Vec<Option<model::Quantity>>),
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Statistics.
    Real(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<bool>),
}

/// A column with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The heading.
    pub name: &'static str,
    /// The values.
    pub cells: Cells,
}

/// Some rows of an export; every page of one export has the same columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The columns, all of one length.
    pub columns: Vec<Column>,
}

impl Page {
    /// Adds the rows of another page of the same export behind those of this one.
    pub fn append(&mut self, other: Page) {
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.cells.append(more.cells);
        }
    }

    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |column| match &column.cells {
            Cells::Text(cells) => cells.len(),
            Cells::Date(cells) => cells.len(),
            Cells::Money(cells) => cells.len(),
            Cells::Price(cells) => cells.len(),
            Cells::Quantity(cells) => cells.len(),
            Cells::Whole(cells) => cells.len(),
            Cells::Real(cells) => cells.len(),
            Cells::Flag(cells) => cells.len(),
        })
    }
}

impl Cells {
    fn append(&mut self, other: Cells) {
        match (self, other) {
            (Cells::Text(cells), Cells::Text(more)) => cells.extend(more),
            (Cells::Date(cells), Cells::Date(more)) => cells.extend(more),
            (Cells::Money(cells), Cells::Money(more)) => cells.extend(more),
            (Cells::Price(cells), Cells::Price(more)) => cells.extend(more),
            (Cells::Quantity(cells), Cells::Quantity(more)) => cells.extend(more),
            (Cells::Whole(cells), Cells::Whole(more)) => cells.extend(more),
            (Cells::Real(cells), Cells::Real(more)) => cells.extend(more),
            (Cells::Flag(cells), Cells::Flag(more)) => cells.extend(more),
            (own, other) => unreachable!("invariant: pages of one export have one type: {own:?} {other:?}"),
        }
    }
}

/// What one page is made of.
enum Part {
    Symbols(Vec<Instrument>),
    Portfolio(Portfolio),
}

/// An export under way. Each page is read in one moment: the prices of some symbols, or one portfolio.
pub struct Export {
    ctx: Context,
    kind: ExportKind,
    waiting: VecDeque<Part>,
    symbols: BTreeMap<InstrumentId, Instrument>,
}

/// Begins to read something out, of one portfolio or of all of the owner's.
///
/// # Errors
/// [`AppError::NotFound`], and [`AppError::Invalid`] for events without a portfolio, which their file does not name.
pub async fn export(ctx: &Context, kind: ExportKind, portfolio: Option<&str>) -> Result<Export, AppError> {
    let store = ctx.store()?;
    if kind == ExportKind::Events && portfolio.is_none() {
        let message = "events are read out of one portfolio, since their file names none; give --portfolio";
        return Err(AppError::Invalid { field: "portfolio", message: message.to_owned() });
    }
    let stored = match portfolio {
        Some(name) => vec![portfolios::load(ctx, name).await?],
        None => store::portfolios::of_owner(store, &ctx.owner).await?,
    };
    let (mut waiting, mut symbols) = (VecDeque::new(), BTreeMap::new());
    match kind {
        ExportKind::Prices => {
            let instruments = match portfolio {
                None => store::instruments::all(store, &ctx.owner).await?,
                Some(_) => store::books::load(store, &[stored[0].portfolio.id], i64::MAX).await?.instruments,
            };
            waiting.extend(instruments.chunks(PAGE_SYMBOLS_MAX).map(|part| Part::Symbols(part.to_vec())));
        }
        ExportKind::Snapshots | ExportKind::Fills | ExportKind::Events => {
            let instruments = store::instruments::all(store, &ctx.owner).await?;
            symbols = instruments.into_iter().map(|instrument| (instrument.id, instrument)).collect();
            waiting.extend(stored.into_iter().map(|stored| Part::Portfolio(stored.portfolio)));
        }
    }
    Ok(Export { ctx: ctx.clone(), kind, waiting, symbols })
}

impl Export {
    /// A page without rows, which tells the columns.
    pub fn headings(&self) -> Page {
        match self.kind {
            ExportKind::Prices => pages::prices(&[]),
            ExportKind::Snapshots => pages::snapshots("", &[]),
            ExportKind::Fills => pages::fills("", &[]),
            ExportKind::Events => pages::events("", &[]),
        }
    }

    /// The next page; `None` behind the last.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn next_page(&mut self) -> Result<Option<Page>, AppError> {
        let Some(part) = self.waiting.pop_front() else { return Ok(None) };
        let store = self.ctx.store()?;
        let portfolio = match part {
            Part::Symbols(instruments) => {
                let ids: Vec<InstrumentId> = instruments.iter().map(|instrument| instrument.id).collect();
                let mut bars = store::bars::of_instruments(store, &ids).await?;
                let listed: Vec<(Symbol, model::Bars)> = instruments
                    .into_iter()
                    .filter_map(|instrument| Some((instrument.symbol, bars.remove(&instrument.id)?)))
                    .collect();
                return Ok(Some(pages::prices(&listed)));
            }
            Part::Portfolio(portfolio) => portfolio,
        };
        if self.kind == ExportKind::Snapshots {
            let snapshots = store::snapshots::all(store, portfolio.id).await?;
            return Ok(Some(pages::snapshots(&portfolio.name, &snapshots)));
        }
        let mut events = store::events::all(store, portfolio.id).await?;
        events.retain(model::Event::is_active);
        let listed: Vec<(model::Event, Option<&Instrument>)> = events
            .into_iter()
            .map(|event| {
                let instrument = event.booking.instrument().and_then(|id| self.symbols.get(&id));
                (event, instrument)
            })
            .collect();
        Ok(Some(match self.kind {
            ExportKind::Fills => pages::fills(&portfolio.name, &listed),
            _ => pages::events(portfolio.currency.as_str(), &listed),
        }))
    }
}
