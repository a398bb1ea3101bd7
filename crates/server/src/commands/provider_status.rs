//! `providers`: what each provider still lets us ask, and how it failed last.

use std::process::ExitCode;

use app::{Context, ProviderStatus};
use model::Timestamp;

use crate::config::Settings;
use crate::failure::{EXIT_FINE, Failure};
use crate::providers::{LeftOut, left_out};
use crate::render;
use crate::render::table::Sheet;
use crate::wire::provider::Provider;

pub async fn run(ctx: &Context, settings: &Settings, wants_json: bool) -> Result<ExitCode, Failure> {
    let (statuses, left_out) = (app::providers(ctx).await?, left_out(&settings.providers));
    if wants_json {
        let listed = statuses.iter().map(Provider::in_use).chain(left_out.iter().map(Provider::left_out));
        render::print_json(&listed.collect::<Vec<_>>());
    } else {
        render::print(&table(&statuses, &left_out, ctx.clock.now()));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn table(statuses: &[ProviderStatus], left_out: &[LeftOut], now: Timestamp) -> String {
    let mut sheet =
        Sheet::new(&["provider", "limits", ">used today", ">left today", "may be asked", "last failure"]);
    for status in statuses {
        let limits = status.limits.map_or("none".to_owned(), |limits| {
            let daily = limits.daily_max.map_or(String::new(), |most| format!(", {most} a day"));
            format!("{} in {} s{daily}", limits.calls_max, seconds(limits.per_ms))
        });
        let again = match (status.cooldown_until, status.next_call_at) {
            (Some(until), _) => format!("after a pause, at {until}"),
            (None, at) if at > now => format!("at {at}"),
            _ => "now".to_owned(),
        };
        sheet.row([
            status.source.to_string(),
            limits,
            status.used_today.to_string(),
            status.left_today.map_or("–".to_owned(), |left| left.to_string()),
            again,
            status.error.as_ref().map_or(String::new(), |(_, message, at)| format!("{at}: {message}")),
        ]);
    }
    let mut text = sheet.text();
    for LeftOut { source, why } in left_out {
        text.push_str(&format!("{source} is left out: {why}\n"));
    }
    text
}

/// Seconds without needless digits.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000).trim_end_matches('0').trim_end_matches('.').to_owned()
}
