//! New symbols on their way from a file into the universe.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::jobs::{self, JobFilter, JobKind, JobState};
use app::{AppError, Context, CreatedPortfolio, ImportFile, SymbolState, SymbolStatus, UnknownSymbols};
use market::{ProviderError, Source};
use model::{GapReason, PriceStatus};

use crate::bed::Bed;
use crate::books::{self, event, new_portfolio};
use crate::distant::{Distant, ctx_with};
use crate::published::Published;
use crate::validation::{file_of, listing};

async fn upload(ctx: &Context, name: &str, symbols: &[&str]) -> Result<CreatedPortfolio, AppError> {
    let content = file_of(symbols);
    let file =
        ImportFile { name: "positions.csv", content: content.as_bytes(), format: None, skip_bad_rows: false };
    app::upload_portfolio(ctx, &new_portfolio(name), Some(&file), false, UnknownSymbols::Onboarded).await
}

/// The jobs that are not over, by kind.
async fn open(ctx: &Context) -> BTreeMap<&'static str, Vec<jobs::Job>> {
    let states = vec![JobState::Pending, JobState::DownloadingData, JobState::Running];
    let list = jobs::list(ctx, &JobFilter { states, kinds: Vec::new() }, None, None).await.unwrap();
    let mut by_kind = BTreeMap::<&'static str, Vec<jobs::Job>>::new();
    list.jobs.into_iter().for_each(|job| by_kind.entry(job.kind.as_str()).or_default().push(job));
    by_kind
}

async fn counts(ctx: &Context) -> Vec<(&'static str, usize)> {
    open(ctx).await.into_iter().map(|(kind, jobs)| (kind, jobs.len())).collect()
}

/// Works on everything there is, symbols first.
async fn work(ctx: &Context) {
    loop {
        let mut open = open(ctx).await;
        let symbols = open.remove(JobKind::OnboardSymbol.as_str()).unwrap_or_default();
        let first = symbols.into_iter().chain(open.into_values().flatten()).next();
        let Some(job) = first else { return };
        jobs::run_in_foreground(ctx, &job.id).await.unwrap();
    }
}

async fn status(ctx: &Context, symbol: &str) -> SymbolStatus {
    app::symbol_status(ctx, symbol).await.unwrap()
}

fn unavailable() -> Option<ProviderError> {
    Some(ProviderError::Unavailable { reason: "reset".to_owned() })
}

pub async fn symbols_of_a_file_stand_in_the_queue_once(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA", "BBB", "CCC"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    let created = upload(&ctx, "One", &["AAA", "BBB"]).await.unwrap();
    assert_eq!(created.import.unwrap().pending.len(), 2);
    assert_eq!(counts(&ctx).await, [("onboard_symbol", 2), ("refresh", 1)]);
    let created = upload(&ctx, "Two", &["BBB", "CCC"]).await.unwrap();
    assert_eq!(created.import.unwrap().pending.len(), 2, "what others wait for is pending as well");
    assert_eq!(counts(&ctx).await, [("onboard_symbol", 3), ("refresh", 2)]);
    work(&ctx).await;
    for symbol in ["AAA", "BBB", "CCC"] {
        assert_eq!(status(&ctx, symbol).await.state, SymbolState::Ready);
    }
    let created = upload(&ctx, "Three", &["AAA", "CCC"]).await.unwrap();
    assert!(created.import.unwrap().pending.is_empty());
    assert_eq!(counts(&ctx).await, [("refresh", 1)], "what is known is computed at once");
}

pub async fn holders_are_computed_as_if_the_symbols_had_been_known(bed: Bed) {
    let symbols = ["AAA", "BBB"];
    let yahoo = listing(Source::Yahoo, &symbols);
    let ctx = ctx_with(&bed, &[&yahoo]);
    upload(&ctx, "Book", &symbols).await.unwrap();
    let asked = yahoo.call_count();
    work(&ctx).await;
    let own = |asked: &String| symbols.iter().any(|symbol| asked.starts_with(symbol));
    assert_eq!(yahoo.asked().iter().filter(|asked| own(asked)).count(), asked, "one call for each symbol");
    let other = bed.beside().await;
    let known = ctx_with(&other, &[&yahoo]);
    for symbol in symbols {
        crate::distant::fetch_one(&known, symbol, "2024-01-02", "2024-12-30").await.result.unwrap();
    }
    let created = upload(&known, "Book", &symbols).await.unwrap();
    assert!(created.import.unwrap().pending.is_empty());
    work(&known).await;
    let expected = Published::of(&known, "Book").await;
    assert!(expected.snapshots.len() > 100);
    Published::of(&ctx, "Book").await.check(&expected, "made known on the way");
}

