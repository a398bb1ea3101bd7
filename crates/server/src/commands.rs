//! Running a command: settings, context, use case, answer.

mod backup;
mod demo;
mod doctor;
mod event;
mod export;
mod fetch;
mod indicator;
mod interrupt;
mod jobs;
mod market_data;
mod option;
mod performance;
mod portfolio;
mod provider_status;
mod refresh;
mod risk;
mod schedule;
mod serve;
mod sessions;
mod symbol;
mod symbols;
mod token;
mod user;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use app::{
    AppError, Clock, Context, FetchRanges, Flights, Limits, OnboardingLimits, ProfileFlights, SystemClock,
};
use ledger::Rules;
use model::Calendar;
use serde_json::json;
use store::{Store, StoreError, StoreLimits, StoreUrl};

use crate::cli::{Cli, Command, ConfigCommand};
use crate::config::Settings;
use crate::failure::{EXIT_FINE, Failure};
use crate::progress::Progress;
use crate::providers;
use crate::render;

/// The name of a database that is none.
const DB_NONE: &str = "none";

/// How long a worker waits before it looks again for a database that cannot be reached: at first, and at the longest.
const DATABASE_PAUSE_MIN: Duration = Duration::from_secs(1);
const DATABASE_PAUSE_MAX: Duration = Duration::from_secs(30);

/// Runs a command to its exit code.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let json = cli.json;
    let settings = match Settings::load(cli.config.as_deref(), environment(), cli.db.as_deref()) {
        Ok(settings) => settings,
        Err(failure) if matches!(cli.command, Command::Doctor) => {
            return doctor::run(Err(&failure), json).await;
        }
        Err(failure) => return Err(failure),
    };
    start_log(&settings)?;
    match cli.command {
        Command::Sessions { calendar, from, to } => sessions::list(&calendar, from, to, json),
        Command::Config(ConfigCommand::Show) => show_config(&settings, json),
        Command::Migrate => migrate(&settings, json).await,
        Command::Doctor => doctor::run(Ok(&settings), json).await,
        Command::Backup { file } => backup::back_up(&settings, &file, json).await,
        Command::Restore { file, yes } => backup::restore(&settings, &file, yes, json).await,
        Command::Demo { dir } => {
            demo::refuse_settings(cli.db.as_deref(), cli.config.as_deref())?;
            demo::run(&settings, &dir, json).await
        }
        Command::Option(input) => option::run(&settings.risk, &input, json),
        command => {
            let mut ctx = match command {
                // It is left to itself, and the database may come up after it.
                Command::Worker => patient_context(&settings).await?,
                _ => context(&settings).await?,
            };
            ctx.is_offline = command.is_offline();
            let result = run_with(&ctx, &settings, command, json).await;
            if let Some(store) = &ctx.store {
                store.close().await;
            }
            result
        }
    }
}

async fn run_with(
    ctx: &Context,
    settings: &Settings,
    command: Command,
    json: bool,
) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve { listen } => serve::run(ctx, settings, listen).await,
        Command::Portfolio(command) => portfolio::run(ctx, command, json).await,
        Command::Event(command) => event::run(ctx, command, json).await,
        Command::Refresh { portfolio, from, to, offline: _, dry_run, full_analytics, detach } => {
            let (is_dry_run, is_full_analytics) = (dry_run, full_analytics);
            let request = app::RefreshRequest { portfolio, from, to, is_dry_run, is_full_analytics };
            refresh::run(ctx, &request, detach, json).await
        }
        Command::Snapshots { name, from, to } => portfolio::snapshots(ctx, &name, from, to, json).await,
        Command::Explain { name, session } => portfolio::explain(ctx, &name, session, json).await,
        Command::Reset { from, portfolio } => refresh::reset(ctx, from, portfolio.as_deref(), json).await,
        Command::Prices { symbol, from, to, adjust, offline: _ } => {
            let adjustment = market_data::adjustment(adjust);
            let request = app::PricesRequest { symbol, from, to, adjustment, is_forced: false };
            market_data::prices(ctx, &request, json).await
        }
        Command::Performance(command) => performance::run(ctx, &settings.risk, command, json).await,
        Command::Risk(command) => risk::run(ctx, &settings.risk, command, json).await,
        Command::Stress(input) => risk::stress(ctx, &input, json).await,
        Command::Indicator(input) => indicator::run(ctx, input, json).await,
        Command::Fetch { symbols, from, to, force, detach } => {
            let wanted = fetch::Wanted { symbols, from, to, is_forced: force };
            fetch::run(ctx, wanted, detach, json).await
        }
        Command::Jobs(command) => jobs::run(ctx, command, json).await,
        Command::Worker => jobs::work(ctx).await,
        Command::Schedule(command) => schedule::run(ctx, command, json).await,
        Command::Providers => provider_status::run(ctx, settings, json).await,
        Command::Export(wanted) => export::run(ctx, &wanted, json).await,
        Command::Symbols => symbols::list(ctx, json).await,
        Command::Symbol(command) => symbol::run(ctx, command, json).await,
        Command::User(command) => user::run(ctx, &access(settings), command, json).await,
        Command::Token(command) => token::run(ctx, &access(settings), command, json).await,
        Command::Coverage { symbol } => market_data::coverage(ctx, symbol.as_ref(), json).await,
        Command::Sessions { .. }
        | Command::Config(_)
        | Command::Migrate
        | Command::Doctor
        | Command::Option(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Demo { .. } => unreachable!("invariant: these commands need no open database"),
    }
}

