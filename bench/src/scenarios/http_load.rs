//! `daybook serve` as a whole process: how soon it answers, what it holds when idle, and how long 64 clients wait for
//! cached prices, and somebody else for a sign of life, while 200 calls of two seconds to a provider are under way.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use model::{Date, Timestamp};
use store::{Store, StoreUrl};
use testkit::provider_server::{FakeMarket, FakeSymbol, Fault, ProviderServer, YahooFormat};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::process::Daybook;
use crate::report::{Bar, Line};
use crate::serving::Serving;
use crate::timing::{median, quantile};
use crate::wrk::{self, Clients, Measured};

const CLIENT_COUNT: usize = 64;
const CACHED_COUNT: usize = 64;
/// Calls to the provider under way at once.
const CALL_COUNT: usize = 200;
/// Fetches that are queued for one round, of two calls each, so that calls are under way until it ends.
const FETCH_COUNT: usize = 4 * CALL_COUNT;
const CALL_MS: u64 = 2_000;
/// So long clients ask.
const ASKED: Duration = Duration::from_secs(5);
/// So long the process is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(2);
/// What goes on besides comes to its end within this.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// How often calls under way are counted.
const COUNT_EVERY: Duration = Duration::from_millis(20);

const P99_MS_MAX: f64 = 20.0;
const FIRST_ANSWER_S_MAX: f64 = 0.3;
const IDLE_MB_MAX: f64 = 60.0;

/// Where the provider has its bars.
const CHART: &str = "/v8/finance/chart/";
const FIRST: &str = "2024-01-01";
const LAST: &str = "2024-12-31";
const SESSION_COUNT: usize = 252;
const LIVE: &str = "/health/live";
const UNFINISHED: &str = "/api/v1/jobs?state=pending,downloading_data,running";
const UNDONE: &str = "/api/v1/jobs?state=partial,failed,cancelled";
/// A page of jobs without any.
const NO_JOBS: &str = "\"items\":[]";

pub fn measure(runtime: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    if !wrk::is_installed() {
        return Ok(Vec::new());
    }
    let daybook = Daybook::build()?;
    let directory = tempfile::tempdir()?;
    let file = format!("sqlite:{}", directory.path().join("books.db").display());
    let mut lines = of_engine("SQLite", &daybook, &file, directory.path(), repeats)?;
    // It says so itself when there is no PostgreSQL on the machine.
    if let Some(database) = testkit::postgres::database() {
        runtime.block_on(Store::migrate(&StoreUrl::parse(database.url())?))?;
        lines.extend(of_engine("PostgreSQL", &daybook, database.url(), directory.path(), repeats)?);
    }
    Ok(lines)
}

fn of_engine(
    engine: &str,
    daybook: &Daybook,
    url: &str,
    folder: &Path,
    repeats: Repeats,
) -> Result<Vec<Line>> {
    let provider = ProviderServer::start(YahooFormat::default(), FakeMarket::new(now()?));
    let address = provider.url();
    let settings = settings(&address);
    let cached: Vec<String> = (0..CACHED_COUNT).map(|number| path(&format!("C{number}"))).collect();
    fill(&provider, &Serving::start(daybook, url, folder, &settings)?, &cached)?;
    let (mut first_answer_s, mut idle_mb) = (Vec::new(), Vec::new());
    for _ in 0..repeats.runs {
        let started = Instant::now();
        let serving = Serving::start(daybook, url, folder, &settings)?;
        ensure!(is_whole(&serving.get(&cached[0])?), "the first answer is not from the cache");
        first_answer_s.push(started.elapsed().as_secs_f64());
        std::thread::sleep(IDLE);
        idle_mb.push(serving.memory_mb()?);
        serving.stop()?;
    }
    let serving = Serving::start(daybook, url, folder, &settings)?;
    provider.misbehave_on(CHART, Fault::Hold { at_most_ms: CALL_MS }, usize::MAX);
    let script = wrk::write_script(folder)?;
    let mut rounds = Vec::new();
    for number in 0..repeats.rounds {
        rounds.push(Round::measure(number, &provider, &serving, &script, &cached)?);
    }
    let loaded_mb = serving.memory_mb()?;
    serving.stop()?;
    let first_answer = Bar::AtMost(FIRST_ANSWER_S_MAX);
    let mut lines = vec![
        Line::new(
            format!("serve, {engine}: start to first answer"),
            median(&first_answer_s),
            "s",
            first_answer,
        )
        .note(format!(
            "slowest of {} {:.3} s; a cached price",
            repeats.runs,
            quantile(&first_answer_s, 1.0)
        )),
        Line::new(format!("serve, {engine}: idle memory"), median(&idle_mb), "MB", Bar::AtMost(IDLE_MB_MAX))
            .note(format!("resident; behind the load {loaded_mb:.1} MB")),
    ];
    lines.extend(load_lines(engine, &rounds));
    Ok(lines)
}

