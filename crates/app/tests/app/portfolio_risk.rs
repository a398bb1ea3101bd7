//! The risk of portfolios: what follows from books and prices, and what cannot follow.

use std::sync::Arc;

use app::{
    Context, PortfolioRisk, PortfolioRiskRequest, PortfolioStress, Reading, RiskRules, YardstickSymbols,
};
use model::{Date, Symbol};
use risk::{Absent, Settings};

use crate::bed::Bed;
use crate::books::{create, event};
use crate::folder::sessions_from;

const SESSIONS: usize = 150;

pub fn sessions() -> &'static [Date] {
    sessions_from("2023-06-01", SESSIONS)
}

/// Rules with windows that the sessions fill, measured on series of the folder.
pub fn rules() -> RiskRules {
    let symbol = |text: &str| text.parse::<Symbol>().unwrap();
    RiskRules {
        figures: Settings { har_rows: 60, har_min: 30, har_horizon: 5, ..Settings::default() },
        yardsticks: YardstickSymbols {
            benchmark: Some(symbol("MKT")),
            rate_proxy: Some(symbol("BND")),
            styles: vec![("value".to_owned(), symbol("VAL")), ("growth".to_owned(), symbol("GRO"))],
        },
        ..RiskRules::default()
    }
}

/// A context over prices of four yardsticks and of three symbols.
pub fn usual(bed: &Bed) -> Context {
    for symbol in ["MKT", "BND", "VAL", "GRO", "AAA", "BBB", "CCC"] {
        bed.folder.make_up(symbol, sessions());
    }
    bed.clock.set_after(sessions()[SESSIONS - 1]);
    of_rules(bed, rules())
}

/// The bed's context with other rules; what figures are measured on is kept up to date by a refresh.
pub fn of_rules(bed: &Bed, rules: RiskRules) -> Context {
    Context { references: rules.yardsticks.symbols(), risk: Arc::new(rules), ..bed.ctx() }
}

fn request(at: Option<Date>) -> PortfolioRiskRequest {
    PortfolioRiskRequest { at, reading: Reading::Through }
}

async fn risk_of(ctx: &Context, name: &str, at: Option<Date>) -> PortfolioRisk {
    app::portfolio_risk(ctx, name, &request(at)).await.unwrap()
}

async fn stress_of(ctx: &Context, name: &str, at: Option<Date>) -> PortfolioStress {
    app::stress(ctx, name, None, &request(at)).await.unwrap()
}

fn last() -> Option<Date> {
    Some(sessions()[SESSIONS - 1])
}

/// Everything that an answer says.
fn said(answer: &PortfolioRisk, stress: &PortfolioStress) -> String {
    let PortfolioRisk { at, held, exposures, figures, attribution, .. } = answer;
    format!("{at} {held:?} {exposures:?} {figures:?} {attribution:?} {:?}", stress.scenarios)
}

pub async fn the_figures_of_a_portfolio_are_complete(bed: Bed) {
    let ctx = usual(&bed);
    let day = sessions()[20];
    create(&ctx, "Book", &[event(day, "buy 100 AAA 50"), event(day, "sell 40 BBB 50")]).await;
    crate::books::refresh(&ctx, "Book").await;
    let found = risk_of(&ctx, "Book", None).await;
    assert_eq!((Some(found.at), found.failures.len()), (last(), 0));
    let figures = &found.figures;
    assert!(
        figures.factors.market_beta.exposure.total.ratio.is_ok()
            && figures.factors.rate_beta.exposure.total.ratio.is_ok()
    );
    assert!(
        figures.factors.styles.iter().all(|(_, style)| style.exposure.total.ratio.is_ok()),
        "{:?}",
        figures.factors.styles
    );
    assert_eq!(figures.factors.market_beta.sample.observations, 90);
    assert_eq!(figures.factors.own_beta.sample.last, last());
    assert!(figures.factors.own_beta.value.is_ok() && figures.volatility.ex_ante.value.is_ok());
    let returns = figures.volatility.returns.as_ref().unwrap();
    assert!(
        returns.volatility.forecast.ratio.is_ok() && returns.tails.of_99.parametric_shortfall.ratio.is_ok()
    );
    assert!(figures.totals.short < 0.0 && figures.correlation.matrix.is_ok());
    let parts = &found.attribution.as_ref().unwrap().attribution;
    let sum: f64 = parts.parts().iter().map(|(_, part)| part).sum();
    assert_eq!(sum.to_bits(), parts.total.to_bits(), "the parts add up to the last bit");
    // Scenarios of equity alone are linear, and each lists what every position adds.
    let stressed = stress_of(&ctx, "Book", None).await;
    let gain = |name: &str| {
        let found = stressed.scenarios.iter().find(|found| found.scenario.name == name).unwrap();
        found.direct.as_ref().unwrap().total.dollars.unwrap()
    };
    assert!((gain("market_down_10") - 2.0 * gain("market_down_5")).abs() < 1e-9);
    assert!((gain("market_up_5") + gain("market_down_5")).abs() < 1e-9);
    let crash = stressed.scenarios[0].correlated.as_ref().unwrap();
    assert_eq!(crash.positions.len(), 2);
}

