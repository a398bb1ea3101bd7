//! What each fault of each provider leaves in the cache, and when it is mended: one table, which the test prints.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the test are of the test, though only those marked so are known as such"
)]

mod bed;
mod expected;
mod subject;

use std::panic::AssertUnwindSafe;

use app::FetchOutcome;
use futures_util::FutureExt;
use model::{Calendar, Date, Timestamp};
use testkit::provider_server::Fault;

use bed::{Bed, FIRST, Kept, LAST, NOW};
use expected::{NO_FAULT, Row, expected, name};
use subject::{Subject, subjects};

/// What one fetch from an empty cache came to, and when the provider is asked again.
async fn row(bed: &Bed<'_>, outcome: &FetchOutcome, kept: &Kept) -> (Row, Option<Timestamp>) {
    let (error, refused, failure) = match &outcome.result {
        Ok(summary) => ("ok", summary.refused_count, summary.shortfall.as_ref()),
        Err(failure) => (failure.code, 0, Some(failure)),
    };
    let holes = kept.sessions.empty.iter().filter(|empty| empty.reason == "provider_has_none");
    let retry_at = match &kept.failure {
        Some(kept) => {
            let told = failure.map(|failure| (failure.code, failure.message.as_str(), failure.retry_at));
            let said = format!("{}: {}", bed.source(), kept.message);
            assert_eq!(told, Some((kept.code.as_str(), said.as_str(), kept.retry_at)));
            kept.retry_at
        }
        None => holes.clone().filter_map(|hole| hole.expires_at).min(),
    };
    let remembered = match &kept.failure {
        Some(kept) => kept.code.clone(),
        None if holes.count() > 0 => "hole".to_owned(),
        None => "nothing".to_owned(),
    };
    if remembered == "rate_limited" {
        assert_eq!(bed.cooldown_until().await, retry_at, "the pause holds for all symbols");
    } else {
        assert_eq!(bed.cooldown_until().await, None, "nobody asked for a pause");
    }
    let again = retry_at.map_or_else(|| "never".to_owned(), in_words);
    let (error, bars, calls) = (error.to_owned(), kept.bars.len(), bed.server.call_count());
    (Row { error, bars, refused, remembered, again, calls }, retry_at)
}

/// The time from now on, which has to be a whole number of minutes, hours or days.
fn in_words(at: Timestamp) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    let micros = at.epoch_micros() - now.epoch_micros();
    let minutes = micros / 60_000_000;
    match minutes {
        _ if micros % 60_000_000 != 0 => format!("{micros} µs"),
        _ if minutes % 1_440 == 0 => format!("{} days", minutes / 1_440),
        _ if minutes % 60 == 0 => format!("{} hours", minutes / 60),
        _ => format!("{minutes} min"),
    }
}

/// Whether every bar stored is one of the market's and final, so that nothing is half written.
fn check_bars(bed: &Bed<'_>, kept: &Kept) {
    let market = bed.market_bars();
    for bar in kept.bars.iter() {
        let told = market.position(bar.session).map(|at| market.close[at]);
        assert_eq!(told, Some(bar.close), "{}", bar.session);
    }
}

/// Nobody is asked before the time has come, by this process or the next; then the provider is, and all is mended.
async fn check_mending(bed: &mut Bed<'_>, first: &FetchOutcome, retry_at: Option<Timestamp>) {
    let calls = bed.server.call_count();
    let check_quiet = async |bed: &Bed<'_>| {
        let again = bed.fetch().await;
        assert_eq!((again.provider_calls, bed.server.call_count()), (0, calls), "nobody is asked");
        match (&first.result, again.result) {
            (Ok(_), Ok(summary)) => assert!(summary.is_cached),
            (Err(told), Err(failure)) => {
                assert!(failure.is_remembered);
                assert_eq!((failure.code, failure.retry_at), (told.code, told.retry_at));
            }
            (told, again) => panic!("{told:?} became {again:?}"),
        }
    };
    check_quiet(bed).await;
    bed.server.behave();
    bed.restart();
    check_quiet(bed).await;
    let Some(retry_at) = retry_at else { return };
    bed.set_now(Timestamp::from_epoch_micros(retry_at.epoch_micros() - 1));
    check_quiet(bed).await;
    bed.set_now(retry_at);
    let mended = bed.fetch().await;
    assert!(bed.server.call_count() > calls, "the provider is asked again");
    let summary = mended.result.unwrap();
    assert_eq!((summary.refused_count, &summary.shortfall), (0, &None));
    let kept = bed.kept().await;
    check_bars(bed, &kept);
    assert_eq!(kept.failure, None, "the failure is forgotten");
    check_whole(&kept);
}

/// Whether each session asked for has a final bar.
fn check_whole(kept: &Kept) {
    let (first, last): (Date, Date) = (FIRST.parse().unwrap(), LAST.parse().unwrap());
    let asked = Calendar::xnys().between(first, last);
    let is_held = |session: &Date| kept.bars.position(*session).is_some_and(|at| kept.bars.is_final[at]);
    let lacking: Vec<&Date> = asked.iter().filter(|session| !is_held(session)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// A fetch from an empty cache, its row, and its mending.
async fn outcome(subject: &Subject, fault: Option<Fault>) -> Row {
    let mut bed = Bed::new(subject, fault).await;
    let outcome = bed.fetch().await;
    let kept = bed.kept().await;
    check_bars(&bed, &kept);
    let (row, retry_at) = row(&bed, &outcome, &kept).await;
    if row.error == "ok" && row.refused == 0 {
        check_whole(&kept);
    }
    check_mending(&mut bed, &outcome, retry_at).await;
    row
}

/// The lines of one provider, and what is wrong in them.
async fn table(subject: Subject) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut wrong, mut bars_without) = (Vec::new(), Vec::new(), None);
    for fault in std::iter::once(None).chain(Fault::ALL.map(Some)) {
        let named = fault.map_or_else(|| NO_FAULT.to_owned(), name);
        // One line that goes wrong midway leaves the others in the table.
        let came = match AssertUnwindSafe(outcome(&subject, fault)).catch_unwind().await {
            Ok(came) => came,
            Err(panic) => {
                let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                wrong.push(format!("{} {named}: {said}", subject.source));
                continue;
            }
        };
        let expected = expected(&subject, fault, *bars_without.get_or_insert(came.bars));
        lines.push(line(&subject, &named, &came));
        if came != expected {
            wrong.push(format!("{}\n{}", lines[lines.len() - 1], line(&subject, "expected", &expected)));
        }
    }
    (lines, wrong)
}

fn line(subject: &Subject, fault: &str, row: &Row) -> String {
    format!("{:<12}  {fault:<17}  {}", subject.source, row.shown())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_of_each_provider_leaves_what_the_table_says_and_is_mended_in_time() {
    let tables = subjects().into_iter().map(|subject| tokio::spawn(table(subject)));
    println!("{:<12}  {:<17}  {}", "provider", "fault", Row::HEADER);
    let mut all_wrong = Vec::new();
    for table in futures_util::future::join_all(tables).await {
        let (lines, wrong) = table.unwrap();
        println!("{}", lines.join("\n"));
        all_wrong.extend(wrong);
    }
    assert!(all_wrong.is_empty(), "\n{}", all_wrong.join("\n"));
}
