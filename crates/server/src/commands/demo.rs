//! `demo`: the main job on bundled real prices, in a folder of its own.

mod sample;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use app::{
    Context, ImportFile, ImportReport, PerformanceRequest, PortfolioRiskRequest, PositionFile, Reading,
    RefreshRequest,
};
use model::Date;

use super::{context, environment, performance, portfolio};
use crate::config::Settings;
use crate::failure::{EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;
use crate::render::demo::{Imported, Outcome, Way};

use sample::Sample;

/// The database of the demo, in its folder.
const DATABASE: &str = "demo.db";

/// Where the environment would lead a command that is run in the demo's folder, past its settings.
const PLACES_IN_ENVIRONMENT: [&str; 3] =
    ["DAYBOOK_DB", "DAYBOOK_PROVIDERS__CHAIN", "DAYBOOK_PROVIDERS__FILES__DIR"];

/// Lays the sample data out, imports six portfolios the way a user would, refreshes, and shows what came of it.
pub async fn run(settings: &Settings, folder: &Path, wants_json: bool) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let sample = Sample::lay_out(folder)?;
    std::fs::create_dir_all(folder).map_err(|error| refused(folder, &error.to_string()))?;
    make_room(settings, folder).await?;
    sample.write()?;
    let settings = settings_in(folder)?;
    let ctx = context(&settings).await?;
    let outcome = outcome(&ctx, &settings, folder, sample.close_count).await;
    if let Some(store) = &ctx.store {
        store.close().await;
    }
    let outcome = outcome?;
    if wants_json {
        render::print_json(&render::demo::json(&outcome));
    } else {
        let is_set = |name: &&str| std::env::var_os(name).is_some();
        let way = Way {
            program: std::env::current_exe().ok(),
            contrary: PLACES_IN_ENVIRONMENT.into_iter().filter(is_set).collect(),
            took_ms: began.elapsed().as_millis(),
        };
        render::print(&render::demo::text(&outcome, &way));
    }
    Ok(ExitCode::from(match outcome.report.state {
        app::RunState::Ok => EXIT_FINE,
        app::RunState::Partial | app::RunState::Failed => EXIT_PARTIAL,
    }))
}

/// Refuses a database or a settings file that is named for the demo, which has its own.
///
/// # Errors
/// [`Failure::Usage`].
pub fn refuse_settings(db: Option<&str>, config: Option<&Path>) -> Result<(), Failure> {
    let place = match (db, config) {
        (None, None) => return Ok(()),
        (Some(_), _) => "--db",
        (None, Some(_)) => "--config",
    };
    let message =
        format!("the demo has a database and settings of its own; leave {place} out, and give --dir");
    Err(Failure::Usage { place: place.to_owned(), message })
}

/// The settings that a command would have in the demo's folder, so that later ones find nothing to compute again.
fn settings_in(folder: &Path) -> Result<Settings, Failure> {
    let file = folder.join(sample::SETTINGS_FILE);
    let mut settings = Settings::load(Some(&file), environment(), None)?;
    settings.db = database_url(folder);
    // Whatever the environment says, a demo asks nobody on the network.
    settings.providers.chain = vec!["files".to_owned()];
    settings.providers.files.dir = folder.display().to_string();
    Ok(settings)
}

fn database_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join(DATABASE).display())
}

