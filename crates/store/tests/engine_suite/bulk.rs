//! Writes of many rows, their counts, and the count of statements.

use store::{BULK_CHUNK_ROWS_MAX, Expect, Query, Table, Transaction, change, statements};

use crate::bed::Bed;

statements! {
    QUOTE_UPSERT: "INSERT INTO trial_quote (item, day, price) SELECT r.item, r.day, r.price \
        FROM {rows: item, day, price} r WHERE true \
        ON CONFLICT (item, day) DO UPDATE SET price = excluded.price WHERE trial_quote.price <> excluded.price",
        params [int, int, real], columns [];
    QUOTE_RAISE: "UPDATE trial_quote SET price = trial_quote.price + r.more FROM {rows: item, more} r WHERE trial_quote.item = r.item",
        params [int, real], columns [];
    QUOTE_DELETE: "DELETE FROM trial_quote WHERE (item, day) IN (SELECT item, day FROM {rows: item, day} r)",
        params [int, int], columns [];
    QUOTE_READ: "SELECT item, day, price FROM trial_quote ORDER BY item, day", params [], columns [int, int, real];
    QUOTE_SUM: "SELECT CAST(sum(day) AS BIGINT), count(*) FROM trial_quote", params [], columns [int?, int];
}

const TABLE: &str = "CREATE TABLE trial_quote (item {int}, day {int}, price {real} NOT NULL, PRIMARY KEY (item, day)) {strict}";

fn quotes(rows: &[(i64, i64, f64)]) -> Table {
    Table::new(vec![
        rows.iter().map(|row| row.0).collect::<Vec<_>>().into(),
        rows.iter().map(|row| row.1).collect::<Vec<_>>().into(),
        rows.iter().map(|row| row.2).collect::<Vec<_>>().into(),
    ])
}

pub async fn rows_beyond_one_chunk_arrive_whole(bed: Bed) {
    bed.create(TABLE).await;
    let count = BULK_CHUNK_ROWS_MAX as i64 + 1_000;
    let rows: Vec<_> = (0..count).map(|row| (row % 7, row, row as f64)).collect();
    let (store, counter) = bed.store.counted();
    let mut tx = Transaction::new();
    tx.push_rows(&QUOTE_UPSERT, quotes(&rows), Expect::Exactly(count as u64));
    assert_eq!(store.record(tx).await.unwrap().affected, [count as u64]);
    assert_eq!(counter.count(), 2);
    let sum = bed.store.load(vec![Query::new(&QUOTE_SUM, vec![])]).await.unwrap();
    assert_eq!(sum[0].int_null(0), [Some(count * (count - 1) / 2)]);
    assert_eq!(sum[0].int(1), [count]);
}

pub async fn an_upsert_counts_only_rows_that_change(bed: Bed) {
    bed.create(TABLE).await;
    let mut tx = Transaction::new();
    tx.push_rows(&QUOTE_UPSERT, quotes(&[(1, 1, 1.0), (1, 2, 2.0)]), Expect::Exactly(2));
    tx.push_rows(&QUOTE_UPSERT, quotes(&[(1, 1, 1.0), (1, 2, 2.0)]), Expect::Exactly(0));
    tx.push_rows(&QUOTE_UPSERT, quotes(&[(1, 1, 1.5), (1, 2, 2.0), (2, 1, 9.0)]), Expect::Exactly(2));
    let recorded = bed.store.record(tx).await.unwrap();
    assert_eq!(recorded.affected, [2, 0, 2]);
    assert_eq!(recorded.total(), 4);
    let read = bed.store.load(vec![Query::new(&QUOTE_READ, vec![])]).await.unwrap();
    assert_eq!(read[0], quotes(&[(1, 1, 1.5), (1, 2, 2.0), (2, 1, 9.0)]));
}

pub async fn update_and_delete_take_rows(bed: Bed) {
    bed.create(TABLE).await;
    let mut tx = Transaction::new();
    tx.push_rows(
        &QUOTE_UPSERT,
        quotes(&[(1, 1, 1.0), (1, 2, 2.0), (2, 1, 3.0), (3, 1, 4.0)]),
        Expect::Exactly(4),
    );
    let raises = Table::new(vec![vec![1_i64, 3, 8].into(), vec![0.5, 0.25, 1.0].into()]);
    tx.push_rows(&QUOTE_RAISE, raises, Expect::Exactly(3));
    let gone = Table::new(vec![vec![1_i64, 2, 2].into(), vec![2_i64, 1, 9].into()]);
    tx.push_rows(&QUOTE_DELETE, gone, Expect::AtMost(3));
    assert_eq!(bed.store.record(tx).await.unwrap().affected, [4, 3, 2]);
    let read = bed.store.load(vec![Query::new(&QUOTE_READ, vec![])]).await.unwrap();
    assert_eq!(read[0], quotes(&[(1, 1, 1.5), (3, 1, 4.25)]));
}

pub async fn a_table_without_rows_is_a_write_of_none(bed: Bed) {
    bed.create(TABLE).await;
    let (store, counter) = bed.store.counted();
    let mut tx = Transaction::new();
    tx.push_rows(&QUOTE_UPSERT, quotes(&[]), Expect::Exactly(0));
    tx.push_rows(&QUOTE_UPSERT, quotes(&[]), Expect::Any);
    assert_eq!(store.record(tx).await.unwrap().affected, [0, 0]);
    assert_eq!(store.record(Transaction::new()).await.unwrap().affected, Vec::<u64>::new());
    assert!(store.load(vec![]).await.unwrap().is_empty());
    assert_eq!(counter.count(), 0);
    let mut tx = Transaction::new();
    tx.push_rows(&QUOTE_UPSERT, quotes(&[]), Expect::Exactly(1));
    assert!(store.record(tx).await.unwrap_err().is_guard());
}

pub async fn statements_are_counted_for_each_handle(bed: Bed) {
    bed.create(TABLE).await;
    let (one, one_count) = bed.store.counted();
    let (two, two_count) = one.counted();
    let mut tx = Transaction::new();
    tx.push_rows(&QUOTE_UPSERT, quotes(&[(1, 1, 1.0), (1, 2, 2.0)]), Expect::Any);
    change::append(&mut tx, &[]);
    one.record(tx).await.unwrap();
    assert_eq!((one_count.count(), two_count.count()), (2, 0));
    two.load(vec![change::head(), Query::new(&QUOTE_READ, vec![]), change::since(0)]).await.unwrap();
    assert_eq!((one_count.count(), two_count.count()), (2, 3));
    one.clone().load(vec![change::head()]).await.unwrap();
    assert_eq!((one_count.count(), two_count.count()), (3, 3));
}
