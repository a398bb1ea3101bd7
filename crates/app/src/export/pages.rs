//! The columns of each export. Pure.

use model::{
    Bars, Booking, Event, Gap, Instrument, InstrumentKind, Money, Payment, Price, Quantity, Snapshot, Symbol,
};
use store::snapshots::StoredSnapshot;

use super::{Cells, Column, Page};

/// An event with the instrument it names.
pub type Listed<'a> = (Event, Option<&'a Instrument>);

fn column(name: &'static str, cells: Cells) -> Column {
    Column { name, cells }
}

fn text<T>(rows: &[T], of: impl Fn(&T) -> Option<String>) -> Cells {
    Cells::Text(rows.iter().map(of).collect())
}

/// Bars by symbol and session.
pub fn prices(listed: &[(Symbol, Bars)]) -> Page {
    let rows: Vec<(&Symbol, model::Bar)> =
        listed.iter().flat_map(|(symbol, bars)| bars.iter().map(move |bar| (symbol, bar))).collect();
    let price =
        |of: fn(&model::Bar) -> Option<Price>| Cells::Price(rows.iter().map(|(_, bar)| of(bar)).collect());
    Page {
        columns: vec![
            column("symbol", text(&rows, |(symbol, _)| Some(symbol.to_string()))),
            column("session", Cells::Date(rows.iter().map(|(_, bar)| bar.session).collect())),
            column("open", price(|bar| bar.open)),
            column("high", price(|bar| bar.high)),
            column("low", price(|bar| bar.low)),
            column("close", price(|bar| Some(bar.close))),
            column("volume", Cells::Whole(rows.iter().map(|(_, bar)| bar.volume).collect())),
            column("final", Cells::Flag(rows.iter().map(|(_, bar)| bar.is_final).collect())),
        ],
    }
}

/// Snapshots of one portfolio in session order.
pub fn snapshots(portfolio: &str, rows: &[StoredSnapshot]) -> Page {
    let money = |of: fn(&Snapshot) -> Money| {
        Cells::Money(rows.iter().map(|stored| Some(of(&stored.snapshot))).collect())
    };
    let real = |of: fn(&Snapshot) -> Option<f64>| {
        Cells::Real(rows.iter().map(|stored| of(&stored.snapshot)).collect())
    };
    let count = |of: fn(&Snapshot) -> u32| {
        Cells::Whole(rows.iter().map(|stored| Some(i64::from(of(&stored.snapshot)))).collect())
    };
    let gross = |stored: &StoredSnapshot| stored.snapshot.gross_exposure_money();
    Page {
        columns: vec![
            column("portfolio", text(rows, |_| Some(portfolio.to_owned()))),
            column("session", Cells::Date(rows.iter().map(|stored| stored.snapshot.session).collect())),
            column("state", text(rows, |stored| Some(stored.snapshot.state.to_string()))),
            column("equity", money(|s| s.equity)),
            column("cash", money(|s| s.cash)),
            column("long_value", money(|s| s.long_value)),
            column("short_value", money(|s| s.short_value)),
            column("gross_exposure", Cells::Money(rows.iter().map(gross).collect())),
            column("net_exposure", money(Snapshot::net_exposure)),
            column("leverage", real(Snapshot::leverage)),
            column("cost_total", money(|s| s.cost_total)),
            column("unrealized_change", money(|s| s.unrealized_change)),
            column("realized", money(|s| s.realized)),
            column("income", money(|s| s.income)),
            column("fees", money(|s| s.fees)),
            column("flow", money(|s| s.flow)),
            column("daily_pnl", money(|s| s.daily_pnl)),
            column("daily_return", real(|s| s.daily_return)),
            column("cumulative_pnl", money(|s| s.cumulative_pnl)),
            column("cumulative_return", real(|s| Some(s.cumulative_return))),
            column("unrealized_total", money(|s| s.unrealized_total)),
            column("realized_total", money(|s| s.realized_total)),
            column("position_count", count(|s| s.position_count)),
            column("long_count", count(|s| s.long_count)),
            column("short_count", count(|s| s.short_count)),
            column("coverage", real(|s| Some(s.coverage))),
            column("gaps", text(rows, |stored| gaps(&stored.snapshot.gaps))),
            column("engine_version", text(rows, |stored| Some(stored.engine_version.clone()))),
            column("computed_at", text(rows, |stored| Some(stored.computed_at.to_string()))),
        ],
    }
}

