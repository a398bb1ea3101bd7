//! Faults of a server.

use store::change::{self, Change};
use store::{Expect, Query, Store, StoreError, StoreLimits, StoreUrl, Transaction, statements};

use crate::bed::Bed;

statements! {
    ROW_ADD: "UPDATE tally SET amount = amount + 1 WHERE id = $1", params [int], columns [];
    PAUSE: "DELETE FROM tally WHERE id = $1 AND EXISTS (SELECT pg_sleep(0.1))", params [int], columns [];
    SLEEPERS: "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(6%' AND state = 'active'",
        params [], columns [int];
    ROW_READ: "SELECT amount FROM tally ORDER BY id", params [], columns [int];
}

#[tokio::test]
async fn an_empty_database_must_be_migrated_first() {
    let Some(database) = testkit::postgres::database() else { return };
    let url = StoreUrl::parse(database.url()).unwrap();
    let error = Store::open(&url, &StoreLimits::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::NeedsMigration { found: 0, .. }), "{error:?}");
    let migrated = Store::migrate(&url).await.unwrap();
    assert_eq!(migrated.from, 0);
    Store::open(&url, &StoreLimits::default()).await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_told_and_the_next_call_has_a_new_one() {
    let Some(bed) = Bed::postgres().await else { return };
    let limits = StoreLimits { pool_size_max: 1, ..StoreLimits::default() };
    let other = Store::open(&bed.url, &limits).await.unwrap();
    let sleeper = other.clone();
    let asleep = tokio::spawn(async move { sleeper.execute_batch("SELECT pg_sleep(60)").await });
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(6%'";
    let ended = testkit::wait_until(std::time::Duration::from_secs(20), async || {
        bed.store.execute_batch(end).await.unwrap();
        asleep.is_finished()
    });
    assert!(ended.await);
    let error = asleep.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    other.load(vec![change::head()]).await.unwrap();
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_busy() {
    let Some(bed) = Bed::postgres().await else { return };
    let limits = StoreLimits { pool_size_max: 1, pool_wait_ms_max: 20, ..StoreLimits::default() };
    let store = Store::open(&bed.url, &limits).await.unwrap();
    let sleeper = store.clone();
    let asleep = tokio::spawn(async move { sleeper.execute_batch("SELECT pg_sleep(60)").await });
    let sleeping = testkit::wait_until(std::time::Duration::from_secs(20), async || {
        bed.store.load(vec![Query::new(&SLEEPERS, vec![])]).await.unwrap()[0].int(0) == [1]
    });
    assert!(sleeping.await);
    let error = store.load(vec![change::head()]).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    // Dropping the sleeper closes its connection instead of lending it to the next caller.
    asleep.abort();
    assert!(asleep.await.unwrap_err().is_cancelled());
    store.load(vec![change::head()]).await.unwrap();
}

#[tokio::test]
async fn servers_and_databases_that_are_not_there_are_unavailable() {
    let Some(bed) = Bed::postgres().await else { return };
    let missing =
        bed.url.to_string().replace("test_", "absent_").replace("@/", "@%2F").replace("/pg-", "%2Fpg-");
    for text in ["postgresql://ann@%2Fnowhere/books", &missing] {
        let url = StoreUrl::parse(text).unwrap();
        let error = Store::open(&url, &StoreLimits::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_the_server_gives_up_run_again() {
    let Some(bed) = Bed::postgres().await else { return };
    let ddl = "CREATE TABLE tally (id {int} PRIMARY KEY, amount {int} NOT NULL); INSERT INTO tally VALUES (1, 0), (2, 0)";
    bed.create(ddl).await;
    let crossing = |first: i64, second: i64| {
        let store = bed.store.clone();
        tokio::spawn(async move {
            let mut tx = Transaction::new();
            tx.push(&ROW_ADD, vec![first.into()], Expect::Exactly(1));
            tx.push(&PAUSE, vec![0.into()], Expect::Exactly(0));
            tx.push(&ROW_ADD, vec![second.into()], Expect::Exactly(1));
            change::append(
                &mut tx,
                &[Change { seq: 0, scope: "t".into(), scope_id: first, first_session: 0 }],
            );
            store.record(tx).await
        })
    };
    let (one, two) = (crossing(1, 2), crossing(2, 1));
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    let tables = bed.store.load(vec![Query::new(&ROW_READ, vec![]), change::head()]).await.unwrap();
    assert_eq!((tables[0].int(0), change::read_head(&tables[1])), (&[2, 2][..], 2));
}
