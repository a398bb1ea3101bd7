//! What goes in comes out, and what does not fit is refused.

use store::{Column, Expect, Query, StoreError, Table, Transaction, Value, registry, statements};

use crate::bed::Bed;

statements! {
    TRIP_INSERT: "INSERT INTO trial_trip (id, i, r, t, b) VALUES ($1, $2, $3, $4, $5)",
        params [int, int?, real?, text?, blob?], columns [];
    TRIP_INSERT_ROWS: "INSERT INTO trial_trip (id, i, r, t, b) SELECT r.id, r.i, r.r, r.t, r.b \
        FROM {rows: id, i, r, t, b} r",
        params [int, int?, real?, text?, blob?], columns [];
    TRIP_READ: "SELECT id, i, r, t, b FROM trial_trip WHERE id >= $1 ORDER BY id",
        params [int], columns [int, int?, real?, text?, blob?];
    TRIP_READ_WHOLE: "SELECT i, r, t, b FROM trial_trip WHERE i IS NOT NULL ORDER BY id",
        params [], columns [int, real, text, blob];
    TRIP_READ_STRICT: "SELECT i FROM trial_trip ORDER BY id", params [], columns [int];
    TRIP_READ_MISTYPED: "SELECT t FROM trial_trip ORDER BY id", params [], columns [int];
    TRIP_READ_MISCOUNTED: "SELECT id, t FROM trial_trip ORDER BY id", params [], columns [int];
    ECHO: "SELECT $1, $2, $3, $4, $5", params [int, real, text, blob, int?], columns [int, real, text, blob, int?];
    BY_IDS: "SELECT id FROM trial_trip WHERE id IN {ids:$1} ORDER BY id", params [int], columns [int];
    BY_TEXTS: "SELECT id FROM trial_trip WHERE t IN {texts:$1} AND id > $2 ORDER BY id", params [text, int], columns [int];
    NOT_BY_IDS: "SELECT id FROM trial_trip WHERE id NOT IN {ids:$1} ORDER BY id", params [int], columns [int];
}

const TABLE: &str =
    "CREATE TABLE trial_trip (id {int} PRIMARY KEY, i {int}, r {real}, t {text}, b {blob}) {strict}";

const INTS: [i64; 6] = [i64::MIN, -1, 0, 1, 1 << 53, i64::MAX];
const REALS: [f64; 6] = [f64::MIN, -0.0, 5e-324, 0.1 + 0.2, 1e15, f64::MAX];
const TEXTS: [&str; 6] =
    ["", "it's \"quoted\"", "{rows: a} $1 ?1", "über 漢字 🦀", " blanks ", "line\nbreak\ttab"];

fn blobs() -> Vec<Vec<u8>> {
    vec![vec![], vec![0], (0..=255).collect(), vec![0; 3], b"text".to_vec(), vec![255; 70_000]]
}

fn bits(reals: &[f64]) -> Vec<u64> {
    // Negative zero is the one value that changes: it is stored as zero.
    reals.iter().map(|real| (real + 0.0).to_bits()).collect()
}

fn trip_rows(first_id: i64) -> Table {
    Table::new(vec![
        Column::Int((0..7).map(|row| first_id + row).collect()),
        Column::IntNull(INTS.iter().copied().map(Some).chain([None]).collect()),
        Column::RealNull(REALS.iter().copied().map(Some).chain([None]).collect()),
        Column::TextNull(TEXTS.iter().map(|text| Some(text.to_string())).chain([None]).collect()),
        Column::BlobNull(blobs().into_iter().map(Some).chain([None]).collect()),
    ])
}

pub async fn every_kind_survives_storage(bed: Bed) {
    bed.create(TABLE).await;
    let rows = trip_rows(100);
    let mut tx = Transaction::new();
    for row in 0..rows.len() {
        let values = vec![
            Value::from(row as i64),
            rows.int_null(1)[row].into(),
            rows.real_null(2)[row].into(),
            rows.text_null(3)[row].clone().into(),
            rows.blob_null(4)[row].clone().into(),
        ];
        tx.push(&TRIP_INSERT, values, Expect::Exactly(1));
    }
    tx.push_rows(&TRIP_INSERT_ROWS, rows.clone(), Expect::Exactly(7));
    bed.store.record(tx).await.unwrap();

    let queries = vec![
        Query::new(&TRIP_READ, vec![100.into()]),
        Query::new(&TRIP_READ, vec![0.into()]),
        Query::new(&TRIP_READ_WHOLE, vec![]),
    ];
    let tables = bed.store.load(queries).await.unwrap();
    assert_eq!(tables[0], rows);
    assert_eq!(tables[1].len(), 14);
    for column in 1..5 {
        assert_eq!(tables[0].columns()[column], Table::new(vec![half(&tables[1], column)]).columns()[0]);
    }
    let whole = &tables[2];
    assert_eq!(whole.int(0), [INTS, INTS].concat());
    assert_eq!(bits(whole.real(1)), bits(&[REALS, REALS].concat()));
    assert!(whole.real(1).iter().all(|real| real.to_bits() != (-0.0_f64).to_bits()));
    assert_eq!(whole.text(2), [TEXTS, TEXTS].concat());
    assert_eq!(whole.blob(3), [blobs(), blobs()].concat());
}

