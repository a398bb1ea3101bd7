//! Positions at a session's close.

use app::{PositionSector, PositionsAt};
use model::SectorBucket;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{
    DateText, MoneyText, PriceStatusText, PriceText, QuantityText, SectorBucketText, SectorText, SymbolText,
};
use super::{Absent, Text};

/// A position at a session's close.
#[derive(Serialize, ToSchema)]
pub struct Position {
    symbol: SymbolText,
    quantity: QuantityText,
    cost: MoneyText,
    price: Option<PriceText>,
    price_date: Option<DateText>,
    /// How the price was come by.
    status: PriceStatusText,
    /// Sessions since the price was a close.
    age_sessions: u32,
    market_value: MoneyText,
    unrealized: MoneyText,
    daily_pnl: MoneyText,
    daily_return: Option<f64>,
    /// Market value over the portfolio's equity.
    weight: Option<f64>,
    absent: Absent,
}

/// A position with where it counts by sector.
#[derive(Serialize, ToSchema)]
pub struct SectorPosition {
    #[serde(flatten)]
    position: Position,
    sector: Option<SectorText>,
    sector_bucket: Option<SectorBucketText>,
    industry: Option<String>,
}

/// The positions of a portfolio at a session's close.
#[derive(Serialize, ToSchema)]
pub struct Positions {
    /// The session; null until one is computed.
    session: Option<DateText>,
    /// Whether they agree with the stored snapshot of the session; null for the stored positions themselves.
    equals_stored: Option<bool>,
    positions: Vec<SectorPosition>,
}

impl Position {
    /// Of a position.
    pub fn of(position: &model::Position) -> Position {
        let mut absent = Absent::default();
        absent.note_if(position.quote.price.is_none(), "price", "never_quoted");
        absent.note_if(position.daily_return.is_none(), "daily_return", "no_opening_value");
        absent.note_if(position.weight.is_none(), "weight", "equity_not_positive");
        Position {
            symbol: Text(position.symbol.clone()),
            quantity: Text(position.quantity),
            cost: Text(position.cost),
            price: position.quote.price.map(Text),
            price_date: position.quote.price_date.map(Text),
            status: Text(position.quote.status),
            age_sessions: position.quote.age_sessions,
            market_value: Text(position.market_value),
            unrealized: Text(position.unrealized),
            daily_pnl: Text(position.daily_pnl),
            daily_return: position.daily_return,
            weight: position.weight,
            absent,
        }
    }
}

impl SectorPosition {
    fn of(position: &model::Position, known: Option<&PositionSector>) -> SectorPosition {
        let bucket = known.map(|known| known.bucket);
        let sector = bucket.and_then(SectorBucket::sector);
        let industry = known.and_then(|known| known.industry.clone());
        let mut position = Position::of(position);
        let reason = bucket.map_or("historical_date", SectorBucket::as_str);
        position.absent.note_if(sector.is_none(), "sector", reason);
        position.absent.note_if(industry.is_none(), "industry", reason);
        SectorPosition { position, sector: sector.map(Text), sector_bucket: bucket.map(Text), industry }
    }
}

impl Positions {
    /// Of what was found, if anything is computed.
    pub fn of(found: Option<&PositionsAt>) -> Positions {
        let Some(found) = found else {
            return Positions { session: None, equals_stored: None, positions: Vec::new() };
        };
        let sector = |symbol| found.sectors.as_ref().and_then(|sectors| sectors.get(symbol));
        let positions = found.positions.iter();
        Positions {
            session: Some(Text(found.session)),
            equals_stored: found.equals_stored,
            positions: positions.map(|it| SectorPosition::of(it, sector(&it.symbol))).collect(),
        }
    }
}
