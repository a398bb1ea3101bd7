//! Settings: defaults, then a file, then the environment, then flags. Unknown keys are refused.

mod access;
mod jobs;
mod providers;
mod risk;
mod scenarios;
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Value;

use crate::failure::Failure;

pub use access::Access;
pub use providers::{Providers, Vendor};
pub use server::Server;

/// The settings file that is read when there is one and no other is named.
const FILE_DEFAULT: &str = "daybook.toml";
/// What the names of settings begin with in the environment.
const ENVIRONMENT_PREFIX: &str = "DAYBOOK_";
/// What divides section and key in the environment.
const ENVIRONMENT_DIVIDER: &str = "__";

/// How the log is written; the first is the default.
const LOG_FORMATS: [&str; 2] = ["text", "json"];

/// All settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the books are: `sqlite:PATH`, `postgres://…`, or `none`.
    pub db: String,
    /// What is logged to standard error: `error`, `warn`, `info`, `debug`.
    pub log: String,
    /// How: `text` for people, `json` for programs.
    pub log_format: String,
    pub providers: Providers,
    pub ledger: Ledger,
    pub refresh: Refresh,
    /// Background work.
    pub jobs: app::jobs::JobLimits,
    pub onboarding: Onboarding,
    pub database: Database,
    pub risk: Risk,
    pub access: Access,
    pub server: Server,
}

/// Accounting.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Share of gross value that must be priced as its kind should be for a snapshot to be final.
    pub final_coverage: f64,
}

/// Risk: windows, benchmark and factors.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    pub benchmark: String,
    pub rate_proxy: String,
    pub rate_proxy_duration: f64,
    /// `name=SYMBOL` for each factor.
    pub style_factors: Vec<String>,
    pub beta_window: usize,
    pub beta_min: usize,
    pub ridge_window: usize,
    pub ridge_min: usize,
    pub ridge_penalty: f64,
    pub spread_window: usize,
    pub spread_min: usize,
    pub har_rows: usize,
    pub har_min: usize,
    pub har_horizon: usize,
    pub correlation_window: usize,
    pub correlation_min: usize,
    pub cluster_cut: f64,
    pub ewma_lambda: f64,
    pub covariance_window: usize,
    pub coverage_min: f64,
    pub missed_sessions_max: usize,
    /// `Sector=share` for each sector of the benchmark.
    pub benchmark_sectors: Vec<String>,
    pub scenarios: Vec<String>,
    pub scenarios_added: Vec<String>,
    pub replays: Vec<String>,
    pub risk_free_rate: f64,
}

impl Default for Risk {
    fn default() -> Risk {
        let factors =
            ["value=VTV", "growth=VUG", "momentum=MTUM", "quality=QUAL", "size=IWM", "low_volatility=USMV"];
        Risk {
            benchmark: "SPY".to_owned(),
            rate_proxy: "TLT".to_owned(),
            rate_proxy_duration: 17.0,
            style_factors: factors.map(str::to_owned).to_vec(),
            beta_window: 90,
            beta_min: 30,
            ridge_window: 90,
            ridge_min: 60,
            ridge_penalty: 1.0,
            spread_window: 180,
            spread_min: 60,
            har_rows: 1_000,
            har_min: 250,
            har_horizon: 21,
            correlation_window: 90,
            correlation_min: 60,
            cluster_cut: 0.7,
            ewma_lambda: 0.94,
            covariance_window: 252,
            coverage_min: 0.8,
            missed_sessions_max: 21,
            benchmark_sectors: Vec::new(),
            scenarios: ::risk::default_scenarios().iter().map(scenarios::scenario_text).collect(),
            scenarios_added: Vec::new(),
            replays: ::risk::default_replays().iter().map(scenarios::replay_text).collect(),
            risk_free_rate: 0.0,
        }
    }
}

/// The main job.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub days_before_entry: i32,
    pub sessions_before_end: usize,
    pub phase_statements_max: u64,
    pub phase_provider_calls_max: u64,
    pub phase_wall_ms_max: u64,
    pub provider_call_ms_max: u64,
    pub fetch_concurrency_max: usize,
    pub lease_ms: i64,
    pub lease_wait_ms_max: i64,
}

/// Symbols that nobody has met.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Onboarding {
    pub validate_ms: u64,
    pub refresh_after_ms: i64,
}

