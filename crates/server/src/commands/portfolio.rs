//! `portfolio`, `snapshots` and `explain`.

use std::path::Path;
use std::process::ExitCode;

use app::{Context, FileFormat, ImportFile, ImportReport, NewPortfolio, PortfolioChange, UnknownSymbols};
use model::{BatchId, Date, Symbol};

use crate::cli::PortfolioCommand;
use crate::failure::{EXIT_FAILED, EXIT_FINE, Failure};
use crate::{render, wire};

/// New symbols named in a warning; the others are counted.
const SYMBOLS_SHOWN_MAX: usize = 10;

pub async fn run(ctx: &Context, command: PortfolioCommand, wants_json: bool) -> Result<ExitCode, Failure> {
    match command {
        PortfolioCommand::Create {
            name,
            equity,
            file,
            start,
            lots,
            currency,
            dry_run,
            skip_bad_rows,
            offline: _,
            detach,
        } => {
            let new = NewPortfolio { name, opening_equity: equity, start, lot_method: lots, currency };
            let unknown = unknown_symbols(ctx, detach);
            return create(ctx, &new, file.as_deref(), (dry_run, skip_bad_rows), unknown, wants_json).await;
        }
        PortfolioCommand::Import { name, file, format, dry_run, skip_bad_rows, offline: _, detach } => {
            let content = read(&file)?;
            let file = ImportFile { name: base_name(&file), content: &content, format, skip_bad_rows };
            let report = app::upload_file(ctx, &name, &file, dry_run, unknown_symbols(ctx, detach)).await?;
            if wants_json {
                render::print_json(&wire::import::Imported::of(&report, dry_run));
            } else {
                render::print(&format!("{}{}", dry_run_text(dry_run), render::import::report_text(&report)));
            }
            return Ok(exit_code(&report, dry_run && !skip_bad_rows));
        }
        PortfolioCommand::Batches { name } => batches(ctx, &name, wants_json).await?,
        PortfolioCommand::UndoBatch { id } => undo_batch(ctx, BatchId(id), wants_json).await?,
        PortfolioCommand::Set { name, rename, lots, start, equity, currency } => {
            let change =
                PortfolioChange { rename, lot_method: lots, start, opening_equity: equity, currency };
            set(ctx, &name, &change, wants_json).await?;
        }
        PortfolioCommand::Delete { name, yes } => delete(ctx, &name, yes, wants_json).await?,
        PortfolioCommand::List => list(ctx, wants_json).await?,
        PortfolioCommand::Show { name } => {
            let summary = app::show_portfolio(ctx, &name).await?;
            if wants_json {
                render::print_json(&wire::portfolio::Portfolio::of(&summary));
            } else {
                render::print(&render::portfolio::summary_text(&summary));
            }
        }
        PortfolioCommand::Positions { name, at } => positions(ctx, &name, at, wants_json).await?,
    }
    Ok(ExitCode::from(EXIT_FINE))
}

async fn create(
    ctx: &Context,
    new: &NewPortfolio,
    file: Option<&Path>,
    (dry_run, skip_bad_rows): (bool, bool),
    unknown: UnknownSymbols,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let content = file.map(read).transpose()?;
    let file = file.zip(content.as_deref());
    let format = Some(FileFormat::Positions);
    let file =
        file.map(|(path, content)| ImportFile { name: base_name(path), content, format, skip_bad_rows });
    let created = app::upload_portfolio(ctx, new, file.as_ref(), dry_run, unknown).await?;
    let code = created
        .import
        .as_ref()
        .map_or(ExitCode::from(EXIT_FINE), |report| exit_code(report, dry_run && !skip_bad_rows));
    warn_of_new_symbols(&created.new_symbols);
    if wants_json {
        render::print_json(&wire::portfolio::Created::of(&created, dry_run));
        return Ok(code);
    }
    let imported = created.import.as_ref().map_or(String::new(), render::import::report_text);
    let did = if dry_run { "would create" } else { "created" };
    render::print(&format!("{}{did} {:?}\n{imported}", dry_run_text(dry_run), created.portfolio.name));
    if !dry_run && unknown != UnknownSymbols::Onboarded {
        render::print("next: daybook refresh\n");
    }
    Ok(code)
}

/// Whether symbols that nobody has met are asked for: providers on the network are, while a folder is looked at by the
/// next refresh, which costs nothing. What is left to a worker is made known as by an upload.
pub(super) fn unknown_symbols(ctx: &Context, detaches: bool) -> UnknownSymbols {
    match ctx.is_offline || ctx.chain.is_local() {
        _ if detaches => UnknownSymbols::Onboarded,
        true => UnknownSymbols::Taken,
        false => UnknownSymbols::Validated,
    }
}

/// A dry run of a file that would be refused as a whole fails, as the import would.
fn exit_code(report: &ImportReport, is_all_or_nothing: bool) -> ExitCode {
    ExitCode::from(if is_all_or_nothing && report.error_count() > 0 { EXIT_FAILED } else { EXIT_FINE })
}

async fn batches(ctx: &Context, name: &str, wants_json: bool) -> Result<(), Failure> {
    let listed = app::list_batches(ctx, name).await?;
    if wants_json {
        render::print_json(&listed.iter().map(wire::batch::Batch::of).collect::<Vec<_>>());
    } else if listed.is_empty() {
        render::print("no imports yet\n");
    } else {
        render::print(&render::import::batches_table(&listed));
    }
    Ok(())
}

