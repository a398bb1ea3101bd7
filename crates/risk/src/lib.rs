//! Risk figures of Daybook on series, weights and matrices; portfolios are unknown here.
//!
//! | question | answered by |
//! | --- | --- |
//! | what did a symbol do along the sessions? | [`Timeline`], [`History`] |
//! | how does it move with benchmark, rates, styles and spreads, and how much by itself? | [`Yardsticks`], [`symbol_risk`] |
//! | how much does it vary, and how much will it? | [`volatility`], [`ranges`] |
//! | which symbols move together? | [`correlation`], [`covariance`] |
//! | what is held, in dollars that move with something? | [`Exposures`], [`factor_exposure`], [`concentration`], [`sector_exposures`], [`greeks`] |
//! | how much does that vary, and how bad can it get? | [`exposure_returns`], [`ex_ante`] |
//! | what if? | [`stress`], [`replay`], [`default_scenarios`] |
//! | where did a session's return come from? | [`attribute`] |
//!
//! Stress and attribution go by one joint model, [`JointBasis::fit`]: betas that are estimated each on their own overlap,
//! and are never added to each other.
//!
//! Pure: no clock, no files, no network, no chance, and matrices are worked on by one thread in one order. A figure is a
//! finite number with the sample it was computed from, or the reason why it does not exist: an [`Estimate`], or a
//! [`Figure`] inside of one. Nothing sees past the last session of its [`Timeline`].

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
