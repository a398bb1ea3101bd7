//! Whole or not at all.

use store::{Constraint, Expect, Query, Store, StoreError, Table, Transaction, Value, statements};

use crate::bed::Bed;

statements! {
    CLAIM_INSERT: "INSERT INTO claim (id, holder, parent) VALUES ($1, $2, $3)",
        params [int, text?, int?], columns [];
    CLAIM_TAKE: "UPDATE claim SET holder = $2 WHERE id = $1 AND holder = ''", params [int, text], columns [];
    CLAIM_FREE: "UPDATE claim SET holder = '' WHERE id >= $1", params [int], columns [];
    CLAIM_DELETE: "DELETE FROM claim WHERE id = $1", params [int], columns [];
    CLAIM_INSERT_ROWS: "INSERT INTO claim (id, holder) SELECT r.id, r.holder FROM {rows: id, holder} r",
        params [int, text], columns [];
    CLAIM_READ: "SELECT id, holder FROM claim ORDER BY id", params [], columns [int, text];
}

const TABLE: &str = "CREATE TABLE claim (id {int} PRIMARY KEY CHECK (id < 100), holder {text} NOT NULL, \
    parent {int} REFERENCES claim (id)) {strict}";

async fn insert(store: &Store, id: i64, holder: Value, parent: Option<i64>) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    tx.push(&CLAIM_INSERT, vec![id.into(), holder, parent.into()], Expect::Exactly(1));
    store.record(tx).await.map(drop)
}

async fn claims(store: &Store) -> Vec<(i64, String)> {
    let table = store.load(vec![Query::new(&CLAIM_READ, vec![])]).await.unwrap().remove(0);
    table.int(0).iter().copied().zip(table.text(1).iter().cloned()).collect()
}

pub async fn a_failed_guard_rolls_everything_back(bed: Bed) {
    bed.create(TABLE).await;
    insert(&bed.store, 1, "".into(), None).await.unwrap();
    insert(&bed.store, 2, "".into(), None).await.unwrap();
    let before = claims(&bed.store).await;
    for (expect, affected) in [(Expect::Exactly(1), 2), (Expect::AtMost(1), 2), (Expect::Exactly(3), 2)] {
        let mut tx = Transaction::new();
        let rows = Table::new(vec![vec![7_i64, 8].into(), vec!["x".to_string(), "y".to_string()].into()]);
        tx.push_rows(&CLAIM_INSERT_ROWS, rows, Expect::Exactly(2));
        tx.push(&CLAIM_TAKE, vec![1.into(), "ann".into()], Expect::Exactly(1));
        tx.push(&CLAIM_DELETE, vec![8.into()], Expect::Exactly(1));
        tx.push(&CLAIM_FREE, vec![2.into()], expect);
        tx.push(&CLAIM_DELETE, vec![1.into()], Expect::Any);
        let error = bed.store.record(tx).await.unwrap_err();
        let StoreError::Guard { statement, index, expected, affected: found } = error else {
            panic!("{error:?}");
        };
        assert_eq!((statement, index, expected, found), ("CLAIM_FREE", 3, expect, affected));
        assert_eq!(claims(&bed.store).await, before);
    }
}

pub async fn a_lost_race_shows_as_a_guard(bed: Bed) {
    bed.create(TABLE).await;
    insert(&bed.store, 1, "".into(), None).await.unwrap();
    let racers: Vec<_> = (0..20)
        .map(|racer| {
            let store = bed.store.clone();
            tokio::spawn(async move {
                let mut tx = Transaction::new();
                tx.push(&CLAIM_TAKE, vec![1.into(), format!("racer {racer}").into()], Expect::Exactly(1));
                store.record(tx).await
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(error.is_guard(), "{error:?}"),
        }
    }
    assert_eq!(won, 1);
}

pub async fn constraints_are_told_apart(bed: Bed) {
    bed.create(TABLE).await;
    insert(&bed.store, 1, "".into(), None).await.unwrap();
    insert(&bed.store, 2, "".into(), Some(1)).await.unwrap();
    let refused = |outcome: Result<(), StoreError>, expect: Constraint, part: &str| match outcome.unwrap_err()
    {
        StoreError::Constraint { which, name, .. } => {
            assert_eq!(which, expect);
            assert!(name.contains(part), "{name}");
        }
        other => panic!("{other:?}"),
    };
    refused(insert(&bed.store, 1, "".into(), None).await, Constraint::Unique, "claim");
    refused(insert(&bed.store, 3, "".into(), Some(9)).await, Constraint::ForeignKey, "");
    refused(insert(&bed.store, 3, Value::Null, None).await, Constraint::NotNull, "holder");
    refused(insert(&bed.store, 100, "".into(), None).await, Constraint::Check, "id");
    let mut tx = Transaction::new();
    tx.push(&CLAIM_DELETE, vec![1.into()], Expect::Exactly(1));
    refused(bed.store.record(tx).await.map(drop), Constraint::ForeignKey, "");
    assert_eq!(claims(&bed.store).await.len(), 2);
}

pub async fn a_failed_transaction_leaves_the_next_one_alone(bed: Bed) {
    bed.create(TABLE).await;
    for id in 1..30 {
        insert(&bed.store, id, "".into(), None).await.unwrap();
        assert!(insert(&bed.store, id, "".into(), None).await.is_err());
        let mut tx = Transaction::new();
        tx.push(&CLAIM_TAKE, vec![99.into(), "nobody".into()], Expect::Exactly(1));
        assert!(bed.store.record(tx).await.unwrap_err().is_guard());
        assert_eq!(claims(&bed.store).await.len() as i64, id);
    }
}
