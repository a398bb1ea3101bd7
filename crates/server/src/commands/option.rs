//! `option`.

use std::process::ExitCode;

use app::OptionRequest;
use quant::OptionType;

use crate::cli::{OptionInput, OptionKind};
use crate::config::Risk;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub fn run(settings: &Risk, input: &OptionInput, wants_json: bool) -> Result<ExitCode, Failure> {
    let request = OptionRequest {
        option_type: match input.option_type {
            OptionKind::Call => OptionType::Call,
            OptionKind::Put => OptionType::Put,
        },
        spot: input.spot,
        strike: input.strike,
        days: input.days,
        volatility_annual: input.volatility,
        rate_annual: input.rate.unwrap_or(settings.risk_free_rate),
        dividend_yield_annual: input.dividend_yield,
        price: input.price,
    };
    let valued = app::value_option(&request)?;
    if wants_json {
        render::print_json(&render::option::json(&valued));
    } else {
        render::print(&render::option::text(&request, &valued));
    }
    Ok(ExitCode::from(EXIT_FINE))
}
