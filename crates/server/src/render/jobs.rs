//! Jobs as text.

use app::jobs::{Job, JobDetails, JobList, JobUnit, JobWarning};
use model::Timestamp;

use super::table::Sheet;

/// One line about a job.
pub fn line(job: &Job) -> String {
    let wish = if job.is_cancel_requested { ", to be cancelled" } else { "" };
    format!("job {} ({}) is {}{wish}\n", job.id, job.kind, job.state)
}

/// A page of jobs.
pub fn list_text(page: &JobList) -> String {
    if page.jobs.is_empty() {
        return "there are no such jobs\n".to_owned();
    }
    let mut sheet = Sheet::new(&["job", "kind", "state", "~phase", "units", ">failed", "made at", "~error"]);
    for job in &page.jobs {
        let units = &job.progress.units;
        sheet.row([
            job.id.clone(),
            job.kind.to_string(),
            job.state.to_string(),
            phase(job),
            format!("{} of {}", units.done + units.skipped, units.total),
            units.failed.to_string(),
            job.created_at.to_string(),
            job.error.as_ref().map_or(String::new(), |(_, message)| message.clone()),
        ]);
    }
    let next = page.next.as_ref().map_or(String::new(), |next| format!("more: --cursor {next}\n"));
    sheet.text() + &next
}

fn phase(job: &Job) -> String {
    let progress = &job.progress;
    match (&progress.phase, progress.phase_total) {
        (Some(phase), 0) => phase.clone(),
        (Some(phase), total) => format!("{phase} {} of {total}", progress.phase_done),
        (None, _) => String::new(),
    }
}

/// All there is to say of a job.
pub fn details_text(details: &JobDetails, units: &[JobUnit]) -> String {
    let job = &details.job;
    let mut text = line(job);
    let mut sheet = Sheet::new(&["", ""]);
    let instant = |at: Option<Timestamp>| at.map_or("–".to_owned(), |at| at.to_string());
    let phase = phase(job);
    let left = job.progress.estimated_seconds.map_or(String::new(), |left| format!(", {left} s left"));
    for (name, value) in [
        ("asked", job.input.to_string()),
        ("phase", format!("{phase}{left}")),
        ("attempt", job.attempt.to_string()),
        ("worker", job.lease_owner.clone().unwrap_or_else(|| "–".to_owned())),
        ("version", job.version.clone()),
        ("made at", job.created_at.to_string()),
        ("begun at", instant(job.started_at)),
        ("over at", instant(job.finished_at)),
        ("not before", instant(job.run_after)),
        ("error", job.error.as_ref().map_or("–".to_owned(), |(code, message)| format!("{code}: {message}"))),
    ] {
        sheet.row([name.to_owned(), value]);
    }
    text.push_str(&sheet.text());
    if !units.is_empty() {
        let mut sheet = Sheet::new(&["unit", "state", ">attempt", "what happened"]);
        for unit in units {
            let state = unit.state.map_or("pending", |state| state.as_str()).to_owned();
            let told = unit.error.as_ref().map_or(String::new(), |(_, message)| message.clone());
            sheet.row([unit.name.clone(), state, unit.attempt.to_string(), told]);
        }
        text.push_str(&sheet.text());
    }
    for JobWarning { kind, message } in &details.details {
        text.push_str(&format!("warning {kind}: {message}\n"));
    }
    for line in &details.log {
        text.push_str(&format!("{} {}: {}\n", line.at, line.event, line.message));
    }
    text
}
