//! Faults of a file.

use std::error::Error;
use std::fs;

use rusqlite::Connection;
use store::change::{self, Change};
use store::{Store, StoreError, StoreLimits, StoreUrl, Transaction};

use crate::bed::{Bed, open};

fn one_change() -> Transaction {
    let mut tx = Transaction::new();
    let change = Change { seq: 0, scope: "x".repeat(1_000), scope_id: 1, first_session: 20_000 };
    change::append(&mut tx, &[change]);
    tx
}

async fn open_error(path: &std::path::Path) -> StoreError {
    Store::open(&StoreUrl::file(path), &StoreLimits::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_locked_file_is_busy_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.db");
    let limits = StoreLimits { busy_wait_ms_max: 20, ..StoreLimits::default() };
    let store = Store::open(&StoreUrl::file(&path), &limits).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.record(one_change()).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.to_string().contains("books.db"), "{error}");
    assert!(error.source().is_some());
    assert_eq!(change::read_head(&store.load(vec![change::head()]).await.unwrap()[0]), 0);
    other.execute_batch("ROLLBACK").unwrap();
    store.record(one_change()).await.unwrap();
}

#[tokio::test]
async fn a_full_database_is_told_and_keeps_what_it_had() {
    let bed = Bed::sqlite().await;
    bed.store.execute_batch("PRAGMA max_page_count = 20").await.unwrap();
    let mut count = 0;
    let error = loop {
        match bed.store.record(one_change()).await {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
        assert!(count < 100);
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    let tables = bed.store.load(vec![change::head(), change::since(0)]).await.unwrap();
    assert_eq!((change::read_head(&tables[0]), tables[1].len()), (count, count as usize));
    bed.store.execute_batch("PRAGMA max_page_count = 1000").await.unwrap();
    bed.store.record(one_change()).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    let text = "not a database, only notes. ".repeat(200);
    fs::write(&path, &text).unwrap();
    let error = open_error(&path).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let error = open_error(&directory.path().join("missing/books.db")).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let error = open_error(directory.path()).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn closing_leaves_one_whole_file() {
    let directory = tempfile::tempdir().unwrap();
    let url = StoreUrl::file(&directory.path().join("books.db"));
    let store = open(&url).await;
    store.record(one_change()).await.unwrap();
    store.load(vec![change::head()]).await.unwrap();
    store.close().await;
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["books.db"]);
    let tables = open(&url).await.load(vec![change::head()]).await.unwrap();
    assert_eq!(change::read_head(&tables[0]), 1);
}

#[tokio::test]
async fn memory_databases_are_separate_and_serve_readers() {
    let url = StoreUrl::parse("sqlite::memory:").unwrap();
    let (one, two) = (open(&url).await, open(&url).await);
    one.record(one_change()).await.unwrap();
    for (store, expect) in [(&one, 1), (&two, 0)] {
        assert_eq!(change::read_head(&store.load(vec![change::head()]).await.unwrap()[0]), expect);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_file_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let url = StoreUrl::file(&directory.path().join("books.db"));
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open(&url, &StoreLimits::default()).await })
        })
        .collect();
    for store in opening {
        store.await.unwrap().unwrap().record(one_change()).await.unwrap();
    }
    let tables = open(&url).await.load(vec![change::head()]).await.unwrap();
    assert_eq!(change::read_head(&tables[0]), 8);
}
