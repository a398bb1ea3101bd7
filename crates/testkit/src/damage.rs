//! Damage to a database that no program of ours does, for tests of what finds it.

/// Adds to a figure of the fifth day of snapshots of the portfolio `Two`.
pub fn snapshot_figure(figure: &str, by: i64) -> String {
    format!(
        "UPDATE snapshot SET {figure} = {figure} + ({by}) WHERE session = (SELECT MIN(session) + 4 FROM snapshot) \
         AND portfolio_id = (SELECT id FROM portfolio WHERE name = 'Two')"
    )
}

/// Adds to a figure of all positions.
pub fn position_figure(figure: &str, by: i64) -> String {
    format!("UPDATE position SET {figure} = {figure} + ({by})")
}

/// Takes all positions away.
pub const NO_POSITIONS: &str = "DELETE FROM position";

/// Takes the fourth day of snapshots of the portfolio `One` away.
pub const SNAPSHOT_HOLE: &str = "DELETE FROM snapshot WHERE session = (SELECT MIN(session) + 3 FROM snapshot) \
    AND portfolio_id = (SELECT id FROM portfolio WHERE name = 'One')";

/// A lease that ran out.
pub const OLD_LEASE: &str =
    "INSERT INTO lease (name, owner, taken_at, expires_at) VALUES ('refresh:1', 'somebody', 0, 1)";

/// Takes all leases away.
pub const NO_LEASES: &str = "DELETE FROM lease";

/// Takes the symbol AAA from its instrument.
pub const NO_SYMBOL: &str = "UPDATE instrument_alias SET last_date = 20000 WHERE symbol = 'AAA'";
