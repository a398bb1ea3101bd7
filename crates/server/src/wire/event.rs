//! Events as they are listed.

use app::ListedEvent;
use model::{Booking, Payment};
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::words::{
    DateText, EventIdText, EventKindText, EventSourceText, MoneyText, PriceText, QuantityText, RatioText,
    SymbolText, TimestampText,
};

/// An event of a portfolio; which figures it has depends on its kind.
#[derive(Serialize, ToSchema)]
pub struct Event {
    id: EventIdText,
    /// The caller's name for it.
    key: String,
    kind: EventKindText,
    date: DateText,
    symbol: Option<SymbolText>,
    /// Units, without sign: the kind says which way they go.
    quantity: Option<QuantityText>,
    /// Price of one unit; for a dividend the cash for one.
    price: Option<PriceText>,
    amount: Option<MoneyText>,
    fee: Option<MoneyText>,
    ratio: Option<RatioText>,
    source: EventSourceText,
    note: Option<String>,
    entered_at: TimestampText,
    /// Whether it was taken out of the books.
    voided: bool,
}

impl Event {
    /// Of a listed event.
    pub fn of(listed: &ListedEvent) -> Event {
        let event = &listed.event;
        let mut told = Event {
            id: Text(event.id),
            key: event.key.clone(),
            kind: Text(event.booking.kind()),
            date: Text(event.date),
            symbol: listed.symbol.clone().map(Text),
            quantity: None,
            price: None,
            amount: None,
            fee: None,
            ratio: None,
            source: Text(event.source),
            note: event.note.clone(),
            entered_at: Text(event.entered_at),
            voided: !event.is_active(),
        };
        told.add_figures(&event.booking);
        told
    }

    fn add_figures(&mut self, booking: &Booking) {
        match *booking {
            Booking::Deposit { amount }
            | Booking::Withdrawal { amount }
            | Booking::Fee { amount }
            | Booking::Interest { amount }
            | Booking::Dividend { paid: Payment::Total(amount), .. } => self.amount = Some(Text(amount)),
            Booking::Fill { quantity, price, fee, .. } => {
                self.quantity = Some(Text(quantity.size().unwrap_or(quantity)));
                self.price = Some(Text(price));
                self.fee = Some(Text(fee));
            }
            Booking::Dividend { paid: Payment::PerUnit(price), .. } | Booking::Mark { price, .. } => {
                self.price = Some(Text(price));
            }
            Booking::Split { ratio, .. } => self.ratio = Some(Text(ratio)),
        }
    }

    /// The figures for a table, in the order quantity or ratio, price, amount, fee.
    pub fn cells(&self) -> [String; 4] {
        fn shown<T: std::fmt::Display>(figure: Option<&Text<T>>) -> Option<String> {
            figure.map(|Text(figure)| figure.to_string())
        }
        let units = shown(self.quantity.as_ref()).or(shown(self.ratio.as_ref()));
        let fee = shown(self.fee.as_ref()).filter(|fee| fee != "0");
        [units, shown(self.price.as_ref()), shown(self.amount.as_ref()), fee].map(Option::unwrap_or_default)
    }
}

/// An event that was entered.
#[derive(Serialize, ToSchema)]
pub struct AddedEvent {
    #[serde(flatten)]
    event: Event,
    /// Whether it was there already, under the same key.
    duplicate: bool,
    /// Whether its symbol is not in the universe yet, and is being made known.
    pending: bool,
}

impl AddedEvent {
    /// Of what the use case did.
    pub fn of(added: app::AddedEvent) -> AddedEvent {
        let listed = ListedEvent { event: added.event, symbol: added.symbol };
        AddedEvent { event: Event::of(&listed), duplicate: added.is_duplicate, pending: added.is_pending }
    }
}

/// An event that was taken out of the books.
#[derive(Serialize, ToSchema)]
pub struct VoidedEvent {
    id: EventIdText,
    /// Always true.
    voided: bool,
}

impl VoidedEvent {
    /// Of what the use case did.
    pub fn of(event: &model::Event) -> VoidedEvent {
        VoidedEvent { id: Text(event.id), voided: true }
    }
}