/// The database.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub reader_count_max: usize,
    pub busy_wait_ms_max: u32,
    pub pool_size_max: usize,
    pub pool_wait_ms_max: u32,
    pub connect_wait_ms_max: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        let (limits, ranges) = (app::Limits::default(), app::FetchRanges::default());
        let store = store::StoreLimits::default();
        Settings {
            db: "sqlite:daybook.db".to_owned(),
            log: "error".to_owned(),
            log_format: LOG_FORMATS[0].to_owned(),
            providers: Providers::default(),
            ledger: Ledger { final_coverage: 0.95 },
            refresh: Refresh {
                days_before_entry: ranges.days_before_entry,
                sessions_before_end: ranges.sessions_before_end,
                phase_statements_max: limits.phase_statements_max,
                phase_provider_calls_max: limits.phase_provider_calls_max,
                phase_wall_ms_max: limits.phase_wall_ms_max,
                provider_call_ms_max: limits.provider_call_ms_max,
                fetch_concurrency_max: limits.fetch_concurrency_max,
                lease_ms: limits.lease_ms,
                lease_wait_ms_max: limits.lease_wait_ms_max,
            },
            onboarding: Onboarding {
                validate_ms: limits.onboarding.validate_ms,
                refresh_after_ms: limits.onboarding.refresh_after_ms,
            },
            jobs: limits.jobs,
            database: Database {
                reader_count_max: store.reader_count_max,
                busy_wait_ms_max: store.busy_wait_ms_max,
                pool_size_max: store.pool_size_max,
                pool_wait_ms_max: store.pool_wait_ms_max,
                connect_wait_ms_max: store.connect_wait_ms_max,
            },
            risk: Risk::default(),
            access: Access::default(),
            server: Server::default(),
        }
    }
}

impl Settings {
    /// Puts the settings in force together.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the file or variable and the key.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        db: Option<&str>,
    ) -> Result<Settings, Failure> {
        let defaults = Value::try_from(Settings::default()).map_err(|error| usage("defaults", error))?;
        let mut value = defaults.clone();
        if let Some((path, text)) = read_file(file)? {
            let place = path.display().to_string();
            let table: toml::Table = text.parse().map_err(|error| unreadable(&place, &text, &error))?;
            merge(&mut value, Value::Table(table), &place, "")?;
        }
        let mut variables: Vec<(String, String)> =
            environment.filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX)).collect();
        variables.sort();
        for (name, text) in variables {
            set_from_environment(&mut value, &defaults, &name, &text)?;
        }
        let mut settings: Settings = value.try_into().map_err(|error| usage("settings", error))?;
        if let Some(db) = db {
            db.clone_into(&mut settings.db);
        }
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Failure> {
        if !(0.0..=1.0).contains(&self.ledger.final_coverage) {
            let message = format!("{} is no share; give a number from 0 to 1", self.ledger.final_coverage);
            return Err(usage("ledger.final_coverage", message));
        }
        self.providers.check()?;
        self.risk.check()?;
        self.access.check()?;
        jobs::check(&self.jobs)?;
        self.server.check()?;
        if !LOG_FORMATS.contains(&self.log_format.as_str()) {
            let message = format!("{:?} is none of {}", self.log_format, LOG_FORMATS.join(", "));
            return Err(usage("log_format", message));
        }
        let (refresh, database) = (&self.refresh, &self.database);
        for (key, value, range) in [
            ("refresh.days_before_entry", i64::from(refresh.days_before_entry), 0..=10_000),
            ("refresh.sessions_before_end", refresh.sessions_before_end as i64, 0..=20_000),
            ("refresh.fetch_concurrency_max", refresh.fetch_concurrency_max as i64, 1..=1_000),
            ("refresh.lease_ms", refresh.lease_ms, 10..=3_600_000),
            ("refresh.lease_wait_ms_max", refresh.lease_wait_ms_max, 0..=86_400_000),
            ("onboarding.validate_ms", self.onboarding.validate_ms as i64, 0..=600_000),
            ("onboarding.refresh_after_ms", self.onboarding.refresh_after_ms, 0..=3_600_000),
            ("database.reader_count_max", database.reader_count_max as i64, 1..=64),
            ("database.pool_size_max", database.pool_size_max as i64, 1..=1_000),
        ] {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(usage(key, format!("{value} is out of range; give {least} to {most}")));
            }
        }
        Ok(())
    }
}

fn usage(place: &str, message: impl std::fmt::Display) -> Failure {
    Failure::Usage { place: place.to_owned(), message: format!("{place}: {message}") }
}

/// What is wrong with a settings file, and on which line. The line itself is not shown: it may hold a password.
fn unreadable(place: &str, text: &str, error: &toml::de::Error) -> Failure {
    let line = error
        .span()
        .map_or(1, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    usage(place, format!("line {line}: {}", error.message()))
}

fn read_file(file: Option<&Path>) -> Result<Option<(PathBuf, String)>, Failure> {
    let path = file.unwrap_or(Path::new(FILE_DEFAULT));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => Ok(None),
        Err(error) => Err(usage(&path.display().to_string(), error)),
    }
}

/// Lays one table over another, refusing keys that the lower one does not have.
fn merge(into: &mut Value, from: Value, place: &str, prefix: &str) -> Result<(), Failure> {
    match (into, from) {
        (Value::Table(into), Value::Table(from)) => {
            for (key, value) in from {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                let Some(known) = into.get_mut(&key) else {
                    return Err(unknown(place, &path, into.keys().map(String::as_str)));
                };
                merge(known, value, place, &path)?;
            }
            Ok(())
        }
        (into, from) => {
            // A whole number is fine where a fraction may stand.
            let from = match (&into, from) {
                (Value::Float(_), Value::Integer(number)) => Value::Float(number as f64),
                (_, from) => from,
            };
            if !into.same_type(&from) {
                let message = format!("{prefix} is a {}, not a {}", into.type_str(), from.type_str());
                return Err(usage(place, message));
            }
            *into = from;
            Ok(())
        }
    }
}

