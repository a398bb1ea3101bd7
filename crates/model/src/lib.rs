//! The nouns of Daybook: dates, the exchange calendar, exact numbers, symbols, bars, instruments, events,
//! snapshots and gaps.
//!
//! Pure: nothing here reads a clock, a file, the network or the environment.

mod action;
mod bar;
mod calendar;
mod closes;
mod date;
mod event;
mod instrument;
mod names;
mod number;
mod option;
mod portfolio;
mod profile;
mod sector;
mod sector_bucket;
mod snapshot;
mod symbol;
mod zone;

pub use action::{Actions, Dividend, Split};
pub use bar::{Bar, BarFault, Bars};
pub use calendar::{Calendar, MarketState, SETTLE_DELAY_S_DEFAULT, SessionHours};
pub use closes::Closes;
pub use date::{Date, DateError, Timestamp};
pub use event::{Booking, Event, EventKind, EventSource, Payment};
pub use instrument::{Currency, Instrument, InstrumentKind};
pub use names::NameError;
pub use number::{MONEY_SCALE, Money, NumberError, Price, QUANTITY_SCALE, Quantity, Ratio};
pub use option::{OPTION_MULTIPLIER, OccSymbol, OccSymbolError, OptionRight, OptionTerms};
pub use portfolio::{LotMethod, OWNER_LOCAL, Portfolio};
pub use profile::{Fundamentals, Profile};
pub use sector::Sector;
pub use sector_bucket::{SectorBucket, SectorExposure};
pub use snapshot::{Gap, GapReason, Position, PriceStatus, Quote, Snapshot, SnapshotState};
pub use symbol::{BatchId, EventId, InstrumentId, PortfolioId, SYMBOL_BYTES_MAX, Symbol, SymbolError};
pub use zone::Zone;
