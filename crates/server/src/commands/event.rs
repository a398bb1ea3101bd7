//! `event`.

use std::process::ExitCode;

use app::{Context, NewEvent};
use model::EventId;

use crate::cli::{EventAdd, EventCommand};
use crate::failure::{EXIT_FINE, Failure};
use crate::{render, wire};

pub async fn run(ctx: &Context, command: EventCommand, wants_json: bool) -> Result<ExitCode, Failure> {
    match command {
        EventCommand::Add(arguments) => add(ctx, *arguments, wants_json).await?,
        EventCommand::List { name } => {
            let events = app::list_events(ctx, &name).await?;
            if wants_json {
                render::print_json(&events.iter().map(wire::event::Event::of).collect::<Vec<_>>());
            } else if events.is_empty() {
                render::print("no events yet\n");
            } else {
                render::print(&render::portfolio::events_table(&events));
            }
        }
        EventCommand::Void { id } => {
            let event = app::void_event(ctx, EventId(id)).await?;
            if wants_json {
                render::print_json(&wire::event::VoidedEvent::of(&event));
            } else {
                render::print(&format!(
                    "voided event {id}; the next refresh computes from {} on\n",
                    event.date
                ));
            }
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

async fn add(ctx: &Context, arguments: EventAdd, wants_json: bool) -> Result<(), Failure> {
    let EventAdd { name, kind, date, symbol, quantity, price, amount, fee, ratio, key, note } = arguments;
    let new = NewEvent { kind, date, symbol, quantity, price, amount, fee, ratio, key, note };
    let added = app::add_event(ctx, &name, &new).await?;
    if added.is_new_symbol
        && let Some(symbol) = &added.symbol
    {
        eprintln!("new here: {symbol}; the next refresh asks the providers for it");
    }
    if wants_json {
        render::print_json(&wire::event::AddedEvent::of(added));
    } else if added.is_duplicate {
        render::print(&format!(
            "event {} was there already under this key; nothing was added\n",
            added.event.id
        ));
    } else {
        render::print(&format!("added event {}\n", added.event.id));
    }
    Ok(())
}
