//! Many at once: snapshots, order, and callers who go away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use store::change::{self, Change};
use store::{Expect, Query, Store, StoreLimits, Transaction, statements};

use crate::bed::Bed;

statements! {
    LEFT_ADD: "UPDATE left_pan SET weight = weight + $1", params [int], columns [];
    RIGHT_ADD: "UPDATE right_pan SET weight = weight + $1", params [int], columns [];
    LEFT_READ: "SELECT weight FROM left_pan", params [], columns [int];
    RIGHT_READ: "SELECT weight FROM right_pan", params [], columns [int];
    LONG_READ: "WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 300000) \
        SELECT i FROM n", params [int], columns [int];
}

fn changed(scope_id: i64) -> Change {
    Change { seq: 0, scope: "portfolio".into(), scope_id, first_session: 20_000 + scope_id }
}

async fn read_changes(store: &Store) -> (i64, Vec<Change>) {
    let tables = store.load(vec![change::head(), change::since(0)]).await.unwrap();
    (change::read_head(&tables[0]), change::read_since(&tables[1]))
}

pub async fn a_load_sees_one_snapshot(bed: Bed) {
    for pan in ["left_pan", "right_pan"] {
        let ddl = "CREATE TABLE pan (weight {int} NOT NULL) {strict}; INSERT INTO pan VALUES (0)";
        bed.create(&ddl.replace("pan", pan)).await;
    }
    let store = bed.store.clone();
    let writer = tokio::spawn(async move {
        for weight in 0..300 {
            let mut tx = Transaction::new();
            tx.push(&LEFT_ADD, vec![weight.into()], Expect::Exactly(1));
            tx.push(&RIGHT_ADD, vec![(-weight).into()], Expect::Exactly(1));
            store.record(tx).await.unwrap();
        }
    });
    let mut seen = Vec::new();
    while !writer.is_finished() {
        let ask = || Query::new(&LEFT_READ, vec![]);
        let queries = vec![ask(), Query::new(&RIGHT_READ, vec![]), ask()];
        let tables = bed.store.load(queries).await.unwrap();
        let (left, right, again) = (tables[0].int(0)[0], tables[1].int(0)[0], tables[2].int(0)[0]);
        assert_eq!((left + right, again), (0, left));
        seen.push(left);
    }
    writer.await.unwrap();
    assert!(seen.is_sorted());
    assert_eq!(
        bed.store.load(vec![Query::new(&LEFT_READ, vec![])]).await.unwrap()[0].int(0),
        [300 * 299 / 2]
    );
}

pub async fn the_change_sequence_is_strict(bed: Bed) {
    let writers: Vec<_> = (0..50)
        .map(|writer| {
            let store = bed.store.clone();
            tokio::spawn(async move {
                let mut tx = Transaction::new();
                change::append(&mut tx, &[changed(writer), changed(writer + 1_000)]);
                store.record(tx).await.unwrap();
            })
        })
        .collect();
    let mut last = 0;
    while last < 50 {
        let (head, changes) = read_changes(&bed.store).await;
        assert!(head >= last);
        last = head;
        let steps: Vec<i64> = changes.chunks(2).map(|pair| pair[0].seq).collect();
        assert_eq!(steps, (1..=head).collect::<Vec<_>>(), "a step is missing or came late");
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let (_, changes) = read_changes(&bed.store).await;
    let mut ids: Vec<i64> = changes.iter().map(|change| change.scope_id).collect();
    ids.sort();
    assert_eq!(ids, (0..50).chain(1_000..1_050).collect::<Vec<_>>());
    assert!(changes.iter().all(|change| change.first_session == 20_000 + change.scope_id));
    let late = bed.store.load(vec![change::since(49)]).await.unwrap();
    assert_eq!(change::read_since(&late[0]).len(), 2);
}

pub async fn a_dropped_caller_does_not_stop_its_write(bed: Bed) {
    for writer in 0..50 {
        let mut tx = Transaction::new();
        change::append(&mut tx, &[changed(writer)]);
        // The first look starts the write and the deadline of nothing drops its caller.
        drop(tokio::time::timeout(Duration::ZERO, bed.store.record(tx)).await);
    }
    let arrived =
        testkit::wait_until(Duration::from_secs(20), async || read_changes(&bed.store).await.1.len() == 50);
    assert!(arrived.await);
}

pub async fn a_dropped_load_harms_nobody(bed: Bed) {
    for _ in 0..20 {
        let queries = vec![Query::new(&LONG_READ, vec![0.into()]), change::head()];
        drop(tokio::time::timeout(Duration::from_millis(5), bed.store.load(queries)).await);
    }
    let mut tx = Transaction::new();
    change::append(&mut tx, &[changed(1)]);
    bed.store.record(tx).await.unwrap();
    assert_eq!(read_changes(&bed.store).await.0, 1);
}

pub async fn background_work_lets_others_through(bed: Bed) {
    const WORK_COUNT: usize = 12;
    for connection_count in [1, 2] {
        let limits = StoreLimits {
            reader_count_max: connection_count,
            pool_size_max: connection_count,
            ..StoreLimits::default()
        };
        let store = Store::open(&bed.url, &limits).await.unwrap();
        let (background, done) = (store.in_background(), Arc::new(AtomicUsize::new(0)));
        let work = |_| {
            let (background, done) = (background.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                background.load(vec![Query::new(&LONG_READ, vec![200_000.into()])]).await.unwrap();
                done.fetch_add(1, Ordering::SeqCst);
            })
        };
        let working: Vec<_> = (0..WORK_COUNT).map(work).collect();
        let has_begun = async || done.load(Ordering::SeqCst) > 0;
        assert!(testkit::wait_until(Duration::from_secs(20), has_begun).await);
        let before = done.load(Ordering::SeqCst);
        store.load(vec![change::head()]).await.unwrap();
        let meanwhile = done.load(Ordering::SeqCst) - before;
        assert!(meanwhile <= 3, "{meanwhile} of {WORK_COUNT} were let through first");
        for worker in working {
            worker.await.unwrap();
        }
    }
}