async fn outcome(
    ctx: &Context,
    settings: &Settings,
    folder: &Path,
    close_count: usize,
) -> Result<Outcome, Failure> {
    let mut imports = Vec::new();
    for portfolio in sample::PORTFOLIOS {
        let reports = import(ctx, folder, portfolio).await?;
        imports.push(Imported { name: portfolio.name, shows: portfolio.shows, reports });
    }
    let report = app::refresh(ctx, &RefreshRequest::default()).await?;
    let summaries = app::list_portfolios(ctx).await?;
    let bounds =
        PerformanceRequest { from: None, to: None, benchmark: performance::benchmark(&settings.risk)? };
    let cached = PortfolioRiskRequest { at: None, reading: Reading::Cached };
    let (mut curves, mut performances, mut risks) = (Vec::new(), Vec::new(), Vec::new());
    for summary in &summaries {
        let name = &summary.portfolio.name;
        performances.push(app::portfolio_performance(ctx, name, &bounds).await?);
        risks.push(app::portfolio_risk(ctx, name, &cached).await?);
        let snapshots = app::snapshots(ctx, name, None, None).await?;
        curves.push(snapshots.iter().map(|stored| stored.snapshot.equity.to_f64()).collect());
    }
    let (name, session) = sample::EXPLAINED;
    let positions = app::positions(ctx, name, None).await?;
    let positions = positions.ok_or_else(|| anyhow::anyhow!("the sample data has no session to end on"))?;
    let session: Date = session.parse().map_err(anyhow::Error::from)?;
    let explained = app::explain(ctx, name, session).await?;
    Ok(Outcome {
        folder: folder.to_owned(),
        close_count,
        imports,
        report,
        summaries,
        curves,
        performances,
        risks,
        positions,
        explained,
    })
}

/// Creates a portfolio and imports its files, each read from the folder as a user's would be.
async fn import(
    ctx: &Context,
    folder: &Path,
    sample: &sample::Portfolio,
) -> Result<Vec<ImportReport>, Failure> {
    let content = |file: &sample::File| portfolio::read(&folder.join(file.name));
    let positions = sample.positions.as_ref().map(content).transpose()?;
    let positions = sample.positions.as_ref().zip(positions.as_deref());
    let positions =
        positions.map(|(file, content)| PositionFile { name: file.name, content, skip_bad_rows: false });
    let created = app::create_portfolio(ctx, &sample.to_create()?, positions.as_ref(), false).await?;
    let mut reports: Vec<ImportReport> = created.import.into_iter().collect();
    if let Some(file) = &sample.activity {
        let content = content(file)?;
        // The format is told from the content, as on the command line.
        let file = ImportFile { name: file.name, content: &content, format: None, skip_bad_rows: false };
        reports.push(app::import_file(ctx, sample.name, &file, false).await?);
    }
    Ok(reports)
}

/// Takes away the database of an earlier demo, and nothing else: one that holds anything the demo did not make is
/// left alone.
async fn make_room(settings: &Settings, folder: &Path) -> Result<(), Failure> {
    let database = folder.join(DATABASE);
    if !database.exists() {
        return Ok(());
    }
    let mut settings = settings.clone();
    settings.db = database_url(folder);
    let ctx = context(&settings).await.map_err(|failure| refused(&database, &failure.message()))?;
    let foreign = foreign(&ctx).await;
    if let Some(store) = &ctx.store {
        store.close().await;
    }
    if let Some(what) = foreign? {
        return Err(refused(&database, &format!("it holds {what}, which the demo did not make")));
    }
    for ending in ["", "-wal", "-shm"] {
        let path = folder.join(format!("{DATABASE}{ending}"));
        if path.exists() {
            std::fs::remove_file(&path).map_err(|error| refused(&path, &error.to_string()))?;
        }
    }
    Ok(())
}

/// The first thing in a database that no demo put there.
async fn foreign(ctx: &Context) -> Result<Option<String>, Failure> {
    for summary in app::list_portfolios(ctx).await? {
        let name = &summary.portfolio.name;
        let Some(sample) = sample::PORTFOLIOS.iter().find(|portfolio| portfolio.name == name) else {
            return Ok(Some(format!("the portfolio {name:?}")));
        };
        for stored in app::list_batches(ctx, name).await? {
            if !sample.files().any(|file| file.name == stored.batch.file_name) {
                return Ok(Some(format!("an import of {:?} into {name:?}", stored.batch.file_name)));
            }
        }
        for listed in app::list_events(ctx, name).await? {
            let is_ours = listed.event.source == model::EventSource::Import
                || listed.event.key.starts_with(sample::KEY_PREFIX);
            if !is_ours {
                return Ok(Some(format!("the event {:?} of {name:?}", listed.event.key)));
            }
        }
    }
    Ok(None)
}

fn refused(path: &Path, why: &str) -> Failure {
    let place = path.display().to_string();
    let message = format!("{place}: {why}; give another folder with --dir");
    Failure::Usage { place, message }
}
