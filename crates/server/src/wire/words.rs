//! How each value that travels as text looks.

use app::jobs::{JobKind, JobState};
use app::{FileFormat, Scope};
use model::{
    Currency, Date, EventKind, EventSource, GapReason, InstrumentKind, LotMethod, Money, Price, PriceStatus,
    Quantity, Ratio, Sector, SectorBucket, SnapshotState, Symbol, Timestamp,
};
use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use super::text::{Text, Word};

// The document is made from names of types, and takes no arguments of theirs.
pub type BatchIdText = Text<model::BatchId>;
pub type CurrencyText = Text<Currency>;
pub type DateText = Text<Date>;
pub type EventIdText = Text<model::EventId>;
pub type FileFormatText = Text<FileFormat>;
pub type EventKindText = Text<EventKind>;
pub type EventSourceText = Text<EventSource>;
pub type GapReasonText = Text<GapReason>;
pub type JobKindText = Text<JobKind>;
pub type JobStateText = Text<JobState>;
pub type InstrumentKindText = Text<InstrumentKind>;
pub type LotMethodText = Text<LotMethod>;
pub type MoneyText = Text<Money>;
pub type PortfolioIdText = Text<model::PortfolioId>;
pub type PriceText = Text<Price>;
pub type PriceStatusText = Text<PriceStatus>;
pub type QuantityText = Text<Quantity>;
pub type RatioText = Text<Ratio>;
pub type ScopeText = Text<Scope>;
pub type SectorText = Text<Sector>;
pub type SectorBucketText = Text<SectorBucket>;
pub type SnapshotStateText = Text<SnapshotState>;
pub type SymbolText = Text<Symbol>;
pub type TimestampText = Text<Timestamp>;

/// An exact decimal: no exponent, and no more places than its unit has.
fn decimal(example: &str, places: usize, description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^-?[0-9]{{1,13}}([.][0-9]{{1,{places}}})?$")))
        .description(Some(description))
        .examples([json!(example)])
        .build()
}

macro_rules! decimals {
    ($($type:ident, $name:literal, $places:literal, $example:literal, $description:literal;)*) => {$(
        impl Word for $type {
            const NAME: &'static str = $name;

            fn describe() -> Object {
                decimal($example, $places, $description)
            }
        }
    )*};
}

decimals! {
    Money, "Money", 6, "1234.5", "Money, exact to a millionth of the currency's unit";
    Price, "Price", 6, "175.1", "The price of one unit, exact to a millionth";
    Quantity, "Quantity", 8, "10", "Units, exact to a hundred-millionth; below zero when short";
}

macro_rules! names {
    ($($type:ident, $name:literal;)*) => {$(
        impl Word for $type {
            const NAME: &'static str = $name;

            fn describe() -> Object {
                let names = $type::ALL.iter().map(|value| value.as_str());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
            }
        }
    )*};
}

names! {
    EventKind, "EventKind";
    EventSource, "EventSource";
    GapReason, "GapReason";
    InstrumentKind, "InstrumentKind";
    LotMethod, "LotMethod";
    PriceStatus, "PriceStatus";
    SnapshotState, "SnapshotState";
    Sector, "Sector";
    FileFormat, "FileFormat";
    JobKind, "JobKind";
    JobState, "JobState";
    Scope, "Scope";
}

impl Word for SectorBucket {
    const NAME: &'static str = "SectorBucket";

    fn describe() -> Object {
        let description = "A sector, or the kind of those that have none";
        ObjectBuilder::new().schema_type(Type::String).description(Some(description)).build()
    }
}

impl Word for Date {
    const NAME: &'static str = "Date";

    fn describe() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .examples([json!("2024-03-04")])
            .build()
    }
}

impl Word for Timestamp {
    const NAME: &'static str = "Instant";

    fn describe() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant of universal time"))
            .build()
    }
}

impl Word for Symbol {
    const NAME: &'static str = "Symbol";

    fn describe() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(model::SYMBOL_BYTES_MAX))
            .examples([json!("AAPL")])
            .build()
    }
}

impl Word for Currency {
    const NAME: &'static str = "Currency";

    fn describe() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z]{3}$"))
            .examples([json!("USD")])
            .build()
    }
}

impl Word for Ratio {
    const NAME: &'static str = "Ratio";

    fn describe() -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("New units for one old: 4, 0.1, 3:2"))
            .examples([json!("4")])
            .build()
    }
}

macro_rules! identities {
    ($($type:path, $name:literal;)*) => {$(
        impl Word for $type {
            const NAME: &'static str = $name;

            fn describe() -> Object {
                ObjectBuilder::new().schema_type(Type::String).pattern(Some("^-?[0-9]{1,19}$")).build()
            }
        }
    )*};
}

identities! {
    model::PortfolioId, "PortfolioId";
    model::EventId, "EventId";
    model::BatchId, "BatchId";
}
