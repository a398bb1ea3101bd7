//! `risk`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use app::{AppError, Context, CorrelationRequest, PortfolioRiskRequest, Reading, SymbolRiskRequest};
use model::Symbol;

use crate::cli::{RiskCommand, StressInput};
use crate::config::Risk;
use crate::failure::{EXIT_FINE, EXIT_PARTIAL, Failure};
use crate::{render, wire};

pub async fn run(
    ctx: &Context,
    settings: &Risk,
    command: RiskCommand,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    match command {
        RiskCommand::Portfolio { name, stamp } => {
            let request = PortfolioRiskRequest { at: stamp.at, reading: Reading::Through };
            let answer = app::portfolio_risk(ctx, &name, &request).await?;
            if wants_json {
                render::print_json(&wire::analytics::Risk::from(&answer));
            } else {
                render::print(&render::portfolio_risk::text(&answer));
            }
            Ok(told(&answer.failures, &[]))
        }
        RiskCommand::Symbol { symbols, stamp } => {
            let yardsticks = settings.yardsticks()?;
            let request =
                SymbolRiskRequest { symbols, at: stamp.at, yardsticks, settings: settings.figures() };
            let answer = app::symbol_risk(ctx, &request).await?;
            if wants_json {
                render::print_json(&render::symbol_risk::json(&answer));
            } else {
                render::print(&render::symbol_risk::text(&answer, &request.yardsticks));
            }
            Ok(told(&answer.failures, &request.symbols))
        }
        RiskCommand::Correlation { symbols, stamp } => {
            let request = CorrelationRequest { symbols, at: stamp.at, settings: settings.figures() };
            let answer = app::correlation(ctx, &request).await?;
            if wants_json {
                render::print_json(&wire::analytics::SymbolCorrelations::from(&answer));
            } else {
                render::print(&render::correlation::text(&answer));
            }
            Ok(told(&answer.failures, &request.symbols))
        }
    }
}

/// `stress`.
pub async fn stress(ctx: &Context, input: &StressInput, wants_json: bool) -> Result<ExitCode, Failure> {
    let request = PortfolioRiskRequest { at: input.stamp.at, reading: Reading::Through };
    let answer = app::stress(ctx, &input.name, input.scenario.as_deref(), &request).await?;
    if wants_json {
        render::print_json(&wire::analytics::Stress::from(&answer));
    } else {
        render::print(&render::stress::text(&answer));
    }
    Ok(told(&answer.failures, &[]))
}

/// Tells what has no prices: a symbol asked for makes the answer partial, a yardstick leaves figures absent.
fn told(failures: &BTreeMap<Symbol, AppError>, asked: &[Symbol]) -> ExitCode {
    for (symbol, failure) in failures {
        eprintln!("{symbol}: {}", failure.describe());
    }
    let is_partial = asked.iter().any(|symbol| failures.contains_key(symbol));
    ExitCode::from(if is_partial { EXIT_PARTIAL } else { EXIT_FINE })
}
