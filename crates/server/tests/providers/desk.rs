//! A folder, the binary at work in it, and a market that ends today.
//!
//! The binary goes by the clock of the computer, so the market does as well. What is asked for ends some days ago,
//! which makes no test depend on the hour it runs at.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use app::{Clock, SystemClock};
use model::{Calendar, Date, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use testkit::provider_server::{FakeMarket, FakeSymbol, ProviderServer, YahooFormat};

/// How long anything may take.
pub const DEADLINE: Duration = Duration::from_secs(60);
/// Where the chart of a symbol is.
pub const CHART: &str = "/v8/finance/chart/";

/// The present, the same for all that is made in a test process.
pub fn now() -> Timestamp {
    static NOW: OnceLock<Timestamp> = OnceLock::new();
    *NOW.get_or_init(|| SystemClock.now())
}

/// The session so many before the newest one that was complete a week ago.
pub fn session(before: usize) -> Date {
    let calendar = Calendar::xnys();
    let last = calendar.on_or_before(now().utc_date().plus_days(-7)).unwrap();
    calendar.session_at(calendar.index_of(last).unwrap() - before).unwrap()
}

/// A market until today with AAA, BBB and CCC, listed ten years ago.
pub fn market() -> FakeMarket {
    let today = now().utc_date();
    let symbol = |cents: i64| FakeSymbol::around(cents, today.plus_days(-3_650), today);
    FakeMarket::new(now()).with("AAA", symbol(10_000)).with("BBB", symbol(5_000)).with("CCC", symbol(2_500))
}

/// Such a market as Yahoo writes it.
pub fn server() -> ProviderServer {
    ProviderServer::start(YahooFormat::default(), market())
}

/// A folder and the binary at work in it.
pub struct Desk {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Desk {
    /// An empty folder without providers.
    pub fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap(), settings: Vec::new() }
    }

    /// An empty folder whose one provider is this server.
    pub fn at(server: &ProviderServer) -> Desk {
        Desk::new()
            .with("providers.chain", "yahoo")
            .with("providers.yahoo.base_url", &server.url())
            .with("providers.yahoo.cookie_url", &server.url())
            .with("providers.yahoo.budget.burst", "60")
    }

    /// The same with a setting.
    pub fn with(mut self, key: &str, value: &str) -> Desk {
        let name = format!("DAYBOOK_{}", key.replace('.', "__").to_uppercase());
        self.settings.push((name, value.to_owned()));
        self
    }

    /// The same with one symbol as the benchmark and all factors, so that a refresh asks for no other.
    pub fn measured_on(self, symbol: &str) -> Desk {
        self.with("risk.benchmark", symbol)
            .with("risk.rate_proxy", symbol)
            .with("risk.style_factors", &format!("value={symbol}"))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the binary and leaves it at work.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that must succeed prints.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let (code, told) = self.told(arguments);
        assert_eq!(code, 0, "{arguments:?} failed: {told}");
        told
    }

    /// The JSON that a command that must succeed prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let (code, answer) = self.answer(arguments);
        assert_eq!(code, 0, "{arguments:?}: {answer}");
        answer
    }

    /// The exit code of a command and the JSON it prints, on standard error when there is none on the other.
    #[track_caller]
    pub fn answer(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let told = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        let text = if told.is_empty() { complaint.lines().last().unwrap_or("") } else { &told };
        let answer =
            serde_json::from_str(text).unwrap_or_else(|_| panic!("{arguments:?}: {told}\n{complaint}"));
        (output.status.code().unwrap(), answer)
    }

    /// The exit code of a command and all that it prints for people.
    pub fn told(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        let told = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(told).unwrap())
    }

    /// Creates a portfolio that bought a hundred of a symbol.
    pub fn buy(&self, portfolio: &str, symbol: &str, date: Date, price: &str) {
        let date = date.to_string();
        self.ok(&[
            "event",
            "add",
            portfolio,
            "--kind",
            "buy",
            "--symbol",
            symbol,
            "--date",
            &date,
            "--quantity",
            "100",
            "--price",
            price,
        ]);
    }
}
