//! What must not matter: the order of portfolios and symbols, and the number of threads.

use app::{Context, NewEvent, RefreshRequest};

use crate::bed::Bed;
use crate::books::{self, event, refresh_with, usual_sessions};
use crate::published::Published;

const SYMBOLS: [&str; 6] = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"];

/// Buys of every symbol on one session and sales of some later, symbols in the order given.
fn events_of(symbols: &[&str]) -> Vec<NewEvent> {
    let sessions = usual_sessions();
    let buys = symbols.iter().map(|symbol| event(sessions[0], &format!("buy 3.5 {symbol} 50.1")));
    let sales = symbols.iter().take(6).filter(|symbol| **symbol < "DDD");
    let sales = sales.map(|symbol| event(sessions[6], &format!("sell 1.25 {symbol} 48.7")));
    buys.chain(sales).collect()
}

fn prices(bed: &Bed) {
    bed.clock.set_after(usual_sessions()[11]);
    for symbol in SYMBOLS {
        bed.folder.make_up(symbol, usual_sessions());
    }
}

pub async fn the_order_of_portfolios_and_symbols_changes_nothing(bed: Bed) {
    prices(&bed);
    let backwards: Vec<&str> = SYMBOLS.iter().rev().copied().collect();
    let ctx = bed.ctx();
    books::create(&ctx, "Zoe", &events_of(&SYMBOLS)).await;
    books::create(&ctx, "Anna", &events_of(&backwards)).await;
    refresh_with(&ctx, &RefreshRequest::default()).await;
    let expected = Published::of(&ctx, "Zoe").await;
    Published::of(&ctx, "Anna").await.check(&expected, "symbols in the other order");
    let other = bed.fresh().await;
    books::create(&other.ctx(), "Anna", &events_of(&backwards)).await;
    books::create(&other.ctx(), "Zoe", &events_of(&SYMBOLS)).await;
    for name in ["Zoe", "Anna"] {
        books::refresh(&other.ctx(), name).await;
        Published::of(&other.ctx(), name).await.check(&expected, "one by one in another database");
    }
}

pub async fn the_number_of_threads_changes_nothing(bed: Bed) {
    prices(&bed);
    let mut published = Vec::new();
    for thread_count in [1, 4] {
        let bed = bed.beside().await;
        let ctx = bed.ctx();
        for number in 0..20 {
            books::create(&ctx, &format!("Book {number}"), &events_of(&SYMBOLS[..1 + number % 6])).await;
        }
        refresh_on(thread_count, ctx.clone()).await;
        let mut books = Vec::new();
        for number in 0..20 {
            books.push(Published::of(&ctx, &format!("Book {number}")).await);
        }
        published.push(books);
    }
    assert!(published[0].iter().all(|book| book.snapshots.len() == 12));
    assert_eq!(published[0], published[1]);
}

/// Refreshes on a pool of so many threads: computing in parallel stays in the pool it begins in.
async fn refresh_on(thread_count: usize, ctx: Context) {
    let runtime = tokio::runtime::Handle::current();
    let run = tokio::task::spawn_blocking(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count).build().unwrap();
        pool.install(|| runtime.block_on(refresh_with(&ctx, &RefreshRequest::default())));
    });
    run.await.unwrap();
}
