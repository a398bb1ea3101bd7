//! `schedule`: refreshes by the clock of the exchange.

use std::process::ExitCode;

use app::Context;
use app::jobs::{JobInput, RefreshInput};
use app::schedules::{self, NewSchedule, Schedule};
use serde_json::{Value, json};

use crate::cli::ScheduleCommand;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;
use crate::render::table::Sheet;

pub async fn run(ctx: &Context, command: ScheduleCommand, wants_json: bool) -> Result<ExitCode, Failure> {
    match command {
        ScheduleCommand::Add { cron, portfolio, from, offline } => {
            let from = from.map(|date| date.to_string());
            let input = JobInput::Refresh(RefreshInput {
                portfolio,
                from,
                to: None,
                offline,
                ..RefreshInput::default()
            });
            let schedule = schedules::add(ctx, &NewSchedule { cron, input }).await?;
            if wants_json {
                render::print_json(&schedule_json(&schedule));
            } else {
                render::print(&format!("{}: next at {}\n", schedule.id, schedule.next_at));
            }
        }
        ScheduleCommand::List => {
            let listed = schedules::list(ctx).await?;
            if wants_json {
                render::print_json(&listed.iter().map(schedule_json).collect::<Vec<_>>());
            } else if listed.is_empty() {
                render::print("there are no schedules\n");
            } else {
                render::print(&table(&listed));
            }
        }
        ScheduleCommand::Remove { id } => {
            schedules::remove(ctx, &id).await?;
            if wants_json {
                render::print_json(&json!({ "removed": id }));
            } else {
                render::print(&format!("{id} is removed\n"));
            }
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn table(listed: &[Schedule]) -> String {
    let mut sheet = Sheet::new(&["schedule", "cron", "kind", "of", "next at", "~last at", "~last job"]);
    for schedule in listed {
        let portfolio = schedule.input.get("portfolio").and_then(Value::as_str);
        sheet.row([
            schedule.id.clone(),
            schedule.cron.clone(),
            schedule.kind.to_string(),
            portfolio.unwrap_or("all").to_owned(),
            schedule.next_at.to_string(),
            schedule.last_at.map_or("–".to_owned(), |at| at.to_string()),
            schedule.last_job.clone().unwrap_or_else(|| "–".to_owned()),
        ]);
    }
    sheet.text()
}

fn schedule_json(schedule: &Schedule) -> Value {
    json!({
        "id": schedule.id,
        "kind": schedule.kind.as_str(),
        "input": schedule.input,
        "cron": schedule.cron,
        "zone": schedule.zone,
        "next_at": schedule.next_at.to_string(),
        "last_at": schedule.last_at.map(|at| at.to_string()),
        "last_job": schedule.last_job,
        "created_at": schedule.created_at.to_string(),
    })
}
