//! Jobs that reads had made for prices the cache lacks, known by their keys, and how many there may be of an owner.

use crate::store::Store;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// Has whoever else adds to the queues wait for the end of this transaction, so that what is counted behind it stays
    /// true.
    READS_LOCK: "UPDATE onboarding_gate SET revision = revision + 1 WHERE id = 1",
        params [], columns [];
    /// Lets a transaction through while fewer than so many jobs of an owner are open between two keys, and fewer than so
    /// many stand between two others.
    READS_ADMIT: "UPDATE onboarding_gate SET revision = revision + 1 WHERE id = 1 \
            AND (SELECT COUNT(*) FROM job WHERE owner = $1 AND idempotency_key >= $2 AND idempotency_key < $3 \
                AND state IN ('pending', 'downloading_data', 'running')) < $4 \
            AND (SELECT COUNT(*) FROM job WHERE owner = $1 AND idempotency_key >= $5 AND idempotency_key < $6) < $7",
        params [text, text, text, int, text, text, int], columns [];
    /// How many jobs of an owner stand between two keys.
    READS_BETWEEN: "SELECT COUNT(*) FROM job WHERE owner = $1 AND idempotency_key >= $2 AND idempotency_key < $3",
        params [text, text, text], columns [int];
}

/// What all keys of such jobs begin with.
const PREFIX: &str = "prices ";

/// How many jobs reads of an owner may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Whose.
    pub owner: String,
    /// Jobs that are not over, at the most.
    pub open_max: i64,
    /// The day of universal time, counted from 1970.
    pub day: i64,
    /// Jobs of that day about symbols nobody has met, at the most.
    pub unmet_max: i64,
}

/// What the key of such a job begins with, by its day and by whether somebody has met the symbol.
pub fn key_prefix(day: i64, is_met: bool) -> String {
    format!("{PREFIX}{} {day} ", if is_met { "met" } else { "unmet" })
}

/// Lets a transaction through while the bounds leave room for one more job, whoever adds to it at the same time.
pub fn admission(bounds: &Bounds) -> Transaction {
    let [first, end] = range(PREFIX);
    let [unmet_first, unmet_end] = range(&key_prefix(bounds.day, false));
    let values = vec![
        bounds.owner.as_str().into(),
        first.into(),
        end.into(),
        bounds.open_max.into(),
        unmet_first.into(),
        unmet_end.into(),
        bounds.unmet_max.into(),
    ];
    let mut tx = Transaction::new();
    tx.push(&READS_LOCK, vec![], Expect::Exactly(1));
    tx.push(&READS_ADMIT, values, Expect::Exactly(1));
    tx
}

/// How many jobs of the day there are about symbols nobody had met.
///
/// # Errors
/// [`StoreError`].
pub async fn unmet_today(store: &Store, bounds: &Bounds) -> Result<i64, StoreError> {
    let [first, end] = range(&key_prefix(bounds.day, false));
    let values = vec![bounds.owner.as_str().into(), first.into(), end.into()];
    Ok(store.load(vec![Query::new(&READS_BETWEEN, values)]).await?[0].int(0)[0])
}

/// All keys that begin with a text which ends with a blank: from it to the same text with the next character there.
fn range(prefix: &str) -> [String; 2] {
    [prefix.to_owned(), format!("{}!", prefix.trim_end_matches(' '))]
}
