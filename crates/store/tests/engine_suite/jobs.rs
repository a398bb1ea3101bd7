//! Jobs: claims, guarded transitions, units, notes and schedules.

use model::Timestamp;
use store::jobs::notes::{self, LogLine, Warning};
use store::jobs::transitions::{self, Claim, Ending};
use store::jobs::units::{self, UnitEnd};
use store::jobs::{self, Holder, JobPage, NewStoredJob, StoredJob};
use store::schedules::{self, StoredSchedule};
use store::{Constraint, Store, StoreError, Transaction};

use crate::bed::Bed;

const SECOND: i64 = 1_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_micros(1_000_000 * SECOND + seconds * SECOND)
}

fn new(id: &str, owner: &str) -> NewStoredJob {
    NewStoredJob {
        id: id.to_owned(),
        kind: "refresh".to_owned(),
        owner: owner.to_owned(),
        subject: None,
        input: "{}".to_owned(),
        input_sha256: "h".to_owned(),
        idempotency_key: None,
        units: vec!["first".to_owned(), "second".to_owned()],
        version: "1".to_owned(),
        created_at: at(0),
        lease: None,
    }
}

async fn add(store: &Store, job: &NewStoredJob) {
    let mut tx = Transaction::new();
    jobs::insert(&mut tx, job);
    store.record(tx).await.unwrap();
}

fn claim(worker: &str, seconds: i64) -> Claim<'_> {
    Claim {
        worker,
        version: "2",
        now: at(seconds),
        lease_until: at(seconds + 10),
        horizon: at(seconds + 1_000),
    }
}

fn refreshes() -> Vec<String> {
    vec!["refresh".to_owned()]
}

async fn claimed(store: &Store, worker: &str, seconds: i64) -> Option<Holder> {
    let got = transitions::claim(store, &claim(worker, seconds), &refreshes()).await.unwrap();
    let job = jobs::of_lease(store, worker).await.unwrap();
    assert_eq!(got, job.is_some());
    job.map(|job| Holder { job: job.id, owner: worker.to_owned(), fence: job.fence })
}

async fn load(store: &Store, id: &str) -> StoredJob {
    jobs::by_id(store, id).await.unwrap().unwrap()
}

async fn guard(store: &Store, holder: &Holder, seconds: i64) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    transitions::guard(&mut tx, holder, at(seconds));
    store.record(tx).await.map(|_| ())
}

async fn advance(store: &Store, holder: &Holder, from: &str, to: &str) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    transitions::advance(&mut tx, holder, from, to, at(1));
    store.record(tx).await.map(|_| ())
}

async fn finish(store: &Store, holder: &Holder, state: &str, seconds: i64) -> Result<(), StoreError> {
    let mut tx = Transaction::new();
    let ending = Ending { state, error: None, result: Some("{}".to_owned()), now: at(seconds) };
    transitions::finish(&mut tx, holder, &ending);
    store.record(tx).await.map(|_| ())
}

pub async fn a_job_is_stored_whole(bed: Bed) {
    let job = NewStoredJob {
        subject: Some("AAPL".to_owned()),
        idempotency_key: Some("k".to_owned()),
        lease: Some(("w".to_owned(), at(9))),
        ..new("a", "o")
    };
    add(&bed.store, &job).await;
    let stored = load(&bed.store, "a").await;
    let expect = (1, Some("w"), Some(at(9)), 1, 2, Some(at(0)));
    let lease = (stored.fence, stored.lease_owner.as_deref(), stored.lease_until);
    let rest = (stored.revision, stored.units_total, stored.started_at);
    assert_eq!((lease.0, lease.1, lease.2, rest.0, rest.1, rest.2), expect);
    assert_eq!((stored.state.as_str(), stored.subject.as_deref()), ("pending", Some("AAPL")));
    assert_eq!(jobs::by_key(&bed.store, "o", "k").await.unwrap(), Some(stored.clone()));
    assert_eq!(jobs::by_key(&bed.store, "p", "k").await.unwrap(), None);
    add(&bed.store, &new("b", "o")).await;
    add(&bed.store, &new("c", "p")).await;
    let (states, kinds) = (vec!["pending".to_owned()], refreshes());
    let page = |before| JobPage { owner: "o", before, states: &states, kinds: &kinds, limit: 1 };
    let first = jobs::page(&bed.store, &page("~")).await.unwrap();
    let second = jobs::page(&bed.store, &page(&first[0].id)).await.unwrap();
    assert_eq!((first[0].id.as_str(), second[0].id.as_str()), ("b", "a"));
    assert_eq!(
        jobs::newest_of_subjects(&bed.store, "refresh", &["AAPL".to_owned()]).await.unwrap(),
        [stored]
    );
    assert_eq!(jobs::open_count(&bed.store, &kinds).await.unwrap(), 3);
    let counted = jobs::counted(&bed.store).await.unwrap();
    assert_eq!(counted, [("refresh".to_owned(), "pending".to_owned(), 3)]);
}

