//! Reading prices and coverage through the cache.

use app::{AppError, Context, PricesQuestion, PricesRequest};
use market::{Freshness, Source};
use quant::Adjustment;

use crate::bed::Bed;
use crate::books::{usual_prices, usual_sessions};
use crate::distant::{Distant, ctx_with};

fn request(symbol: &str) -> PricesRequest {
    PricesRequest {
        symbol: symbol.parse().unwrap(),
        from: None,
        to: None,
        adjustment: Adjustment::None,
        is_forced: false,
    }
}

pub async fn prices_are_read_through_the_cache(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let all = PricesRequest { from: Some(sessions[0]), to: Some(sessions[11]), ..request("AAA") };
    let first = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((first.bars.len(), first.is_cached, first.reason), (12, false, Freshness::NeverFetched));
    assert_eq!((first.source, first.absences.len()), (Some(Source::Files), 0));
    let second = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((second.is_cached, second.reason), (true, Freshness::Covered));
    assert_eq!(second.bars, first.bars);
    bed.folder.change("AAA", &[(sessions[4], "41.5"), (sessions[6], "")]);
    let third = app::prices(&ctx, &all).await.unwrap();
    assert_eq!((third.is_cached, third.bars.len()), (false, 11));
    let absent: Vec<_> = third.absences.iter().map(|gap| (gap.first, gap.last, gap.reason)).collect();
    assert_eq!(absent, [(sessions[6], sessions[6], "not_asked")]);
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
    let files = Some(Source::Files);
    assert_eq!(detail.held, [(sessions[0], sessions[2], files), (sessions[5], sessions[10], files)]);
    let absent: Vec<_> = detail.absences.iter().map(|gap| (gap.first, gap.last)).collect();
    assert_eq!(absent, [(sessions[3], sessions[4]), (sessions[11], sessions[11])]);
    assert_eq!(detail.line.range, Some((sessions[0], sessions[10])));
}

pub async fn prices_are_adjusted_as_of_the_last_date(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let closes = async |ctx: &Context, symbol: &str, adjustment, to: usize| {
        let asked =
            PricesRequest { from: Some(sessions[3]), to: Some(sessions[to]), adjustment, ..request(symbol) };
        let answer = app::prices(ctx, &asked).await.unwrap();
        let raw: Vec<f64> = answer.bars.close.iter().map(|close| close.to_f64()).collect();
        (raw, answer.adjusted.close)
    };
    let passing = Context { store: None, ..bed.ctx() };
    for ctx in [&ctx, &passing] {
        // The split of the sixth session halves what comes before it, unless it lies after the last date.
        let (raw, adjusted) = closes(ctx, "AAA", Adjustment::Splits, 6).await;
        assert_eq!(adjusted, [raw[0] / 2.0, raw[1] / 2.0, raw[2], raw[3]]);
        let (raw, adjusted) = closes(ctx, "AAA", Adjustment::Splits, 4).await;
        assert_eq!(adjusted, raw);
        let (raw, adjusted) = closes(ctx, "AAA", Adjustment::None, 6).await;
        assert_eq!(adjusted, raw);
        let (raw, adjusted) = closes(ctx, "BBB", Adjustment::TotalReturn, 5).await;
        assert_eq!(adjusted, [raw[0] * (1.0 - 0.25 / raw[0]), raw[1], raw[2]]);
    }
    // Dividends that are new count at once, though every bar is what it was.
    bed.folder.write("dividends.csv", &format!("symbol,ex_date,amount\nBBB,{},0.5\n", sessions[4]));
    let (raw, adjusted) = closes(&ctx, "BBB", Adjustment::TotalReturn, 5).await;
    assert_eq!(adjusted[0], raw[0] * (1.0 - 0.5 / raw[0]));
}

pub async fn a_dividend_above_the_price_is_told(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    bed.folder.write("dividends.csv", &format!("symbol,ex_date,amount\nBBB,{},999\n", sessions[4]));
    let asked = |adjustment| PricesRequest { from: Some(sessions[0]), adjustment, ..request("BBB") };
    let refused = app::prices(&ctx, &asked(Adjustment::TotalReturn)).await.unwrap_err();
    assert_eq!((refused.code(), refused.place().as_deref()), ("unadjustable", Some("BBB")));
    assert!(refused.describe().contains(&sessions[4].to_string()), "{}", refused.describe());
    assert_eq!(app::prices(&ctx, &asked(Adjustment::Splits)).await.unwrap().bars.len(), 12);
}