pub async fn what_does_not_fit_into_the_queue_writes_nothing(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA", "BBB", "CCC", "DDD", "EEE"]);
    let mut ctx = ctx_with(&bed, &[&yahoo]);
    ctx.limits.onboarding.queue_symbols_max = 2;
    ctx.limits.onboarding.upload_symbols_max = 4;
    let never = upload(&ctx, "Book", &["AAA", "BBB", "CCC", "DDD", "EEE"]).await.unwrap_err();
    assert_eq!(never.code(), "too_many_unknown_symbols");
    assert!(app::list_portfolios(&ctx).await.unwrap().is_empty() && counts(&ctx).await.is_empty());
    upload(&ctx, "Large", &["AAA", "BBB", "CCC"]).await.unwrap();
    let full = upload(&ctx, "Later", &["DDD"]).await.unwrap_err();
    assert!(matches!(full, AppError::OnboardingFull { open: 3, new: 1, retry_after_s: 30 }), "{full:?}");
    assert_eq!(app::list_portfolios(&ctx).await.unwrap().len(), 1);
    upload(&ctx, "Shared", &["AAA", "CCC"]).await.unwrap();
    work(&ctx).await;
    upload(&ctx, "Later", &["DDD"]).await.unwrap();
}

pub async fn two_uploads_at_once_do_not_both_find_the_last_room(bed: Bed) {
    for round in 0..8 {
        let bed = bed.another().await;
        let yahoo = listing(Source::Yahoo, &["AAA", "BBB", "CCC", "DDD"]);
        let mut ctx = ctx_with(&bed, &[&yahoo]);
        ctx.limits.onboarding.queue_symbols_max = 3;
        let mut other = bed.ctx_of_another_process().await;
        (other.chain, other.limits) = (ctx.chain.clone(), ctx.limits);
        let (one, two) =
            tokio::join!(upload(&ctx, "One", &["AAA", "BBB"]), upload(&other, "Two", &["CCC", "DDD"]));
        let refused = one.err().into_iter().chain(two.err()).map(|error| error.code()).collect::<Vec<_>>();
        assert_eq!(refused, ["onboarding_queue_full"], "{round}");
        assert_eq!(counts(&ctx).await, [("onboard_symbol", 2), ("refresh", 1)]);
    }
}

pub async fn a_symbol_that_proves_not_to_exist_stops_no_other_and_can_be_mended(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA", "GOOD"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    yahoo.fails(unavailable());
    let created = upload(&ctx, "Book", &["AAA", "BAD"]).await.unwrap();
    assert_eq!(created.import.unwrap().pending.len(), 2);
    yahoo.fails(None);
    work(&ctx).await;
    assert_eq!(status(&ctx, "AAA").await.state, SymbolState::Ready);
    let bad = status(&ctx, "bad").await;
    assert_eq!((bad.state, bad.error_code.as_deref()), (SymbolState::Error, Some("not_found")));
    let newest = |published: &Published| published.snapshots.last().unwrap().clone();
    let gap = newest(&Published::of(&ctx, "Book").await).gaps[0].clone();
    assert_eq!((gap.status, gap.reason), (Some(PriceStatus::Unpriced), GapReason::NeverQuoted));
    // It may be given a price by hand,
    books::add(&ctx, "Book", &event("2024-12-27".parse().unwrap(), "mark BAD 51")).await;
    books::refresh(&ctx, "Book").await;
    let gap = newest(&Published::of(&ctx, "Book").await).gaps[0].clone();
    assert_eq!(gap.status, Some(PriceStatus::Mark));
    // or stand for another symbol, in the books and in files to come,
    let (from, to) = ("BAD".parse().unwrap(), "GOOD".parse().unwrap());
    let mapped = app::map_symbol(&ctx, &from, &to, UnknownSymbols::Onboarded).await.unwrap();
    assert_eq!((mapped.event_count, mapped.portfolios.len(), mapped.is_pending), (2, 1, true));
    work(&ctx).await;
    let published = Published::of(&ctx, "Book").await;
    assert!(newest(&published).gaps.is_empty(), "{:?}", newest(&published).gaps);
    assert!(status(&ctx, "BAD").await.message.starts_with("as GOOD: it is in the universe"));
    let content = file_of(&["AAA", "BAD"]);
    let file =
        ImportFile { name: "positions.csv", content: content.as_bytes(), format: None, skip_bad_rows: false };
    let again = app::upload_file(&ctx, "Book", &file, false, UnknownSymbols::Onboarded).await.unwrap();
    assert_eq!(again.event_count, 0, "the file that brought it adds nothing");
    // or be corrected: the wrong event is voided and the right one entered.
    yahoo.fails(unavailable());
    upload(&ctx, "Other", &["WRNG"]).await.unwrap();
    yahoo.fails(None);
    work(&ctx).await;
    let wrong = app::list_events(&ctx, "Other").await.unwrap().remove(0);
    app::void_event(&ctx, wrong.event.id).await.unwrap();
    books::add(&ctx, "Other", &event("2024-03-04".parse().unwrap(), "buy 10 GOOD 50")).await;
    books::refresh(&ctx, "Other").await;
    assert!(newest(&Published::of(&ctx, "Other").await).gaps.is_empty());
}