/// The first seven values of a column: those written one by one.
fn half(table: &Table, column: usize) -> Column {
    match &table.columns()[column] {
        Column::IntNull(values) => Column::IntNull(values[..7].to_vec()),
        Column::RealNull(values) => Column::RealNull(values[..7].to_vec()),
        Column::TextNull(values) => Column::TextNull(values[..7].to_vec()),
        Column::BlobNull(values) => Column::BlobNull(values[..7].to_vec()),
        other => panic!("not a nullable column: {other:?}"),
    }
}

pub async fn every_kind_survives_as_a_parameter(bed: Bed) {
    for row in 0..INTS.len() {
        let values = vec![
            INTS[row].into(),
            REALS[row].into(),
            TEXTS[row].into(),
            blobs()[row].clone().into(),
            Value::Null,
        ];
        let tables = bed.store.load(vec![Query::new(&ECHO, values)]).await.unwrap();
        assert_eq!(tables[0].int(0), [INTS[row]]);
        assert_eq!(tables[0].real(1)[0].to_bits(), bits(&REALS)[row]);
        assert_eq!(tables[0].text(2), [TEXTS[row]]);
        assert_eq!(tables[0].blob(3), [blobs()[row].clone()]);
        assert_eq!(tables[0].int_null(4), [None]);
    }
}

pub async fn lists_of_any_length_select_their_members(bed: Bed) {
    bed.create(TABLE).await;
    let mut ids: Vec<i64> = (0..5_000).collect();
    ids.extend([i64::MIN, i64::MAX]);
    let texts = ids.iter().map(|id| Some(TEXTS[id.rem_euclid(6) as usize].to_string())).collect();
    let rows = Table::new(vec![
        ids.clone().into(),
        Column::IntNull(vec![None; ids.len()]),
        Column::RealNull(vec![None; ids.len()]),
        Column::TextNull(texts),
        Column::BlobNull(vec![None; ids.len()]),
    ]);
    let mut tx = Transaction::new();
    tx.push_rows(&TRIP_INSERT_ROWS, rows, Expect::Exactly(5_002));
    bed.store.record(tx).await.unwrap();

    let ask = |statement, values| bed.store.load(vec![Query::new(statement, values)]);
    let sorted = [&[i64::MIN][..], &(0..5_000).collect::<Vec<_>>(), &[i64::MAX]].concat();
    assert_eq!(ask(&BY_IDS, vec![ids.into()]).await.unwrap()[0].int(0), sorted);
    assert!(ask(&BY_IDS, vec![Value::Ints(vec![])]).await.unwrap()[0].is_empty());
    assert_eq!(ask(&NOT_BY_IDS, vec![Value::Ints(vec![])]).await.unwrap()[0].len(), 5_002);
    let few = vec![4_999, 7, 7, -3, i64::MAX];
    assert_eq!(ask(&BY_IDS, vec![few.into()]).await.unwrap()[0].int(0), [7, 4_999, i64::MAX]);
    let most: Vec<i64> = (2..5_000).collect();
    let left = ask(&NOT_BY_IDS, vec![most.into()]).await.unwrap();
    assert_eq!(left[0].int(0), [i64::MIN, 0, 1, i64::MAX]);
    let texts = Value::Texts(vec![TEXTS[0].into(), TEXTS[1].into(), TEXTS[3].into(), "absent".into()]);
    let found = ask(&BY_TEXTS, vec![texts, 4_990.into()]).await.unwrap();
    let fits = |id: &i64| matches!(id.rem_euclid(6), 0 | 1 | 3);
    assert_eq!(found[0].int(0), (4_991..5_000).chain([i64::MAX]).filter(fits).collect::<Vec<i64>>());
    assert!(ask(&BY_TEXTS, vec![Value::Texts(vec![]), 0.into()]).await.unwrap()[0].is_empty());
}

