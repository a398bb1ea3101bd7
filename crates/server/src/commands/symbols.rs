//! `symbols`.

use std::process::ExitCode;

use app::Context;

use crate::failure::{EXIT_FINE, Failure};
use crate::{render, wire};

pub async fn list(ctx: &Context, wants_json: bool) -> Result<ExitCode, Failure> {
    let known = app::list_symbols(ctx).await?;
    if wants_json {
        render::print_json(&known.iter().map(wire::symbol::Instrument::of).collect::<Vec<_>>());
    } else if known.is_empty() {
        render::print("no symbols are known yet; `daybook prices SYMBOL` fetches one\n");
    } else {
        render::print(&render::symbols::table(&known));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