pub async fn there_is_always_a_status_and_a_failure_can_be_tried_again(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    for (text, message) in [("aaa", "it is not in the universe"), ("no symbol!", "\"no symbol!\" is not")] {
        let unknown = status(&ctx, text).await;
        assert_eq!(unknown.state, SymbolState::Unknown);
        assert!(unknown.message.starts_with(message), "{unknown:?}");
    }
    assert_eq!(app::retry_symbol(&ctx, "AAA").await.unwrap_err().code(), "not_found");
    yahoo.fails(Some(ProviderError::Unauthorized));
    upload(&ctx, "Book", &["AAA"]).await.unwrap();
    let pending = status(&ctx, " aaa ").await;
    assert_eq!((pending.state, pending.estimated_seconds), (SymbolState::Pending, Some(60)));
    work(&ctx).await;
    let failed = status(&ctx, "AAA").await;
    assert_eq!((failed.state, failed.error_code.as_deref()), (SymbolState::Error, Some("unauthorized")));
    yahoo.fails(None);
    assert_eq!(app::retry_symbol(&ctx, "aaa").await.unwrap().state, SymbolState::Pending);
    assert_eq!(app::retry_symbol(&ctx, "AAA").await.unwrap().state, SymbolState::Pending);
    assert_eq!(counts(&ctx).await, [("onboard_symbol", 1)]);
    work(&ctx).await;
    let ready = status(&ctx, "AAA").await;
    assert_eq!((ready.state, ready.is_partial()), (SymbolState::Ready, true));
    assert!(
        ready.absent.iter().any(|(figure, _)| figure == "market_beta"),
        "nobody quotes the benchmark here"
    );
    assert_eq!(app::retry_symbol(&ctx, "AAA").await.unwrap().state, SymbolState::Ready);
    let house = "CASH_USD";
    assert_eq!(status(&ctx, house).await.state, SymbolState::Ready);
    assert_eq!(status(&ctx, "AAA250117C00050000").await.state, SymbolState::Ready);
    yahoo.fails(unavailable());
    upload(&ctx, "Next", &["NEXT"]).await.unwrap();
    let next = status(&ctx, "NEXT").await;
    assert_eq!((next.state, next.estimated_seconds), (SymbolState::Pending, Some(1)), "as the one before it");
}

pub async fn prices_reach_back_to_the_first_entry_of_a_holder(bed: Bed) {
    let yahoo: Arc<Distant> = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2010-01-04", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let content = "Symbol,Quantity,Entry Price Per Share,Entry Date\nAAA,1,50,2012-05-01\n";
    let file =
        ImportFile { name: "old.csv", content: content.as_bytes(), format: None, skip_bad_rows: false };
    let new = new_portfolio("Old");
    app::upload_portfolio(&ctx, &new, Some(&file), false, UnknownSymbols::Onboarded).await.unwrap();
    work(&ctx).await;
    assert_eq!(yahoo.asked()[0], "AAA 2012-04-16..2024-12-30");
    assert_eq!(Published::of(&ctx, "Old").await.snapshots[0].session, "2012-05-01".parse().unwrap());
}

