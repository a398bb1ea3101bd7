//! One session of a portfolio, term by term.

use app::Explained;
use ledger::AppliedEvent;
use model::{Booking, Event, Money, Payment, Position, PriceStatus, Quantity};

use super::numbers::{money, price, quantity, signed};
use super::portfolio::status_text;
use super::table::Sheet;

/// The session for people: what was booked, each position's terms, and the sum.
pub fn text(explained: &Explained) -> String {
    let (explanation, snapshot) = (&explained.explanation, &explained.explanation.snapshot);
    let mut text = format!("{} on {} ({})\n", explained.portfolio.name, snapshot.session, snapshot.state);
    if !explanation.applied.is_empty() {
        text.push_str("\nbooked\n");
        for applied in &explanation.applied {
            text.push_str(&format!("  {}\n", applied_text(explained, applied)));
        }
    }
    if !explanation.positions.is_empty() {
        text.push('\n');
        text.push_str(&positions_table(explained));
    }
    text.push('\n');
    for (name, amount) in [
        ("opening equity", money(explanation.opening_equity)),
        ("+ unrealized change", signed(snapshot.unrealized_change)),
        ("+ realized", signed(snapshot.realized)),
        ("+ income", signed(snapshot.income)),
        ("- fees", money(snapshot.fees)),
        ("+ flow", signed(snapshot.flow)),
        ("= closing equity", money(snapshot.equity)),
        ("  cash", money(snapshot.cash)),
        ("  long", money(snapshot.long_value)),
        ("  short", money(snapshot.short_value)),
    ] {
        text.push_str(&format!("  {name:<22}{amount:>18}\n"));
    }
    text.push_str(match (&explained.stored, explained.equals_stored()) {
        (_, true) => "\nThis equals the stored snapshot, to the last digit.\n",
        (Some(_), false) => {
            "\nThe stored snapshot says something else: events or prices changed since. `daybook refresh` brings it \
             up to date.\n"
        }
        (None, _) => "\nNo snapshot of this session is stored; `daybook refresh` computes it.\n",
    });
    text
}

fn positions_table(explained: &Explained) -> String {
    let mut sheet = Sheet::new(&[
        "symbol",
        ">units",
        ">price",
        "~status",
        "~>value",
        ">unrealized change",
        ">realized",
        "~>income",
        ">P&L",
    ]);
    for terms in &explained.explanation.positions {
        let position = &terms.position;
        let is_open = !position.quantity.is_zero();
        let shown = |text: String| if is_open { text } else { "–".to_owned() };
        sheet.row([
            position.symbol.to_string(),
            units_text(terms.opening_quantity, position.quantity),
            shown(position.quote.price.map_or("–".to_owned(), price)),
            shown(status_and_source(explained, position)),
            money(position.market_value),
            signed(terms.unrealized_change),
            signed(terms.realized),
            signed(terms.income),
            signed(position.daily_pnl),
        ]);
    }
    sheet.text()
}

/// What is held, with what was held before where that is something else.
fn units_text(opening: Quantity, closing: Quantity) -> String {
    if opening == closing {
        return quantity(closing);
    }
    format!("{} → {}", quantity(opening), quantity(closing))
}

/// How a price was come by and, of a close, who gave it.
fn status_and_source(explained: &Explained, position: &Position) -> String {
    let status = status_text(position, explained.explanation.snapshot.session);
    match position.quote.status {
        PriceStatus::Exact | PriceStatus::Stale | PriceStatus::ExpiredQuote => {
            explained.price_source(position).map_or(status.clone(), |source| format!("{status}, {source}"))
        }
        PriceStatus::Mark | PriceStatus::Model | PriceStatus::Unpriced => status,
    }
}

/// What was booked, in words.
pub fn applied_text(explained: &Explained, applied: &AppliedEvent) -> String {
    match applied {
        AppliedEvent::OpeningEquity(amount) => format!("opening equity {}", money(*amount)),
        AppliedEvent::Split { symbol, ratio } => format!("split {symbol} {ratio}"),
        AppliedEvent::Dividend { symbol, paid } => format!("dividend {symbol} {}", payment_text(*paid)),
        AppliedEvent::Expiry { symbol, worth } => format!("expiry {symbol}, worth {} a unit", price(*worth)),
        AppliedEvent::Event(event) => event_text(explained, event),
    }
}

fn payment_text(paid: Payment) -> String {
    match paid {
        Payment::Total(total) => money(total),
        Payment::PerUnit(amount) => format!("{} a unit", price(amount)),
    }
}

fn event_text(explained: &Explained, event: &Event) -> String {
    let id = event.booking.instrument();
    let symbol = explained.instruments.iter().find(|instrument| Some(instrument.id) == id);
    let symbol = symbol.map_or(String::new(), |instrument| format!(" {}", instrument.symbol));
    let kind = event.booking.kind();
    let figures = match event.booking {
        Booking::Deposit { amount }
        | Booking::Withdrawal { amount }
        | Booking::Fee { amount }
        | Booking::Interest { amount } => money(amount),
        Booking::Fill { quantity, price: paid, fee, .. } => {
            let units = quantity.to_string();
            let fee = if fee == Money::ZERO { String::new() } else { format!(", fee {}", money(fee)) };
            format!("{} at {}{fee}", units.trim_start_matches('-'), price(paid))
        }
        Booking::Dividend { paid, .. } => payment_text(paid),
        Booking::Mark { price: given, .. } => price(given),
        Booking::Split { ratio, .. } => ratio.to_string(),
    };
    let moved = if event.date == explained.explanation.snapshot.session {
        String::new()
    } else {
        format!(" (dated {}, no session)", event.date)
    };
    format!("{kind}{symbol} {figures}{moved}")
}
