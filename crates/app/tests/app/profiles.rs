//! Many callers, one call for each symbol; and nothing that was paid for is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::{AppError, Context, NoSector, PrefetchedProfiles, prefetch_profiles};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use market::{Chain, ProviderError, Source, Urgency};
use model::{Sector, Symbol};
use store::{Store, StoreLimits};

use crate::bed::Bed;
use crate::books;
use crate::provider::DEADLINE;
use crate::teller::{Teller, company};

type Prefetching<'a> = BoxFuture<'a, Result<PrefetchedProfiles, AppError>>;

/// A context whose one provider tells profiles when the test lets it.
pub fn telling(bed: &Bed) -> (Context, Arc<Teller>) {
    let teller = Teller::new(Source::Yahoo);
    (Context { chain: Chain::new(vec![teller.clone()]), ..bed.ctx() }, teller)
}

fn begin<'a>(ctx: &'a Context, symbols: &'a [String]) -> Prefetching<'a> {
    prefetch_profiles(ctx, symbols, Urgency::Interactive).boxed()
}

/// Asks for symbols, of which nothing may go wrong but what is told.
pub async fn prefetch(ctx: &Context, symbols: &[&str]) -> PrefetchedProfiles {
    prefetch_profiles(ctx, symbols, Urgency::Interactive).await.unwrap()
}

/// Each sector, or the name of the reason why there is none.
pub fn told(prefetched: &PrefetchedProfiles) -> Vec<String> {
    let told = prefetched.sectors.iter().map(|of| match &of.sector {
        Ok(sector) => sector.to_string(),
        Err(reason) => reason.code().to_owned(),
    });
    told.collect()
}

pub fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("S{number:03}")).collect()
}

/// How many of these symbols have a profile in the database.
async fn stored_count(store: &Store, symbols: &[String]) -> usize {
    let symbols: Vec<Symbol> = symbols.iter().map(|symbol| symbol.parse().unwrap()).collect();
    let end = model::Timestamp::from_epoch_micros(i64::MAX);
    store::profiles::state(store, &symbols, end).await.unwrap().profiles.len()
}

async fn are_stored(store: &Store, symbols: &[String], count: usize) {
    let are = async || stored_count(store, symbols).await >= count;
    assert!(testkit::wait_until(DEADLINE, are).await, "{} of {count}", stored_count(store, symbols).await);
}

pub async fn two_hundred_callers_make_one_profile_call(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let symbols = numbered(1);
    let arrived = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let (ctx, symbols, arrived) = (ctx.clone(), symbols.clone(), arrived.clone());
            tokio::spawn(async move {
                arrived.fetch_add(1, Ordering::SeqCst);
                begin(&ctx, &symbols).await.unwrap()
            })
        })
        .collect();
    teller.is_asked(1).await;
    assert!(testkit::wait_until(DEADLINE, async || arrived.load(Ordering::SeqCst) == 200).await);
    teller.open();
    let mut calls = 0;
    for prefetched in join_all(callers).await {
        let prefetched = prefetched.unwrap();
        assert_eq!(told(&prefetched), ["Technology"]);
        calls += prefetched.provider_calls;
    }
    assert_eq!((teller.asked(), calls), (symbols, 1));
    assert!(ctx.profile_flights.is_empty());
}

pub async fn a_second_call_asks_nobody_even_after_a_restart(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    teller.say("MSFT", company(Sector::Energy));
    teller.refuse("TYPO", ProviderError::NotFound);
    let asked = [" msft ", "TYPO", "Msft", "aapl  240119c00150000", "CASH_USD", "", "no symbol!"];
    let first = prefetch(&ctx, &asked).await;
    let symbols: Vec<&str> = first.sectors.iter().map(|of| of.symbol.as_str()).collect();
    assert_eq!(symbols, ["MSFT", "TYPO", "AAPL240119C00150000", "CASH_USD", "", "NO SYMBOL!"]);
    assert_eq!(
        told(&first),
        ["Energy", "not_found", "option", "private", "invalid_symbol", "invalid_symbol"]
    );
    assert_eq!((first.provider_calls, first.learned_count, teller.asked_count()), (2, 1, 2));
    let again = Context { chain: ctx.chain.clone(), ..bed.ctx_of_another_process().await };
    for ctx in [ctx, again] {
        let (store, counter) = ctx.store().unwrap().counted();
        let second = prefetch(&Context { store: Some(store), ..ctx }, &asked).await;
        assert_eq!((second.sectors, second.provider_calls), (first.sectors.clone(), 0));
        assert_eq!(counter.count(), 4, "one look at what is known");
    }
    assert_eq!(teller.asked_count(), 2);
}