pub async fn every_registered_statement_prepares(bed: Bed) {
    assert!(registry::all().count() > 0);
    for statement in registry::all() {
        if let Err(error) = bed.store.prepare(statement).await {
            panic!("{error:?}");
        }
    }
}

pub async fn calls_that_do_not_fit_their_statement_are_refused(bed: Bed) {
    bed.create(TABLE).await;
    let refused = |outcome: StoreError, reason: &str| {
        let shown = outcome.to_string();
        assert!(matches!(outcome, StoreError::Statement { .. }) && shown.contains(reason), "{shown}");
    };
    let asks: [(_, Vec<Value>, &str); 5] = [
        (&TRIP_READ, vec![], "takes 1 parameters, not 0"),
        (&TRIP_READ, vec!["text".into()], "parameter 1 has another type"),
        (&TRIP_READ, vec![Value::Null], "parameter 1 must not be null"),
        (&BY_IDS, vec![1.into()], "parameter 1 has another type"),
        (&TRIP_INSERT, vec![], "returns no columns"),
    ];
    for (statement, values, reason) in asks {
        refused(bed.store.load(vec![Query::new(statement, values)]).await.unwrap_err(), reason);
    }
    let insert = |i: Value, r: Value, t: Value| vec![1.into(), i, r, t, Value::Null];
    let writes: [(_, Vec<Value>, &str); 5] = [
        (
            &TRIP_INSERT,
            insert(Value::Null, f64::NAN.into(), Value::Null),
            "parameter 3 is not a finite number",
        ),
        (&TRIP_INSERT, insert(Value::Null, f64::INFINITY.into(), Value::Null), "parameter 3 is not a finite"),
        (&TRIP_INSERT, insert(Value::Null, Value::Null, "a\0b".into()), "parameter 4 has a NUL character"),
        (&TRIP_INSERT_ROWS, insert(Value::Null, Value::Null, Value::Null), "it takes rows"),
        (&TRIP_READ, vec![1.into()], "it returns columns"),
    ];
    for (statement, values, reason) in writes {
        let mut tx = Transaction::new();
        tx.push(statement, values, Expect::Any);
        refused(bed.store.record(tx).await.unwrap_err(), reason);
    }
    let mut nan = trip_rows(0).into_columns();
    nan[2] = Column::RealNull(vec![Some(f64::NAN); 7]);
    let mut unknown = trip_rows(0).into_columns();
    unknown[0] = Column::IntNull(vec![None; 7]);
    let tables: [(_, Table, &str); 4] = [
        (&TRIP_INSERT_ROWS, Table::new(nan), "column 3 is not a finite number"),
        (&TRIP_INSERT_ROWS, Table::new(unknown), "column 1 must not let nulls in"),
        (&TRIP_INSERT_ROWS, Table::new(vec![vec![1_i64].into()]), "takes 5 columns, not 1"),
        (&TRIP_INSERT, trip_rows(0), "it takes no rows"),
    ];
    for (statement, rows, reason) in tables {
        let mut tx = Transaction::new();
        tx.push_rows(statement, rows, Expect::Any);
        refused(bed.store.record(tx).await.unwrap_err(), reason);
    }
    assert!(bed.store.load(vec![Query::new(&TRIP_READ, vec![0.into()])]).await.unwrap()[0].is_empty());
}

pub async fn results_that_do_not_fit_their_declaration_are_refused(bed: Bed) {
    bed.create(TABLE).await;
    let mut tx = Transaction::new();
    tx.push_rows(&TRIP_INSERT_ROWS, trip_rows(0), Expect::Exactly(7));
    bed.store.record(tx).await.unwrap();
    let fails = async |statement| bed.store.load(vec![Query::new(statement, vec![])]).await.unwrap_err();
    let error = fails(&TRIP_READ_STRICT).await;
    assert!(matches!(error, StoreError::Decode { column: 0, .. }), "{error:?}");
    assert!(error.to_string().contains("is null"), "{error}");
    // SQLite types values and PostgreSQL columns, so one sees it in the result and one before.
    let error = fails(&TRIP_READ_MISTYPED).await;
    assert!(matches!(error, StoreError::Decode { .. } | StoreError::Statement { .. }), "{error:?}");
    let error = fails(&TRIP_READ_MISCOUNTED).await;
    assert!(matches!(error, StoreError::Statement { .. }), "{error:?}");
    assert_eq!(bed.store.load(vec![Query::new(&TRIP_READ, vec![0.into()])]).await.unwrap()[0].len(), 7);
}