/// What the process is told: its provider, as many calls at once as are wanted, and four connections that read.
fn settings(provider: &str) -> [(&str, &str); 14] {
    [
        ("DAYBOOK_PROVIDERS__CHAIN", "yahoo"),
        ("DAYBOOK_PROVIDERS__YAHOO__BASE_URL", provider),
        ("DAYBOOK_PROVIDERS__YAHOO__COOKIE_URL", provider),
        ("DAYBOOK_PROVIDERS__YAHOO__BUDGET__CALLS_MAX", "100000"),
        ("DAYBOOK_PROVIDERS__YAHOO__BUDGET__BURST", "100000"),
        ("DAYBOOK_PROVIDERS__YAHOO__BUDGET__PER_MS", "1000"),
        ("DAYBOOK_PROVIDERS__YAHOO__BUDGET__CONCURRENCY_MAX", "200"),
        ("DAYBOOK_JOBS__CONCURRENCY_MAX", "200"),
        ("DAYBOOK_JOBS__QUEUE_DEPTH_MAX", "10000"),
        ("DAYBOOK_JOBS__READS_OPEN_MAX", "10000"),
        ("DAYBOOK_JOBS__READS_UNKNOWN_DAILY_MAX", "10000"),
        ("DAYBOOK_DATABASE__READER_COUNT_MAX", "4"),
        ("DAYBOOK_DATABASE__POOL_SIZE_MAX", "4"),
        ("DAYBOOK_LOG", "error"),
    ]
}

/// Brings the cached symbols into the database, as anybody would: by asking for them.
fn fill(provider: &ProviderServer, serving: &Serving, paths: &[String]) -> Result<()> {
    list(provider, "C", 0..CACHED_COUNT)?;
    for path in paths {
        serving.get(path)?;
    }
    for path in paths {
        serving.get_when(path, ENDS_WITHIN, is_whole)?;
    }
    Ok(())
}

/// Lets the provider know symbols, and no others.
fn list(provider: &ProviderServer, letter: &str, numbers: std::ops::Range<usize>) -> Result<()> {
    let [first, last]: [Date; 2] = ["2023-12-01".parse()?, "2025-01-31".parse()?];
    provider.change(|market| {
        market.symbols.clear();
        for number in numbers {
            let cents = 5_000 + number as i64;
            market.symbols.insert(format!("{letter}{number}"), FakeSymbol::around(cents, first, last));
        }
    });
    Ok(())
}

fn path(symbol: &str) -> String {
    format!("/api/v1/stocks/{symbol}/prices?from={FIRST}&to={LAST}")
}

/// Whether an answer has the bars of all sessions, and no job was needed.
fn is_whole(body: &str) -> bool {
    body.contains("\"queued\":null") && body.matches("\"close\":").count() == SESSION_COUNT
}

/// What clients measured with nothing else going on, and beside calls to the provider.
struct Round {
    alone: Measured,
    beside: Measured,
    live: Measured,
    /// Calls under way, counted again and again.
    under_way: Vec<f64>,
}

