//! Performance figures of portfolios and symbols.

use app::{Context, PerformanceAnswer, PerformanceRequest};
use model::Date;
use quant::Absent;

use crate::bed::Bed;
use crate::books::{self, event, usual_events, usual_prices, usual_sessions};

fn against(benchmark: &str) -> PerformanceRequest {
    PerformanceRequest { from: None, to: None, benchmark: benchmark.parse().unwrap() }
}

async fn portfolio(ctx: &Context, request: &PerformanceRequest) -> PerformanceAnswer {
    app::portfolio_performance(ctx, "Book", request).await.unwrap()
}

/// The usual book, computed to its end.
async fn usual_book(bed: &Bed) -> Context {
    usual_prices(bed);
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    books::refresh(&ctx, "Book").await;
    ctx
}

pub async fn a_portfolio_is_measured_by_its_snapshots(bed: Bed) {
    let (ctx, sessions) = (usual_book(&bed).await, usual_sessions());
    let answer = portfolio(&ctx, &against("BBB")).await;
    let figures = &answer.performance;
    assert_eq!((figures.n, figures.left_out_count, answer.provisional_count), (12, 0, 0));
    assert_eq!((figures.first, figures.last), (Some(sessions[0]), Some(sessions[11])));
    let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    let last = &snapshots[11].snapshot;
    assert!((figures.total_return.unwrap() - last.cumulative_return).abs() < 1e-12);
    // The return of the first session begins before the benchmark has a price.
    assert_eq!(figures.against_benchmark.n, 11);
    // 100,000 put in before the first session, 500 more before the fourth, and what is there at the end.
    let day = |session: Date| ctx.calendar.previous(session).unwrap();
    let flows =
        [(day(sessions[0]), -100_000.0), (day(sessions[3]), -500.0), (sessions[11], last.equity.to_f64())];
    assert_eq!(answer.xirr, Some(quant::xirr(&flows)));
    assert!(answer.xirr.unwrap().is_ok());
}

pub async fn dates_bound_the_returns_used(bed: Bed) {
    let (ctx, sessions) = (usual_book(&bed).await, usual_sessions());
    let part = PerformanceRequest { from: Some(sessions[4]), to: Some(sessions[8]), ..against("BBB") };
    let answer = portfolio(&ctx, &part).await;
    assert_eq!((answer.performance.n, answer.performance.against_benchmark.n), (5, 5));
    let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    let wealth = |at: usize| 1.0 + snapshots[at].snapshot.cumulative_return;
    assert!((answer.performance.total_return.unwrap() - (wealth(8) / wealth(3) - 1.0)).abs() < 1e-12);
    // The equity of the session before is what was put in.
    let equity = |at: usize| snapshots[at].snapshot.equity.to_f64();
    let flows = [(sessions[3], -equity(3)), (sessions[8], equity(8))];
    assert_eq!(answer.xirr, Some(quant::xirr(&flows)));
    let early = PerformanceRequest { from: None, to: Some("2020-01-02".parse().unwrap()), ..against("BBB") };
    let none = portfolio(&ctx, &early).await;
    assert_eq!((none.performance.n, none.xirr), (0, Some(Err(Absent::NoReturns))));
    assert_eq!(none.performance.total_return, Err(Absent::NoReturns));
    let backwards = PerformanceRequest { from: Some(sessions[4]), to: Some(sessions[3]), ..against("BBB") };
    let refused = app::portfolio_performance(&ctx, "Book", &backwards).await.unwrap_err();
    assert_eq!((refused.code(), refused.place().as_deref()), ("invalid_input", Some("from")));
}

pub async fn a_session_without_a_return_is_left_out_and_counted(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    // Everything is taken out before the fifth session and put back before the seventh.
    let events = [(0, "fee 0.5"), (4, "withdrawal 99999.5"), (6, "deposit 1000"), (7, "fee 10")]
        .map(|(at, words)| event(sessions[at], words));
    books::create(&ctx, "Book", &events).await;
    let request =
        app::RefreshRequest { portfolio: Some("Book".into()), to: Some(sessions[9]), ..Default::default() };
    books::refresh_with(&ctx, &request).await;
    let answer = portfolio(&ctx, &against("BBB")).await;
    assert_eq!((answer.performance.n, answer.performance.left_out_count), (8, 2));
    let expected = (1.0 - 0.5 / 100_000.0) * (1.0 - 10.0 / 1_000.0) - 1.0;
    assert!((answer.performance.total_return.unwrap() - expected).abs() < 1e-12);
}

pub async fn a_benchmark_without_prices_takes_only_its_figures_away(bed: Bed) {
    let ctx = usual_book(&bed).await;
    let answer = portfolio(&ctx, &against("NONE")).await;
    assert_eq!(answer.performance.against_benchmark.beta, Err(Absent::NoBenchmark));
    assert!(answer.performance.sharpe.is_ok() && answer.xirr.unwrap().is_ok());
    assert_eq!(answer.benchmark.failure.map(|failure| failure.code()), Some("not_found"));
    bed.folder.write("dividends.csv", &format!("symbol,ex_date,amount\nBBB,{},999\n", usual_sessions()[4]));
    let answer = portfolio(&ctx, &against("BBB")).await;
    assert_eq!(answer.benchmark.failure.map(|failure| failure.code()), Some("unadjustable"));
}

