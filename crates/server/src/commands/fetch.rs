//! `fetch`: filling the cache.

use std::process::ExitCode;

use app::jobs::{FetchInput, JobInput, NewJob};
use app::{Context, FetchOutcome};
use model::{Date, Symbol};
use serde_json::{Value, json};

use super::jobs;
use crate::failure::{EXIT_FAILED, EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::render;
use crate::render::table::Sheet;

/// Without dates, so many days before the last are meant.
const DAYS_DEFAULT: i32 = 365;

/// What is to be fetched.
pub struct Wanted {
    pub symbols: Vec<Symbol>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub is_forced: bool,
}

pub async fn run(
    ctx: &Context,
    wanted: Wanted,
    detaches: bool,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let last = wanted.to.unwrap_or(ctx.clock.now().utc_date());
    let first = wanted.from.unwrap_or(last.plus_days(-DAYS_DEFAULT));
    let new = NewJob::new(JobInput::FetchPrices(FetchInput {
        symbols: wanted.symbols.iter().map(Symbol::to_string).collect(),
        from: first.to_string(),
        to: last.to_string(),
        force: wanted.is_forced,
        offline: ctx.is_offline,
    }));
    if detaches {
        return Ok(jobs::tell_created(&app::jobs::create(ctx, new).await?, wants_json));
    }
    jobs::tell_finished(jobs::run_now(ctx, new).await?, wants_json)
}

/// Prints outcomes, and gives the exit code for them.
pub fn tell(outcomes: &[FetchOutcome], wants_json: bool) -> ExitCode {
    if wants_json {
        render::print_json(&outcomes.iter().map(outcome_json).collect::<Vec<_>>());
    } else {
        render::print(&table(outcomes));
    }
    let is_whole =
        |outcome: &&FetchOutcome| outcome.result.as_ref().is_ok_and(|summary| summary.shortfall.is_none());
    ExitCode::from(match outcomes.iter().filter(is_whole).count() {
        whole if whole == outcomes.len() => EXIT_FINE,
        0 if outcomes.iter().all(|outcome| outcome.result.is_err()) => EXIT_FAILED,
        _ => EXIT_PARTIAL,
    })
}

fn table(outcomes: &[FetchOutcome]) -> String {
    let mut sheet =
        Sheet::new(&["symbol", "source", ">calls", ">written", ">restated", ">refused", "what happened"]);
    for outcome in outcomes {
        let calls = outcome.provider_calls.to_string();
        let cells = match &outcome.result {
            Ok(summary) => {
                let told = match &summary.shortfall {
                    Some(failure) => format!("not all of it: {failure}"),
                    None if outcome.provider_calls == 0 => "cached".to_owned(),
                    None if summary.is_cached => "confirmed".to_owned(),
                    None => "fetched".to_owned(),
                };
                let source = summary.source.map_or(String::new(), |source| source.to_string());
                let counts = [summary.written_count, summary.restated_count, summary.refused_count];
                let [written, restated, refused] = counts.map(|count| count.to_string());
                [outcome.symbol.to_string(), source, calls, written, restated, refused, told]
            }
            Err(failure) => {
                let none = || "–".to_owned();
                [
                    outcome.symbol.to_string(),
                    String::new(),
                    calls,
                    none(),
                    none(),
                    none(),
                    failure.to_string(),
                ]
            }
        };
        sheet.row(cells);
    }
    sheet.text()
}

fn outcome_json(outcome: &FetchOutcome) -> Value {
    let summary = outcome.result.as_ref().ok();
    let failure = outcome.result.as_ref().err().or(summary.and_then(|summary| summary.shortfall.as_ref()));
    json!({
        "symbol": outcome.symbol.as_str(),
        "source": summary.and_then(|summary| summary.source).map(|source| source.as_str()),
        "cached": summary.is_some_and(|summary| summary.is_cached),
        "provider_calls": outcome.provider_calls,
        "written": summary.map(|summary| summary.written_count),
        "removed": summary.map(|summary| summary.removed_count),
        "restated": summary.map(|summary| summary.restated_count),
        "refused": summary.map(|summary| {
            let rows = summary.refused.iter();
            rows.map(|row| json!({ "where": row.place, "message": row.reason })).collect::<Vec<_>>()
        }),
        "failure": failure.map(|failure| json!({
            "code": failure.code,
            "message": failure.message,
            "retry_at": failure.retry_at.map(|at| at.to_string()),
        })),
    })
}
