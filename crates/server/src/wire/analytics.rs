//! Risk of portfolios: each answer is a part of what `risk portfolio --json` and `stress --json` print.

use std::collections::BTreeMap;

use app::{PortfolioAttribution, PortfolioRisk, PortfolioStress};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::render;

/// Declares answers that are parts of a whole one, with the figures each takes over.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: ($($of:tt)+),)* })*) => {$(
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The portfolio's name.
            portfolio: String,
            /// The session.
            #[schema(format = Date)]
            at: String,
            $($(#[$field_doc])* #[schema(value_type = $($of)+)] $field: Value,)*
            /// The figures that are null, by path, each with the reason.
            absent: BTreeMap<String, String>,
        }

        impl $name {
            /// The part of a whole answer.
            fn of_whole(mut whole: Map<String, Value>) -> $name {
                let fields = [$(stringify!($field)),*];
                $name {
                    portfolio: text(&mut whole, "portfolio"),
                    at: text(&mut whole, "at"),
                    absent: reasons(&mut whole, &fields),
                    $($field: whole.remove(stringify!($field)).unwrap_or(Value::Null),)*
                }
            }
        }
    )*};
}

/// The same, made from the risk of a portfolio.
macro_rules! of_risk {
    ($($name:ident),*) => {$(
        impl From<&PortfolioRisk> for $name {
            fn from(answer: &PortfolioRisk) -> $name {
                $name::of_whole(fields(render::portfolio_risk::json(answer)))
            }
        }
    )*};
}

parts! {
    /// All risk figures of a portfolio at a session.
    Risk {
        /// What the portfolio is worth, as a decimal.
        equity: (String),
        /// Its cash, as a decimal.
        cash: (String),
        /// Gross, net, long, short and private exposure, in dollars and over equity.
        exposures: (Object),
        /// What is held, as exposures.
        positions: (Vec<Object>),
        /// Exposure to the benchmark.
        market_beta: (Object),
        /// Exposure to the rate proxy.
        rate_beta: (Object),
        /// Exposure to each style.
        style: (Object),
        /// Exposure to each spread.
        spreads: (Object),
        /// The regression of the portfolio's own returns on the benchmark's.
        own_beta: (Object),
        /// Exposure to the benchmark by the betas that providers tell.
        provider_beta: (Object),
        /// Volatility of today's exposures, a year.
        volatility: (Object),
        /// Volatility from covariances, with contributions.
        ex_ante: (Object),
        /// Value at risk and expected shortfall, as losses.
        losses: (Object),
        /// Correlations with clusters.
        correlation: (Object),
        /// Exposures by sector, as known today.
        sectors: (Object),
        /// Index of concentration and largest positions.
        concentration: (Object),
        /// Greeks by position, by underlying and together.
        greeks: (Object),
        /// Where the session's return came from.
        attribution: (Object),
        /// Forecasts of volatility that were kept, beside what came.
        forecasts: (Vec<Object>),
        /// Symbols without prices, each with the reason.
        without_prices: (Object),
    }
    /// Exposures of a portfolio to factors.
    Factors {
        /// Gross, net, long, short and private exposure, in dollars and over equity.
        exposures: (Object),
        /// Exposure to the benchmark.
        market_beta: (Object),
        /// Exposure to the rate proxy.
        rate_beta: (Object),
        /// Exposure to each style.
        style: (Object),
        /// Exposure to each spread.
        spreads: (Object),
        /// The regression of the portfolio's own returns on the benchmark's.
        own_beta: (Object),
        /// Exposure to the benchmark by the betas that providers tell.
        provider_beta: (Object),
    }
    /// How much today's exposures of a portfolio vary, and how bad a session can be.
    Volatility {
        /// Realised, forecast, trend and percentile, a year.
        volatility: (Object),
        /// From covariances, with contributions.
        ex_ante: (Object),
        /// Value at risk and expected shortfall, as losses.
        losses: (Object),
        /// Forecasts that were kept, beside what came.
        forecasts: (Vec<Object>),
    }
    /// How the symbols that a portfolio holds move together.
    Correlation {
        /// Correlations with clusters.
        correlation: (Object),
    }
    /// Exposures of a portfolio by sector, as known today.
    Sectors {
        /// Gross, net, long and short of each sector, beside the benchmark's weights when these are known.
        sectors: (Object),
    }
    /// How concentrated a portfolio is.
    Concentration {
        /// Index of concentration and largest positions.
        concentration: (Object),
        /// What is held, as exposures.
        positions: (Vec<Object>),
    }
    /// What options add to a portfolio.
    Greeks {
        /// By position, by underlying and together: for 1.00 of volatility and of rate, and for a year.
        greeks: (Object),
    }
    /// What scenarios and stretches of the past would do to a portfolio.
    Stress {
        /// What the portfolio is worth, as a decimal.
        equity: (String),
        /// The scenarios, direct and correlated, each with what every position adds.
        scenarios: (Vec<Object>),
        /// The stretches of the past, each with what every position adds.
        replays: (Vec<Object>),
    }
    /// Where the return of a session came from; the parts add up to it.
    Attribution {
        /// Market, factors, sectors and rest, as fractions of the equity before.
        attribution: (Object),
    }
}

of_risk!(Risk, Factors, Volatility, Correlation, Sectors, Concentration, Greeks);

impl From<&PortfolioStress> for Stress {
    fn from(answer: &PortfolioStress) -> Stress {
        Stress::of_whole(fields(render::stress::json(answer)))
    }
}

impl From<&PortfolioAttribution> for Attribution {
    fn from(answer: &PortfolioAttribution) -> Attribution {
        Attribution::of_whole(fields(render::portfolio_risk::attribution_json(answer)))
    }
}

fn fields(whole: Value) -> Map<String, Value> {
    match whole {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn text(whole: &mut Map<String, Value>, field: &str) -> String {
    match whole.remove(field) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The reasons of figures below some fields.
fn reasons(whole: &mut Map<String, Value>, of: &[&str]) -> BTreeMap<String, String> {
    let absent = whole.remove("absent").map(fields).unwrap_or_default();
    let is_below = |path: &str| of.contains(&path.split('.').next().unwrap_or(path));
    let reasons = absent.into_iter().filter(|(path, _)| is_below(path));
    reasons.filter_map(|(path, reason)| Some((path, reason.as_str()?.to_owned()))).collect()
}
