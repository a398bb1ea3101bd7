//! Many callers, one fetch.

use std::sync::Arc;

use app::{AppError, Context, FetchOutcome, FetchRequest, RefreshRequest};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use market::Chain;
use model::Symbol;
use store::{Store, StoreLimits};

use crate::bed::Bed;
use crate::books::{self, event, usual_sessions};
use crate::provider::{DEADLINE, Gated};

type Fetching<'a> = BoxFuture<'a, Result<Vec<FetchOutcome>, AppError>>;

/// A context whose one provider waits for the test.
pub fn gated(bed: &Bed) -> (Context, Arc<Gated>) {
    bed.clock.set_after(usual_sessions()[11]);
    let provider = Gated::new(usual_sessions());
    (Context { chain: Chain::new(vec![provider.clone()]), ..bed.ctx() }, provider)
}

/// Asks for symbols and goes as far as it can be gone without waiting.
pub fn begin<'a>(ctx: &'a Context, symbols: &[&str]) -> Fetching<'a> {
    let sessions = usual_sessions();
    let request = |symbol: &&str| FetchRequest::new(symbol.parse().unwrap(), sessions[0], sessions[11]);
    let mut fetching = app::fetch(ctx, symbols.iter().map(request).collect()).boxed();
    assert!((&mut fetching).now_or_never().is_none(), "the provider has not answered yet");
    fetching
}

/// Waits until no symbol is being fetched.
pub async fn landed(ctx: &Context) {
    assert!(testkit::wait_until(DEADLINE, async || ctx.flights.is_empty()).await);
}

async fn session_count(ctx: &Context, symbol: &str) -> i64 {
    let symbol: Symbol = symbol.parse().unwrap();
    app::coverage_of(ctx, &symbol).await.map_or(0, |detail| detail.line.session_count)
}

pub async fn two_hundred_callers_make_one_provider_call(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let callers: Vec<Fetching> = (0..200).map(|_| begin(&ctx, &["AAA"])).collect();
    assert_eq!(ctx.flights.len(), 1);
    provider.is_asked(1).await;
    provider.open();
    for outcomes in join_all(callers).await {
        let outcome = outcomes.unwrap().remove(0);
        assert_eq!(outcome.symbol.as_str(), "AAA");
        assert_eq!(outcome.result.unwrap().written_count, 12);
    }
    assert_eq!(provider.asked(), ["AAA"]);
    landed(&ctx).await;
    assert_eq!(session_count(&ctx, "AAA").await, 12);
}

pub async fn overlapping_batches_ask_each_symbol_once(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let batches = [&["AAA", "BBB"][..], &["CCC", "BBB", "AAA"], &["BBB", "BBB"], &["DDD"]];
    let callers: Vec<Fetching> = batches.iter().map(|symbols| begin(&ctx, symbols)).collect();
    provider.is_asked(4).await;
    provider.open();
    for (outcomes, symbols) in join_all(callers).await.into_iter().zip(batches) {
        let outcomes = outcomes.unwrap();
        let told: Vec<&str> = outcomes.iter().map(|outcome| outcome.symbol.as_str()).collect();
        assert_eq!(told, symbols, "outcomes come in the order asked");
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    }
    assert_eq!(provider.asked(), ["AAA", "BBB", "CCC", "DDD"]);
    landed(&ctx).await;
    let again = app::fetch(&ctx, Vec::new()).await.unwrap();
    assert!(again.is_empty(), "nobody asked for anything");
}

pub async fn whoever_asks_after_an_answer_is_answered_anew(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    provider.open();
    let symbols: Vec<String> = (0..200).map(|number| format!("S{number:03}")).collect();
    for round in 1..=10 {
        let all = app::fetch(&ctx, symbols.iter().map(|symbol| request_of(symbol)).collect()).boxed();
        let one = async {
            app::fetch(&ctx, vec![request_of("S000")]).await.unwrap();
            // The others of the batch may still be on their way to their callers.
            app::fetch(&ctx, vec![request_of("S000")]).await.unwrap();
        };
        let (all, ()) = tokio::join!(all, one);
        assert_eq!(all.unwrap().len(), 200);
        let asked = provider.asked().iter().filter(|symbol| *symbol == "S000").count();
        assert_eq!(asked, 2 * round, "an answer is only for those who asked before it came");
    }
}

