//! Risk figures of Daybook on series, weights and matrices; portfolios are unknown here.
//!
//! Pure: no clock, no files, no network, no chance. A figure is a finite number with the sample it was computed from,
//! or the reason why it does not exist. Nothing sees past the last session of its [`Timeline`].

mod absent;
mod attribution;
mod cholesky;
mod column;
mod correlation;
mod covariance;
mod estimate;
mod ewma;
mod exposure;
mod history;
mod joint;
mod pairs;
mod regression;
mod ridge;
mod scenario;
mod settings;
mod spectrum;
mod spread;
mod stress;
mod student;
mod symbol;
mod timeline;
mod triangle;
mod volatility;
mod yardsticks;

pub use absent::{Absent, Figure};
pub use attribution::{
    AttributedPosition, Attribution, PositionAttribution, SectorMove, SessionMoves, attribute,
};
pub use correlation::{Correlation, CorrelationMatrix, Merge, cluster_labels, correlation};
pub use covariance::{Covariance, Whole, covariance};
pub use estimate::{Estimate, Sample};
pub use ewma::{EwmaCovariance, ewma_covariance};
pub use exposure::{
    AssetClass, Concentration, Contribution, ExAnte, Exposure, ExposureReturns, ExposureVolatility,
    Exposures, FactorExposure, Greeks, GreeksReport, GreeksTotal, Missing, Scaled, Sector, SectorExposure,
    SectorExposures, Stake, TailRisk, Tails, Totals, concentration, ex_ante, exposure_returns,
    factor_exposure, greeks, sector_exposures,
};
pub use history::History;
pub use joint::{JointBasis, JointFactor, JointFit, RATE};
pub use pairs::{LeftOut, Named};
pub use regression::{Regression, regress};
pub use scenario::{Replay, Scenario, default_replays, default_scenarios};
pub use settings::Settings;
pub use spread::Spread;
pub use stress::{FactorMoves, MARKET, PositionStress, Stress, StressMode, factor_moves, replay, stress};
pub use symbol::{StyleFit, SymbolRisk, symbol_risk};
pub use timeline::Timeline;
pub use triangle::UpperTriangle;
pub use volatility::{
    Har, PERCENTILE_WINDOW, REALIZED_WINDOWS, RangeBar, RangeVolatility, TREND_WINDOW, Trend, Volatility,
    range_volatility, ranges, volatility,
};
pub use yardsticks::{StyleFactor, Yardsticks};