pub async fn the_benchmark_alone_has_a_beta_of_one_and_nothing_unexplained(bed: Bed) {
    let ctx = usual(&bed);
    let close = |place: usize| bed.folder.close("MKT", sessions()[place]);
    let created = app::NewPortfolio {
        opening_equity: (close(20) * 100.0).to_string().parse().unwrap(),
        ..crate::books::new_portfolio("Index")
    };
    app::create_portfolio(&ctx, &created, None, false).await.unwrap();
    crate::books::add(&ctx, "Index", &event(sessions()[20], &format!("buy 100 MKT {}", close(20)))).await;
    crate::books::refresh(&ctx, "Index").await;
    let found = risk_of(&ctx, "Index", None).await;
    let near = |figure: risk::Figure, expected: f64| {
        assert!((figure.unwrap() - expected).abs() < 1e-9, "{figure:?}, not {expected}");
    };
    near(found.figures.factors.market_beta.exposure.total.ratio, 1.0);
    near(found.figures.factors.own_beta.number(|fit| fit.beta), 1.0);
    near(found.figures.factors.own_beta.value.unwrap().r_squared, 1.0);
    let parts = &found.attribution.unwrap().attribution;
    assert!((parts.market - parts.total).abs() < 1e-12 && parts.rest.abs() < 1e-12, "{parts:?}");
    let stressed = stress_of(&ctx, "Index", None).await;
    near(stressed.scenarios[0].direct.as_ref().unwrap().total.ratio, -0.05);
}

pub async fn windows_beyond_the_usual_history_are_fetched_for(bed: Bed) {
    let yahoo = crate::distant::Distant::open(market::Source::Yahoo);
    let known = ["MKT", "BND", "VAL", "GRO", "AAA"];
    let (first, end) = (sessions()[0].to_string(), sessions()[SESSIONS - 1].to_string());
    known.iter().for_each(|symbol| yahoo.lists(symbol, &first, &end, "50"));
    bed.clock.set_after(sessions()[SESSIONS - 1]);
    let ctx = of_rules(&bed, rules());
    let ranges = app::FetchRanges { sessions_before_end: 10, ..ctx.ranges };
    let ctx = Context { ranges, chain: crate::distant::ctx_with(&bed, &[&yahoo]).chain, ..ctx };
    create(&ctx, "Book", &[event(sessions()[SESSIONS - 3], "buy 100 AAA 50")]).await;
    crate::books::refresh(&ctx, "Book").await;
    let needed = ctx.risk.figures.sessions_needed();
    let first = *model::Calendar::xnys()
        .between("2020-01-02".parse().unwrap(), sessions()[SESSIONS - 1])
        .iter()
        .rev()
        .nth(needed)
        .unwrap();
    let asked = yahoo.asked();
    for symbol in ["AAA", "MKT"] {
        assert!(
            asked.iter().any(|asked| asked.starts_with(&format!("{symbol} {first}.."))),
            "{first}: {asked:?}"
        );
    }
}

