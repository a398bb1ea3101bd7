//! What both engines do when they cannot.

use store::{StoreError, StoreUrl, Transaction, change};

use crate::bed::Bed;

pub async fn after_close_calls_are_refused(bed: Bed) {
    bed.store.load(vec![change::head()]).await.unwrap();
    bed.store.close().await;
    let load = bed.store.load(vec![change::head()]).await.unwrap_err();
    assert!(matches!(load, StoreError::Unavailable { .. }), "{load:?}");
    let record = bed.store.record(Transaction::new()).await.unwrap_err();
    assert!(matches!(record, StoreError::Unavailable { .. }), "{record:?}");
}

pub async fn errors_and_handles_never_show_the_password(bed: Bed) {
    let shown = format!("{:?} {:?} {}", bed.store, bed.url, bed.url);
    assert!(shown.contains(&bed.url.to_string()));
    let url = StoreUrl::parse("postgres://ann:s3cret@127.0.0.1:1/books").unwrap();
    let error = store::Store::open(&url, &store::StoreLimits::default()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(matches!(error, StoreError::Unavailable { .. }) && !shown.contains("s3cret"), "{shown}");
}