async fn undo_batch(ctx: &Context, id: BatchId, wants_json: bool) -> Result<(), Failure> {
    let undone = app::undo_batch(ctx, id).await?;
    if wants_json {
        render::print_json(&wire::batch::Undone::of(&undone));
        return Ok(());
    }
    let next =
        undone.from.map_or(String::new(), |from| format!("; the next refresh computes from {from} on"));
    render::print(&format!(
        "took back import {id} of {:?} into {:?}, {} events{next}\n",
        undone.batch.file_name, undone.portfolio, undone.voided_count
    ));
    Ok(())
}

async fn set(ctx: &Context, name: &str, change: &PortfolioChange, wants_json: bool) -> Result<(), Failure> {
    let done = app::set_portfolio(ctx, name, change).await?;
    if wants_json {
        render::print_json(&wire::portfolio::Changed::of(&done));
        return Ok(());
    }
    if done.changed.is_empty() {
        render::print(&format!("{:?} has these settings already\n", done.portfolio.name));
        return Ok(());
    }
    render::print(&format!("changed {} of {:?}\n", done.changed.join(", "), done.portfolio.name));
    if let Some(first) = done.dirty_from {
        render::print(&format!("next: daybook refresh, which computes everything from {first} on again\n"));
    }
    Ok(())
}

async fn delete(ctx: &Context, name: &str, is_meant: bool, wants_json: bool) -> Result<(), Failure> {
    if !is_meant {
        let summary = app::show_portfolio(ctx, name).await?;
        return Err(Failure::Usage {
            place: "--yes".to_owned(),
            message: format!(
                "this deletes {name:?} with its {} events and all snapshots for good; say --yes if it is meant",
                summary.event_count
            ),
        });
    }
    let deleted = app::delete_portfolio(ctx, name).await?;
    if wants_json {
        render::print_json(&wire::portfolio::Deleted::of(&deleted));
    } else {
        render::print(&format!("deleted {name:?} with {} events\n", deleted.event_count));
    }
    Ok(())
}

fn warn_of_new_symbols(symbols: &[Symbol]) {
    if symbols.is_empty() {
        return;
    }
    let shown: Vec<&str> = symbols.iter().take(SYMBOLS_SHOWN_MAX).map(Symbol::as_str).collect();
    let more = match symbols.len().saturating_sub(SYMBOLS_SHOWN_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    eprintln!("new here: {}{more}; the next refresh asks the providers for them", shown.join(", "));
}

fn dry_run_text(dry_run: bool) -> &'static str {
    if dry_run { "dry run, nothing was written: " } else { "" }
}

/// Reads a file to be imported.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let refuse = |message: String| Failure::Usage { place: path.display().to_string(), message };
    let size = std::fs::metadata(path).map_err(|error| refuse(format!("{}: {error}", path.display())))?.len();
    // Looked at before it is read, so that a file of any size costs nothing.
    if size > app::FILE_BYTES_MAX as u64 {
        return Err(refuse(format!(
            "{} has {size} bytes, at most {} are taken; divide it",
            path.display(),
            app::FILE_BYTES_MAX
        )));
    }
    std::fs::read(path).map_err(|error| refuse(format!("{}: {error}", path.display())))
}

fn base_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("file")
}

async fn list(ctx: &Context, wants_json: bool) -> Result<(), Failure> {
    let summaries = app::list_portfolios(ctx).await?;
    if wants_json {
        render::print_json(&summaries.iter().map(wire::portfolio::Portfolio::of).collect::<Vec<_>>());
    } else if summaries.is_empty() {
        render::print("no portfolios yet; `daybook portfolio create NAME --equity AMOUNT` makes one\n");
    } else {
        render::print(&render::portfolio::summaries_table(&summaries));
    }
    Ok(())
}

async fn positions(ctx: &Context, name: &str, at: Option<Date>, wants_json: bool) -> Result<(), Failure> {
    let found = app::positions(ctx, name, at).await?;
    if wants_json {
        render::print_json(&wire::position::Positions::of(found.as_ref()));
        return Ok(());
    }
    match found {
        None => render::print("nothing is computed yet; `daybook refresh` does it\n"),
        Some(found) if found.positions.is_empty() => {
            render::print(&format!("{name} holds nothing at the close of {}\n", found.session));
        }
        Some(found) => {
            render::print(&format!("{name} at the close of {}\n", found.session));
            render::print(&render::portfolio::positions_table(&found, true));
            if found.equals_stored == Some(false) {
                eprintln!(
                    "these are not what the stored snapshot says; `daybook refresh` brings it up to date"
                );
            }
        }
    }
    Ok(())
}

pub async fn snapshots(
    ctx: &Context,
    name: &str,
    from: Option<Date>,
    to: Option<Date>,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let snapshots = app::snapshots(ctx, name, from, to).await?;
    if wants_json {
        let listed = snapshots.iter().map(|snapshot| wire::snapshot::Snapshot::of(name, snapshot));
        render::print_json(&listed.collect::<Vec<_>>());
    } else if snapshots.is_empty() {
        render::print("no snapshots there; `daybook refresh` computes them\n");
    } else {
        render::print(&render::snapshot::table(&snapshots));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

pub async fn explain(
    ctx: &Context,
    name: &str,
    session: Date,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let explained = app::explain(ctx, name, session).await?;
    if wants_json {
        render::print_json(&wire::explain::Explained::of(&explained));
    } else {
        render::print(&render::explain::text(&explained));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