pub async fn a_sector_is_stood_for_by_its_fund(bed: Bed) {
    let ctx = usual(&bed);
    bed.folder.make_up("XLE", sessions());
    bed.folder.write("profiles.csv", "symbol,sector\nAAA,Energy\n");
    create(&ctx, "Book", &[event(sessions()[20], "buy 100 AAA 50")]).await;
    crate::books::refresh(&ctx, "Book").await;
    let cached = PortfolioRiskRequest { at: None, reading: Reading::Cached };
    let unfetched = app::portfolio_risk(&ctx, "Book", &cached).await.unwrap().attribution.unwrap();
    let parts = &unfetched.attribution;
    assert_eq!(
        parts.missing_sectors,
        [("Energy".to_owned(), Absent::NoFactor)],
        "the rest says what is in it"
    );
    assert_eq!(parts.positions[0].as_ref().unwrap().unexplained, None);
    // The first refresh learns the sector, and the second fetches its fund.
    for _ in 0..2 {
        crate::books::refresh(&ctx, "Book").await;
    }
    let found = risk_of(&ctx, "Book", None).await;
    assert_eq!(found.figures.sectors.sectors[0].sector.as_str(), "Energy");
    let parts = &found.attribution.as_ref().unwrap().attribution;
    let [(name, part)] = &parts.sectors[..] else { panic!("{parts:?}") };
    assert!(name == "Energy" && *part != 0.0, "{parts:?}");
    let sum: f64 = parts.parts().iter().map(|(_, part)| part).sum();
    assert_eq!(sum.to_bits(), parts.total.to_bits());
    assert!(found.failures.is_empty() && parts.missing_sectors.is_empty());
}

pub async fn later_bars_change_no_earlier_risk(bed: Bed) {
    let ctx = usual(&bed);
    let (day, at) = (sessions()[20], sessions()[120]);
    create(&ctx, "Book", &[event(day, "buy 100 AAA 50"), event(day, "buy 10 BBB 50")]).await;
    let before = said(&risk_of(&ctx, "Book", Some(at)).await, &stress_of(&ctx, "Book", Some(at)).await);
    for symbol in ["AAA", "MKT", "VAL", "BND"] {
        bed.folder.change(symbol, &[(sessions()[121], "1"), (sessions()[130], "1000000")]);
    }
    let after = said(&risk_of(&ctx, "Book", Some(at)).await, &stress_of(&ctx, "Book", Some(at)).await);
    assert_eq!(before, after);
    assert!(!after.contains("NaN") && !after.contains("inf"), "{after}");
}

pub async fn a_young_symbol_changes_nobody_elses_figures(bed: Bed) {
    let ctx = usual(&bed);
    let (day, late) = (sessions()[20], sessions()[SESSIONS - 10]);
    bed.folder.make_up("NEW", &sessions()[SESSIONS - 10..]);
    create(&ctx, "Old", &[event(day, "buy 100 AAA 50"), event(day, "buy 10 BBB 50")]).await;
    create(
        &ctx,
        "Both",
        &[event(day, "buy 100 AAA 50"), event(day, "buy 10 BBB 50"), event(late, "buy 1 NEW 50")],
    )
    .await;
    let (old, both) = (risk_of(&ctx, "Old", last()).await, risk_of(&ctx, "Both", last()).await);
    let beta = |found: &PortfolioRisk| found.figures.factors.market_beta.exposure.total.dollars.unwrap();
    assert_eq!(beta(&old).to_bits(), beta(&both).to_bits());
    let missing = &both.figures.factors.market_beta.exposure.missing;
    assert_eq!(missing.len(), 1);
    assert!(both.figures.covered_share().unwrap() < 1.0);
    let coefficient =
        |found: &PortfolioRisk| found.figures.correlation.matrix.as_ref().unwrap().coefficients.clone();
    assert_eq!(coefficient(&old), coefficient(&both));
    assert_eq!(both.figures.correlation.left_out[0].symbol.as_str(), "NEW");
    let returns = &both.figures.volatility.returns.as_ref().unwrap().returns;
    assert!(returns.left_out_count == 0 || returns.partly_covered_count > 0);
}

pub async fn private_holdings_are_listed_and_left_out(bed: Bed) {
    let ctx = usual(&bed);
    let day = sessions()[20];
    create(&ctx, "Book", &[event(day, "buy 100 AAA 50")]).await;
    let file = format!(
        "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\nHOUSE,1,20000,{day},PRIVATE\n"
    );
    let file = app::PositionFile { name: "private.csv", content: file.as_bytes(), skip_bad_rows: false };
    app::import_positions(&ctx, "Book", &file, false).await.unwrap();
    let found = risk_of(&ctx, "Book", last()).await;
    let totals = &found.figures.totals;
    assert!((totals.private_gross - 20_000.0).abs() < 1e-9);
    let expected = 20_000.0 / (20_000.0 + totals.gross);
    assert!((totals.private_share.unwrap() - expected).abs() < 1e-12);
    let missing = &found.figures.factors.market_beta.exposure.missing;
    assert_eq!((missing.len(), missing[0].reason), (1, Absent::PrivateHolding));
    assert_eq!(found.figures.covered_share(), Ok(1.0));
}

