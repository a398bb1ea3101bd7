//! Listing imports and taking them back.

use app::Context;
use model::BatchId;

use crate::bed::{Bed, states};

const HEADER: &str = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n";

fn activity(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

pub async fn import_then_undo_restores_the_snapshots(bed: Bed) {
    let first = activity("2024-03-04,AAPL,,10,buy,101,USD,1,\n2024-03-12,,,,deposit,,USD,,500\n");
    bed.import(&first).await;
    bed.refresh().await;
    let before = bed.snapshots("Book").await;
    assert!(!before.is_empty());
    let later = activity(
        "2024-03-06,MSFT,,5,buy,201,USD,1,\n2024-03-16,,,,withdrawal,,USD,,70\n2024-03-08,AAPL,,4,sell,103,,,\n\
         2024-03-18,AAPL,,,dividend,,,,3\n2024-03-20,MSFT,,,split,,,,2\n2024-03-21,MSFT,,,mark,99,,,\n\
         2024-03-22,,,,interest,,,,-4\n2024-03-22,,,,fee,,,,2\n",
    );
    let report = bed.import(&later).await;
    assert_eq!(report.event_count, 8);
    bed.refresh().await;
    assert_ne!(bed.snapshots("Book").await, before);
    let undone = app::undo_batch(&bed.ctx, report.batch.unwrap()).await.unwrap();
    assert_eq!((undone.voided_count, undone.portfolio.as_str()), (8, "Book"));
    assert_eq!(undone.from, Some("2024-03-06".parse().unwrap()));
    bed.refresh().await;
    assert_eq!(bed.snapshots("Book").await, before, "everything is as it was");
}

pub async fn undoing_frees_the_keys_and_is_done_once(bed: Bed) {
    let content = activity("2024-03-04,AAPL,,10,buy,101,USD,1,\n2024-03-04,AAPL,,10,buy,101,USD,1,\n");
    let id = bed.import(&content).await.batch.unwrap();
    assert_eq!(bed.import(&content).await.batch, None, "the same file adds no import either");
    app::undo_batch(&bed.ctx, id).await.unwrap();
    assert_eq!(bed.active_count("Book").await, 0);
    let twice = app::undo_batch(&bed.ctx, id).await.unwrap_err();
    assert_eq!(twice.code(), "already_undone");
    let again = bed.import(&content).await;
    assert_eq!((states(&again), again.event_count), (vec!["ok", "ok"], 2));
    let listed = app::list_batches(&bed.ctx, "Book").await.unwrap();
    let told: Vec<(BatchId, bool, i64, i64)> = listed
        .iter()
        .map(|stored| {
            let batch = &stored.batch;
            (batch.id, batch.undone_at.is_some(), batch.row_count, stored.active_count)
        })
        .collect();
    assert_eq!(told, [(id, true, 2, 0), (again.batch.unwrap(), false, 2, 2)]);
    assert_eq!(listed[0].batch.format, "activity");
}

pub async fn an_undone_dividend_gives_back_the_automatic_one(bed: Bed) {
    bed.import(&activity("2024-03-04,AAPL,,10,buy,101,USD,1,\n")).await;
    bed.refresh().await;
    let before = bed.snapshots("Book").await;
    let report = bed.import(&activity("2024-03-25,AAPL,,,dividend,,USD,,2.1\n")).await;
    assert_eq!(report.replaced.len(), 1);
    let replaced = &report.replaced[0];
    let told = (replaced.symbol.as_str(), replaced.kind.as_str(), replaced.ex_date.to_string());
    assert_eq!(told, ("AAPL", "dividend", "2024-03-15".to_owned()));
    let second = bed.import(&activity("2024-03-26,AAPL,,,dividend,,USD,,2.2\n")).await;
    assert!(second.replaced.is_empty(), "one for one");
    bed.refresh().await;
    for batch in [report.batch, second.batch] {
        app::undo_batch(&bed.ctx, batch.unwrap()).await.unwrap();
    }
    bed.refresh().await;
    assert_eq!(bed.snapshots("Book").await, before);
}

pub async fn imports_of_another_owner_cannot_be_seen(bed: Bed) {
    let id = bed.import(&activity("2024-03-04,,,,deposit,,USD,,500\n")).await.batch.unwrap();
    let theirs = Context { owner: "other".to_owned(), ..bed.ctx.clone() };
    let refused = app::undo_batch(&theirs, id).await.unwrap_err();
    let nobodys = app::undo_batch(&theirs, BatchId(77)).await.unwrap_err();
    assert_eq!((refused.code(), nobodys.code()), ("not_found", "not_found"));
    assert_eq!(refused.to_string().replace(&id.to_string(), "77"), nobodys.to_string());
    assert_eq!(app::list_batches(&theirs, "Book").await.unwrap_err().code(), "not_found");
    assert_eq!(bed.active_count("Book").await, 1);
}

pub async fn a_fill_voided_before_is_no_hindrance(bed: Bed) {
    let rows = "2024-03-04,AAPL,,10,buy,101,USD,1,\n2024-03-05,AAPL,,2,buy,101,USD,1,\n";
    let id = bed.import(&activity(rows)).await.batch.unwrap();
    let first = app::list_events(&bed.ctx, "Book").await.unwrap()[0].event.id;
    app::void_event(&bed.ctx, first).await.unwrap();
    let undone = app::undo_batch(&bed.ctx, id).await.unwrap();
    assert_eq!((undone.voided_count, undone.from), (1, Some("2024-03-05".parse().unwrap())));
    assert_eq!(bed.active_count("Book").await, 0);
}
