//! What is known of symbols: how long it is good, and what it changes.

use std::sync::Arc;

use app::{Clock, Context, RefreshRequest, list_symbols};
use market::{Chain, Files, ProviderError, Source};
use model::{Currency, Fundamentals, InstrumentKind, Profile, Sector, Timestamp};

use crate::bed::Bed;
use crate::books::{self, event, refresh_with, usual_prices, usual_sessions, written};
use crate::profiles::{prefetch, telling, told};
use crate::teller::{Teller, company, of, with_figures};

const DAY_MS: i64 = 86_400_000;

/// A context that reads the folder before it asks a provider.
fn files_first(bed: &Bed) -> (Context, Arc<Teller>) {
    let teller = Teller::new(Source::Yahoo);
    teller.open();
    let files = Arc::new(Files::new(bed.folder.path()));
    (Context { chain: Chain::new(vec![files, teller.clone()]), ..bed.ctx() }, teller)
}

async fn kind_of(ctx: &Context, symbol: &str) -> InstrumentKind {
    let known = list_symbols(ctx).await.unwrap();
    known.into_iter().find(|known| known.symbol.as_str() == symbol).unwrap().kind
}

pub async fn what_was_learned_expires_and_so_does_a_failure(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    let limited = |bed: &Bed| ProviderError::RateLimited { retry_at: bed.clock.now().plus_seconds(600) };
    for (symbol, said, expiry_ms) in [
        ("GOOD", Ok(company(Sector::Energy)), 30 * DAY_MS),
        ("TYPO", Err(ProviderError::NotFound), DAY_MS),
        ("MUTE", Err(ProviderError::NoData), 7 * DAY_MS),
        ("BUSY", Err(limited(&bed)), 600_000),
        ("DOWN", Err(ProviderError::Unavailable { reason: "reset".to_owned() }), 900_000),
        ("SHUT", Err(ProviderError::Unauthorized), 900_000),
    ] {
        let is_limited = matches!(said, Err(ProviderError::RateLimited { .. }));
        match said {
            Ok(answer) => teller.say(symbol, answer),
            Err(_) if is_limited => teller.refuse(symbol, limited(&bed)),
            Err(error) => teller.refuse(symbol, error),
        }
        let before = prefetch(&ctx, &[symbol]).await;
        assert_eq!(before.provider_calls, 1, "{symbol}");
        bed.clock.advance_ms(expiry_ms - 1_000);
        let polled = prefetch(&ctx, &[symbol]).await;
        assert_eq!((polled.provider_calls, &polled.sectors), (0, &before.sectors), "{symbol}");
        bed.clock.advance_ms(2_000);
        teller.say(symbol, company(Sector::Utilities));
        let after = prefetch(&ctx, &[symbol]).await;
        assert_eq!((after.provider_calls, told(&after)), (1, vec!["Utilities".to_owned()]), "{symbol}");
    }
}

pub async fn a_profile_that_cannot_be_renewed_stays(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    prefetch(&ctx, &["AAA"]).await;
    teller.refuse("AAA", ProviderError::Unavailable { reason: "reset".to_owned() });
    bed.clock.advance_ms(31 * DAY_MS);
    for calls in [1, 0] {
        let stale = prefetch(&ctx, &["AAA"]).await;
        assert_eq!((told(&stale), stale.provider_calls), (vec!["Technology".to_owned()], calls));
    }
    bed.clock.advance_ms(900_000);
    assert_eq!(prefetch(&ctx, &["AAA"]).await.provider_calls, 1);
}

