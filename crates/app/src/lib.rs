//! The use cases of Daybook. Each reads as load, fetch, compute, record: what it needs is loaded from one
//! snapshot of the database, what is missing is fetched with no connection held, pure code computes, and one
//! guarded transaction records. Knows neither HTTP nor SQL.

mod access;
mod attribution;
mod batches;
mod budgets;
mod clock;
mod context;
mod correlation;
mod coverage;
mod doctor;
mod error;
mod events;
mod explain;
mod export;
mod exposures;
mod fetch;
mod health;
mod histories;
mod import;
mod indicator;
mod instruments;
pub mod jobs;
mod leases;
mod onboarding;
mod option;
mod overview;
mod performance;
mod portfolio_risk;
mod portfolios;
mod positions;
mod prices;
mod profiles;
mod refresh;
mod reset;
mod revisions;
mod risk_market;
mod risk_rules;
pub mod schedules;
mod sectors;
mod sessions;
mod shared_read;
mod snapshots;
mod stress;
mod symbol_risk;
mod symbols;
mod throttle;
mod tokens;
mod users;
mod wanted_prices;

pub use access::{Access, AccessError, AccessLimits, By, Plain, Principal, Scope, Scopes, TOKEN_PREFIX};
pub use attribution::{PortfolioAttribution, SessionAttribution, attribution};
pub use batches::{UndoneBatch, list_batches, undo_batch};
pub use budgets::{BudgetWaits, Budgets, ProviderStatus, providers};
pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{Context, FetchRanges, Limits, Observer, Quiet, Step};
pub use correlation::{CorrelationAnswer, CorrelationRequest, correlation};
pub use coverage::{Absence, CoverageDetail, CoverageLine, coverage, coverage_of};
pub use doctor::{Checked, doctor};
pub use error::AppError;
pub use events::{
    AddedEvent, EventPlace, ListedEvent, NewEvent, add_event, check_event, enter_event, events_page,
    list_events, void_event,
};
pub use explain::{Explained, explain};
pub use export::{Cells, Column, CsvSheet, Export, ExportKind, Page, export, safe_text};
pub use fetch::memory::Remembered;
pub use fetch::{FetchFailure, FetchOutcome, FetchRequest, FetchSummary, Flights, Reach, fetch};
pub use health::check_database;
pub use import::{
    CountedBy, FILE_BYTES_MAX, FILE_ROWS_MAX, FileFormat, ImportFile, ImportReport, PositionFile,
    ReplacedAction, RowReport, RowState, import_file, import_positions, read_file, upload_file,
};
pub use indicator::{IndicatorAnswer, IndicatorRequest, indicator};
pub use onboarding::{
    KnownSymbol, MappedSymbol, OnboardingLimits, SymbolState, SymbolStatus, UnknownSymbols, map_symbol,
    onboard_in_foreground, retry_symbol, symbol_status,
};
pub use option::{OptionRequest, ValuedOption, value_option};
pub use overview::{Overview, overview};
pub use performance::{
    Benchmark, PerformanceAnswer, PerformanceRequest, PriceOrigin, portfolio_performance, symbol_performance,
};
pub use portfolio_risk::{
    FactorFigures, KeptForecast, PortfolioFigures, PortfolioPart, PortfolioRisk, PortfolioRiskRequest,
    Reading, ReturnFigures, VolatilityFigures, VolatilityPart, Weighted, portfolio_concentration,
    portfolio_correlation, portfolio_factors, portfolio_greeks, portfolio_risk, portfolio_sectors,
    portfolio_volatility,
};
pub use portfolios::{
    ChangedPortfolio, CreatedPortfolio, DeletedPortfolio, NewPortfolio, PortfolioChange, PortfolioSummary,
    create_portfolio, delete_portfolio, list_portfolios, set_portfolio, show_portfolio, upload_portfolio,
};
pub use positions::{PositionsAt, positions};
pub use prices::{PricesAnswer, PricesQuestion, PricesRequest, are_prices_current, check_range, prices};
pub use profiles::{NoSector, PrefetchedProfiles, ProfileFlights, SymbolSector, prefetch_profiles};
pub use refresh::{
    Difference, Phase, PhaseReport, PhaseState, PortfolioReport, RefreshReport, RefreshRequest, RunState,
    Warning, refresh,
};
pub use reset::{ResetReport, reset};
pub use revisions::{Revisions, Version};
pub use risk_rules::RiskRules;
pub use sectors::PositionSector;
pub use sessions::{BegunSession, log_in, log_out, recognise_session};
pub use snapshots::{SnapshotsPage, snapshots, snapshots_page};
pub use stress::{PortfolioStress, StressedReplay, StressedScenario, stress};
pub use symbol_risk::{RiskOfSymbol, SymbolRiskAnswer, SymbolRiskRequest, YardstickSymbols, symbol_risk};
pub use symbols::{KnownInstrument, list_symbols, universe};
pub use tokens::{
    CreatedToken, NewToken, TokenState, create_token, list_tokens, recognise_token, revoke_token, token_state,
};
pub use users::{
    AddedUser, NewUser, RemovedUser, add_user, are_there_users, change_password, find_user, has_users,
    list_users, remove_user, set_password, show_user,
};
pub use wanted_prices::{Wanted, want_prices};
