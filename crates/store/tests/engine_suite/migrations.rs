//! The schema, made once and only by those who know it.

use store::{Query, Store, StoreError, StoreLimits, change, statements};

use crate::bed::{Bed, open};

statements! {
    VERSIONS: "SELECT version, name, applied_at FROM schema_version ORDER BY version",
        params [], columns [int, text, int];
    NAMED: "SELECT e.portfolio_id, a.symbol, a.owner, e.instrument_id, \
            CAST(CASE WHEN e.instrument_id = h.instrument_id THEN 1 ELSE 0 END AS BIGINT) \
        FROM event e JOIN position h ON h.portfolio_id = e.portfolio_id AND h.cost = e.amount \
        JOIN instrument_alias a ON a.instrument_id = e.instrument_id ORDER BY a.symbol, e.portfolio_id",
        params [], columns [int, text, text, int, int];
    SYMBOLS: "SELECT symbol, owner FROM instrument_alias ORDER BY symbol, owner", params [], columns [text, text];
}

pub async fn migrating_again_does_nothing(bed: Bed) {
    let versions = || bed.store.load(vec![Query::new(&VERSIONS, vec![])]);
    let before = versions().await.unwrap();
    assert_eq!(before[0].int(0)[0], 1);
    assert!(before[0].int(2)[0] > 1_600_000_000_000_000, "applied_at is in microseconds");
    let migrated = Store::migrate(&bed.url).await.unwrap();
    assert_eq!(migrated.from, migrated.to);
    drop(open(&bed.url).await);
    assert_eq!(versions().await.unwrap(), before);
}

pub async fn a_newer_schema_is_refused(bed: Bed) {
    let sql = "INSERT INTO schema_version (version, name, applied_at) VALUES (9000, 'later', 0)";
    bed.store.execute_batch(sql).await.unwrap();
    let open = Store::open(&bed.url, &StoreLimits::default()).await.unwrap_err();
    assert!(matches!(open, StoreError::Newer { found: 9000, .. }), "{open:?}");
    let migrate = Store::migrate(&bed.url).await.unwrap_err();
    assert!(matches!(migrate, StoreError::Newer { found: 9000, .. }), "{migrate:?}");
}

pub async fn a_failed_migration_is_rolled_back(bed: Bed) {
    // The tables stay, so that making them again fails.
    bed.store.execute_batch("DELETE FROM schema_version").await.unwrap();
    let error = Store::migrate(&bed.url).await.unwrap_err();
    assert!(matches!(error, StoreError::Migration { version: 1, .. }), "{error:?}");
    assert!(bed.store.load(vec![Query::new(&VERSIONS, vec![])]).await.unwrap()[0].is_empty());
}

pub async fn many_may_migrate_at_once(bed: Bed) {
    let (url, _database) = bed.empty().await;
    let migrations: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::migrate(&url).await })
        })
        .collect();
    for migration in migrations {
        migration.await.unwrap().unwrap();
    }
    let store = open(&url).await;
    assert_eq!(change::read_head(&store.load(vec![change::head()]).await.unwrap()[0]), 0);
}

/// The schema as it was before symbols had owners, without what came later.
const WITHOUT_OWNERS: &str = "
    DROP VIEW event_view; DROP VIEW bar_view; DROP VIEW profile_view; DROP VIEW symbol_risk_view;
    DROP TABLE instrument_alias;
    CREATE TABLE instrument_alias (symbol {text} NOT NULL, first_date {int} NOT NULL, last_date {int},
        instrument_id {int} NOT NULL REFERENCES instrument (id), PRIMARY KEY (symbol, first_date)) {strict};
    CREATE UNIQUE INDEX instrument_alias_current ON instrument_alias (symbol) WHERE last_date IS NULL;
    CREATE INDEX instrument_alias_instrument ON instrument_alias (instrument_id);
    CREATE VIEW event_view AS SELECT id FROM event; CREATE VIEW bar_view AS SELECT session FROM bar;
    CREATE VIEW profile_view AS SELECT name FROM profile;
    CREATE VIEW symbol_risk_view AS SELECT session FROM symbol_risk;
    ALTER TABLE budget DROP COLUMN plan_shown; ALTER TABLE budget DROP COLUMN plan_until;
    DELETE FROM schema_version WHERE version >= 10;";