pub async fn at_most_five_symbols_are_asked_for_at_once(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let symbols = numbered(60);
    let caller = tokio::spawn({
        let (ctx, symbols) = (ctx.clone(), symbols.clone());
        async move { begin(&ctx, &symbols).await.unwrap() }
    });
    teller.is_asked(5).await;
    for let_through in 1..=20 {
        teller.let_through(1);
        teller.is_asked(5 + let_through).await;
    }
    teller.open();
    assert_eq!(caller.await.unwrap().learned_count, 60);
    assert_eq!((teller.busiest(), teller.asked_count()), (5, 60));
}

pub async fn a_crash_in_the_middle_keeps_what_was_recorded(bed: Bed) {
    let (mut ctx, teller) = telling(&bed);
    // Only the test's clock ends a lease.
    ctx.limits.lease_ms = 600_000;
    let symbols = numbered(60);
    let _killed = tokio::spawn({
        let (ctx, symbols) = (ctx.clone(), symbols.clone());
        async move { begin(&ctx, &symbols).await }
    });
    teller.let_through(40);
    teller.is_asked(45).await;
    are_stored(&bed.store, &symbols, 25).await;
    // Another process finds the first batch, and asks for the rest when the leases of the first have run out.
    let other = Teller::new(Source::Yahoo);
    other.open();
    let chain = Chain::new(vec![other.clone()]);
    let mut next = Context { chain, ..bed.ctx_of_another_process().await };
    next.limits.lease_wait_ms_max = 0;
    let pending = prefetch(&next, &["S000", "S030"]).await;
    assert_eq!(told(&pending), ["Technology", "pending"]);
    bed.clock.advance_ms(ctx.limits.lease_ms);
    let found = begin(&next, &symbols).await.unwrap();
    assert_eq!((found.provider_calls, found.learned_count), (35, 35));
    assert_eq!(other.asked(), symbols[25..]);
}

pub async fn what_came_in_is_recorded_while_others_are_awaited(bed: Bed) {
    let (mut ctx, teller) = telling(&bed);
    ctx.limits.profile_batch_ms_max = 1;
    let symbols = numbered(10);
    let caller = tokio::spawn({
        let (ctx, symbols) = (ctx.clone(), symbols.clone());
        async move { begin(&ctx, &symbols).await.unwrap() }
    });
    for count in 1..=9 {
        teller.let_through(1);
        are_stored(&bed.store, &symbols, count).await;
    }
    assert_eq!(ctx.profile_flights.len(), 1, "what is recorded is not under way any more");
    teller.let_through(1);
    assert_eq!(caller.await.unwrap().learned_count, 10);
}

pub async fn one_failing_symbol_fails_no_other(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    teller.panic("S001");
    teller.refuse("S002", ProviderError::Malformed { what: "a number is missing".to_owned() });
    teller.refuse("S003", ProviderError::Unavailable { reason: "reset\u{0}by peer".to_owned() });
    let prefetched = begin(&ctx, &numbered(5)).await.unwrap();
    assert_eq!(told(&prefetched), ["Technology", "unavailable", "malformed", "unavailable", "Technology"]);
    let Err(NoSector::Failed { message, .. }) = &prefetched.sectors[1].sector else { unreachable!() };
    assert_eq!(message, "yahoo: unavailable: the provider broke down");
    assert_eq!(begin(&ctx, &numbered(5)).await.unwrap().sectors, prefetched.sectors);
    assert_eq!(teller.asked_count(), 5);
}

pub async fn a_rate_limit_keeps_what_was_paid_for(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    teller.open();
    let symbols = numbered(100);
    let retry_at = app::Clock::now(bed.clock.as_ref()).plus_seconds(3_600);
    for symbol in &symbols[40..] {
        teller.refuse(symbol, ProviderError::RateLimited { retry_at });
    }
    let limited = begin(&ctx, &symbols).await.unwrap();
    assert_eq!((limited.learned_count, limited.provider_calls), (40, 100));
    assert_eq!(stored_count(&bed.store, &symbols).await, 40);
    let told = told(&limited);
    assert!(told[..40].iter().all(|told| told == "Technology"), "{told:?}");
    assert!(told[40..].iter().all(|told| told == "rate_limited"), "{told:?}");
    for symbol in &symbols[40..] {
        teller.say(symbol, company(Sector::Energy));
    }
    bed.clock.advance_ms(3_500_000);
    assert_eq!(begin(&ctx, &symbols).await.unwrap().provider_calls, 0, "a poll asks nobody");
    bed.clock.advance_ms(100_000);
    assert_eq!(begin(&ctx, &symbols).await.unwrap().learned_count, 60);
    assert_eq!((stored_count(&bed.store, &symbols).await, teller.asked_count()), (100, 160));
}