pub async fn each_worker_claims_another_job(bed: Bed) {
    for number in 0..20 {
        add(&bed.store, &new(&format!("job{number:02}"), "o")).await;
    }
    let claims = (0..24).map(|number| {
        let store = bed.store.clone();
        tokio::spawn(async move { claimed(&store, &format!("w{number}"), 1).await })
    });
    let mut got = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        got.extend(claim.await.unwrap().map(|holder| holder.job));
    }
    // A claim that another one was faster for may go away empty; what is left is there for the next.
    while let Some(holder) = claimed(&bed.store, &format!("late{}", got.len()), 1).await {
        got.push(holder.job);
    }
    got.sort();
    let expect: Vec<String> = (0..20).map(|number| format!("job{number:02}")).collect();
    assert_eq!(got, expect);
}

pub async fn a_lease_that_ran_out_is_taken_over_and_its_holder_records_nothing(bed: Bed) {
    add(&bed.store, &new("a", "o")).await;
    let first = claimed(&bed.store, "w1", 0).await.unwrap();
    guard(&bed.store, &first, 9).await.unwrap();
    assert!(claimed(&bed.store, "w2", 9).await.is_none());
    // Past its lease the holder records nothing even while nobody else holds it, and may renew it.
    let refused = guard(&bed.store, &first, 10).await.unwrap_err();
    assert!(transitions::is_lost(&refused), "{refused}");
    assert!(transitions::renew(&bed.store, &first, at(12)).await.unwrap());
    guard(&bed.store, &first, 11).await.unwrap();
    let second = claimed(&bed.store, "w2", 12).await.unwrap();
    assert_eq!((second.fence, load(&bed.store, "a").await.takeover_count), (2, 1));
    assert!(transitions::is_lost(&guard(&bed.store, &first, 11).await.unwrap_err()));
    assert!(transitions::is_lost(&finish(&bed.store, &first, "completed", 11).await.unwrap_err()));
    assert!(transitions::is_lost(&advance(&bed.store, &first, "pending", "running").await.unwrap_err()));
    assert!(!transitions::renew(&bed.store, &first, at(99)).await.unwrap());
    assert_eq!(jobs::is_cancel_requested(&bed.store, &first).await.unwrap(), None);
    guard(&bed.store, &second, 13).await.unwrap();
    assert_eq!(load(&bed.store, "a").await.takeover_count, 0);
    let mut tx = Transaction::new();
    transitions::release(&mut tx, &second, at(30), 1, Some(("busy".to_owned(), "try again".to_owned())));
    bed.store.record(tx).await.unwrap();
    assert!(claimed(&bed.store, "w3", 29).await.is_none());
    let third = claimed(&bed.store, "w3", 30).await.unwrap();
    let stored = load(&bed.store, "a").await;
    assert_eq!((third.fence, stored.attempt, stored.takeover_count), (3, 1, 0));
}

pub async fn a_transition_needs_the_state_it_leaves(bed: Bed) {
    add(&bed.store, &new("a", "o")).await;
    let holder = claimed(&bed.store, "w", 0).await.unwrap();
    advance(&bed.store, &holder, "pending", "running").await.unwrap();
    assert!(advance(&bed.store, &holder, "pending", "downloading_data").await.unwrap_err().is_guard());
    finish(&bed.store, &holder, "completed", 5).await.unwrap();
    assert!(finish(&bed.store, &holder, "failed", 6).await.unwrap_err().is_guard());
    assert!(!transitions::cancel(&bed.store, "a", "o", at(6)).await.unwrap());
    let stored = load(&bed.store, "a").await;
    assert_eq!(
        (stored.state.as_str(), stored.finished_at, stored.lease_owner),
        ("completed", Some(at(5)), None)
    );
    let mut tx = Transaction::new();
    transitions::reopen(&mut tx, "a", "o", stored.revision, at(7));
    assert!(bed.store.record(tx).await.unwrap_err().is_guard(), "what is complete stays complete");
}