/// Two owners who hold the same, public and private, and a third who did; the cost of a position is the amount of its event.
const HELD_BY_TWO: &str = "
    INSERT INTO instrument (id, kind, multiplier, is_whole_unit, created_at) VALUES
        (1, 'private', 1, 0, 0), (2, 'stock', 1, 0, 0), (3, 'private', 1, 0, 0), (4, 'private', 1, 0, 0),
        (5, 'private', 1, 0, 0);
    INSERT INTO instrument_alias (symbol, first_date, instrument_id) VALUES
        ('HOUSE', 0, 1), ('AAA', 0, 2), ('CASH_X', 0, 3), ('GONE', 0, 4), ('TOLD', 0, 5);
    INSERT INTO profile (instrument_id, kind, source, fetched_at) VALUES (5, 'private', 1, 0);
    INSERT INTO portfolio (id, owner, name, currency, lot_method, opening_equity, revision, last_entry_no, computed_seq,
            computed_no, computed_rules, created_at) VALUES
        (1, 'anna', 'P', 'USD', 'fifo', 0, 1, 0, 0, 0, '', 0), (2, 'bert', 'P', 'USD', 'fifo', 0, 1, 0, 0, 0, '', 0),
        (3, 'cleo', 'P', 'USD', 'fifo', 0, 1, 0, 0, 0, '', 0);
    INSERT INTO event (id, portfolio_id, entry_no, kind, event_date, instrument_id, amount, key, source, entered_at,
            voided_at) VALUES
        (1, 1, 1, 'buy', 19000, 1, 1, 'a', 'import', 5, NULL), (2, 2, 1, 'buy', 19000, 1, 2, 'a', 'import', 4, NULL),
        (3, 3, 1, 'buy', 19000, 1, 3, 'a', 'import', 6, 7), (4, 1, 2, 'buy', 19000, 2, 4, 'b', 'import', 5, NULL),
        (5, 2, 2, 'buy', 19000, 2, 5, 'b', 'import', 5, NULL), (6, 1, 3, 'buy', 19000, 3, 6, 'c', 'import', 5, NULL),
        (7, 2, 3, 'buy', 19000, 5, 7, 'c', 'import', 5, NULL);
    INSERT INTO position (portfolio_id, instrument_id, session, quantity, cost, price_status, price_age_sessions,
            market_value, unrealized, daily_pnl)
        SELECT portfolio_id, instrument_id, 19000, 1, amount, 'mark', 0, 0, 0, 0 FROM event;";

pub async fn what_owners_share_in_private_becomes_each_ones_own(bed: Bed) {
    bed.create(WITHOUT_OWNERS).await;
    bed.store.execute_batch(HELD_BY_TWO).await.unwrap();
    assert_eq!(Store::migrate(&bed.url).await.unwrap().from, 9);
    let store = open(&bed.url).await;
    let tables = store.load(vec![Query::new(&NAMED, vec![]), Query::new(&SYMBOLS, vec![])]).await.unwrap();
    let (named, symbols) = (&tables[0], &tables[1]);
    let told: Vec<(i64, &str, &str)> = (0..named.len())
        .map(|row| (named.int(0)[row], named.text(1)[row].as_str(), named.text(2)[row].as_str()))
        .collect();
    let expected = [
        (1, "AAA", ""),
        (2, "AAA", ""),
        (1, "CASH_X", ""),
        (1, "HOUSE", "anna"),
        (2, "HOUSE", "bert"),
        (3, "HOUSE", "cleo"),
        (2, "TOLD", ""),
    ];
    assert_eq!(told, expected);
    assert!(named.int(4).iter().all(|is_same| *is_same == 1), "positions go with their events");
    let houses: std::collections::BTreeSet<i64> = named.int(3)[3..6].iter().copied().collect();
    assert_eq!((houses.len(), named.int(3)[4]), (3, 1), "who named it first keeps it");
    let symbols: Vec<&str> = symbols.text(0).iter().map(String::as_str).collect();
    assert_eq!(symbols, ["AAA", "CASH_X", "HOUSE", "HOUSE", "HOUSE", "TOLD"], "nobody's goes by no symbol");
}