pub async fn prices_that_another_process_recorded_meanwhile_are_answered(bed: Bed) {
    let sessions = usual_sessions();
    bed.clock.set_after(sessions[11]);
    let yahoo = Distant::closed(Source::Yahoo);
    yahoo.lists("AAA", &sessions[0].to_string(), &sessions[11].to_string(), "50.5");
    let all = PricesRequest { from: Some(sessions[0]), to: Some(sessions[11]), ..request("AAA") };
    let ask =
        |ctx: Context, asked: PricesRequest| tokio::spawn(async move { app::prices(&ctx, &asked).await });
    let fetching = ask(ctx_with(&bed, &[&yahoo]), all.clone());
    yahoo.is_asked(1).await;
    // The other process finds nothing, and waits for the lease of the first.
    let waiting = ask(ctx_with(&bed, &[&yahoo]), all);
    yahoo.let_through(1);
    for answered in [fetching, waiting] {
        let answer = answered.await.unwrap().unwrap();
        assert_eq!((answer.bars.len(), answer.missing_count), (12, 0));
        assert_eq!(answer.adjusted.len(), 12);
    }
    assert_eq!(yahoo.call_count(), 1);
}

pub async fn an_answer_of_the_cache_is_current_until_its_symbol_changes(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let reading = ctx.reading(&ctx.owner);
    let of =
        |symbol: &str| PricesRequest { from: Some(sessions[0]), to: Some(sessions[11]), ..request(symbol) };
    assert_eq!(app::prices(&reading, &of("AAA")).await.unwrap().version, None, "nothing is held yet");
    for symbol in ["AAA", "BBB"] {
        assert_eq!(
            app::prices(&ctx, &of(symbol)).await.unwrap().version,
            None,
            "the cache was not asked alone"
        );
    }
    let mut versions = Vec::new();
    for symbol in ["AAA", "BBB"] {
        let answer = app::prices(&reading, &of(symbol)).await.unwrap();
        versions.push((PricesQuestion::answered(&answer), answer.version.unwrap()));
    }
    let current = async || {
        let mut current = Vec::new();
        for (question, version) in &versions {
            current.push(app::are_prices_current(&reading, question, version).await.unwrap());
        }
        current
    };
    assert_eq!(current().await, [true, true]);
    bed.folder.change("AAA", &[(sessions[4], "41.5")]);
    let other_process = bed.ctx_of_another_process().await;
    app::prices(&other_process, &of("AAA")).await.unwrap();
    assert_eq!(current().await, [false, true], "another process read a file that had changed");
    let again = app::prices(&reading, &of("AAA")).await.unwrap();
    assert_eq!(again.bars.close[4].to_string(), "41.5");
    assert!(again.version.is_some());
}

pub async fn an_answer_that_time_changes_has_no_version(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let all = PricesRequest { from: Some(sessions[0]), to: Some(sessions[11]), ..request("AAA") };
    app::prices(&ctx, &all).await.unwrap();
    let reading = ctx.reading(&ctx.owner);
    let version = async |instant: String| {
        bed.clock.set(instant.parse().unwrap());
        let answer = app::prices(&reading, &all).await.unwrap();
        (answer.version.is_some(), PricesQuestion::answered(&answer) == PricesQuestion::of(&reading, &all))
    };
    let last = sessions[11];
    // Trade goes on, or has just ended at 20:00: the last session's bar may still change.
    assert_eq!(version(format!("{last}T16:00:00Z")).await, (false, true));
    assert_eq!(version(format!("{last}T20:10:00Z")).await, (false, true));
    assert_eq!(version(format!("{last}T20:40:00Z")).await, (true, true));
    let closed = PricesQuestion::of(&reading, &all);
    bed.clock.set(format!("{}T16:00:00Z", ctx.calendar.next(last).unwrap()).parse().unwrap());
    assert_ne!(PricesQuestion::of(&reading, &all), closed, "the state of the market is part of an answer");
}