pub async fn what_is_private_alone_is_measured_on_the_benchmark_too(bed: Bed) {
    let ctx = usual(&bed);
    create(&ctx, "Book", &[]).await;
    let day = sessions()[20];
    let file = format!(
        "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\nHOUSE,1,20000,{day},PRIVATE\n"
    );
    let file = app::PositionFile { name: "private.csv", content: file.as_bytes(), skip_bad_rows: false };
    app::import_positions(&ctx, "Book", &file, false).await.unwrap();
    crate::books::refresh(&ctx, "Book").await;
    let cached = PortfolioRiskRequest { at: last(), reading: Reading::Cached };
    let found = app::portfolio_risk(&ctx, "Book", &cached).await.unwrap();
    let own = &found.figures.factors.own_beta;
    assert_eq!((own.sample.observations, own.number(|fit| fit.beta)), (90, Ok(0.0)));
    assert!(found.attribution.is_ok());
}

pub async fn what_cannot_be_measured_is_absent_with_a_reason(bed: Bed) {
    let ctx = usual(&bed);
    let flat: Vec<(Date, &str)> = sessions().iter().map(|session| (*session, "50")).collect();
    bed.folder.change("FLAT", &flat);
    bed.folder.change("ONCE", &flat[SESSIONS - 1..]);
    let day = sessions()[20];
    // Constant prices: nothing varies.
    create(&ctx, "Flat", &[event(day, "buy 10 FLAT 50")]).await;
    let flat = risk_of(&ctx, "Flat", last()).await;
    assert_eq!(flat.figures.factors.market_beta.exposure.total.ratio, Ok(0.0));
    assert!(flat.figures.volatility.ex_ante.value.as_ref().unwrap().diversification_ratio.is_err());
    assert!(flat.figures.volatility.returns.as_ref().unwrap().volatility.of_gross.har.value.is_err());
    // One observation, short of everything.
    create(&ctx, "Once", &[event(sessions()[SESSIONS - 1], "buy 10 ONCE 50")]).await;
    let once = risk_of(&ctx, "Once", last()).await;
    assert_eq!(once.figures.factors.market_beta.exposure.total.ratio, Err(Absent::NothingCovered));
    assert_eq!(once.figures.covered_share(), Ok(0.0));
    assert_eq!(once.attribution, Err(Absent::NoExposure));
    // Net short, with an equity below zero: dollars stand, ratios do not.
    create(&ctx, "Debt", &[event(day, "sell 100 AAA 50"), event(day, "withdrawal 200000")]).await;
    let debt = risk_of(&ctx, "Debt", last()).await;
    let beta = &debt.figures.factors.market_beta.exposure.total;
    assert!(beta.dollars.is_ok() && beta.ratio == Err(Absent::EquityNotPositive), "{beta:?}");
    assert!(debt.figures.totals.net < 0.0);
    assert!(debt.figures.volatility.returns.as_ref().unwrap().tails.of_95.historical_var.dollars.is_ok());
    // Nothing but cash.
    create(&ctx, "Cash", &[event(day, "deposit 10")]).await;
    let cash = risk_of(&ctx, "Cash", last()).await;
    assert_eq!(cash.figures.concentration.hhi, Err(Absent::NoExposure));
    assert!(matches!(&cash.figures.volatility.returns, Err(Absent::NoExposure)));
    for (name, found) in [("Flat", flat), ("Once", once), ("Debt", debt), ("Cash", cash)] {
        let all = said(&found, &stress_of(&ctx, name, last()).await);
        assert!(!all.contains("NaN") && !all.contains("inf"), "{name}: {all}");
    }
}

