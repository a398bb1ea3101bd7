//! What our figures are held against: the same results from the same data by other means.

pub mod bare_driver;
pub mod hledger;
pub mod plain_loop;
pub mod python;
pub mod risk_figures;

use anyhow::{Result, ensure};
use ledger::Computed;

/// A peer's equities may be off by so much of themselves.
const TOLERANCE: f64 = 1e-9;

/// Equity of every account on every session, account by account, as the ledger computed it.
pub fn equities(computed: &[Computed]) -> Vec<f64> {
    let snapshots = computed.iter().flat_map(|computed| &computed.snapshots);
    snapshots.map(|snapshot| snapshot.equity.to_f64()).collect()
}

/// Holds a peer's equities against the ledger's.
///
/// # Errors
/// The first that differs.
pub fn agree(peer: &str, own: &[f64], theirs: &[f64]) -> Result<()> {
    ensure!(theirs.len() == own.len(), "{peer} has {} equities, not {}", theirs.len(), own.len());
    for (at, (own, theirs)) in own.iter().zip(theirs).enumerate() {
        ensure!((own - theirs).abs() <= TOLERANCE * own.abs(), "{peer} says {theirs}, not {own}, at {at}");
    }
    Ok(())
}