pub async fn options_on_a_symbol_that_stands_for_another_are_options_on_the_other(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["GOOD", "OTHER.B"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    let date = "2024-03-04".parse().unwrap();
    let words = ["buy 10 BAD 50", "buy 2 BAD250117C00050000 3", "mark BAD250117C00050000 4", "buy 1 GOOD 50"];
    books::create(&ctx, "Book", &words.map(|words| event(date, words))).await;
    let map = async |target: &str| {
        let (symbol, target) = ("BAD".parse().unwrap(), target.parse().unwrap());
        app::map_symbol(&ctx, &symbol, &target, UnknownSymbols::Validated).await
    };
    let refused = map("OTHER.B").await.unwrap_err();
    assert_eq!(refused.code(), "invalid_input", "no option symbol begins so: {refused}");
    assert_eq!(map("GOOD").await.unwrap().event_count, 3);
    // What is entered later goes the same way, with options that nobody has met.
    books::add(&ctx, "Book", &event(date, "buy 1 BAD250117P00050000 2")).await;
    books::add(&ctx, "Book", &event(date, "buy 1 BAD250117C00050000 3")).await;
    let mut symbols: Vec<String> = app::list_events(&ctx, "Book")
        .await
        .unwrap()
        .into_iter()
        .filter(|listed| listed.event.is_active())
        .map(|listed| listed.symbol.unwrap().to_string())
        .collect();
    symbols.sort();
    let (call, put) = ("GOOD250117C00050000", "GOOD250117P00050000");
    assert_eq!(symbols, ["GOOD", "GOOD", call, call, call, put]);
    books::refresh(&ctx, "Book").await;
    let gaps = Published::of(&ctx, "Book").await.snapshots.last().unwrap().gaps.clone();
    assert!(
        gaps.iter().all(|gap| gap.symbol.as_ref().is_some_and(|symbol| symbol.as_str() != "BAD")),
        "{gaps:?}"
    );
}

pub async fn a_job_that_is_opened_again_finds_room_first_and_asks_anew(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA"]);
    let mut ctx = ctx_with(&bed, &[&yahoo]);
    ctx.limits.onboarding.queue_symbols_max = 1;
    yahoo.fails(unavailable());
    upload(&ctx, "Book", &["LATE"]).await.unwrap();
    yahoo.fails(None);
    work(&ctx).await;
    let failed = status(&ctx, "LATE").await;
    assert_eq!((failed.state, failed.error_code.as_deref()), (SymbolState::Error, Some("not_found")));
    let filter = JobFilter { states: vec![JobState::Failed], kinds: vec![JobKind::OnboardSymbol] };
    let job = jobs::list(&ctx, &filter, None, None).await.unwrap().jobs.remove(0);
    upload(&ctx, "Other", &["AAA"]).await.unwrap();
    assert_eq!(jobs::retry(&ctx, &job.id).await.unwrap_err().code(), "onboarding_queue_full");
    work(&ctx).await;
    // It is listed by now, and what was said of it before is not the answer.
    yahoo.lists("LATE", "2024-01-02", "2024-12-30", "50");
    jobs::retry(&ctx, &job.id).await.unwrap();
    work(&ctx).await;
    assert_eq!(status(&ctx, "LATE").await.state, SymbolState::Ready);
    ctx.limits.jobs.queue_depth_max = 0;
    let refresh = jobs::NewJob::new(jobs::JobInput::Refresh(jobs::RefreshInput::default()));
    assert_eq!(jobs::create(&ctx, refresh).await.unwrap_err().code(), "queue_full");
}

pub async fn the_figures_of_a_symbol_are_kept_before_anybody_refreshes(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    upload(&ctx, "Book", &["AAA"]).await.unwrap();
    let job = open(&ctx).await.remove("onboard_symbol").unwrap().remove(0);
    jobs::run_in_foreground(&ctx, &job.id).await.unwrap();
    let store = ctx.store().unwrap();
    let instrument = store::instruments::by_symbol(store, &["AAA".parse().unwrap()]).await.unwrap().remove(0);
    let session = "2024-12-30".parse().unwrap();
    let kept = async || store::risks::of_symbols(store, &[session], &[instrument.id]).await.unwrap();
    let figures = kept().await.remove(&(session, instrument.id)).expect("nothing is kept");
    work(&ctx).await;
    let again = kept().await.remove(&(session, instrument.id)).unwrap();
    assert_eq!((figures.figures, figures.shown), (again.figures, again.shown), "as a refresh computes them");
}
