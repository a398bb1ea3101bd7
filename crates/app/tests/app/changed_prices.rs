//! Price files that change after they were read.

use app::{FetchRequest, NewEvent, RefreshRequest};
use model::{GapReason, PriceStatus, Symbol};

use crate::bed::Bed;
use crate::books::{self, event, refresh_with, usual_events, usual_prices, usual_sessions, warned, written};
use crate::published::Published;

/// One portfolio with both symbols, one with BBB alone, one with cash alone; all computed.
async fn three_portfolios(bed: &Bed) -> [(&'static str, Vec<NewEvent>); 3] {
    usual_prices(bed);
    let sessions = usual_sessions();
    let three = [
        ("Both", usual_events()),
        ("Bravo", vec![event(sessions[1], "buy 10 BBB 50")]),
        ("Cash", vec![event(sessions[1], "deposit 10")]),
    ];
    for (name, events) in &three {
        books::create(&bed.ctx(), name, events).await;
    }
    refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    three
}

/// Refreshes everything, and holds what was written and what is published against expectations.
async fn check(bed: &Bed, three: &[(&'static str, Vec<NewEvent>); 3], counts: [u64; 3], when: &str) {
    let report = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert!(!warned(&report, "history_rebuilt"), "{when}");
    for ((name, events), count) in three.iter().zip(counts) {
        assert_eq!(written(&report, name), count, "{name}: {when}");
        let expected = Published::in_one_go(bed, events, Some(usual_sessions()[11])).await;
        Published::of(&bed.ctx(), name).await.check(&expected, when);
    }
    let again = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert!(three.iter().all(|(name, _)| written(&again, name) == 0), "{when}: {again:?}");
}

pub async fn a_changed_bar_dirties_its_holders_from_its_session_on(bed: Bed) {
    let three = three_portfolios(&bed).await;
    let sessions = usual_sessions();
    bed.folder.change("AAA", &[(sessions[9], "31.07")]);
    // The session itself and the next, whose change of value is told from it.
    let report = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert_eq!(report.from, Some(sessions[9]));
    assert_eq!((written(&report, "Bravo"), written(&report, "Cash")), (0, 0), "{report:?}");
    assert!((2..=3).contains(&written(&report, "Both")), "{report:?}");
    check(&bed, &three, [0, 0, 0], "after the change").await;
    bed.folder.change("BBB", &[(sessions[11], "58.99")]);
    check(&bed, &three, [1, 1, 0], "a change of the last session").await;
}

pub async fn a_removed_bar_leaves_a_stale_price(bed: Bed) {
    let three = three_portfolios(&bed).await;
    let sessions = usual_sessions();
    bed.folder.change("BBB", &[(sessions[11], "")]);
    check(&bed, &three, [1, 1, 0], "the last bar is gone").await;
    let stored = Published::of(&bed.ctx(), "Bravo").await;
    let gap = &stored.snapshots.last().unwrap().gaps[0];
    assert_eq!((gap.status, gap.reason), (Some(PriceStatus::Stale), GapReason::NoBar));
    assert_eq!(gap.price_date, Some(sessions[10]));
}

pub async fn a_restated_file_is_logged(bed: Bed) {
    three_portfolios(&bed).await;
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let symbol: Symbol = "AAA".parse().unwrap();
    assert!(app::coverage_of(&ctx, &symbol).await.unwrap().restatements.is_empty());
    bed.folder.change("AAA", &[(sessions[2], "44.01"), (sessions[3], ""), (sessions[8], "22")]);
    let report = refresh_with(&ctx, &RefreshRequest::default()).await;
    assert!(warned(&report, "restated"), "{report:?}");
    let detail = app::coverage_of(&ctx, &symbol).await.unwrap();
    let mut told: Vec<_> = detail.restatements.iter().map(|entry| (entry.session, entry.new)).collect();
    told.sort_unstable();
    let expected = [(sessions[2], Some(44_010_000)), (sessions[3], None), (sessions[8], Some(22_000_000))];
    assert_eq!(told, expected);
    assert!(detail.restatements.iter().all(|entry| entry.field == "close" && entry.old.is_some()));
    assert_eq!((detail.absences[0].first, detail.absences[0].last), (sessions[3], sessions[3]));
}

pub async fn an_added_dividend_is_credited_from_its_date_on(bed: Bed) {
    let three = three_portfolios(&bed).await;
    let sessions = usual_sessions();
    // A payment on a Saturday is credited on the Monday.
    let saturday = sessions[4].plus_days(1);
    let paid = format!("symbol,ex_date,amount\nBBB,{},0.25\nBBB,{saturday},0.1\n", sessions[4]);
    bed.folder.write("dividends.csv", &paid);
    check(&bed, &three, [7, 7, 0], "a second dividend").await;
    let twice = format!("{paid}BBB,{saturday},0.1\n");
    bed.folder.write("dividends.csv", &twice);
    check(&bed, &three, [7, 7, 0], "the same dividend once more").await;
    bed.folder.write("dividends.csv", "symbol,ex_date,amount\n");
    check(&bed, &three, [8, 8, 0], "no dividend at all").await;
}

pub async fn an_added_split_is_applied_from_its_date_on(bed: Bed) {
    let three = three_portfolios(&bed).await;
    let sessions = usual_sessions();
    let splits = format!("symbol,ex_date,ratio\nAAA,{},2\nBBB,{},3:2\n", sessions[5], sessions[8]);
    bed.folder.write("splits.csv", &splits);
    check(&bed, &three, [4, 4, 0], "a split of BBB").await;
    let splits = format!("symbol,ex_date,ratio\nAAA,{},2\nBBB,{},2:3\n", sessions[5], sessions[8]);
    bed.folder.write("splits.csv", &splits);
    check(&bed, &three, [4, 4, 0], "another ratio").await;
    bed.folder.write("splits.csv", "symbol,ex_date,ratio\n");
    check(&bed, &three, [7, 4, 0], "no split at all").await;
}

pub async fn an_unchanged_file_is_an_answer_that_writes_nothing(bed: Bed) {
    usual_prices(&bed);
    // Long after the files were written, so that their times tell.
    bed.clock.set_after("2030-06-14".parse().unwrap());
    let sessions = usual_sessions();
    let symbol: Symbol = "AAA".parse().unwrap();
    let request = || FetchRequest::new(symbol.clone(), sessions[0], sessions[11]);
    let ask = async || app::fetch(&bed.ctx(), vec![request()]).await.unwrap().remove(0).result;
    let head = async || {
        let tables = bed.store.load(vec![store::change::head()]).await.unwrap();
        store::change::read_head(&tables[0])
    };
    assert_eq!(ask().await.unwrap().written_count, 12);
    let before = head().await;
    assert!(ask().await.unwrap().is_unchanged);
    let (prices, away) = (bed.folder.path().join("prices"), bed.folder.path().join("away"));
    std::fs::rename(&prices, &away).unwrap();
    assert_eq!(ask().await.unwrap_err().code, "unavailable");
    let failure = async || app::coverage_of(&bed.ctx(), &symbol).await.unwrap().line.failure;
    assert!(failure().await.is_some());
    std::fs::rename(&away, &prices).unwrap();
    assert!(ask().await.unwrap().is_unchanged);
    assert_eq!(failure().await, None, "an answer ends a failure");
    assert_eq!(head().await, before, "no portfolio became dirty");
}

pub async fn a_missing_file_keeps_the_prices_that_are_held(bed: Bed) {
    let three = three_portfolios(&bed).await;
    bed.folder.remove("prices/AAA.csv");
    let report = refresh_with(&bed.ctx(), &RefreshRequest::default()).await;
    assert!(warned(&report, "not_found"), "{report:?}");
    assert!(three.iter().all(|(name, _)| written(&report, name) == 0), "{report:?}");
    let failure = app::coverage_of(&bed.ctx(), &"AAA".parse().unwrap()).await.unwrap().line.failure;
    assert_eq!(failure.map(|failure| failure.code), Some("not_found"));
    bed.folder.make_up("AAA", usual_sessions());
    check(&bed, &three, [0, 0, 0], "the file is back").await;
    let detail = app::coverage_of(&bed.ctx(), &"AAA".parse().unwrap()).await.unwrap();
    assert_eq!(detail.line.failure, None, "an answer ends a failure");
}
