//! Agreement with independent libraries on real data: 1e-9 relative or 1e-12 absolute, dates and counts exactly.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod golden {
    mod betas;
    mod correlations;
    mod exposures;
    mod stress;
    mod tables;
    mod volatilities;
}
