//! Reading prices and coverage through the cache.

use app::{AppError, Context, PricesRequest};
use market::{Freshness, Source};

use crate::bed::Bed;
use crate::books::{usual_prices, usual_sessions};

fn request(symbol: &str) -> PricesRequest {
    PricesRequest { symbol: symbol.parse().unwrap(), from: None, to: None, is_forced: false }
}

pub async fn prices_are_read_through_the_cache(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let all = PricesRequest { from: Some(sessions[0]), to: Some(sessions[11]), ..request("AAA") };
    let first = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((first.bars.len(), first.is_cached, first.reason), (12, false, Freshness::NeverFetched));
    assert_eq!((first.source, first.missing.len()), (Some(Source::Files), 0));
    let second = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((second.is_cached, second.reason), (true, Freshness::Covered));
    assert_eq!(second.bars, first.bars);
    bed.folder.change("AAA", &[(sessions[4], "41.5"), (sessions[6], "")]);
    let third = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((third.is_cached, third.bars.len(), third.missing), (false, 11, vec![sessions[6]]));
    assert_eq!(third.bars.close[4].to_string(), "41.5");
    let part = PricesRequest { from: Some(sessions[2]), to: Some(sessions[3]), ..request("AAA") };
    assert_eq!(app::prices(&ctx, &part).await.unwrap().bars.sessions, sessions[2..4]);
    let forced = PricesRequest { is_forced: true, ..all.clone() };
    assert_eq!(app::prices(&ctx, &forced).await.unwrap().reason, Freshness::Forced);
    bed.folder.remove("prices/AAA.csv");
    let kept = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((kept.bars.len(), kept.is_cached), (11, true), "what is held is answered");
    let unknown = app::prices(&ctx, &request("NONE")).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.place().as_deref()), ("not_found", Some("NONE")));
    let backwards = PricesRequest { from: Some(sessions[3]), to: Some(sessions[2]), ..request("AAA") };
    assert!(matches!(
        app::prices(&ctx, &backwards).await.unwrap_err(),
        AppError::Invalid { field: "from", .. }
    ));
}

pub async fn prices_without_a_database_are_passed_through(bed: Bed) {
    usual_prices(&bed);
    let ctx = Context { store: None, ..bed.ctx() };
    let sessions = usual_sessions();
    let part = PricesRequest { from: Some(sessions[2]), to: Some(sessions[5]), ..request("BBB") };
    let answer = app::prices(&ctx, &part).await.unwrap();
    assert_eq!((answer.bars.sessions, answer.is_cached), (sessions[2..6].to_vec(), false));
    assert_eq!(app::coverage(&ctx).await.unwrap_err().code(), "database_required");
    assert_eq!(app::list_portfolios(&ctx).await.unwrap_err().code(), "database_required");
    assert_eq!(app::refresh(&ctx, &Default::default()).await.unwrap_err().code(), "database_required");
    let through_the_cache = app::coverage(&bed.ctx()).await.unwrap();
    assert!(through_the_cache.is_empty(), "nothing was kept");
}

pub async fn coverage_tells_holes_and_what_is_behind(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    bed.folder.change("AAA", &[(sessions[3], ""), (sessions[4], ""), (sessions[11], "")]);
    for symbol in ["AAA", "BBB"] {
        app::prices(&ctx, &request(symbol)).await.unwrap();
    }
    let lines = app::coverage(&ctx).await.unwrap();
    let told = lines.iter();
    let told =
        told.map(|line| (line.symbol.as_str(), line.session_count, line.hole_count, line.behind_count));
    assert_eq!(told.collect::<Vec<_>>(), [("AAA", 9, 2, 1), ("BBB", 12, 0, 0)]);
    let detail = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap();
    assert_eq!(detail.held, [(sessions[0], sessions[2]), (sessions[5], sessions[10])]);
    assert_eq!(detail.holes, [sessions[3], sessions[4]]);
    assert_eq!(detail.line.range, Some((sessions[0], sessions[10])));
}
