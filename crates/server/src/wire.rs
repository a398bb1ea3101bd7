//! What programs read and send as JSON: one shape for each noun, printed by `--json` and answered over HTTP.

pub mod absent;
pub mod batch;
pub mod event;
pub mod explain;
pub mod import;
pub mod portfolio;
pub mod position;
pub mod snapshot;
pub mod text;
pub mod words;

pub use absent::Absent;
pub use text::Text;
