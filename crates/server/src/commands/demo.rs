//! `demo`: the main job on bundled real prices, in a folder of its own.

mod sample;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use app::{Context, PositionFile, RefreshRequest};
use model::Date;
use serde_json::{Value, json};

use super::context;
use crate::config::Settings;
use crate::failure::{EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;

/// The database of the demo, in its folder.
const DATABASE: &str = "demo.db";

/// Lays the sample data out, imports two portfolios the way a user would, refreshes, and shows what came of it.
pub async fn run(settings: &Settings, folder: &Path, wants_json: bool) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let database = folder.join(DATABASE);
    let mut settings = settings.clone();
    settings.db = format!("sqlite:{}", database.display());
    settings.providers.chain = vec!["files".to_owned()];
    settings.providers.files.dir = folder.display().to_string();
    make_room(&settings, folder, &database).await?;
    let bar_count = sample::write(folder)?;
    let ctx = context(&settings).await?;
    for portfolio in sample::PORTFOLIOS {
        create(&ctx, portfolio).await?;
    }
    let report = app::refresh(&ctx, &RefreshRequest::default()).await?;
    let summaries = app::list_portfolios(&ctx).await?;
    let session = report.to.ok_or_else(|| anyhow::anyhow!("the sample data has no session to end on"))?;
    let mut curves = Vec::new();
    for summary in &summaries {
        let snapshots = app::snapshots(&ctx, &summary.portfolio.name, None, None).await?;
        let points: Vec<(Date, f64)> =
            snapshots.iter().map(|s| (s.snapshot.session, s.snapshot.equity.to_f64())).collect();
        curves.push((summary.portfolio.name.clone(), points));
    }
    let explained =
        app::explain(&ctx, sample::EXPLAINED.0, sample::EXPLAINED.1.parse().unwrap_or(session)).await?;
    if let Some(store) = &ctx.store {
        store.close().await;
    }
    if wants_json {
        let portfolios: Vec<Value> = summaries.iter().map(render::portfolio::summary_json).collect();
        render::print_json(&json!({
            "folder": folder.display().to_string(),
            "bars": bar_count,
            "refresh": render::refresh::json(&report),
            "portfolios": portfolios,
            "explain": render::explain::json(&explained),
        }));
    } else {
        render::print(&format!(
            "{bar_count} daily closes of 25 US stocks and funds and the S&P 500, as files in {}\n\n{}\n{}",
            folder.display(),
            render::refresh::text(&report, false),
            render::portfolio::summaries_table(&summaries)
        ));
        for (name, points) in &curves {
            render::print(&format!("\n{name}: equity over {} sessions\n", points.len()));
            render::print(&render::chart::draw(points, render::numbers::whole));
        }
        render::print(&format!("\n{}", render::explain::text(&explained)));
        render::print(&next_steps(folder, began));
    }
    Ok(ExitCode::from(match report.state {
        app::RunState::Ok => EXIT_FINE,
        app::RunState::Partial | app::RunState::Failed => EXIT_PARTIAL,
    }))
}

/// Takes away the database of an earlier demo, and nothing else: one that holds anything the demo did not make is
/// left alone.
async fn make_room(settings: &Settings, folder: &Path, database: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::Usage {
        place: folder.display().to_string(),
        message: format!("{}: {error}", folder.display()),
    })?;
    if !database.exists() {
        return Ok(());
    }
    let ctx = context(settings).await?;
    let mut is_ours = true;
    for summary in app::list_portfolios(&ctx).await? {
        let name = &summary.portfolio.name;
        is_ours &= sample::PORTFOLIOS.iter().any(|portfolio| portfolio.name == name);
        for listed in app::list_events(&ctx, name).await? {
            let made_here = listed.event.source == model::EventSource::Import
                || listed.event.key.starts_with(sample::KEY_PREFIX);
            is_ours &= made_here;
        }
    }
    if let Some(store) = &ctx.store {
        store.close().await;
    }
    if !is_ours {
        return Err(Failure::Usage {
            place: database.display().to_string(),
            message: format!(
                "{} holds books that the demo did not make; give another folder with --dir",
                database.display()
            ),
        });
    }
    for ending in ["", "-wal", "-shm"] {
        let path = folder.join(format!("{DATABASE}{ending}"));
        if path.exists() {
            std::fs::remove_file(&path).map_err(anyhow::Error::from)?;
        }
    }
    Ok(())
}

async fn create(ctx: &Context, portfolio: &sample::Portfolio) -> Result<(), Failure> {
    let file = PositionFile {
        name: portfolio.file_name,
        content: portfolio.positions.as_bytes(),
        skip_bad_rows: false,
    };
    app::create_portfolio(ctx, &portfolio.to_create()?, Some(&file), false).await?;
    for (number, event) in (1..).zip(portfolio.events) {
        app::add_event(ctx, portfolio.name, &event.to_enter(number)?).await?;
    }
    Ok(())
}

fn next_steps(folder: &Path, began: Instant) -> String {
    let program = std::env::current_exe().map_or("daybook".to_owned(), |path| path.display().to_string());
    format!(
        "\nAll of this took {} ms. Try next, in the folder of the demo, whose daybook.toml names its database and \
         prices:\n\n  \
         cd {}\n  \
         {program} portfolio positions {}\n  \
         {program} event add Core --kind deposit --date 2022-03-05 --amount 5000 --key demo-mine\n  \
         {program} refresh\n  \
         {program} explain Core 2022-03-07\n  \
         {program} coverage\n\n\
         Your own books begin with `{program} portfolio create NAME --equity AMOUNT --file POSITIONS.csv`; the files \
         *.csv beside the database show the format.\n",
        began.elapsed().as_millis(),
        folder.display(),
        sample::PORTFOLIOS[1].name,
    )
}