/// Gaps in one cell: symbol, status, reason and price date, divided by blanks, gaps by semicolons.
fn gaps(gaps: &[Gap]) -> Option<String> {
    let told = |gap: &Gap| {
        let parts = [
            gap.symbol.as_ref().map(Symbol::to_string),
            gap.status.map(|status| status.to_string()),
            Some(gap.reason.to_string()),
            gap.price_date.map(|date| date.to_string()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (!gaps.is_empty()).then(|| gaps.iter().map(told).collect::<Vec<_>>().join("; "))
}

/// Executions of one portfolio by date and order of entry.
pub fn fills(portfolio: &str, listed: &[Listed]) -> Page {
    let rows: Vec<&Listed> =
        listed.iter().filter(|(event, _)| matches!(event.booking, Booking::Fill { .. })).collect();
    let figures: Vec<Figures> = rows.iter().map(|(event, _)| Figures::of(&event.booking)).collect();
    Page {
        columns: vec![
            column("portfolio", text(&rows, |_| Some(portfolio.to_owned()))),
            column("date", Cells::Date(rows.iter().map(|(event, _)| event.date).collect())),
            column("symbol", text(&rows, |(_, instrument)| instrument.map(|i| i.symbol.to_string()))),
            column("side", text(&rows, |(event, _)| Some(event.booking.kind().to_string()))),
            column("quantity", Cells::Quantity(figures.iter().map(|figures| figures.quantity).collect())),
            column("price", Cells::Price(figures.iter().map(|figures| figures.price).collect())),
            column("fee", Cells::Money(figures.iter().map(|figures| figures.fee).collect())),
            column("source", text(&rows, |(event, _)| Some(event.source.to_string()))),
            column("key", text(&rows, |(event, _)| Some(event.key.clone()))),
            column("note", text(&rows, |(event, _)| event.note.clone())),
            column("id", text(&rows, |(event, _)| Some(event.id.to_string()))),
            column("entered_at", text(&rows, |(event, _)| Some(event.entered_at.to_string()))),
        ],
    }
}

/// Events of one portfolio as the activity file: by date and order of entry, so that an import enters them in the
/// order they have. All amounts are in the portfolio's currency.
pub fn events(currency: &str, rows: &[Listed]) -> Page {
    let figures: Vec<Figures> = rows.iter().map(|(event, _)| Figures::of(&event.booking)).collect();
    // A split has its ratio where others have a quantity, so that the column is one of text.
    let quantity = |figures: &Figures| match figures.ratio {
        Some(ratio) => Some(ratio.to_string()),
        None => figures.quantity.map(|quantity| quantity.to_string()),
    };
    let kind = |instrument: &Instrument| instrument.kind;
    Page {
        columns: vec![
            column("date", Cells::Date(rows.iter().map(|(event, _)| event.date).collect())),
            column("symbol", text(rows, |(_, instrument)| instrument.map(|i| i.symbol.to_string()))),
            column(
                "instrumentType",
                text(rows, |(_, instrument)| {
                    instrument.map(kind).map(|kind: InstrumentKind| kind.to_string())
                }),
            ),
            column("quantity", text(&figures, quantity)),
            column("activityType", text(rows, |(event, _)| Some(event.booking.kind().to_string()))),
            column("unitPrice", Cells::Price(figures.iter().map(|figures| figures.price).collect())),
            column("currency", text(rows, |_| Some(currency.to_owned()))),
            column("fee", Cells::Money(figures.iter().map(|figures| figures.fee).collect())),
            column("amount", Cells::Money(figures.iter().map(|figures| figures.amount).collect())),
        ],
    }
}

/// The figures of a booking; quantities without sign, since the kind says which way they go.
#[derive(Default)]
struct Figures {
    quantity: Option<Quantity>,
    price: Option<Price>,
    fee: Option<Money>,
    amount: Option<Money>,
    ratio: Option<model::Ratio>,
}

impl Figures {
    fn of(booking: &Booking) -> Figures {
        let none = Figures::default();
        match *booking {
            Booking::Deposit { amount }
            | Booking::Withdrawal { amount }
            | Booking::Fee { amount }
            | Booking::Interest { amount }
            | Booking::Dividend { paid: Payment::Total(amount), .. } => {
                Figures { amount: Some(amount), ..none }
            }
            Booking::Fill { quantity, price, fee, .. } => Figures {
                quantity: Some(quantity.size().expect("invariant: an entered quantity has a size")),
                price: Some(price),
                fee: Some(fee),
                ..none
            },
            Booking::Dividend { paid: Payment::PerUnit(price), .. } | Booking::Mark { price, .. } => {
                Figures { price: Some(price), ..none }
            }
            Booking::Split { ratio, .. } => Figures { ratio: Some(ratio), ..none },
        }
    }
}