pub async fn options_move_with_their_underlying(bed: Bed) {
    let ctx = usual(&bed);
    let (day, end) = (sessions()[20], sessions()[SESSIONS - 1]);
    let (_, month, date) = sessions()[SESSIONS - 1].ymd();
    // One that lasts, one that ends on a session on which its underlying has no close.
    let gone = format!("AAA24{month:02}{date:02}C00050000");
    let events = [
        event(day, "buy 2 AAA250117C00050000 4"),
        event(day, &format!("sell 1 {gone} 3")),
        event(day, "buy 100 AAA 50"),
    ];
    create(&ctx, "Book", &events).await;
    bed.folder.change("AAA", &[(end, "")]);
    let before = risk_of(&ctx, "Book", Some(sessions()[SESSIONS - 2])).await;
    assert_eq!(before.figures.greeks.underlyings.len(), 1);
    let (symbol, greeks) = &before.figures.greeks.underlyings[0];
    assert_eq!(symbol.as_str(), "AAA");
    assert!(greeks.delta > 0.0 && greeks.delta < 300.0 && greeks.vega > 0.0, "{greeks:?}");
    let gross: f64 = before.exposures.dollars().iter().map(|dollars| dollars.unwrap().abs()).sum();
    assert!((before.figures.totals.gross - gross).abs() < 1e-6);
    let after = risk_of(&ctx, "Book", Some(end)).await;
    let reasons: Vec<Absent> = after.figures.totals.unvalued.iter().map(|missing| missing.reason).collect();
    assert_eq!(reasons, [Absent::NotSettled]);
    assert!(after.figures.totals.known(1.0).is_ok(), "the shares are known");
}

pub async fn statements_of_a_risk_do_not_grow_with_holdings(bed: Bed) {
    let ctx = usual(&bed);
    let day = sessions()[20];
    create(&ctx, "One", &[event(day, "buy 1 AAA 50")]).await;
    let all = ["AAA", "BBB", "CCC"].map(|symbol| event(day, &format!("buy 1 {symbol} 50")));
    create(&ctx, "Three", &all).await;
    let mut counts = Vec::new();
    for name in ["One", "Three"] {
        risk_of(&ctx, name, last()).await;
        let (store, counter) = bed.store.counted();
        risk_of(&Context { store: Some(store), ..ctx.clone() }, name, last()).await;
        counts.push(counter.count());
    }
    assert_eq!(counts[0], counts[1], "{counts:?}");
}

pub async fn a_part_of_a_risk_asks_for_no_more_than_it_shows(bed: Bed) {
    let ctx = usual(&bed);
    create(&ctx, "Book", &[event(sessions()[20], "buy 10 AAA 50")]).await;
    crate::books::refresh(&ctx, "Book").await;
    let (store, counter) = bed.store.counted();
    let ctx = Context { store: Some(store), ..ctx };
    let cached = PortfolioRiskRequest { at: None, reading: Reading::Cached };
    let count = |begun: u64| counter.count() - begun;
    let begun = counter.count();
    let whole = app::portfolio_risk(&ctx, "Book", &cached).await.unwrap();
    let (of_whole, begun) = (count(begun), counter.count());
    let part = app::portfolio_concentration(&ctx, "Book", &cached).await.unwrap();
    assert_eq!(part.figures, whole.figures.concentration);
    let (of_part, begun) = (count(begun), counter.count());
    assert!(of_part < of_whole, "{of_part} of {of_whole}");
    let part = app::portfolio_correlation(&ctx, "Book", &cached).await.unwrap();
    assert_eq!(format!("{:?}", part.figures), format!("{:?}", whole.figures.correlation));
    assert_eq!(count(begun), of_part);
}

pub async fn what_only_the_cache_may_answer_asks_nobody(bed: Bed) {
    let ctx = usual(&bed);
    let day = sessions()[20];
    create(&ctx, "Book", &[event(day, "buy 100 AAA 50")]).await;
    let cached = PortfolioRiskRequest { at: last(), reading: Reading::Cached };
    let empty = app::portfolio_risk(&ctx, "Book", &cached).await.unwrap();
    assert_eq!(empty.figures.covered_share(), Ok(0.0));
    crate::books::refresh(&ctx, "Book").await;
    let filled = app::portfolio_risk(&ctx, "Book", &cached).await.unwrap();
    assert_eq!(filled.figures.covered_share(), Ok(1.0));
    let others =
        app::portfolio_risk(&Context { owner: "else".to_owned(), ..ctx.clone() }, "Book", &cached).await;
    assert_eq!(others.unwrap_err().code(), "not_found");
    let sunday = PortfolioRiskRequest { at: Some("2024-01-06".parse().unwrap()), ..cached };
    assert_eq!(app::portfolio_risk(&ctx, "Book", &sunday).await.unwrap_err().code(), "no_session");
}
