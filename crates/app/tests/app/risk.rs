//! The risk of symbols over prices that are read through the cache.

use app::{Context, CorrelationRequest, SymbolRiskAnswer, SymbolRiskRequest, YardstickSymbols};
use model::{Date, Symbol};
use risk::{Absent, Settings};

use crate::bed::Bed;
use crate::folder::sessions_from;

const SESSIONS: usize = 150;

fn sessions() -> &'static [Date] {
    sessions_from("2023-06-01", SESSIONS)
}

fn symbols(texts: &[&str]) -> Vec<Symbol> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn request(texts: &[&str], at: Option<Date>) -> SymbolRiskRequest {
    let symbol = |text: &str| text.parse::<Symbol>().unwrap();
    SymbolRiskRequest {
        symbols: symbols(texts),
        at,
        yardsticks: YardstickSymbols {
            benchmark: Some(symbol("MKT")),
            rate_proxy: Some(symbol("BND")),
            styles: vec![("value".to_owned(), symbol("VAL")), ("growth".to_owned(), symbol("GRO"))],
        },
        settings: Settings { har_rows: 60, har_min: 30, har_horizon: 5, ..Settings::default() },
    }
}

/// Prices of four yardsticks and of three symbols.
fn usual(bed: &Bed) -> Context {
    for symbol in ["MKT", "BND", "VAL", "GRO", "AAA", "BBB", "CCC"] {
        bed.folder.make_up(symbol, sessions());
    }
    bed.ctx()
}

async fn risk_of(ctx: &Context, request: &SymbolRiskRequest) -> SymbolRiskAnswer {
    app::symbol_risk(ctx, request).await.unwrap()
}

/// Everything that an answer says of its symbols.
fn said(answer: &SymbolRiskAnswer) -> String {
    format!("{} {:?}", answer.at, answer.symbols)
}

pub async fn figures_of_symbols_are_complete_and_stamped_with_the_last_session(bed: Bed) {
    let answer = risk_of(&usual(&bed), &request(&["AAA", "BBB"], None)).await;
    assert_eq!((answer.at, answer.symbols.len(), answer.failures.len()), (sessions()[SESSIONS - 1], 2, 0));
    assert_eq!(
        (answer.style_names.join(" "), answer.factor_names.join(" ")),
        ("value growth".into(), "rate value growth".into())
    );
    for found in &answer.symbols {
        let risk = &found.risk;
        assert!(risk.market_beta.value.is_ok() && risk.rate_beta.value.is_ok(), "{risk:?}");
        assert!(risk.style.value.is_ok() && risk.joint.value.is_ok() && risk.volatility.har.value.is_ok());
        assert_eq!(risk.market_beta.sample.last, Some(answer.at));
        assert_eq!(found.ranges.value.unwrap_err(), Absent::Numeric(quant::Absent::NoHighLow));
    }
}

pub async fn later_bars_change_no_earlier_figure(bed: Bed) {
    let ctx = usual(&bed);
    let at = sessions()[120];
    let early = request(&["AAA"], Some(at));
    let before = risk_of(&ctx, &early).await;
    for symbol in ["AAA", "MKT", "VAL", "BND"] {
        bed.folder.change(symbol, &[(sessions()[121], "1"), (sessions()[130], "1000000")]);
    }
    let after = risk_of(&ctx, &early).await;
    assert_eq!(said(&before), said(&after));
    let late = request(&["AAA"], None);
    assert_ne!(said(&risk_of(&ctx, &late).await), said(&after));
}

pub async fn splits_and_dividends_are_no_returns(bed: Bed) {
    let ctx = usual(&bed);
    let at = Some(sessions()[140]);
    let plain = risk_of(&ctx, &request(&["AAA"], at)).await;
    // The same company after it gave two shares for one: half the price from there on.
    let rows = sessions().iter().enumerate().map(|(place, session)| {
        let text = std::fs::read_to_string(bed.folder.path().join("prices/AAA.csv")).unwrap();
        let close: f64 = text.lines().nth(place + 1).unwrap().split(',').nth(1).unwrap().parse().unwrap();
        format!("{session},{:.6}\n", if place >= 100 { close / 2.0 } else { close })
    });
    let rows: String = rows.collect();
    bed.folder.write("prices/SPL.csv", &format!("date,close\n{rows}"));
    bed.folder.write("splits.csv", &format!("symbol,ex_date,ratio\nSPL,{},2\n", sessions()[100]));
    let split = risk_of(&ctx, &request(&["SPL"], at)).await;
    let beta = |answer: &SymbolRiskAnswer| answer.symbols[0].risk.market_beta.value.unwrap().beta;
    assert!((beta(&plain) - beta(&split)).abs() < 1e-5, "{} {}", beta(&plain), beta(&split));
}

pub async fn statements_do_not_grow_with_symbols(bed: Bed) {
    let ctx = usual(&bed);
    // The first question fetches; after it the cache serves.
    risk_of(&ctx, &request(&["AAA", "BBB", "CCC"], None)).await;
    let mut counts = Vec::new();
    for asked in [&["AAA"][..], &["AAA", "BBB", "CCC"]] {
        let (store, counter) = bed.store.counted();
        risk_of(&Context { store: Some(store), ..bed.ctx() }, &request(asked, None)).await;
        counts.push(counter.count());
    }
    assert_eq!(counts[0], counts[1], "{counts:?}");
}

pub async fn what_has_no_prices_is_told_and_the_rest_computed(bed: Bed) {
    let ctx = usual(&bed);
    std::fs::remove_file(bed.folder.path().join("prices/BND.csv")).unwrap();
    let answer = risk_of(&ctx, &request(&["AAA", "NONE"], None)).await;
    assert_eq!(answer.symbols.len(), 1);
    let failed: Vec<&str> = answer.failures.keys().map(Symbol::as_str).collect();
    assert_eq!(failed, ["BND", "NONE"]);
    assert_eq!(answer.symbols[0].risk.rate_beta.value, Err(Absent::NoFactor));
    assert!(answer.symbols[0].risk.market_beta.value.is_ok());
    let error = app::symbol_risk(&ctx, &request(&["NONE"], None)).await.unwrap_err();
    assert_eq!((error.code(), error.place().as_deref()), ("not_found", Some("NONE")));
}

pub async fn correlations_are_the_same_with_and_without_a_database(bed: Bed) {
    let ctx = usual(&bed);
    let request = CorrelationRequest {
        symbols: symbols(&["CCC", "AAA", "BBB"]),
        at: None,
        settings: Settings::default(),
    };
    let found = app::correlation(&ctx, &request).await.unwrap();
    assert_eq!(
        (found.at, found.correlation.symbols.clone()),
        (sessions()[SESSIONS - 1], symbols(&["AAA", "BBB", "CCC"]))
    );
    let passing = Context { store: None, ..bed.ctx() };
    let other = app::correlation(&passing, &request).await.unwrap();
    assert_eq!(found.correlation.matrix, other.correlation.matrix);
    assert!(found.correlation.matrix.is_ok() && found.failures.is_empty());
}