pub async fn what_a_provider_tells_makes_a_fund_of_what_was_called_a_stock(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 SPY 500")]).await;
    assert_eq!(kind_of(&ctx, "SPY").await, InstrumentKind::Stock);
    let kind = |kind| of(Profile { kind: Some(kind), name: Some("Some\nname".into()), ..Profile::default() });
    teller.say("SPY", kind(InstrumentKind::Etf));
    teller.say("^GSPC", kind(InstrumentKind::Index));
    // Nobody's answer makes a holding private or an option.
    teller.say("AAA", kind(InstrumentKind::Private));
    teller.say("BBB", kind(InstrumentKind::Option));
    let first = prefetch(&ctx, &["SPY", "^GSPC", "AAA", "BBB"]).await;
    assert_eq!(told(&first), ["fund", "index", "no_sector", "no_sector"]);
    assert_eq!(kind_of(&ctx, "SPY").await, InstrumentKind::Etf);
    bed.clock.advance_ms(31 * DAY_MS);
    teller.say("SPY", kind(InstrumentKind::Stock));
    let later = prefetch(&ctx, &["SPY", "^GSPC"]).await;
    assert_eq!((told(&later), later.provider_calls), (vec!["fund".into(), "index".into()], 0));
    let known = list_symbols(&ctx).await.unwrap();
    assert!(known.iter().all(|known| known.profile.as_ref().unwrap().0.name.as_deref() == Some("Somename")));
}

pub async fn an_edited_folder_goes_before_what_was_learned_elsewhere(bed: Bed) {
    let (ctx, teller) = files_first(&bed);
    let check = async |expect: &[&str], calls: u64| {
        let prefetched = prefetch(&ctx, &["AAA", "BBB"]).await;
        assert_eq!(
            (told(&prefetched), prefetched.provider_calls),
            (expect.iter().map(|s| (*s).to_owned()).collect(), calls)
        );
    };
    teller.refuse("BBB", ProviderError::NotFound);
    check(&["Technology", "not_found"], 2).await;
    bed.folder.write("profiles.csv", "symbol,sector\nAAA,Energy\nBBB,Utilities\n");
    check(&["Energy", "Utilities"], 0).await;
    bed.folder.write("profiles.csv", "symbol,type,sector,name\nAAA,etf,,Fund of AAA\nBBB,stock,Energy,\n");
    check(&["fund", "Energy"], 0).await;
    bed.folder.write("profiles.csv", "symbol,type,sector\nAAA,stock,Materials\nBBB,stock,Energy\n");
    check(&["Materials", "Energy"], 0).await;
    // What the folder does not tell any more is asked elsewhere, once.
    bed.folder.write("profiles.csv", "symbol\n");
    check(&["Technology", "Energy"], 2).await;
    check(&["Technology", "Energy"], 0).await;
    bed.folder.write("profiles.csv", "symbol,type\nAAA,share\n");
    let prefetched = prefetch(&ctx, &["AAA"]).await;
    assert_eq!(told(&prefetched), ["Technology"]);
    assert!(prefetched.complaints[0].contains("profiles.csv line 2"), "{:?}", prefetched.complaints);
}

pub async fn the_emptiness_of_a_folder_is_never_remembered(bed: Bed) {
    let ctx = bed.ctx();
    assert_eq!(told(&prefetch(&ctx, &["AAA"]).await), ["no_data"]);
    assert!(list_symbols(&ctx).await.unwrap().is_empty(), "a symbol nobody knows makes no instrument");
    bed.folder.write("profiles.csv", "symbol,sector\nAAA,Energy\n");
    let known = prefetch(&ctx, &["AAA"]).await;
    assert_eq!((told(&known), known.provider_calls, known.learned_count), (vec!["Energy".into()], 0, 1));
    let without = Context { chain: Chain::default(), ..bed.ctx() };
    assert_eq!(told(&prefetch(&without, &["AAA", "BBB"]).await), ["Energy", "no_provider"]);
}