pub async fn a_key_belongs_to_one_job_of_an_owner(bed: Bed) {
    let keyed = |id, owner| NewStoredJob { idempotency_key: Some("k".to_owned()), ..new(id, owner) };
    add(&bed.store, &keyed("a", "o")).await;
    add(&bed.store, &keyed("b", "p")).await;
    let mut tx = Transaction::new();
    jobs::insert(&mut tx, &keyed("c", "o"));
    let refused = bed.store.record(tx).await.unwrap_err();
    assert!(matches!(refused, StoreError::Constraint { which: Constraint::Unique, .. }), "{refused}");
}

pub async fn units_are_counted_and_only_failed_ones_open_again(bed: Bed) {
    add(&bed.store, &new("a", "o")).await;
    let holder = claimed(&bed.store, "w", 0).await.unwrap();
    let failed = Some(("no_data".to_owned(), "nobody has it".to_owned()));
    let ends = [
        UnitEnd { number: 0, state: "done", error: None },
        UnitEnd { number: 1, state: "failed", error: failed.clone() },
    ];
    let mut tx = Transaction::new();
    units::end(&mut tx, "a", &ends);
    units::add(&mut tx, "a", 2, &["third".to_owned()]);
    bed.store.record(tx).await.unwrap();
    finish(&bed.store, &holder, "partial", 3).await.unwrap();
    let stored = load(&bed.store, "a").await;
    assert_eq!(
        [stored.units_total, stored.units_done, stored.units_failed, stored.units_skipped],
        [3, 1, 1, 0]
    );
    let found = units::of_job(&bed.store, "a", 0, 1).await.unwrap();
    assert_eq!((found[0].name.as_str(), &found[0].error), ("second", &failed));
    let mut tx = Transaction::new();
    transitions::reopen(&mut tx, "a", "o", stored.revision, at(4));
    bed.store.record(tx).await.unwrap();
    let found = units::of_job(&bed.store, "a", -1, 10).await.unwrap();
    let states: Vec<(&str, i64)> = found.iter().map(|unit| (unit.state.as_str(), unit.attempt)).collect();
    assert_eq!(states, [("done", 0), ("pending", 1), ("pending", 0)]);
    let stored = load(&bed.store, "a").await;
    assert_eq!((stored.state.as_str(), stored.units_failed, stored.finished_at), ("pending", 0, None));
}

pub async fn a_job_that_nobody_works_on_is_cancelled_at_once(bed: Bed) {
    for id in ["a", "b"] {
        add(&bed.store, &new(id, "o")).await;
    }
    let holder = claimed(&bed.store, "w", 0).await.unwrap();
    assert_eq!(holder.job, "a");
    assert!(!transitions::cancel(&bed.store, "b", "p", at(1)).await.unwrap(), "somebody else's");
    for id in ["a", "b"] {
        assert!(transitions::cancel(&bed.store, id, "o", at(1)).await.unwrap());
    }
    assert_eq!(load(&bed.store, "b").await.state, "cancelled");
    let held = load(&bed.store, "a").await;
    assert_eq!((held.state.as_str(), held.cancel_requested), ("pending", true));
    assert_eq!(jobs::is_cancel_requested(&bed.store, &holder).await.unwrap(), Some(true));
    finish(&bed.store, &holder, "cancelled", 2).await.unwrap();
    assert!(finish(&bed.store, &holder, "completed", 2).await.unwrap_err().is_guard());
}

pub async fn a_clock_that_jumped_holds_no_job_for_ever(bed: Bed) {
    add(&bed.store, &new("a", "o")).await;
    let early = claimed(&bed.store, "w1", 100_000).await.unwrap();
    let later = claimed(&bed.store, "w2", 5).await.unwrap();
    assert_eq!((early.fence, later.fence), (1, 2));
    let mut tx = Transaction::new();
    transitions::release(&mut tx, &later, at(100_000), 1, None);
    bed.store.record(tx).await.unwrap();
    assert!(jobs::is_waiting(&bed.store, &refreshes(), at(6), at(1_006)).await.unwrap());
    assert!(claimed(&bed.store, "w3", 6).await.is_some());
    let abandoned = |seconds| jobs::abandoned(&bed.store, "o", "refresh", "h", at(seconds));
    assert_eq!(abandoned(15).await.unwrap(), None);
    assert_eq!(abandoned(16).await.unwrap().as_deref(), Some("a"));
}

