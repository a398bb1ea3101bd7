//! Which symbols are in the universe.

use app::{Context, FetchRequest};
use market::Source;

use crate::bed::Bed;
use crate::books::{self, refresh, usual_events, usual_prices};
use crate::distant::{Distant, ctx_with, fetch_one, question};

/// The symbols of the universe, each with whether it is active.
async fn universe(ctx: &Context) -> Vec<(String, bool)> {
    let known = app::universe(ctx).await.unwrap();
    known.into_iter().map(|known| (known.symbol.to_string(), known.member.unwrap().is_active)).collect()
}

pub async fn what_is_held_and_has_prices_is_in_the_universe(bed: Bed) {
    usual_prices(&bed);
    let ctx = bed.ctx();
    let mut events = usual_events();
    events.push(books::event(crate::books::usual_sessions()[6], "buy 3 NONE 20"));
    books::create(&ctx, "Book", &events).await;
    assert_eq!(universe(&ctx).await, []);
    refresh(&ctx, "Book").await;
    let found = universe(&ctx).await;
    assert!(!found.is_empty() && found.iter().all(|(_, is_active)| *is_active), "{found:?}");
    assert!(!found.iter().any(|(symbol, _)| symbol == "NONE"), "{found:?}");
}

pub async fn a_look_at_a_symbol_does_not_take_it_in(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-12-30", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    let look = FetchRequest { enters_universe: false, ..question("AAA", "2024-01-02", "2024-06-28") };
    app::fetch(&ctx, vec![look]).await.unwrap().remove(0).result.unwrap();
    assert_eq!(universe(&ctx).await, []);
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await.result.unwrap();
    assert_eq!(universe(&ctx).await, [("AAA".to_owned(), true)]);
}

pub async fn what_the_providers_do_not_know_any_more_is_inactive_until_they_do(bed: Bed) {
    let yahoo = Distant::open(Source::Yahoo);
    yahoo.lists("AAA", "2024-01-02", "2024-06-28", "50");
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "AAA", "2024-01-02", "2024-06-28").await.result.unwrap();
    yahoo.fails(Some(market::ProviderError::NotFound));
    let gone = fetch_one(&ctx, "AAA", "2024-01-02", "2024-12-30").await;
    assert_eq!(gone.result.unwrap_err().code, "not_found");
    assert_eq!(universe(&ctx).await, [("AAA".to_owned(), false)]);
    yahoo.fails(None);
    yahoo.lists("AAA", "2024-07-01", "2024-12-30", "50");
    let again = FetchRequest { is_forced: true, ..question("AAA", "2024-01-02", "2024-12-30") };
    app::fetch(&ctx, vec![again]).await.unwrap().remove(0).result.unwrap();
    assert_eq!(universe(&ctx).await, [("AAA".to_owned(), true)]);
}
