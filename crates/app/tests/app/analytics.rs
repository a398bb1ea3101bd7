//! The sixth phase of a refresh: figures of symbols and portfolios by session.

use app::{Context, Phase, PhaseReport, PhaseState, RefreshReport, RefreshRequest, RiskRules};
use model::{Date, InstrumentId, PortfolioId};
use store::risks::{StoredPortfolioRisk, StoredSymbolRisk};

use crate::bed::Bed;
use crate::books::{create, event, refresh_with, warned};
use crate::portfolio_risk::{of_rules, rules, sessions, usual};

const SESSIONS: usize = 150;

/// A context whose prices end some sessions before the last, with a portfolio of two symbols.
async fn book(bed: &Bed) -> Context {
    let ctx = usual(bed);
    let day = sessions()[20];
    create(&ctx, "Book", &[event(day, "buy 100 AAA 50"), event(day, "sell 10 BBB 50")]).await;
    ctx
}

fn phase(report: &RefreshReport) -> &PhaseReport {
    report.phases.iter().find(|phase| phase.phase == Phase::Analytics).unwrap()
}

async fn run(ctx: &Context) -> RefreshReport {
    refresh_with(ctx, &RefreshRequest::default()).await
}

async fn id_of(ctx: &Context, name: &str) -> PortfolioId {
    app::show_portfolio(ctx, name).await.unwrap().portfolio.id
}

/// Everything that is stored of a portfolio, and of the symbols of the books.
async fn stored(ctx: &Context, name: &str) -> (Vec<StoredPortfolioRisk>, Vec<StoredSymbolRisk>) {
    let store = ctx.store.as_ref().unwrap();
    let id = id_of(ctx, name).await;
    let (first, last) = (sessions()[0], sessions()[SESSIONS - 1]);
    let (portfolios, _) = store::risks::of_portfolios(store, &[id], first, last).await.unwrap();
    let symbols = ["AAA", "BBB", "CCC", "NEW"].map(|text| text.parse().unwrap());
    let known = store::instruments::by_symbol(store, &symbols).await.unwrap();
    let ids: Vec<InstrumentId> = known.iter().map(|instrument| instrument.id).collect();
    let symbols = store::risks::of_symbols(store, sessions(), &ids).await.unwrap();
    (portfolios, symbols.into_values().collect())
}

fn sessions_of(found: &[StoredPortfolioRisk]) -> Vec<Date> {
    found.iter().map(|risk| risk.session).collect()
}

pub async fn a_refresh_records_the_figures_of_its_last_session(bed: Bed) {
    let ctx = book(&bed).await;
    let report = run(&ctx).await;
    assert_eq!((phase(&report).state, phase(&report).items_done), (PhaseState::Ok, 1), "{report:?}");
    let (portfolios, symbols) = stored(&ctx, "Book").await;
    assert_eq!(sessions_of(&portfolios), [sessions()[SESSIONS - 1]]);
    assert_eq!(symbols.len(), 2);
    // What is stored is what is computed on demand.
    let request = app::PortfolioRiskRequest::default();
    let found = app::portfolio_risk(&ctx, "Book", &request).await.unwrap();
    let kept = &portfolios[0].figures;
    assert_eq!(kept.market_beta, found.figures.factors.market_beta.exposure.total.ratio.ok());
    assert_eq!(kept.ex_ante, found.figures.volatility.ex_ante.value.unwrap().volatility_annual.ratio.ok());
    assert_eq!((kept.covered_share, &kept.uncovered), (Some(1.0), &None));
    assert!(kept.worst_gain.unwrap() < 0.0 && kept.forecast.is_some(), "{kept:?}");
    // Nothing changed, so nothing is written.
    let again = run(&ctx).await;
    assert_eq!((phase(&again).items_done, phase(&again).items_skipped), (0, 1));
    assert_eq!(stored(&ctx, "Book").await, (portfolios, symbols));
}

