//! Indicators over prices that are read through the cache.

use app::{Context, IndicatorAnswer, IndicatorRequest};
use quant::{Absent, Figure};

use crate::bed::Bed;
use crate::books::{usual_prices, usual_sessions};

fn request(symbol: &str, name: &str, parameters: &[&str]) -> IndicatorRequest {
    let sessions = usual_sessions();
    IndicatorRequest {
        symbol: symbol.parse().unwrap(),
        name: name.to_owned(),
        parameters: parameters.iter().map(|text| (*text).to_owned()).collect(),
        from: Some(sessions[0]),
        to: Some(sessions[11]),
    }
}

fn figures(answer: &IndicatorAnswer) -> Vec<Figure> {
    assert_eq!(answer.lines.len(), 1);
    answer.lines[0].figures.clone()
}

pub async fn an_indicator_follows_the_prices_of_the_cache(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    let average = request("AAA", "sma", &["period=2"]);
    let first = app::indicator(&ctx, &average).await.unwrap();
    assert_eq!(first.prices.adjusted.sessions, sessions[..12]);
    let closes = &first.prices.adjusted.close;
    let found = figures(&first);
    assert_eq!((found[0], found.len()), (Err(Absent::TooFewBars), 12));
    assert!((found[5].unwrap() - (closes[4] + closes[5]) / 2.0).abs() < 1e-12);
    bed.folder.change("AAA", &[(sessions[5], "80")]);
    let changed = figures(&app::indicator(&ctx, &average).await.unwrap());
    assert!((changed[5].unwrap() - (closes[4] + 80.0) / 2.0).abs() < 1e-12);
    assert_eq!(changed[..5], found[..5]);
    let later = IndicatorRequest { from: Some(sessions[3]), ..average };
    let later = figures(&app::indicator(&ctx, &later).await.unwrap());
    assert_eq!(later[0], Err(Absent::TooFewBars), "it begins with the first bar of the range");
    assert_eq!(later[1..], changed[4..]);
}

pub async fn an_indicator_takes_prices_adjusted_for_splits_alone(bed: Bed) {
    let sessions = usual_sessions();
    let day = |at: usize| sessions[at].to_string();
    let rows =
        [("40", 0), ("44", 1), ("11", 2), ("12", 3)].map(|(close, at)| format!("{},{close}\n", day(at)));
    bed.folder.write("prices/SPL.csv", &format!("date,close\n{}", rows.concat()));
    bed.folder.write("splits.csv", &format!("symbol,ex_date,ratio\nSPL,{},4\n", day(2)));
    bed.folder.write("dividends.csv", &format!("symbol,ex_date,amount\nSPL,{},1\n", day(3)));
    let change = request("SPL", "roc", &["period=1"]);
    let through_the_cache = figures(&app::indicator(&bed.ctx(), &change).await.unwrap());
    assert!((through_the_cache[1].unwrap() - 10.0).abs() < 1e-9);
    assert_eq!(through_the_cache[2], Ok(0.0), "44 before a split of four for one is 11");
    assert!((through_the_cache[3].unwrap() - 100.0 / 11.0).abs() < 1e-9, "no dividend is put back");
    let passing = Context { store: None, ..bed.ctx() };
    assert_eq!(figures(&app::indicator(&passing, &change).await.unwrap()), through_the_cache);
    let ranges = figures(&app::indicator(&bed.ctx(), &request("SPL", "ibs", &[])).await.unwrap());
    assert_eq!(ranges, [Err(Absent::NoHighLow); 4]);
}

pub async fn an_indicator_that_is_none_is_refused_before_anything_is_fetched(bed: Bed) {
    for (name, parameters, place, told) in [
        ("smma", &[][..], "name", "there are sma, ema,"),
        ("sma", &["period=0"], "param", "sma takes period=20 (a whole number from 2 to 20000)"),
        ("sma", &["span=3"], "param", "it takes period=20"),
    ] {
        let error = app::indicator(&bed.ctx(), &request("NONE", name, parameters)).await.unwrap_err();
        assert_eq!((error.code(), error.place().as_deref()), ("invalid_input", Some(place)));
        assert!(error.describe().contains(told), "{}", error.describe());
    }
    let error = app::indicator(&bed.ctx(), &request("NONE", "sma", &[])).await.unwrap_err();
    assert_eq!(error.code(), "not_found");
}
