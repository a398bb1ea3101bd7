//! `export`.

use std::process::ExitCode;

use app::{Context, CsvSheet, ExportKind};
use serde_json::json;

use crate::cli::{Export, ExportFormat, ExportWhat};
use crate::draft_file::DraftFile;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub async fn run(ctx: &Context, wanted: &Export, wants_json: bool) -> Result<ExitCode, Failure> {
    let kind = match wanted.what {
        ExportWhat::Prices => ExportKind::Prices,
        ExportWhat::Snapshots => ExportKind::Snapshots,
        ExportWhat::Fills => ExportKind::Fills,
        ExportWhat::Events => ExportKind::Events,
    };
    let export = app::export(ctx, kind, wanted.portfolio.as_deref()).await?;
    let draft = DraftFile::create(&wanted.out, wanted.force)?;
    let (rows, size_bytes) = match wanted.format {
        ExportFormat::Csv => csv(export, draft).await?,
        ExportFormat::Parquet => parquet(export, draft).await?,
    };
    let file = wanted.out.display().to_string();
    if wants_json {
        render::print_json(&json!({ "file": file, "rows": rows, "bytes": size_bytes }));
    } else {
        render::print(&format!("{file}: {rows} rows, {size_bytes} bytes\n"));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

async fn csv(mut export: app::Export, draft: DraftFile) -> Result<(usize, u64), Failure> {
    let mut sheet =
        CsvSheet::new(draft.writer()?, &export.headings()).map_err(|error| draft.failed(error))?;
    let mut rows = 0;
    while let Some(page) = export.next_page().await? {
        sheet.add(&page).map_err(|error| draft.failed(error))?;
        rows += page.row_count();
    }
    let writer = sheet.end().map_err(|error| draft.failed(error))?;
    Ok((rows, draft.keep(writer)?))
}

async fn parquet(_: app::Export, _: DraftFile) -> Result<(usize, u64), Failure> {
    Err(Failure::Usage { place: "--format".to_owned(), message: "parquet".to_owned() })
}
