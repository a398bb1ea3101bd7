//! Where a portfolio stands.

use serde::Serialize;
use utoipa::ToSchema;

use super::position::Position;
use super::snapshot::{Gap, OUT_OF_RANGE};
use super::words::{DateText, MoneyText, PortfolioIdText, SnapshotStateText};
use super::{Absent, Text};

/// Where a portfolio stands at its newest snapshot. Every figure is null until a refresh has computed one.
#[derive(Serialize, ToSchema)]
pub struct Overview {
    id: PortfolioIdText,
    name: String,
    session: Option<DateText>,
    state: Option<SnapshotStateText>,
    equity: Option<MoneyText>,
    cash: Option<MoneyText>,
    /// Gross exposure over equity.
    leverage: Option<f64>,
    long_value: Option<MoneyText>,
    short_value: Option<MoneyText>,
    gross_exposure: Option<MoneyText>,
    net_exposure: Option<MoneyText>,
    pnl: Pnl,
    /// The largest positions held long, largest first.
    top_long: Vec<Position>,
    top_short: Vec<Position>,
    gaps: Vec<Gap>,
    absent: Absent,
}

/// Profit and loss up to the newest session.
#[derive(Serialize, ToSchema)]
pub struct Pnl {
    /// Of the session itself.
    day: Option<MoneyText>,
    month_to_date: Option<MoneyText>,
    year_to_date: Option<MoneyText>,
    /// Since the books began.
    total: Option<MoneyText>,
}

/// Figures that need a snapshot.
const FIGURES: [&str; 13] = [
    "session",
    "state",
    "equity",
    "cash",
    "long_value",
    "short_value",
    "gross_exposure",
    "net_exposure",
    "leverage",
    "pnl.day",
    "pnl.month_to_date",
    "pnl.year_to_date",
    "pnl.total",
];

impl Overview {
    /// Of what the use case tells.
    pub fn of(overview: &app::Overview) -> Overview {
        let latest = overview.latest.as_ref().map(|latest| &latest.snapshot);
        let gross = latest.and_then(model::Snapshot::gross_exposure_money);
        let mut absent = Absent::default();
        for figure in FIGURES {
            absent.note_if(latest.is_none(), figure, "not_computed");
        }
        let leverage = latest.and_then(model::Snapshot::leverage);
        absent.note_if(latest.is_some() && leverage.is_none(), "leverage", "equity_not_positive");
        absent.note_if(latest.is_some() && gross.is_none(), "gross_exposure", OUT_OF_RANGE);
        Overview {
            id: Text(overview.portfolio.id),
            name: overview.portfolio.name.clone(),
            session: latest.map(|it| Text(it.session)),
            state: latest.map(|it| Text(it.state)),
            equity: latest.map(|it| Text(it.equity)),
            cash: latest.map(|it| Text(it.cash)),
            leverage,
            long_value: latest.map(|it| Text(it.long_value)),
            short_value: latest.map(|it| Text(it.short_value)),
            gross_exposure: gross.map(Text),
            net_exposure: latest.map(|it| Text(it.net_exposure())),
            pnl: Pnl {
                day: latest.map(|it| Text(it.daily_pnl)),
                month_to_date: latest.map(|_| Text(overview.month_to_date)),
                year_to_date: latest.map(|_| Text(overview.year_to_date)),
                total: latest.map(|it| Text(it.cumulative_pnl)),
            },
            top_long: overview.top_long.iter().map(Position::of).collect(),
            top_short: overview.top_short.iter().map(Position::of).collect(),
            gaps: latest.iter().flat_map(|it| &it.gaps).map(Gap::of).collect(),
            absent,
        }
    }
}
