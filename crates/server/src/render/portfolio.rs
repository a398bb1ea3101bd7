//! Portfolios, positions and events as tables and as JSON.

use app::{ListedEvent, PortfolioSummary, PositionSector, PositionsAt};
use model::{Date, Position, PriceStatus, Snapshot};

use super::numbers::{money, percent, price, quantity, signed};
use super::sectors;
use super::snapshot::gaps_text;
use super::table::Sheet;
use crate::wire;

/// Portfolios with their newest figures, as a table.
pub fn summaries_table(summaries: &[PortfolioSummary]) -> String {
    let mut sheet = Sheet::new(&[
        "portfolio",
        "session",
        ">equity",
        ">cash",
        "~>long",
        "~>short",
        "~>leverage",
        ">P&L",
        ">since start",
        "state",
    ]);
    for summary in summaries {
        let name = summary.portfolio.name.clone();
        match summary.latest.as_ref().map(|latest| &latest.snapshot) {
            Some(latest) => sheet.row([
                name,
                latest.session.to_string(),
                money(latest.equity),
                money(latest.cash),
                money(latest.long_value),
                money(latest.short_value),
                leverage(latest),
                signed(latest.daily_pnl),
                percent(Some(latest.cumulative_return)),
                latest.state.to_string(),
            ]),
            None => sheet.row([name, "not computed yet".to_owned()]),
        }
    }
    sheet.text()
}

/// Gross exposure over equity; a dash when it is absent.
pub fn leverage(snapshot: &Snapshot) -> String {
    snapshot.leverage().map_or("–".to_owned(), |leverage| format!("{leverage:.2}"))
}

/// One portfolio in full, as text.
pub fn summary_text(summary: &PortfolioSummary) -> String {
    let portfolio = &summary.portfolio;
    let begins = summary.inception.map_or("not begun".to_owned(), |first| first.to_string());
    let mut text = format!(
        "{}\n  currency {}, lots {}, opening equity {}, books begin {begins}, {} events\n",
        portfolio.name,
        portfolio.currency,
        portfolio.lot_method,
        money(portfolio.opening_equity),
        summary.event_count,
    );
    match summary.latest.as_ref().map(|latest| &latest.snapshot) {
        None => text.push_str("  no snapshots yet; `daybook refresh` computes them\n"),
        Some(latest) => {
            for (name, value) in [
                ("session", format!("{} ({})", latest.session, latest.state)),
                ("equity", money(latest.equity)),
                ("cash", money(latest.cash)),
                ("long", format!("{} in {} positions", money(latest.long_value), latest.long_count)),
                ("short", format!("{} in {} positions", money(latest.short_value), latest.short_count)),
                ("leverage", leverage(latest)),
                (
                    "P&L of the session",
                    format!("{} ({})", signed(latest.daily_pnl), percent(latest.daily_return)),
                ),
                ("P&L since start", signed(latest.cumulative_pnl)),
                (
                    "return since start",
                    format!("{} (time-weighted)", percent(Some(latest.cumulative_return))),
                ),
                ("unrealized", signed(latest.unrealized_total)),
                ("realized", signed(latest.realized_total)),
                ("coverage", percent(Some(latest.coverage))),
            ] {
                text.push_str(&format!("  {name:<20}{value}\n"));
            }
            if !latest.gaps.is_empty() {
                text.push_str(&format!("  {:<20}{}\n", "gaps", gaps_text(&latest.gaps)));
            }
            if let Some(held) = summary.sectors.as_deref().filter(|held| !held.is_empty()) {
                text.push_str(&format!("\n{}", sectors::exposures_table(held, latest)));
            }
        }
    }
    text
}

/// Positions at a session's close as a table, with or without their sectors.
pub fn positions_table(found: &PositionsAt, shows_sectors: bool) -> String {
    let mut headings = vec![
        "symbol",
        ">quantity",
        "~>cost",
        ">price",
        "status",
        ">value",
        "~>unrealized",
        ">P&L",
        "~>return",
        "~>weight",
    ];
    if shows_sectors {
        headings.push("~sector");
    }
    let mut sheet = Sheet::new(&headings);
    for position in &found.positions {
        let mut cells = vec![
            position.symbol.to_string(),
            quantity(position.quantity),
            money(position.cost),
            position.quote.price.map_or("–".to_owned(), price),
            status_text(position, found.session),
            money(position.market_value),
            signed(position.unrealized),
            signed(position.daily_pnl),
            percent(position.daily_return),
            percent(position.weight),
        ];
        if shows_sectors {
            cells.push(sectors::cell(sector_of(found, position)));
        }
        sheet.row(cells);
    }
    sheet.text()
}

/// The status of a position's price, with the date of one that is not of the session, and the age in sessions of a
/// close that stands in for a later one.
pub fn status_text(position: &Position, session: Date) -> String {
    let quote = &position.quote;
    let status = quote.status.as_str().replace('_', " ");
    let age = match quote.status {
        PriceStatus::Stale | PriceStatus::ExpiredQuote => format!(" ({})", quote.age_sessions),
        PriceStatus::Exact | PriceStatus::Mark | PriceStatus::Model | PriceStatus::Unpriced => String::new(),
    };
    match quote.price_date.filter(|date| *date != session) {
        Some(date) => format!("{status}{age} of {date}"),
        None => format!("{status}{age}"),
    }
}

fn sector_of<'a>(found: &'a PositionsAt, position: &Position) -> Option<&'a PositionSector> {
    found.sectors.as_ref()?.get(&position.symbol)
}

/// Events as a table.
pub fn events_table(events: &[ListedEvent]) -> String {
    let mut sheet = Sheet::new(&[
        "date",
        "kind",
        "symbol",
        ">quantity",
        ">price",
        ">amount",
        ">fee",
        "source",
        "key",
        "id",
        "",
    ]);
    for listed in events {
        let [units, price, amount, fee] = wire::event::Event::of(listed).cells();
        sheet.row([
            listed.event.date.to_string(),
            listed.event.booking.kind().to_string(),
            listed.symbol.as_ref().map(ToString::to_string).unwrap_or_default(),
            units,
            price,
            amount,
            fee,
            listed.event.source.to_string(),
            shortened(&listed.event.key),
            listed.event.id.to_string(),
            if listed.event.is_active() { String::new() } else { "voided".to_owned() },
        ]);
    }
    sheet.text()
}

fn shortened(key: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 24;
    if key.chars().count() <= SHOWN_CHARS_MAX {
        return key.to_owned();
    }
    key.chars().take(SHOWN_CHARS_MAX - 1).chain(['…']).collect()
}
