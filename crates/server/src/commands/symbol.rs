//! `symbol`.

use std::process::ExitCode;

use app::{Context, SymbolState, SymbolStatus};

use super::portfolio;
use crate::cli::SymbolCommand;
use crate::failure::{EXIT_FAILED, EXIT_FINE, Failure};
use crate::render;
use crate::wire;
use crate::wire::symbol_status::MappedSymbol;

pub async fn run(ctx: &Context, command: SymbolCommand, wants_json: bool) -> Result<ExitCode, Failure> {
    match command {
        SymbolCommand::Status { symbol } => {
            tell(&app::symbol_status(ctx, &symbol).await?, wants_json);
            Ok(ExitCode::from(EXIT_FINE))
        }
        SymbolCommand::Retry { symbol, detach } => {
            let mut status = app::retry_symbol(ctx, &symbol).await?;
            if !detach {
                app::onboard_in_foreground(ctx, status.asked.as_slice()).await?;
                status = app::symbol_status(ctx, &symbol).await?;
            }
            tell(&status, wants_json);
            let has_failed = status.state == SymbolState::Error;
            Ok(ExitCode::from(if has_failed { EXIT_FAILED } else { EXIT_FINE }))
        }
        SymbolCommand::Map { symbol, target, offline: _ } => {
            let mapped =
                app::map_symbol(ctx, &symbol, &target, portfolio::unknown_symbols(ctx, false)).await?;
            if wants_json {
                render::print_json(&MappedSymbol::of(&mapped));
            } else {
                render::print(&format!(
                    "{symbol} stands for {target}; {} events of {} portfolios were entered anew\n\
                     next: daybook refresh\n",
                    mapped.event_count,
                    mapped.portfolios.len()
                ));
            }
            Ok(ExitCode::from(EXIT_FINE))
        }
    }
}

fn tell(status: &SymbolStatus, wants_json: bool) {
    if wants_json {
        render::print_json(&wire::symbol_status::SymbolStatus::of(status));
    } else {
        render::print(&render::symbol_status::line(status));
    }
}
