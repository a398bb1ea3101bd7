//! `backup` and `restore`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use store::Store;

use super::database;
use crate::config::Settings;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub async fn back_up(settings: &Settings, to: &Path, wants_json: bool) -> Result<ExitCode, Failure> {
    let backup = Store::backup(&database(settings)?, to).await?;
    if wants_json {
        render::print_json(&json!({
            "file": to.display().to_string(),
            "bytes": backup.size_bytes,
            "schema": backup.schema_version,
            "portfolios": backup.portfolio_count,
        }));
    } else {
        let (count, size) = (backup.portfolio_count, backup.size_bytes);
        render::print(&format!("{}: {count} portfolios, {size} bytes\n", to.display()));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

pub async fn restore(
    settings: &Settings,
    from: &Path,
    is_meant: bool,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let url = database(settings)?;
    let restored = Store::restore(&url, from, is_meant).await?;
    if wants_json {
        render::print_json(&json!({
            "database": url.to_string(),
            "schema": restored.schema_version,
            "portfolios": restored.portfolio_count,
            "replaced": restored.has_replaced,
        }));
    } else {
        let did = if restored.has_replaced { "replaced by" } else { "made from" };
        let count = restored.portfolio_count;
        render::print(&format!("{url} was {did} {}: {count} portfolios\n", from.display()));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