pub async fn missed_nights_are_made_up_for_and_no_more(bed: Bed) {
    let ctx = book(&bed).await;
    bed.clock.set_after(sessions()[100]);
    run(&ctx).await;
    bed.clock.set_after(sessions()[103]);
    let report = run(&ctx).await;
    assert_eq!(phase(&report).items_done, 3);
    assert_eq!(sessions_of(&stored(&ctx, "Book").await.0), sessions()[100..=103]);
    // A month later no more than 21 sessions before the last are made up for.
    bed.clock.set_after(sessions()[140]);
    let report = run(&ctx).await;
    assert_eq!(phase(&report).items_done, 22);
    let full = RefreshRequest { is_full_analytics: true, ..RefreshRequest::default() };
    let report = refresh_with(&ctx, &full).await;
    // From the first session of the books on, each of them has its figures.
    assert_eq!(phase(&report).items_done, 121 - 4 - 22);
    assert_eq!(sessions_of(&stored(&ctx, "Book").await.0), sessions()[20..=140]);
}

pub async fn what_changed_is_computed_again_and_nothing_else(bed: Bed) {
    let ctx = book(&bed).await;
    bed.clock.set_after(sessions()[100]);
    run(&ctx).await;
    bed.clock.set_after(sessions()[103]);
    run(&ctx).await;
    let before = stored(&ctx, "Book").await.0;
    bed.folder.change("AAA", &[(sessions()[102], "77")]);
    assert_eq!(phase(&run(&ctx).await).items_done, 2);
    let after = stored(&ctx, "Book").await.0;
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2].figures, after[2].figures);
    // A changed benchmark changes everybody's figures.
    bed.folder.change("MKT", &[(sessions()[101], "77")]);
    assert_eq!(phase(&run(&ctx).await).items_done, 3);
    // A late fill changes those of its portfolio.
    crate::books::add(&ctx, "Book", &event(sessions()[103], "buy 5 CCC 50")).await;
    assert_eq!(phase(&run(&ctx).await).items_done, 1);
    // A changed setting changes all that are looked at.
    let other = RiskRules { missed_sessions_max: 1, ..rules() };
    let mut figures = other.figures.clone();
    figures.beta_window = 60;
    let ctx = of_rules(&bed, RiskRules { figures, ..other });
    assert_eq!(phase(&run(&ctx).await).items_done, 2);
    assert_eq!(phase(&run(&ctx).await).items_done, 0);
}

pub async fn figures_are_dropped_and_rebuilt_to_the_same_bytes(bed: Bed) {
    let ctx = book(&bed).await;
    bed.clock.set_after(sessions()[100]);
    run(&ctx).await;
    bed.clock.set_after(sessions()[104]);
    run(&ctx).await;
    let (portfolios, symbols) = stored(&ctx, "Book").await;
    let store = ctx.store.as_ref().unwrap();
    let id = id_of(&ctx, "Book").await;
    let (first, last) = (sessions()[0], sessions()[SESSIONS - 1]);
    let forecasts = store::risks::forecasts(store, id, first, last).await.unwrap();
    assert_eq!(forecasts.len(), 5);
    app::reset(&ctx, sessions()[102], Some("Book")).await.unwrap();
    assert_eq!(stored(&ctx, "Book").await.0.len(), 2);
    let mut tx = store::Transaction::new();
    store::risks::delete_symbols(&mut tx, sessions()[102], sessions()[104]);
    store.record(tx).await.unwrap();
    bed.clock.advance_ms(60_000);
    run(&ctx).await;
    let (again, symbols_again) = stored(&ctx, "Book").await;
    let figures = |risks: &[StoredPortfolioRisk]| -> Vec<String> {
        risks.iter().map(|risk| format!("{} {:?}", risk.session, risk.figures)).collect()
    };
    assert_eq!(figures(&portfolios), figures(&again));
    let bytes = |risks: &[StoredSymbolRisk]| -> Vec<(Date, InstrumentId, Vec<u8>)> {
        risks.iter().map(|risk| (risk.session, risk.instrument, risk.figures.clone())).collect()
    };
    assert_eq!(bytes(&symbols), bytes(&symbols_again));
    // What was forecast stays what was forecast.
    assert_eq!(store::risks::forecasts(store, id, first, last).await.unwrap(), forecasts);
}