/// Everything a use case is handed, by the settings. A missing SQLite file is created and migrated.
pub async fn context(settings: &Settings) -> Result<Context, Failure> {
    let store = match settings.db.as_str() {
        DB_NONE => None,
        url => Some(Store::open(&StoreUrl::parse(url)?, &store_limits(settings)).await?),
    };
    let refresh = &settings.refresh;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let budgets =
        providers::budgets(&settings.providers, store.as_ref().map(Store::in_background), clock.clone());
    Ok(Context {
        store,
        chain: providers::chain(&settings.providers, &budgets)?,
        clock,
        calendar: Calendar::xnys(),
        limits: Limits {
            phase_statements_max: refresh.phase_statements_max,
            phase_provider_calls_max: refresh.phase_provider_calls_max,
            phase_wall_ms_max: refresh.phase_wall_ms_max,
            provider_call_ms_max: refresh.provider_call_ms_max,
            fetch_concurrency_max: refresh.fetch_concurrency_max,
            lease_ms: refresh.lease_ms,
            lease_wait_ms_max: refresh.lease_wait_ms_max,
            jobs: settings.jobs,
            onboarding: OnboardingLimits {
                validate_ms: settings.onboarding.validate_ms,
                refresh_after_ms: settings.onboarding.refresh_after_ms,
                ..OnboardingLimits::default()
            },
            ..Limits::default()
        },
        rules: Rules::new(settings.ledger.final_coverage, settings.risk.risk_free_rate),
        risk: Arc::new(settings.risk.rules()?),
        ranges: FetchRanges {
            days_before_entry: refresh.days_before_entry,
            sessions_before_end: refresh.sessions_before_end,
        },
        references: crate::references::references(&settings.risk)?,
        owner: model::OWNER_LOCAL.to_owned(),
        observer: Arc::new(Progress::new()),
        flights: Flights::default(),
        budgets,
        is_offline: false,
        is_cache_only: false,
        profile_flights: ProfileFlights::default(),
        guard: None,
        job_watches: app::jobs::JobWatches::default(),
        revisions: app::Revisions::default(),
    })
}

/// The same, once the database can be reached: a look at it now and again, less often from time to time.
async fn patient_context(settings: &Settings) -> Result<Context, Failure> {
    let mut pause = DATABASE_PAUSE_MIN;
    loop {
        match context(settings).await {
            Err(Failure::App(AppError::Store(error @ StoreError::Unavailable { .. }))) => {
                let (error, again_s) = (AppError::from(error).describe(), pause.as_secs());
                tracing::error!(error, again_s, "database_awaited");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(DATABASE_PAUSE_MAX);
            }
            opened => return opened,
        }
    }
}

/// What logins and tokens of this process share.
fn access(settings: &Settings) -> app::Access {
    app::Access::new(settings.access.limits())
}

fn store_limits(settings: &Settings) -> StoreLimits {
    let database = &settings.database;
    StoreLimits {
        reader_count_max: database.reader_count_max,
        busy_wait_ms_max: database.busy_wait_ms_max,
        pool_size_max: database.pool_size_max,
        pool_wait_ms_max: database.pool_wait_ms_max,
        connect_wait_ms_max: database.connect_wait_ms_max,
        ..StoreLimits::default()
    }
}

/// The environment; names and values that are no text belong to nobody here.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn start_log(settings: &Settings) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log).map_err(|error| Failure::Usage {
        place: "log".to_owned(),
        message: format!("log: {error}; use error, warn, info or debug"),
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format.as_str() {
        "json" => log.json().flatten_event(true).init(),
        _ => log.init(),
    }
    Ok(())
}

/// Where the database is, which there must be.
fn database(settings: &Settings) -> Result<StoreUrl, Failure> {
    match settings.db.as_str() {
        DB_NONE => Err(app::AppError::DatabaseRequired.into()),
        url => Ok(StoreUrl::parse(url)?),
    }
}

async fn migrate(settings: &Settings, wants_json: bool) -> Result<ExitCode, Failure> {
    let migrated = Store::migrate(&database(settings)?).await?;
    if wants_json {
        render::print_json(&json!({ "from": migrated.from, "to": migrated.to }));
    } else if migrated.from == migrated.to {
        render::print(&format!("the schema is at version {} already\n", migrated.to));
    } else {
        render::print(&format!("the schema went from version {} to {}\n", migrated.from, migrated.to));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn show_config(settings: &Settings, wants_json: bool) -> Result<ExitCode, Failure> {
    let mut shown = settings.clone();
    if shown.db != DB_NONE {
        // The parsed form prints itself without its password.
        shown.db = StoreUrl::parse(&shown.db)?.to_string();
    }
    shown.providers.hide_keys();
    if wants_json {
        render::print_json(&serde_json::to_value(&shown).map_err(anyhow::Error::from)?);
    } else {
        render::print(&toml::to_string_pretty(&shown).map_err(anyhow::Error::from)?);
    }
    Ok(ExitCode::from(EXIT_FINE))
}