pub async fn the_returns_of_a_symbol_are_total_returns(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let measure = async |symbol: &str, request: &PerformanceRequest| {
        app::symbol_performance(&ctx, &symbol.parse().unwrap(), request).await.unwrap()
    };
    let closes = |answer: &app::PricesAnswer| -> Vec<f64> {
        answer.bars.close.iter().map(|close| close.to_f64()).collect()
    };
    let raw = async |symbol: &str| {
        let request = app::PricesRequest {
            symbol: symbol.parse().unwrap(),
            from: Some(sessions[0]),
            to: Some(sessions[11]),
            adjustment: quant::Adjustment::None,
            is_forced: false,
        };
        closes(&app::prices(&ctx, &request).await.unwrap())
    };
    let (aaa, bbb) = (raw("AAA").await, raw("BBB").await);
    let split = measure("AAA", &against("BBB")).await;
    assert_eq!((split.performance.n, split.performance.against_benchmark.n), (11, 11));
    assert!((split.performance.total_return.unwrap() - (2.0 * aaa[11] / aaa[0] - 1.0)).abs() < 1e-12);
    let paid = measure("BBB", &against("AAA")).await;
    let expected = bbb[11] / bbb[0] / (1.0 - 0.25 / bbb[3]) - 1.0;
    assert!((paid.performance.total_return.unwrap() - expected).abs() < 1e-12);
    assert_eq!((paid.xirr, paid.prices.unwrap().as_of), (None, sessions[11]));
    let itself = measure("BBB", &PerformanceRequest { from: Some(sessions[5]), ..against("BBB") }).await;
    assert_eq!((itself.performance.n, itself.performance.first), (7, Some(sessions[5])));
    assert!((itself.performance.against_benchmark.beta.unwrap() - 1.0).abs() < 1e-12);
    bed.folder.change("AAA", &[(sessions[6], "")]);
    let hole = measure("AAA", &against("BBB")).await;
    assert_eq!((hole.performance.n, hole.performance.left_out_count), (9, 2));
    let unknown = app::symbol_performance(&ctx, &"NONE".parse().unwrap(), &against("BBB")).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.place().as_deref()), ("not_found", Some("NONE")));
}

pub async fn a_symbol_is_measured_without_a_database(bed: Bed) {
    usual_prices(&bed);
    let ctx = Context { store: None, ..bed.ctx() };
    let answer = app::symbol_performance(&ctx, &"AAA".parse().unwrap(), &against("BBB")).await.unwrap();
    assert_eq!((answer.performance.n, answer.performance.against_benchmark.n), (11, 11));
    let refused = app::portfolio_performance(&ctx, "Book", &against("BBB")).await.unwrap_err();
    assert_eq!(refused.code(), "database_required");
}

pub async fn a_holding_that_reinvests_has_the_total_return_of_its_symbol(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    // AAA is split two for one on the sixth session and pays on it too, for a unit after the split.
    let paid =
        ["symbol,ex_date,amount", &format!("AAA,{},0.4", sessions[2]), &format!("AAA,{},0.15", sessions[5])];
    bed.folder.write("dividends.csv", &format!("{}\n", paid.join("\n")));
    let asked = app::PricesRequest {
        symbol: "AAA".parse().unwrap(),
        from: Some(sessions[0]),
        to: Some(sessions[11]),
        adjustment: quant::Adjustment::None,
        is_forced: false,
    };
    let closes = app::prices(&ctx, &asked).await.unwrap().bars.close;
    let close = |at: usize| closes[at].to_f64();
    let new = app::NewPortfolio {
        opening_equity: format!("{:.2}", 100.0 * close(0)).parse().unwrap(),
        ..books::new_portfolio("Book")
    };
    app::create_portfolio(&ctx, &new, None, false).await.unwrap();
    books::add(&ctx, "Book", &event(sessions[0], &format!("buy 100 AAA {}", closes[0]))).await;
    // A dividend put back at the close before, less the dividend, loses nothing.
    let (first, second) = (close(1) - 0.4, close(4) / 2.0 - 0.15);
    let more = 100.0 * 0.4 / first;
    books::add(&ctx, "Book", &event(sessions[2], &format!("buy {more:.8} AAA {first:.6}"))).await;
    let more = 2.0 * (100.0 + more) * 0.15 / second;
    books::add(&ctx, "Book", &event(sessions[5], &format!("buy {more:.8} AAA {second:.6}"))).await;
    books::refresh(&ctx, "Book").await;
    let held = portfolio(&ctx, &against("AAA")).await.performance;
    let symbol = app::symbol_performance(&ctx, &"AAA".parse().unwrap(), &against("AAA")).await.unwrap();
    let (held_return, total_return) = (held.total_return.unwrap(), symbol.performance.total_return.unwrap());
    assert!((held_return - total_return).abs() < 1e-7, "{held_return} is not {total_return}");
    assert!((held.against_benchmark.beta.unwrap() - 1.0).abs() < 1e-6);
}