pub async fn warnings_are_counted_by_kind_and_paged(bed: Bed) {
    add(&bed.store, &new("a", "o")).await;
    let warning = |number: i64| Warning {
        place: (1, number),
        kind: if number % 3 == 0 { "late" } else { "stale" }.to_owned(),
        message: format!("m{number}"),
    };
    let mut tx = Transaction::new();
    notes::warn(&mut tx, "a", &(0..10).map(warning).collect::<Vec<_>>());
    let line = |number: i64| LogLine { at: at(number), event: "e".to_owned(), message: format!("l{number}") };
    notes::log(&mut tx, "a", 1, 0, &[line(0), line(1)]);
    notes::log(&mut tx, "a", 2, 0, &[line(2)]);
    bed.store.record(tx).await.unwrap();
    let (counts, lines) = notes::of_job(&bed.store, "a", 2, 2).await.unwrap();
    let told: Vec<(&str, i64, usize)> =
        counts.iter().map(|of| (of.kind.as_str(), of.count, of.examples.len())).collect();
    assert_eq!(told, [("late", 4, 2), ("stale", 6, 2)]);
    assert_eq!(counts[0].examples, ["m0", "m3"]);
    assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["l1", "l2"]);
    let page = notes::warnings(&bed.store, "a", (1, 7), 10).await.unwrap();
    assert_eq!(page.iter().map(|warning| warning.place.1).collect::<Vec<_>>(), [8, 9]);
}

pub async fn jobs_that_are_over_for_long_are_dropped_with_all_that_is_theirs(bed: Bed) {
    for (id, seconds) in [("a", 10), ("b", 20)] {
        add(&bed.store, &new(id, "o")).await;
        let holder = claimed(&bed.store, "w", 0).await.unwrap();
        let mut tx = Transaction::new();
        let warning = Warning { place: (1, 0), kind: "k".to_owned(), message: "m".to_owned() };
        notes::warn(&mut tx, id, &[warning]);
        notes::log(
            &mut tx,
            id,
            1,
            0,
            &[LogLine { at: at(0), event: "e".to_owned(), message: "m".to_owned() }],
        );
        bed.store.record(tx).await.unwrap();
        finish(&bed.store, &holder, "completed", seconds).await.unwrap();
    }
    add(&bed.store, &new("c", "o")).await;
    assert_eq!(transitions::purge(&bed.store, at(10)).await.unwrap(), 1);
    let ids: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let left = jobs::by_ids(&bed.store, &ids).await.unwrap();
    assert_eq!(left.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    assert!(units::of_job(&bed.store, "a", -1, 9).await.unwrap().is_empty());
    assert_eq!(notes::of_job(&bed.store, "b", 1, 1).await.unwrap().1.len(), 1);
}

pub async fn an_occurrence_is_fired_once(bed: Bed) {
    let schedule = StoredSchedule {
        id: "s".to_owned(),
        owner: "o".to_owned(),
        kind: "refresh".to_owned(),
        input: "{}".to_owned(),
        cron: "30 17 * * *".to_owned(),
        zone: "America/New_York".to_owned(),
        next_at: at(10),
        last_at: None,
        last_job_id: None,
        created_at: at(0),
    };
    let mut tx = Transaction::new();
    schedules::insert(&mut tx, &schedule);
    bed.store.record(tx).await.unwrap();
    assert!(schedules::due(&bed.store, at(9), at(50), 10).await.unwrap().is_empty());
    let due = schedules::due(&bed.store, at(11), at(50), 10).await.unwrap();
    assert_eq!(due, [schedule]);
    let fire = |job: &str| {
        let mut tx = Transaction::new();
        schedules::fire(&mut tx, &due[0], at(100), Some(at(11)), Some(job));
        jobs::insert(&mut tx, &new(job, "o"));
        tx
    };
    bed.store.record(fire("a")).await.unwrap();
    assert!(bed.store.record(fire("b")).await.unwrap_err().is_guard());
    assert!(jobs::by_id(&bed.store, "b").await.unwrap().is_none());
    let fired = schedules::of_owner(&bed.store, "o").await.unwrap().remove(0);
    assert_eq!(
        (fired.next_at, fired.last_at, fired.last_job_id.as_deref()),
        (at(100), Some(at(11)), Some("a"))
    );
    assert!(!schedules::delete(&bed.store, "p", "s").await.unwrap());
    assert!(schedules::delete(&bed.store, "o", "s").await.unwrap());
}
