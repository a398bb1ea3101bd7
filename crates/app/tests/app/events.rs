//! Entering and voiding events.

use app::{AppError, NewEvent};
use model::EventId;

use crate::bed::Bed;
use crate::books::{self, event, refresh, usual_events, usual_prices, usual_sessions, written};

fn keyed(key: &str, words: &str) -> NewEvent {
    NewEvent { key: Some(key.to_owned()), ..event(usual_sessions()[1], words) }
}

pub async fn a_key_names_one_event(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let first = app::add_event(&ctx, "Book", &keyed("k", "buy 1 AAA 50")).await.unwrap();
    assert!(!first.is_duplicate && first.is_new_symbol);
    let again = NewEvent { note: Some("in other words".into()), ..keyed("k", "buy 1.0 AAA 50.00") };
    let again = app::add_event(&ctx, "Book", &again).await.unwrap();
    assert!(again.is_duplicate && !again.is_new_symbol);
    assert_eq!(again.event.id, first.event.id);
    for words in ["buy 2 AAA 50", "sell 1 AAA 50", "buy 1 BBB 50", "deposit 50"] {
        let refused = app::add_event(&ctx, "Book", &keyed("k", words)).await.unwrap_err();
        assert!(matches!(&refused, AppError::KeyReused { key } if key == "k"), "{words}: {refused:?}");
    }
    books::create(&ctx, "Other", &[keyed("k", "deposit 50")]).await;
    let without = event(usual_sessions()[1], "buy 1 AAA 50");
    books::add(&ctx, "Book", &without).await;
    books::add(&ctx, "Book", &without).await;
    assert_eq!(app::list_events(&ctx, "Book").await.unwrap().len(), 3, "without a key each is one more");
}

pub async fn voiding_frees_the_key(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &[]).await;
    let first = books::add(&ctx, "Book", &keyed("k", "buy 1 AAA 50")).await;
    app::void_event(&ctx, first.id).await.unwrap();
    let twice = app::void_event(&ctx, first.id).await.unwrap_err();
    assert!(matches!(twice, AppError::AlreadyVoided { .. }), "{twice:?}");
    let second = app::add_event(&ctx, "Book", &keyed("k", "buy 2 AAA 50")).await.unwrap();
    assert!(!second.is_duplicate);
    let listed = app::list_events(&ctx, "Book").await.unwrap();
    let active: Vec<(EventId, bool)> =
        listed.iter().map(|listed| (listed.event.id, listed.event.is_active())).collect();
    assert_eq!(active, [(first.id, false), (second.event.id, true)], "it stays on record");
    assert_eq!(app::void_event(&ctx, EventId(1)).await.unwrap_err().code(), "not_found");
}

pub async fn an_event_before_the_first_session_is_refused(bed: Bed) {
    usual_prices(&bed);
    let (ctx, sessions) = (bed.ctx(), usual_sessions());
    books::create(&ctx, "Book", &[event(sessions[3], "buy 1 AAA 50")]).await;
    books::add(&ctx, "Book", &event(sessions[2], "deposit 1")).await;
    refresh(&ctx, "Book").await;
    let refused = app::add_event(&ctx, "Book", &event(sessions[1], "deposit 1")).await.unwrap_err();
    let AppError::BeforeInception { date, inception, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((date, inception), (sessions[1], sessions[2]));
    books::add(&ctx, "Book", &event(sessions[2], "deposit 2")).await;
    app::reset(&ctx, sessions[0], Some("Book")).await.unwrap();
    books::add(&ctx, "Book", &event(sessions[1], "deposit 1")).await;
    let outside = app::add_event(&ctx, "Book", &event("1985-01-01".parse().unwrap(), "deposit 1")).await;
    assert_eq!(outside.unwrap_err().code(), "outside_calendar");
    let fixed = app::NewPortfolio { start: Some(sessions[5]), ..books::new_portfolio("Fixed") };
    app::create_portfolio(&ctx, &fixed, None, false).await.unwrap();
    books::add(&ctx, "Fixed", &event(sessions[4], "deposit 1")).await;
    assert_eq!(written(&refresh(&ctx, "Fixed").await, "Fixed"), 7, "it counts on the first session");
    let refused = app::add_event(&ctx, "Fixed", &event(sessions[4], "deposit 1")).await.unwrap_err();
    assert_eq!(refused.code(), "before_inception");
}

pub async fn events_added_at_once_are_all_kept_in_order(bed: Bed) {
    let mut ctx = bed.ctx_of_another_process().await;
    ctx.limits.conflict_retries_max = 100;
    books::create(&ctx, "Book", &[]).await;
    let adding = (1..=20).map(|number| {
        let ctx = ctx.clone();
        let new = keyed(&format!("k{number}"), &format!("buy {number} S{} 10", number % 3));
        tokio::spawn(async move { app::add_event(&ctx, "Book", &new).await.unwrap() })
    });
    let adding: Vec<_> = adding.collect();
    for added in adding {
        assert!(!added.await.unwrap().is_duplicate);
    }
    let listed = app::list_events(&ctx, "Book").await.unwrap();
    let numbers: Vec<i64> = listed.iter().map(|listed| listed.event.entry_no).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    assert_eq!(app::coverage(&ctx).await.unwrap().len(), 3, "each symbol is one instrument");
}

pub async fn an_event_that_makes_no_sense_names_its_option(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    let buy = keyed("k", "buy 1 AAA 50");
    for (field, wrong) in [
        ("quantity", NewEvent { quantity: Some("-1".parse().unwrap()), ..buy.clone() }),
        ("quantity", NewEvent { quantity: None, ..buy.clone() }),
        ("symbol", NewEvent { symbol: None, ..buy.clone() }),
        ("price", NewEvent { price: Some("-1".parse().unwrap()), ..buy.clone() }),
        ("amount", NewEvent { amount: Some("5".parse().unwrap()), ..buy.clone() }),
        ("key", NewEvent { key: Some(String::new()), ..buy.clone() }),
        ("note", NewEvent { note: Some("x".repeat(513)), ..buy.clone() }),
        ("amount", keyed("k", "deposit -1")),
        ("amount", keyed("k", "withdrawal 0")),
    ] {
        let refused = app::add_event(&ctx, "Book", &wrong).await.unwrap_err();
        assert_eq!((refused.code(), refused.place().as_deref()), ("invalid_input", Some(field)), "{wrong:?}");
    }
    assert_eq!(app::list_events(&ctx, "Book").await.unwrap().len(), 4);
}
