//! A folder, a database, a market that ended some days ago, and the binary at work.

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use app::{Clock, SystemClock};
use model::{Calendar, Date, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use testkit::postgres::PostgresDatabase;
use testkit::provider_server::{FakeMarket, FakeSymbol, ProviderServer, YahooFormat};
use testkit::wait_until_blocking;

/// How long anything may take.
pub const DEADLINE: Duration = Duration::from_secs(120);
/// The portfolios, each with what it bought.
pub const PORTFOLIOS: [(&str, [&str; 2]); 4] =
    [("One", ["AAA", "BBB"]), ("Two", ["BBB", "CCC"]), ("Three", ["CCC", "DDD"]), ("Four", ["AAA", "DDD"])];
/// Sessions that each of them is computed for.
const SESSION_COUNT: usize = 60;

/// The present.
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// The session so many before the last of the market, which was complete a week ago.
pub fn session(before: usize) -> Date {
    let calendar = Calendar::xnys();
    let last = calendar.on_or_before(SystemClock.now().utc_date().plus_days(-7)).unwrap();
    calendar.session_at(calendar.index_of(last).unwrap() - before).unwrap()
}

/// A market of four symbols.
pub fn market() -> ProviderServer {
    let symbol = |cents: i64| FakeSymbol::around(cents, session(300), session(0));
    let split = session(20);
    let market = FakeMarket::new(SystemClock.now())
        .with("AAA", symbol(10_000).with_split(split, "2"))
        .with("BBB", symbol(5_000).with_dividend(session(30), "0.5"))
        .with("CCC", symbol(2_500))
        .with("DDD", symbol(7_500));
    ProviderServer::start(YahooFormat::default(), market)
}

/// A folder, a database, and the binary at work.
pub struct Desk {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    database: Option<PostgresDatabase>,
}

impl Desk {
    /// A SQLite database, or one of PostgreSQL, with the portfolios and without prices. Leases are short, so that what a
    /// process leaves behind is taken over soon.
    pub fn new(server: &ProviderServer, database: Option<PostgresDatabase>) -> Desk {
        let mut settings = vec![
            ("PROVIDERS__CHAIN", "yahoo".to_owned()),
            ("PROVIDERS__YAHOO__BASE_URL", server.url()),
            ("PROVIDERS__YAHOO__COOKIE_URL", server.url()),
            ("PROVIDERS__YAHOO__BUDGET__CALLS_MAX", "100000".to_owned()),
            ("PROVIDERS__YAHOO__BUDGET__BURST", "100000".to_owned()),
            ("RISK__BENCHMARK", "AAA".to_owned()),
            ("RISK__RATE_PROXY", String::new()),
            ("RISK__STYLE_FACTORS", "value=AAA".to_owned()),
            ("REFRESH__LEASE_MS", "400".to_owned()),
            ("ONBOARDING__REFRESH_AFTER_MS", "2000".to_owned()),
            ("JOBS__LEASE_MS", "800".to_owned()),
            ("JOBS__POLL_MS", "20".to_owned()),
            ("JOBS__PULSE_MS", "50".to_owned()),
            ("JOBS__TAKEOVERS_MAX", "1000".to_owned()),
        ];
        if let Some(database) = &database {
            settings.push(("DB", database.url().to_owned()));
        }
        let desk = Desk { folder: tempfile::tempdir().unwrap(), settings, database };
        desk.ok(&["migrate"]);
        desk
    }

    /// The same with the portfolios.
    pub fn with_books(server: &ProviderServer, database: Option<PostgresDatabase>) -> Desk {
        let desk = Desk::new(server, database);
        for (name, symbols) in PORTFOLIOS {
            desk.create(name, &symbols);
        }
        desk
    }

    /// The same with a setting.
    pub fn with(mut self, name: &'static str, value: &str) -> Desk {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// How many snapshots a portfolio has.
    pub fn snapshot_count(&self, portfolio: &str) -> usize {
        self.json(&["snapshots", portfolio]).as_array().unwrap().len()
    }

    /// The same folder and database as they are now, on SQLite.
    pub fn copy_of(other: &Desk) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("daybook.db");
        other.ok(&["backup", backup.to_str().unwrap()]);
        Desk { folder, settings: other.settings.clone(), database: None }
    }

    fn create(&self, name: &str, symbols: &[&str]) {
        let file = self.write_positions(name, symbols);
        self.ok(&["portfolio", "create", name, "--equity", "100000", "--file", &file, "--offline"]);
    }

    /// Writes a file with a purchase of each symbol, and gives its path.
    pub fn write_positions(&self, name: &str, symbols: &[&str]) -> String {
        let first = session(SESSION_COUNT - 1);
        let rows: String = symbols.iter().map(|symbol| format!("{symbol},10,60,{first}\n")).collect();
        let file = self.folder.path().join(format!("{name}.csv"));
        std::fs::write(&file, format!("Symbol,Quantity,Entry Price Per Share,Entry Date\n{rows}")).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// The database, when it is one of PostgreSQL.
    pub fn database(&self) -> Option<&PostgresDatabase> {
        self.database.as_ref()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(name, value)| (format!("DAYBOOK_{name}"), value)));
        command
    }

    /// Starts the binary and leaves it at work.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that must succeed prints.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?} failed: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON that a command that must succeed prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// The JSON of a job when it is over.
    #[track_caller]
    pub fn over(&self, id: &str) -> Value {
        let mut job = Value::Null;
        let is_over = wait_until_blocking(DEADLINE, || {
            job = self.json(&["jobs", "show", id]);
            !["pending", "downloading_data", "running"].contains(&job["state"].as_str().unwrap())
        });
        assert!(is_over, "{job:#}");
        job
    }

    /// What is published of all portfolios, without the times at which it was computed.
    pub fn published(&self) -> Vec<Value> {
        PORTFOLIOS.iter().map(|(name, _)| self.published_of(name)).collect()
    }

    /// What is published of one portfolio.
    pub fn published_of(&self, name: &str) -> Value {
        let mut snapshots = self.json(&["snapshots", name]);
        for snapshot in snapshots.as_array_mut().unwrap() {
            snapshot.as_object_mut().unwrap().remove("computed_at");
        }
        let positions = self.json(&["portfolio", "positions", name]);
        serde_json::json!({ "name": name, "snapshots": snapshots, "positions": positions })
    }
}

/// A process that is killed with the test.
pub struct Worker(pub Child);

impl Worker {
    pub fn start(desk: &Desk) -> Worker {
        Worker(desk.start(&["worker"]))
    }

    /// Ends it at once, whatever it does.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and gives its exit code.
    pub fn ask_to_end(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert!(wait_until_blocking(DEADLINE, || self.0.try_wait().unwrap().is_some()), "it ends");
        self.0.wait().unwrap().code()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that has ended already cannot be killed again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