pub async fn a_caller_who_goes_away_stops_nothing(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let (first, second) = (begin(&ctx, &["AAA", "BBB"]), begin(&ctx, &["BBB"]));
    provider.is_asked(2).await;
    drop(first);
    provider.open();
    assert_eq!(second.await.unwrap()[0].result.as_ref().unwrap().written_count, 12);
    drop(begin_alone(&ctx, "CCC"));
    landed(&ctx).await;
    for symbol in ["AAA", "BBB", "CCC"] {
        assert_eq!(session_count(&ctx, symbol).await, 12, "{symbol}");
    }
    assert_eq!(provider.asked(), ["AAA", "BBB", "CCC"]);
}

/// Asks for a symbol of an open provider and looks once.
fn begin_alone<'a>(ctx: &'a Context, symbol: &str) -> Fetching<'a> {
    begin(ctx, &[symbol])
}

pub async fn a_failure_of_the_provider_reaches_every_caller_and_is_kept(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 AAA 50")]).await;
    provider.fail("AAA");
    provider.fail("TYPO");
    let callers: Vec<Fetching> = (0..20).map(|_| begin(&ctx, &["TYPO", "AAA", "BBB"])).collect();
    provider.is_asked(3).await;
    provider.open();
    for outcomes in join_all(callers).await {
        let codes: Vec<Option<&str>> = outcomes
            .unwrap()
            .iter()
            .map(|outcome| outcome.result.as_ref().err().map(|failure| failure.code))
            .collect();
        assert_eq!(codes, [Some("unavailable"), Some("unavailable"), None]);
    }
    assert_eq!(provider.asked(), ["AAA", "BBB", "TYPO"]);
    landed(&ctx).await;
    let failure = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap().line.failure.unwrap();
    assert_eq!(failure.code, "unavailable");
    assert!(failure.message.contains("connection reset"), "{}", failure.message);
    let unmet = app::coverage_of(&ctx, &"TYPO".parse().unwrap()).await.unwrap_err();
    assert_eq!(unmet.code(), "not_found", "a symbol nobody knows makes no instrument");
    provider.mend("AAA");
    app::fetch(&ctx, vec![request_of("AAA")]).await.unwrap();
    let mended = app::coverage_of(&ctx, &"AAA".parse().unwrap()).await.unwrap().line;
    assert_eq!((mended.failure, mended.session_count), (None, 12));
}

fn request_of(symbol: &str) -> FetchRequest {
    let sessions = usual_sessions();
    FetchRequest::new(symbol.parse().unwrap(), sessions[0], sessions[11])
}

/// A store of one connection for everything.
async fn narrow(bed: &Bed) -> Store {
    let limits =
        StoreLimits { pool_size_max: 1, reader_count_max: 1, queue_length_max: 1, ..StoreLimits::default() };
    Store::open(&bed.url, &limits).await.unwrap()
}

/// Reads and writes that need a connection.
async fn use_the_database(ctx: &Context) {
    let work = async {
        for day in usual_sessions() {
            books::add(ctx, "Book", &event(*day, "deposit 1")).await;
            assert_eq!(app::list_portfolios(ctx).await.unwrap().len(), 1);
            app::coverage(ctx).await.unwrap();
        }
    };
    tokio::time::timeout(DEADLINE, work).await.expect("the database answers while the provider is slow");
}

pub async fn no_connection_is_held_while_a_provider_is_slow(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let mut ctx = Context { store: Some(narrow(&bed).await), ..ctx };
    ctx.limits.fetch_concurrency_max = 50;
    books::create(&ctx, "Book", &[]).await;
    let symbols: Vec<String> = (0..40).map(|number| format!("S{number:02}")).collect();
    let callers: Vec<Fetching> = symbols.iter().map(|symbol| begin(&ctx, &[symbol])).collect();
    provider.is_asked(40).await;
    use_the_database(&ctx).await;
    provider.open();
    assert!(join_all(callers).await.into_iter().all(|outcomes| outcomes.unwrap()[0].result.is_ok()));
}

pub async fn a_refresh_holds_no_connection_while_a_provider_is_slow(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    let ctx = Context { store: Some(narrow(&bed).await), ..ctx };
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 AAA 50")]).await;
    let run = {
        let ctx = ctx.clone();
        tokio::spawn(async move { books::refresh_with(&ctx, &RefreshRequest::default()).await })
    };
    provider.is_asked(1).await;
    use_the_database(&ctx).await;
    provider.open();
    assert_eq!(books::written(&run.await.unwrap(), "Book"), 12);
}
