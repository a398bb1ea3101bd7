//! `symbols`.

use std::process::ExitCode;

use app::Context;
use serde_json::Value;

use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub async fn list(ctx: &Context, wants_json: bool) -> Result<ExitCode, Failure> {
    let known = app::list_symbols(ctx).await?;
    if wants_json {
        let listed: Vec<Value> = known.iter().map(render::symbols::json).collect();
        render::print_json(&listed);
    } else if known.is_empty() {
        render::print("no symbols are known yet; `daybook prices SYMBOL` fetches one\n");
    } else {
        render::print(&render::symbols::table(&known));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
