//! `performance`.

use std::process::ExitCode;

use app::{Context, PerformanceRequest};
use model::Symbol;

use crate::cli::{PerformanceBounds, PerformanceCommand};
use crate::config::Risk;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;
use crate::render::performance::Subject;

pub async fn run(
    ctx: &Context,
    settings: &Risk,
    command: PerformanceCommand,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    let (subject, answer) = match command {
        PerformanceCommand::Portfolio { name, bounds } => {
            let answer = app::portfolio_performance(ctx, &name, &request(settings, bounds)?).await?;
            (Subject::Portfolio(name), answer)
        }
        PerformanceCommand::Symbol { symbol, bounds } => {
            let answer = app::symbol_performance(ctx, &symbol, &request(settings, bounds)?).await?;
            (Subject::Symbol(symbol), answer)
        }
    };
    if wants_json {
        render::print_json(&render::performance::json(&subject, &answer));
    } else {
        render::print(&render::performance::text(&subject, &answer));
    }
    if let Some(failure) = &answer.benchmark.failure {
        eprintln!(
            "no figures against {}: {}; name another symbol with --benchmark or risk.benchmark",
            answer.benchmark.symbol,
            failure.describe()
        );
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn request(settings: &Risk, bounds: PerformanceBounds) -> Result<PerformanceRequest, Failure> {
    let benchmark = match bounds.benchmark {
        Some(symbol) => symbol,
        None => self::benchmark(settings)?,
    };
    Ok(PerformanceRequest { from: bounds.from, to: bounds.to, benchmark })
}

/// The benchmark of the settings.
pub(super) fn benchmark(settings: &Risk) -> Result<Symbol, Failure> {
    settings.benchmark.parse::<Symbol>().map_err(|error| Failure::Usage {
        place: "risk.benchmark".to_owned(),
        message: format!("risk.benchmark: {error}"),
    })
}