pub async fn a_caller_of_profiles_who_goes_away_stops_nothing(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let symbols = numbered(30);
    let caller = tokio::spawn({
        let (ctx, symbols) = (ctx.clone(), symbols.clone());
        async move { begin(&ctx, &symbols).await }
    });
    teller.is_asked(5).await;
    let joined = tokio::spawn({
        let ctx = ctx.clone();
        async move { prefetch(&ctx, &["S003"]).await }
    });
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    teller.open();
    assert_eq!(told(&joined.await.unwrap()), ["Technology"]);
    are_stored(&bed.store, &symbols, 30).await;
    assert_eq!(teller.asked_count(), 30);
    assert!(testkit::wait_until(DEADLINE, async || ctx.profile_flights.is_empty()).await);
    let leases: Vec<String> = symbols.iter().map(|symbol| format!("profile:{symbol}")).collect();
    let are_free = async || store::leases::holders(&bed.store, &leases).await.unwrap().is_empty();
    assert!(testkit::wait_until(DEADLINE, are_free).await, "every lease is given back");
}

pub async fn two_processes_ask_once(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let other = Context { chain: ctx.chain.clone(), ..bed.ctx_of_another_process().await };
    let symbols = numbered(8);
    let callers: Vec<_> = [ctx, other]
        .into_iter()
        .map(|ctx| {
            let symbols = symbols.clone();
            tokio::spawn(async move { begin(&ctx, &symbols).await.unwrap() })
        })
        .collect();
    teller.is_asked(5).await;
    teller.open();
    let prefetched: Vec<PrefetchedProfiles> =
        join_all(callers).await.into_iter().map(|caller| caller.unwrap()).collect();
    assert_eq!(prefetched[0].sectors, prefetched[1].sectors);
    let calls: Vec<u64> = prefetched.iter().map(|prefetched| prefetched.provider_calls).collect();
    assert_eq!((calls.iter().sum::<u64>(), teller.asked_count()), (8, 8), "{calls:?}");
}

pub async fn a_symbol_is_not_kept_waiting_behind_hundreds(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let symbols = numbered(100);
    let _crowd = tokio::spawn({
        let (ctx, symbols) = (ctx.clone(), symbols.clone());
        async move { begin(&ctx, &symbols).await }
    });
    teller.is_asked(5).await;
    let one = tokio::spawn({
        let ctx = ctx.clone();
        async move { prefetch(&ctx, &["S099"]).await }
    });
    teller.is_asked(6).await;
    assert_eq!(teller.asked()[5], "S099");
    teller.let_through(6);
    assert_eq!(told(&one.await.unwrap()), ["Technology"]);
    assert!(teller.asked_count() < 20, "most of the crowd still waits");
}

pub async fn no_connection_is_held_while_profiles_are_awaited(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let limits =
        StoreLimits { pool_size_max: 1, reader_count_max: 1, queue_length_max: 1, ..StoreLimits::default() };
    let ctx = Context { store: Some(Store::open(&bed.url, &limits).await.unwrap()), ..ctx };
    let symbols = numbered(40);
    let callers: Vec<_> = symbols
        .iter()
        .map(|symbol| {
            let (ctx, symbol) = (ctx.clone(), symbol.clone());
            tokio::spawn(async move { prefetch(&ctx, &[&symbol]).await })
        })
        .collect();
    teller.is_asked(40).await;
    let work = async {
        for number in 0..10 {
            books::create(&ctx, &format!("Book {number}"), &[]).await;
            app::list_symbols(&ctx).await.unwrap();
        }
    };
    tokio::time::timeout(DEADLINE, work).await.expect("the database answers while the provider is slow");
    teller.open();
    for caller in join_all(callers).await {
        assert_eq!(told(&caller.unwrap()), ["Technology"]);
    }
}

pub async fn a_failure_to_record_profiles_reaches_every_caller(bed: Bed) {
    let (ctx, teller) = telling(&bed);
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let ctx = ctx.clone();
            tokio::spawn(async move { begin(&ctx, &numbered(1)).await })
        })
        .collect();
    teller.is_asked(1).await;
    bed.store.close().await;
    teller.open();
    for caller in join_all(callers).await {
        assert!(caller.unwrap().is_err());
    }
    assert!(ctx.profile_flights.is_empty());
    assert_eq!(teller.asked_count(), 1);
}
