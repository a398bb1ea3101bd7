//! Stooq.

use std::sync::Arc;

use market::{Key, ProviderError, Stooq};
use testkit::provider_server::{FakeMarket, StooqFormat};

use crate::bed::{AROUND_SPLIT, Bed, KEY, NOW, actions, closes, company, market, span};

fn bed(format: StooqFormat, market: FakeMarket) -> Bed {
    Bed::new(format, market, |settings, key, gate| Arc::new(Stooq::new(settings, key, gate).unwrap()))
}

#[tokio::test]
async fn bars_are_as_traded_and_no_actions_are_claimed() {
    let bed = bed(StooqFormat::default(), market("aapl.us"));
    let history = bed.ask("AAPL", "2024-02-01", "2024-02-06").await.unwrap();
    assert_eq!(closes(&history), AROUND_SPLIT);
    assert!(actions(&history).is_empty());
    let cover = history.actions_cover.unwrap();
    assert!(history.bars.sessions.iter().all(|session| !cover.contains(*session)), "of no date");
    assert_eq!(history.covers, span("2024-02-01", "2024-02-06"));
    let asked = &bed.server.calls()[0].request;
    assert_eq!((asked.path.as_str(), asked.parameter("o")), ("/q/d/l/", "1111111"));
    bed.check_calls(1, true);
}

#[tokio::test]
async fn classes_of_shares_and_indices_have_other_names() {
    let market = FakeMarket::new(NOW.parse().unwrap())
        .with("brk-b.us", company("2020-01-02", "2024-03-01"))
        .with("^spx", company("2020-01-02", "2024-03-01"));
    let bed = bed(StooqFormat::default(), market);
    for symbol in ["BRK.B", "^GSPC"] {
        assert_eq!(bed.ask(symbol, "2024-02-29", "2024-03-01").await.unwrap().bars.len(), 2, "{symbol}");
    }
    assert_eq!(bed.ask("VOD.L", "2024-02-29", "2024-03-01").await, Err(ProviderError::NoData));
}

#[tokio::test]
async fn an_unknown_symbol_cannot_be_told_from_an_empty_range() {
    let bed = bed(StooqFormat::default(), market("aapl.us"));
    assert_eq!(bed.ask("NONE", "2024-02-01", "2024-02-06").await, Err(ProviderError::NoData));
    assert_eq!(bed.ask("AAPL", "2019-01-02", "2019-02-06").await, Err(ProviderError::NoData));
}

#[tokio::test]
async fn a_key_is_sent_where_there_is_one_and_asked_for_where_there_is_none() {
    let locked = || StooqFormat { key: Some(KEY.to_owned()) };
    let bed = bed(locked(), market("aapl.us"));
    assert!(bed.ask("AAPL", "2024-02-01", "2024-02-06").await.is_ok());
    let open = Bed::new(locked(), market("aapl.us"), |settings, _, gate| {
        Arc::new(Stooq::new(settings, &Key::new(""), gate).unwrap())
    });
    assert_eq!(open.ask("AAPL", "2024-02-01", "2024-02-06").await, Err(ProviderError::Unauthorized));
    open.check_calls(1, false);
    assert!(!open.provider.offers().has_profiles);
    assert_eq!(open.profile("AAPL").await, Err(ProviderError::NoData));
}
