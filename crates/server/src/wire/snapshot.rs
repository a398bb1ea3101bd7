//! Snapshots and their gaps.

use serde::Serialize;
use store::snapshots::StoredSnapshot;
use utoipa::ToSchema;

use super::words::{
    DateText, GapReasonText, MoneyText, PriceStatusText, SnapshotStateText, SymbolText, TimestampText,
};
use super::{Absent, Text};

/// Why a sum is absent that money cannot hold.
pub(super) const OUT_OF_RANGE: &str = "out_of_range";

/// The figures of a portfolio at a session's close.
#[derive(Serialize, ToSchema)]
pub struct Figures {
    session: DateText,
    state: SnapshotStateText,
    equity: MoneyText,
    cash: MoneyText,
    long_value: MoneyText,
    /// Zero or below.
    short_value: MoneyText,
    gross_exposure: Option<MoneyText>,
    net_exposure: MoneyText,
    /// Gross exposure over equity.
    leverage: Option<f64>,
    cost_total: MoneyText,
    unrealized_change: MoneyText,
    realized: MoneyText,
    income: MoneyText,
    fees: MoneyText,
    flow: MoneyText,
    daily_pnl: MoneyText,
    daily_return: Option<f64>,
    cumulative_pnl: MoneyText,
    /// Time-weighted, since the start.
    cumulative_return: f64,
    unrealized_total: MoneyText,
    realized_total: MoneyText,
    counts: Counts,
    /// Share of gross value that is priced as its kind should be.
    coverage: f64,
    gaps: Vec<Gap>,
    absent: Absent,
}

/// Open positions.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    positions: u32,
    long: u32,
    short: u32,
}

/// A holding that is not priced as its kind should be.
#[derive(Serialize, ToSchema)]
pub struct Gap {
    symbol: Option<SymbolText>,
    status: Option<PriceStatusText>,
    reason: GapReasonText,
    /// The date of the price that stands in.
    price_date: Option<DateText>,
}

/// A snapshot as it is stored.
#[derive(Serialize, ToSchema)]
pub struct Snapshot {
    /// The portfolio's name.
    portfolio: String,
    #[serde(flatten)]
    figures: Figures,
    /// Whether equity rolled forward and equity added up were found equal before it was written.
    identity_checked: bool,
    engine_version: String,
    computed_at: TimestampText,
}

impl Figures {
    /// Of a snapshot.
    pub fn of(snapshot: &model::Snapshot) -> Figures {
        let gross = snapshot.gross_exposure_money();
        let mut absent = Absent::default();
        absent.note_if(snapshot.daily_return.is_none(), "daily_return", "return_base_not_positive");
        absent.note_if(snapshot.leverage().is_none(), "leverage", "equity_not_positive");
        absent.note_if(gross.is_none(), "gross_exposure", OUT_OF_RANGE);
        Figures {
            session: Text(snapshot.session),
            state: Text(snapshot.state),
            equity: Text(snapshot.equity),
            cash: Text(snapshot.cash),
            long_value: Text(snapshot.long_value),
            short_value: Text(snapshot.short_value),
            gross_exposure: gross.map(Text),
            net_exposure: Text(snapshot.net_exposure()),
            leverage: snapshot.leverage(),
            cost_total: Text(snapshot.cost_total),
            unrealized_change: Text(snapshot.unrealized_change),
            realized: Text(snapshot.realized),
            income: Text(snapshot.income),
            fees: Text(snapshot.fees),
            flow: Text(snapshot.flow),
            daily_pnl: Text(snapshot.daily_pnl),
            daily_return: snapshot.daily_return,
            cumulative_pnl: Text(snapshot.cumulative_pnl),
            cumulative_return: snapshot.cumulative_return,
            unrealized_total: Text(snapshot.unrealized_total),
            realized_total: Text(snapshot.realized_total),
            counts: Counts {
                positions: snapshot.position_count,
                long: snapshot.long_count,
                short: snapshot.short_count,
            },
            coverage: snapshot.coverage,
            gaps: snapshot.gaps.iter().map(Gap::of).collect(),
            absent,
        }
    }
}

impl Gap {
    /// Of a gap.
    pub fn of(gap: &model::Gap) -> Gap {
        Gap {
            symbol: gap.symbol.clone().map(Text),
            status: gap.status.map(Text),
            reason: Text(gap.reason),
            price_date: gap.price_date.map(Text),
        }
    }
}

impl Snapshot {
    /// Of a portfolio.
    pub fn of(portfolio: &str, stored: &StoredSnapshot) -> Snapshot {
        Snapshot {
            portfolio: portfolio.to_owned(),
            figures: Figures::of(&stored.snapshot),
            identity_checked: stored.is_identity_checked,
            engine_version: stored.engine_version.clone(),
            computed_at: Text(stored.computed_at),
        }
    }
}
