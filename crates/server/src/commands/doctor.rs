//! `doctor`.

use std::path::Path;
use std::process::ExitCode;

use app::{AppError, Checked};
use serde_json::{Value, json};
use store::{StoreError, StoreUrl};

use super::{DB_NONE, context};
use crate::config::Settings;
use crate::failure::{EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;
use crate::render::table::Sheet;

/// Looks through settings, folders and the database, and tells what is wrong.
pub async fn run(settings: Result<&Settings, &Failure>, wants_json: bool) -> Result<ExitCode, Failure> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(failure) => {
            let found = vec![failure.message()];
            let checked = Checked::new("settings", "unknown keys and values".to_owned(), found);
            return Ok(answer(&[checked], wants_json));
        }
    };
    let mut checked =
        vec![Checked::new("settings", "unknown keys and values".to_owned(), Vec::new()), providers(settings)];
    if let Some(missing) = missing_file(settings)? {
        checked.push(Checked::new("database", settings.db.clone(), vec![missing]));
        return Ok(answer(&checked, wants_json));
    }
    if settings.db == DB_NONE {
        checked.push(Checked::new("database", "there is none".to_owned(), Vec::new()));
        return Ok(answer(&checked, wants_json));
    }
    let ctx = match context(settings).await {
        Ok(ctx) => ctx,
        Err(failure) => {
            checked.push(unopened(failure)?);
            return Ok(answer(&checked, wants_json));
        }
    };
    let found = app::doctor(&ctx).await;
    if let Some(store) = &ctx.store {
        store.close().await;
    }
    checked.extend(found?);
    Ok(answer(&checked, wants_json))
}

/// What keeps a database from being opened, where that is a finding.
fn unopened(failure: Failure) -> Result<Checked, Failure> {
    let (name, scope) = match &failure {
        Failure::App(AppError::Store(StoreError::Corrupt { .. })) => ("integrity", "pages"),
        Failure::App(AppError::Store(StoreError::Newer { .. } | StoreError::NeedsMigration { .. })) => {
            ("schema", "its version")
        }
        _ => return Err(failure),
    };
    Ok(Checked::new(name, scope.to_owned(), vec![failure.message()]))
}

/// Whether the folder of the provider `files` can be read.
fn providers(settings: &Settings) -> Checked {
    let dir = &settings.providers.files.dir;
    if dir.is_empty() {
        return Checked::new("providers", "files has no folder and is left out".to_owned(), Vec::new());
    }
    let prices = Path::new(dir).join("prices");
    let fault = std::fs::read_dir(&prices).err().map(|error| {
        format!(
            "the folder {} cannot be read ({error}); set providers.files.dir to one that can",
            prices.display()
        )
    });
    Checked::new("providers", "the folder of files".to_owned(), fault.into_iter().collect())
}

/// A file that is not there is not made by looking at it.
fn missing_file(settings: &Settings) -> Result<Option<String>, Failure> {
    if settings.db == DB_NONE {
        return Ok(None);
    }
    let url = StoreUrl::parse(&settings.db)?;
    let missing = url.path().filter(|path| !path.exists());
    Ok(missing.map(|path| {
        format!("there is no file {}; `daybook portfolio create` or --db with another name", path.display())
    }))
}

fn answer(checked: &[Checked], wants_json: bool) -> ExitCode {
    let is_fine = checked.iter().all(|checked| checked.findings.is_empty());
    if wants_json {
        let checks: Vec<Value> = checked
            .iter()
            .map(|c| json!({ "check": c.name, "scope": c.scope, "findings": c.findings }))
            .collect();
        render::print_json(&json!({ "fine": is_fine, "checks": checks }));
    } else {
        let mut sheet = Sheet::new(&["check", "looked at", "found"]);
        for checked in checked {
            let mut findings = checked.findings.iter().cloned();
            let first = findings.next().unwrap_or_else(|| "fine".to_owned());
            sheet.row([checked.name.to_owned(), checked.scope.clone(), first]);
            findings.for_each(|finding| sheet.row([String::new(), String::new(), finding]));
        }
        render::print(&sheet.text());
    }
    ExitCode::from(if is_fine { EXIT_FINE } else { EXIT_PARTIAL })
}
