//! The schema, made once and only by those who know it.

use store::{Query, Store, StoreError, StoreLimits, change, statements};

use crate::bed::{Bed, open};

statements! {
    VERSIONS: "SELECT version, name, applied_at FROM schema_version ORDER BY version",
        params [], columns [int, text, int];
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