fn unknown<'a>(place: &str, path: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    usage(place, format!("there is no setting {path:?}; there are {}", known.join(", ")))
}

fn set_from_environment(value: &mut Value, defaults: &Value, name: &str, text: &str) -> Result<(), Failure> {
    let path: Vec<String> =
        name[ENVIRONMENT_PREFIX.len()..].split(ENVIRONMENT_DIVIDER).map(str::to_lowercase).collect();
    let (mut target, mut default) = (value, defaults);
    for (depth, key) in path.iter().enumerate() {
        let known = default.as_table().map(|table| table.keys().map(String::as_str));
        let Some(found) = default.get(key) else {
            return Err(unknown(name, &path[..=depth].join("."), known.into_iter().flatten()));
        };
        default = found;
        target = target.get_mut(key).expect("invariant: settings have the keys of their defaults");
    }
    let wrong = |what: &str| usage(name, format!("{text:?} is no {what}"));
    *target = match default {
        Value::String(_) => Value::String(text.to_owned()),
        Value::Integer(_) => Value::Integer(text.trim().parse().map_err(|_| wrong("whole number"))?),
        Value::Float(_) => Value::Float(text.trim().parse().map_err(|_| wrong("number"))?),
        Value::Boolean(_) => Value::Boolean(text.trim().parse().map_err(|_| wrong("true or false"))?),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
        }
        Value::Table(_) | Value::Datetime(_) => return Err(wrong("setting; it names a section")),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daybook.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(Some(&path), environment, None).map_err(|failure| match failure {
            Failure::Usage { message, .. } => message,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
        let settings = load(
            "db = \"sqlite:a.db\"\n[ledger]\nfinal_coverage = 1\n[providers.files]\ndir = \"a\"\n",
            &[("DAYBOOK_PROVIDERS__FILES__DIR", "b"), ("DAYBOOK_PROVIDERS__CHAIN", "files, "), ("PATH", "x")],
        )
        .unwrap();
        assert_eq!((settings.db.as_str(), settings.providers.files.dir.as_str()), ("sqlite:a.db", "b"));
        assert_eq!(settings.providers.chain, ["files"]);
        assert!((settings.ledger.final_coverage - 1.0).abs() < f64::EPSILON);
        assert_eq!(settings.refresh.sessions_before_end, 1_100);
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_refused_with_their_place() {
        for (file, environment, expected) in [
            ("colour = 1\n", vec![], "there is no setting \"colour\""),
            ("[ledger]\nfinal = 1\n", vec![], "there is no setting \"ledger.final\""),
            (
                "[ledger]\nfinal_coverage = \"all\"\n",
                vec![],
                "ledger.final_coverage is a float, not a string",
            ),
            ("[ledger]\nfinal_coverage = 95\n", vec![], "from 0 to 1"),
            ("", vec![("DAYBOOK_LEDGER__FINAL", "1")], "DAYBOOK_LEDGER__FINAL"),
            ("", vec![("DAYBOOK_REFRESH__LEASE_MS", "soon")], "\"soon\" is no whole number"),
            ("", vec![("DAYBOOK_REFRESH", "x")], "it names a section"),
            ("", vec![("DAYBOOK_PROVIDERS__CHAIN", "oracle")], "there is no provider \"oracle\""),
            ("db = \"postgres://u:hunter2@h/db\n", vec![], "line 1"),
            ("", vec![("DAYBOOK_REFRESH__DAYS_BEFORE_ENTRY", "-2147483648")], "out of range"),
            ("", vec![("DAYBOOK_PROVIDERS__CHAIN", "files,files")], "twice"),
            ("[providers.yahoo.budget]\nburst = 0\n", vec![], "providers.yahoo.budget.burst"),
            ("not toml", vec![], "daybook.toml"),
        ] {
            let told = load(file, &environment).unwrap_err();
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn every_setting_is_documented_with_its_default() {
        let page = include_str!("../../../docs/settings.md");
        let mut documented: Vec<(String, String)> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| {
                let cells: Vec<&str> = line.split('`').collect();
                (cells[1].to_owned(), cells[3].to_owned())
            })
            .collect();
        documented.sort();
        let mut known = Vec::new();
        list("", &Value::try_from(Settings::default()).unwrap(), &mut known);
        known.sort();
        assert_eq!(documented, known);
    }

    fn list(prefix: &str, value: &Value, into: &mut Vec<(String, String)>) {
        match value {
            Value::Table(table) => {
                for (key, value) in table {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    list(&format!("{prefix}{dot}{key}"), value, into);
                }
            }
            other => into.push((prefix.to_owned(), other.to_string())),
        }
    }
}