pub async fn a_currency_that_is_learned_is_taken_into_the_books(bed: Bed) {
    usual_prices(&bed);
    let (ctx, teller) = files_first(&bed);
    let sessions = usual_sessions();
    books::create(&ctx, "Book", &[event(sessions[0], "buy 10 AAA 50"), event(sessions[2], "buy 1 BBB 50")])
        .await;
    teller.say(
        "AAA",
        of(Profile { currency: Some("EUR".parse().unwrap()), ..company(Sector::Energy).profile }),
    );
    let request = RefreshRequest { to: Some(sessions[10]), ..RefreshRequest::default() };
    let historical = refresh_with(&ctx, &request).await;
    assert_eq!((written(&historical, "Book"), teller.asked_count()), (11, 0));
    let learned = refresh_with(&ctx, &RefreshRequest::default()).await;
    assert_eq!(written(&learned, "Book"), 12, "the holding is in another currency from its first session on");
    let snapshots = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    let gap = &snapshots[0].snapshot.gaps[0];
    assert_eq!((gap.symbol.as_ref().unwrap().as_str(), gap.reason.as_str()), ("AAA", "currency_mismatch"));
    // A currency that is known is not changed by what a provider says later; the word of the operator is taken.
    teller.say("AAA", of(Profile { currency: Some(Currency::USD), ..company(Sector::Energy).profile }));
    bed.clock.advance_ms(31 * DAY_MS);
    assert_eq!(written(&refresh_with(&ctx, &RefreshRequest::default()).await, "Book"), 0);
    bed.folder.write("profiles.csv", "symbol,currency\nAAA,USD\n");
    assert_eq!(written(&refresh_with(&ctx, &RefreshRequest::default()).await, "Book"), 12);
}

pub async fn figures_are_renewed_three_days_after_earnings_and_keep_the_date_they_became_known(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    let today = bed.clock.now().utc_date();
    let figures = |eps: f64, next: i32| Fundamentals {
        next_earnings: Some(today.plus_days(next)),
        eps_trailing: Some(eps),
        provider_beta: Some(1.5),
        revenue: Some(f64::NAN),
        ..Fundamentals::default()
    };
    teller.say("AAA", with_figures(figures(1.0, 5)));
    let fund = Profile { kind: Some(InstrumentKind::Etf), ..Profile::default() };
    teller.say("SPY", market::ProfileAnswer { profile: fund, fundamentals: Some(figures(0.0, 5)) });
    prefetch(&ctx, &["AAA", "SPY"]).await;
    let first_known = bed.clock.now();
    teller.say("AAA", with_figures(figures(2.0, 95)));
    bed.clock.advance_ms(7 * DAY_MS);
    assert_eq!(prefetch(&ctx, &["AAA"]).await.provider_calls, 0);
    bed.clock.advance_ms(DAY_MS);
    assert_eq!(prefetch(&ctx, &["AAA"]).await.provider_calls, 1);
    bed.clock.advance_ms(DAY_MS);
    assert_eq!(prefetch(&ctx, &["AAA"]).await.provider_calls, 0);
    let known = async |at: Timestamp| {
        let symbols = ["AAA".parse().unwrap(), "SPY".parse().unwrap()];
        let state = store::profiles::state(&bed.store, &symbols, at).await.unwrap();
        let figures = state.fundamentals.into_values().map(|stored| stored.figures);
        figures
            .map(|figures| (figures.eps_trailing, figures.provider_beta, figures.revenue))
            .collect::<Vec<_>>()
    };
    let end = Timestamp::from_epoch_micros(i64::MAX);
    assert_eq!(known(end).await, [(Some(2.0), Some(1.5), None)], "of the company alone");
    assert_eq!(known(first_known).await, [(Some(1.0), Some(1.5), None)]);
    assert_eq!(known(first_known.plus_seconds(-60)).await, []);
}

pub async fn every_change_of_a_profile_takes_a_step(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    let changes = async || -> Vec<String> {
        let books = store::books::load(&bed.store, &[], 0).await.unwrap();
        books.changes.into_iter().map(|change| change.scope).collect()
    };
    prefetch(&ctx, &["AAA", "BBB"]).await;
    assert_eq!(changes().await, ["profile", "profile"]);
    bed.clock.advance_ms(31 * DAY_MS);
    assert_eq!(prefetch(&ctx, &["AAA", "BBB"]).await.learned_count, 0, "asked again, and nothing is new");
    assert_eq!(changes().await.len(), 2);
    teller.say("BBB", of(Profile { is_whole_unit: Some(true), ..company(Sector::Energy).profile }));
    bed.clock.advance_ms(31 * DAY_MS);
    prefetch(&ctx, &["AAA", "BBB"]).await;
    assert_eq!(changes().await, ["profile", "profile", "instrument", "profile"]);
}
