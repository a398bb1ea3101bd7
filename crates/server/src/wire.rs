//! What programs read and send as JSON: one shape for each noun, printed by `--json` and answered over HTTP.

pub mod absent;
pub mod analytics;
pub mod batch;
pub mod coverage;
pub mod event;
pub mod explain;
pub mod figures;
pub mod import;
pub mod job;
pub mod overview;
pub mod portfolio;
pub mod position;
pub mod prices;
pub mod provider;
pub mod queued;
pub mod snapshot;
pub mod symbol;
pub mod symbol_status;
pub mod text;
pub(crate) mod token;
pub mod universe;
pub(crate) mod user;
pub mod words;

pub use absent::Absent;
pub use text::Text;