impl Round {
    fn measure(
        number: usize,
        provider: &ProviderServer,
        serving: &Serving,
        script: &Path,
        cached: &[String],
    ) -> Result<Round> {
        let origin = serving.origin();
        let alone = Clients::start(script, &origin, cached, CLIENT_COUNT, ASKED)?.figures()?;
        let fetched = number * FETCH_COUNT..(number + 1) * FETCH_COUNT;
        list(provider, "F", fetched.clone())?;
        for number in fetched {
            serving.get(&path(&format!("F{number}")))?;
        }
        let are_held = testkit::wait_until_blocking(ENDS_WITHIN, || provider.under_way() == CALL_COUNT);
        ensure!(are_held, "the provider was never asked {CALL_COUNT} times at once");
        let mut reading = Clients::start(script, &origin, cached, CLIENT_COUNT, ASKED)?;
        let looking = Clients::start(script, &origin, &[LIVE.to_owned()], 1, ASKED)?;
        let mut under_way = Vec::new();
        while reading.are_asking()? {
            under_way.push(provider.under_way() as f64);
            std::thread::sleep(COUNT_EVERY);
        }
        let (beside, live) = (reading.figures()?, looking.figures()?);
        serving.get_when(UNFINISHED, ENDS_WITHIN, |jobs| jobs.contains(NO_JOBS))?;
        ensure!(serving.get(UNDONE)?.contains(NO_JOBS), "a fetch failed");
        Ok(Round { alone, beside, live, under_way })
    }
}

/// The lines of all rounds: medians, and everything that was refused.
fn load_lines(engine: &str, rounds: &[Round]) -> Vec<Line> {
    let middle = |figure: &dyn Fn(&Round) -> f64| median(&rounds.iter().map(figure).collect::<Vec<f64>>());
    let refused = |measured: &dyn Fn(&Round) -> Measured| -> usize {
        rounds.iter().map(|round| measured(round).refused_count).sum()
    };
    let asked: usize = rounds.iter().map(|round| round.beside.request_count).sum();
    let prices = Line::new(
        format!("cached price by HTTP, {engine}: p99 of {CLIENT_COUNT} clients beside {CALL_COUNT} calls"),
        middle(&|round| round.beside.p99_ms),
        "ms",
        Bar::AtMost(P99_MS_MAX),
    );
    let prices = prices.beside("alone", middle(&|round| round.alone.p99_ms)).note(format!(
        "p50 {:.1} ms, alone {:.1} ms; longest {:.0} ms; {:.0} answers a second, alone {:.0}; calls under way {:.0}, \
         fewest {:.0}",
        middle(&|round| round.beside.p50_ms),
        middle(&|round| round.alone.p50_ms),
        middle(&|round| round.beside.max_ms),
        middle(&|round| round.beside.request_count as f64 / round.beside.seconds),
        middle(&|round| round.alone.request_count as f64 / round.alone.seconds),
        middle(&|round| median(&round.under_way)),
        middle(&|round| quantile(&round.under_way, 0.0)),
    ));
    let refusals =
        refused(&|round| round.beside) + refused(&|round| round.alone) + refused(&|round| round.live);
    let live = Line::new(
        format!("live health, {engine}: p99 beside all of this"),
        middle(&|round| round.live.p99_ms),
        "ms",
        Bar::AtMost(P99_MS_MAX),
    );
    vec![
        prices,
        Line::new(format!("requests refused, {engine}"), refusals as f64, "", Bar::AtMost(0.0)).note(
            format!("errors of status and connection, alone and beside; {asked} prices asked beside calls"),
        ),
        live.note(format!(
            "p50 {:.1} ms; longest {:.0} ms",
            middle(&|round| round.live.p50_ms),
            middle(&|round| round.live.max_ms)
        )),
    ]
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_epoch_micros(since.as_micros() as i64))
}
