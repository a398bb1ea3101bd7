//! `indicator`.

use std::process::ExitCode;

use app::{Context, IndicatorRequest};

use crate::cli::IndicatorInput;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub async fn run(ctx: &Context, input: IndicatorInput, wants_json: bool) -> Result<ExitCode, Failure> {
    let IndicatorInput { symbol, name, from, to, parameters, offline: _ } = input;
    let answer = app::indicator(ctx, &IndicatorRequest { symbol, name, parameters, from, to }).await?;
    if wants_json {
        render::print_json(&render::indicator::json(&answer));
    } else {
        render::print(&render::indicator::table(&answer));
        eprintln!("{}", render::indicator::origin(&answer));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
