//! The transaction that records what the answers of a fetch change.

use std::collections::BTreeMap;

use market::{EmptyStretch, Source};
use model::{InstrumentId, Timestamp};
use store::Transaction;
use store::change::Change;
use store::coverage::{Empty, Listed};
use store::fetches::{self, Fetched, Restatement};

use super::memory::Learned;
use super::record::{Changes, SCOPE_INSTRUMENT};

/// Adds what answers and failures change to a transaction.
pub fn write(tx: &mut Transaction, changes: Vec<Changes>, learned: &Learned, now: Timestamp) {
    let mut bars = BTreeMap::<Source, Vec<_>>::new();
    let (mut removed, mut actions, mut answered, mut restated) = (vec![], vec![], vec![], vec![]);
    let (mut changed, mut empty, mut listings, mut entering) = (vec![], vec![], vec![], vec![]);
    for change in changes {
        let instrument = change.instrument;
        let has_bars = change.bars.iter().any(|(_, told)| !told.write.is_empty());
        entering.extend((change.enters_universe && has_bars).then_some(instrument));
        changed.extend(change.first_session.map(|session| Change {
            seq: 0,
            scope: SCOPE_INSTRUMENT.to_owned(),
            scope_id: instrument.0,
            first_session: i64::from(session.epoch_days()),
        }));
        let live = change.live.map(|session| (session, now));
        let listed = Listed { first: change.listing.first, last: change.listing.last, live };
        listings.extend((listed != Listed::default()).then_some((instrument, listed)));
        empty.extend(change.empty.map(|stretches| (instrument, stretches.iter().map(stored).collect())));
        actions.extend(change.actions.map(|by_source| {
            let coded = by_source.into_iter().map(|(source, actions)| (source.code(), actions));
            (instrument, coded.collect::<BTreeMap<_, _>>())
        }));
        for (source, stamp) in change.answered {
            answered.push(Fetched { instrument, source: source.code(), stamp, fetched_at: now });
        }
        for (source, told) in change.bars {
            restated.extend(restatements(instrument, source, &told.restated, now));
            removed.extend(told.remove.iter().map(|session| (instrument, *session)));
            bars.entry(source).or_default().push((instrument, told.write));
        }
    }
    // Removals come first: another source may have a bar of the session that one has no more.
    store::bars::delete(tx, &removed);
    for (source, bars) in &bars {
        store::bars::upsert(tx, bars, source.code());
    }
    if !actions.is_empty() {
        store::actions::replace(tx, &actions);
    }
    if !answered.is_empty() {
        answered.sort_by_key(|answer| (answer.instrument, answer.source));
        answered.dedup_by_key(|answer| (answer.instrument, answer.source));
        fetches::answered(tx, &answered);
        fetches::restated(tx, &restated);
    }
    if !empty.is_empty() {
        store::coverage::replace_empty(tx, &empty);
    }
    if !listings.is_empty() {
        store::coverage::note_listings(tx, &listings);
    }
    if !entering.is_empty() {
        store::universe::enter(tx, &entering, now);
    }
    learned.write(tx, now);
    if !changed.is_empty() {
        store::change::append(tx, &changed);
    }
}

fn stored(stretch: &EmptyStretch) -> Empty {
    let reason = stretch.reason.as_str().to_owned();
    Empty { first: stretch.first, last: stretch.last, reason, expires_at: stretch.expires_at }
}

fn restatements(
    instrument: InstrumentId,
    source: Source,
    restated: &[market::Restated],
    now: Timestamp,
) -> Vec<Restatement> {
    let entry = |entry: &market::Restated| Restatement {
        instrument,
        session: entry.session,
        field: entry.field.as_str().to_owned(),
        restated_at: now,
        old: entry.old,
        new: entry.new,
        source: source.code(),
    };
    restated.iter().map(entry).collect()
}
