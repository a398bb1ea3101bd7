//! Every statement of the crate in one list.

use crate::statement::Statement;
use crate::{
    actions, bars, batches, budgets, change, checks, closes, coverage, events, failures, fetches,
    instruments, jobs, leases, logins, mappings, onboarding, portfolios, positions, private_symbols,
    profiles, risks, schedules, sectors, sessions, snapshots, tokens, universe, users,
};

const LISTS: &[&[&Statement]] = &[
    actions::ALL,
    bars::ALL,
    batches::ALL,
    budgets::ALL,
    change::ALL,
    checks::ALL,
    closes::ALL,
    coverage::ALL,
    events::ALL,
    failures::ALL,
    fetches::ALL,
    instruments::ALL,
    jobs::ALL,
    jobs::notes::ALL,
    jobs::reads::ALL,
    jobs::transitions::ALL,
    jobs::units::ALL,
    leases::ALL,
    logins::ALL,
    mappings::ALL,
    onboarding::ALL,
    portfolios::ALL,
    positions::ALL,
    private_symbols::ALL,
    profiles::ALL,
    risks::ALL,
    schedules::ALL,
    sectors::ALL,
    sessions::ALL,
    snapshots::ALL,
    tokens::ALL,
    universe::ALL,
    users::ALL,
];

/// Every registered statement. A test prepares each of them on both engines.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    LISTS.iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::expand::{Dialect, expand};

    #[test]
    fn names_are_unique_and_texts_expand() {
        let mut names = BTreeSet::new();
        for statement in all() {
            assert!(names.insert(statement.name), "{} is declared twice", statement.name);
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                expand(statement, dialect).unwrap();
            }
        }
    }
}