pub async fn too_little_coverage_is_warned_of_with_its_symbols(bed: Bed) {
    let ctx = book(&bed).await;
    bed.folder.make_up("NEW", &sessions()[SESSIONS - 10..]);
    let all = run(&ctx).await;
    assert!(!warned(&all, "insufficient_coverage"), "{all:?}");
    crate::books::add(&ctx, "Book", &event(sessions()[SESSIONS - 1], "buy 500 NEW 50")).await;
    for _ in 0..2 {
        let report = run(&ctx).await;
        assert_eq!(phase(&report).state, PhaseState::Ok);
        let told = &phase(&report).warnings[0];
        assert_eq!(told.code, "insufficient_coverage");
        assert!(told.message.contains("NEW") && told.message.contains("% of gross"), "{told:?}");
    }
    let kept = stored(&ctx, "Book").await.0;
    let newest = &kept[kept.len() - 1].figures;
    assert!(newest.market_beta.is_some() && newest.uncovered.as_deref() == Some("NEW"), "{newest:?}");
}

pub async fn an_option_whose_underlying_has_no_price_is_warned_of(bed: Bed) {
    let ctx = book(&bed).await;
    let buy = event(sessions()[30], "buy 2 ZZZ250117C00050000 4");
    crate::books::add(&ctx, "Book", &buy).await;
    let report = run(&ctx).await;
    let told = &phase(&report).warnings[0];
    assert_eq!(told.code, "insufficient_coverage", "{report:?}");
    assert!(told.message.contains("an unknown part") && told.message.contains("ZZZ"), "{told:?}");
    let kept = stored(&ctx, "Book").await.0;
    let newest = &kept[kept.len() - 1].figures;
    assert_eq!((newest.covered_share, newest.uncovered.as_deref()), (None, Some("ZZZ")));
    assert!(newest.market_beta.is_some());
}

pub async fn many_portfolios_that_lack_coverage_are_warned_of_together(bed: Bed) {
    let ctx = usual(&bed);
    bed.folder.make_up("NEW", &sessions()[SESSIONS - 10..]);
    let names = ["Ash", "Birch", "Cedar", "Elm", "Fir"];
    for name in names {
        create(&ctx, name, &[event(sessions()[SESSIONS - 5], "buy 5 NEW 50")]).await;
    }
    create(&ctx, "Oak", &[event(sessions()[SESSIONS - 5], "buy 5 AAA 50")]).await;
    let report = run(&ctx).await;
    let told: Vec<_> =
        phase(&report).warnings.iter().filter(|told| told.code == "insufficient_coverage").collect();
    let [told] = &told[..] else { panic!("one for all: {told:?}") };
    assert!(told.message.starts_with("5 portfolios") && told.message.contains("Ash 0.0 %"), "{told:?}");
    assert!(told.message.ends_with("none of NEW"), "{told:?}");
    assert_eq!(told.portfolios, names);
    assert_eq!(report.to_json()["phases"][5]["warnings"][0]["portfolios"], serde_json::json!(names));
}

pub async fn a_failure_of_figures_loses_no_snapshot(bed: Bed) {
    let ctx = book(&bed).await;
    ctx.store.as_ref().unwrap().execute_batch("DROP TABLE forecast").await.unwrap();
    let report = run(&ctx).await;
    assert_eq!(phase(&report).state, PhaseState::Failed);
    assert!(phase(&report).reason.is_some());
    let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    assert_eq!(snapshots.len(), SESSIONS - 20);
}

pub async fn forecasts_are_shown_against_what_came(bed: Bed) {
    let ctx = book(&bed).await;
    for place in [100, 101, 110] {
        bed.clock.set_after(sessions()[place]);
        run(&ctx).await;
    }
    let request = app::PortfolioRiskRequest::default();
    let found = app::portfolio_risk(&ctx, "Book", &request).await.unwrap();
    let kept = &found.forecasts;
    assert_eq!((kept.first().unwrap().session, kept.first().unwrap().horizon), (sessions()[100], 5));
    // Of the five sessions after the first what came is known, of those after the last nothing is.
    let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    let returns: Vec<f64> = snapshots
        .iter()
        .filter(|stored| stored.snapshot.session > sessions()[100])
        .take(5)
        .map(|stored| stored.snapshot.daily_return.unwrap())
        .collect();
    let came = (returns.iter().map(|value| value * value).sum::<f64>() / 5.0 * 252.0).sqrt();
    assert!((kept[0].came.unwrap() - came).abs() < 1e-12);
    assert!(kept.last().unwrap().came.is_err());
}
