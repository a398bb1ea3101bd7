//! Reads of cached prices while a provider is slow: 64 readers with one connection, alone and beside 200 fetches.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use store::{Store, StoreUrl};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::Repeats;
use crate::report::{Bar, Line};
use crate::slow_market::{Read, SlowMarket};
use crate::timing::{median, quantile};
use crate::world::{Shape, World};

const READER_COUNT: usize = 64;
const FETCH_COUNT: usize = 200;
/// For so long the provider holds all answers back, and for so long readers are alone.
const HELD: Duration = Duration::from_secs(2);

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    runtime.block_on(async move { tokio::spawn(run(repeats)).await? })
}

async fn run(repeats: Repeats) -> Result<Vec<Line>> {
    let directory = tempfile::tempdir()?;
    let file = StoreUrl::file(&directory.path().join("books.db"));
    let mut lines = of_engine("SQLite", &file, repeats).await?;
    // It says so itself when there is no PostgreSQL on the machine.
    if let Some(database) = tokio::task::spawn_blocking(testkit::postgres::database).await? {
        let url = StoreUrl::parse(database.url())?;
        Store::migrate(&url).await?;
        lines.extend(of_engine("PostgreSQL", &url, repeats).await?);
    }
    Ok(lines)
}

async fn of_engine(engine: &str, url: &StoreUrl, repeats: Repeats) -> Result<Vec<Line>> {
    let kinds = [(Read::Prices, "prices"), (Read::Fetch, "fetch")];
    let symbol_count = READER_COUNT + FETCH_COUNT * repeats.rounds * kinds.len();
    let shape = Shape { account_count: 0, position_count: 0, session_count: 252, symbol_count };
    let market = Arc::new(SlowMarket::over(url, World::new(shape)?).await?);
    for number in 0..READER_COUNT {
        market.fetch(number).await?;
        market.read(Read::Prices, number).await?;
    }
    market.hold();
    let mut fresh = READER_COUNT;
    let mut lines = Vec::new();
    for (read, name) in kinds {
        read_alone(&market, read).await?;
        let mut rounds = Vec::new();
        for _ in 0..repeats.rounds {
            let alone = Latencies::of(read_alone(&market, read).await?);
            let [held, whole] = read_beside_fetches(&market, read, fresh..fresh + FETCH_COUNT).await?;
            rounds.push((alone, held, whole));
            fresh += FETCH_COUNT;
        }
        let alone = || rounds.iter().map(|(alone, _, _)| *alone);
        let held = alone().zip(rounds.iter().map(|(_, held, _)| *held));
        let whole = alone().zip(rounds.iter().map(|(_, _, whole)| *whole));
        let what = |when: &str| format!("cached {name}, {engine}: {FETCH_COUNT} fetches {when}");
        lines.push(line(what("waiting"), held.collect()));
        lines.push(line(what("from start to commit"), whole.collect()));
    }
    market.close().await?;
    Ok(lines)
}

/// The figures of one round of reads.
#[derive(Clone, Copy)]
struct Latencies {
    p50_ms: f64,
    p99_ms: f64,
    read_count: usize,
}

impl Latencies {
    fn of(reads: Vec<Taken>) -> Latencies {
        let read_ms: Vec<f64> = reads.iter().map(|read| read.taken.as_secs_f64() * 1e3).collect();
        Latencies {
            p50_ms: quantile(&read_ms, 0.5),
            p99_ms: quantile(&read_ms, 0.99),
            read_count: read_ms.len(),
        }
    }
}

/// A line from rounds that took turns: first the reads alone, then those beside fetches.
fn line(scenario: String, rounds: Vec<(Latencies, Latencies)>) -> Line {
    let middle = |figure: &dyn Fn(&(Latencies, Latencies)) -> f64| {
        median(&rounds.iter().map(figure).collect::<Vec<f64>>())
    };
    let note = format!(
        "p99 {:.1} ms, alone {:.1} ms; p50 {:.1} ms, alone {:.1} ms, ratio {:.2}; {} and {} reads",
        middle(&|(_, beside)| beside.p99_ms),
        middle(&|(alone, _)| alone.p99_ms),
        middle(&|(_, beside)| beside.p50_ms),
        middle(&|(alone, _)| alone.p50_ms),
        middle(&|(alone, beside)| beside.p50_ms / alone.p50_ms),
        rounds.iter().map(|(_, beside)| beside.read_count).sum::<usize>(),
        rounds.iter().map(|(alone, _)| alone.read_count).sum::<usize>(),
    );
    let ratio = middle(&|(alone, beside)| beside.p99_ms / alone.p99_ms);
    Line::new(scenario, ratio, "x", Bar::None).beside("alone", 1.0).note(note)
}

/// Reads with nothing else going on.
async fn read_alone(market: &Arc<SlowMarket>, read: Read) -> Result<Vec<Taken>> {
    let readers = Readers::start(market, read);
    tokio::time::sleep(HELD).await;
    readers.stop().await
}

/// Reads while the provider holds back all answers, and reads from the start of the fetches until the last of them is
/// recorded.
async fn read_beside_fetches(
    market: &Arc<SlowMarket>,
    read: Read,
    fetched: Range<usize>,
) -> Result<[Latencies; 2]> {
    let readers = Readers::start(market, read);
    let mut fetches = JoinSet::new();
    for number in fetched {
        let market = market.clone();
        fetches.spawn(async move { market.fetch(number).await });
    }
    market.is_holding(FETCH_COUNT).await?;
    let from = Instant::now();
    tokio::time::sleep(HELD).await;
    let to = Instant::now();
    market.release();
    while let Some(fetch) = fetches.join_next().await {
        fetch??;
    }
    let whole = readers.stop().await?;
    let held = whole.iter().filter(|read| read.started >= from && read.started + read.taken <= to);
    Ok([Latencies::of(held.copied().collect()), Latencies::of(whole)])
}

/// When a read began, and how long it took.
#[derive(Clone, Copy)]
struct Taken {
    started: Instant,
    taken: Duration,
}

/// Readers that read one symbol after the other without a pause.
struct Readers {
    is_over: Arc<AtomicBool>,
    reading: JoinSet<Result<Vec<Taken>>>,
}

impl Readers {
    fn start(market: &Arc<SlowMarket>, read: Read) -> Readers {
        let (is_over, mut reading) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for reader in 0..READER_COUNT {
            let (market, is_over) = (market.clone(), is_over.clone());
            reading.spawn(async move {
                let mut reads = Vec::new();
                for number in (0..READER_COUNT).cycle().skip(reader) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let started = Instant::now();
                    market.read(read, number).await?;
                    reads.push(Taken { started, taken: started.elapsed() });
                }
                Ok(reads)
            });
        }
        Readers { is_over, reading }
    }

    /// Ends the readers, and gives all their reads.
    async fn stop(mut self) -> Result<Vec<Taken>> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut reads = Vec::new();
        while let Some(reader) = self.reading.join_next().await {
            reads.extend(reader??);
        }
        Ok(reads)
    }
}
