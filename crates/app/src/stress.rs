//! What scenarios and stretches of the past would do to what a portfolio holds today.

use std::collections::BTreeMap;

use ledger::HeldAt;
use model::{Date, Portfolio, Symbol};
use risk::{Absent, Exposures, JointFit, Replay, Scenario, Stress, StressMode, SymbolRisk};

use crate::exposures::{exposures, symbols_on_markets};
use crate::portfolio_risk::{Loaded, Needs, PortfolioRiskRequest, load};
use crate::risk_market::{RiskMarket, sessions_count};
use crate::{AppError, Context, RiskRules};

/// What a scenario does to a portfolio.
#[derive(Clone, Debug)]
pub struct StressedScenario {
    /// What is supposed to happen.
    pub scenario: Scenario,
    /// What is not named does not move.
    pub direct: Result<Stress, Absent>,
    /// What is not named moves as it is expected to.
    pub correlated: Result<Stress, Absent>,
}

/// What a stretch of the past does to a portfolio.
#[derive(Clone, Debug)]
pub struct StressedReplay {
    /// What happens again.
    pub replay: Replay,
    /// What it does.
    pub stress: Stress,
}

/// What scenarios and stretches of the past do to a portfolio.
#[derive(Debug)]
pub struct PortfolioStress {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The session.
    pub at: Date,
    /// What is held.
    pub held: HeldAt,
    /// The exposures, in the order of what is held.
    pub exposures: Exposures,
    /// The scenarios, in the order of the settings.
    pub scenarios: Vec<StressedScenario>,
    /// The stretches of the past, in the order of the settings.
    pub replays: Vec<StressedReplay>,
    /// Why symbols have no prices.
    pub failures: BTreeMap<Symbol, AppError>,
}

/// Puts the exposures of a portfolio at a session under stress: by all scenarios and replays of the settings, or the one
/// named.
///
/// # Errors
/// [`AppError::NotFound`] for a portfolio or a scenario, [`AppError::NoSession`], [`AppError::Ledger`].
pub async fn stress(
    ctx: &Context,
    name: &str,
    scenario: Option<&str>,
    request: &PortfolioRiskRequest,
) -> Result<PortfolioStress, AppError> {
    let is_wanted = |name: &str| scenario.is_none_or(|wanted| wanted == name);
    let scenarios: Vec<&Scenario> = ctx.risk.scenarios.iter().filter(|s| is_wanted(&s.name)).collect();
    let replays: Vec<&Replay> = ctx.risk.replays.iter().filter(|replay| is_wanted(&replay.name)).collect();
    if let Some(name) = scenario.filter(|_| scenarios.is_empty() && replays.is_empty()) {
        return Err(AppError::NotFound {
            what: "scenario",
            name: name.to_owned(),
            hint: "; `daybook stress NAME` shows those there are",
        });
    }
    // What happened to the symbols held is all that a stretch of the past follows from.
    let (sessions_count, yardsticks) =
        if scenarios.is_empty() { (1, false) } else { (sessions_count(ctx), true) };
    let needs = Needs { sessions_count, yardsticks, funds: false, snapshots: false };
    let mut loaded = load(ctx, name, request, needs).await?;
    let held = loaded.held_at(ctx, loaded.session)?;
    let exposures = exposures(&held, &loaded.known());
    let market = loaded.market_at(ctx, loaded.session);
    let symbols = match scenarios.is_empty() {
        true => BTreeMap::new(),
        false => loaded.symbol_risks(ctx, &market, &symbols_on_markets(&exposures)).await?,
    };
    let stressed = scenarios.into_iter().map(|scenario| stressed(&market, &symbols, &exposures, scenario));
    let scenarios = stressed.collect();
    let replays = replayed(ctx, &loaded, &exposures, &replays).await?;
    let failures = loaded.failures_of(&exposures, &market);
    let (at, portfolio) = (loaded.session, loaded.portfolio);
    Ok(PortfolioStress { portfolio, at, held, exposures, scenarios, replays, failures })
}

/// What a scenario does to exposures.
pub(crate) fn stressed(
    market: &RiskMarket,
    symbols: &BTreeMap<Symbol, SymbolRisk>,
    exposures: &Exposures,
    scenario: &Scenario,
) -> StressedScenario {
    let by = |mode| stressed_by(market, symbols, exposures, scenario, mode);
    StressedScenario {
        scenario: scenario.clone(),
        direct: by(StressMode::Direct),
        correlated: by(StressMode::Correlated),
    }
}

fn stressed_by(
    market: &RiskMarket,
    symbols: &BTreeMap<Symbol, SymbolRisk>,
    exposures: &Exposures,
    scenario: &Scenario,
    mode: StressMode,
) -> Result<Stress, Absent> {
    let model_of = |symbol: &Symbol| -> Result<&JointFit, Absent> {
        symbols.get(symbol).ok_or(Absent::NothingCovered)?.joint.value.as_ref().map_err(|reason| *reason)
    };
    risk::stress(exposures, market.yardsticks.joint()?, model_of, scenario, mode)
}

/// What the worst of the scenarios, its unnamed factors standing still, does to exposures: its name and the gain, a loss
/// below zero, as a ratio to equity.
pub(crate) fn worst(
    market: &RiskMarket,
    symbols: &BTreeMap<Symbol, SymbolRisk>,
    exposures: &Exposures,
    rules: &RiskRules,
) -> Option<(String, f64)> {
    let gain = |scenario: &Scenario| {
        let found = stressed_by(market, symbols, exposures, scenario, StressMode::Direct).ok()?;
        Some((scenario.name.clone(), found.total.ratio.ok()?))
    };
    rules.scenarios.iter().filter_map(gain).min_by(|one, other| one.1.total_cmp(&other.1))
}

/// What happened to the symbols held, from the first close of the earliest stretch to the last of the latest, if that has
/// come by the session.
async fn replayed(
    ctx: &Context,
    loaded: &Loaded,
    exposures: &Exposures,
    replays: &[&Replay],
) -> Result<Vec<StressedReplay>, AppError> {
    let first = replays.iter().map(|replay| replay.from).min();
    let last = replays.iter().map(|replay| replay.to).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    let symbols = symbols_on_markets(exposures);
    let market = loaded.market_of_past(ctx, &symbols, first, last.min(loaded.session)).await?;
    let named = market.named(symbols);
    let stressed = |replay: &&Replay| StressedReplay {
        replay: (*replay).clone(),
        stress: risk::replay(exposures, &named, replay),
    };
    Ok(replays.iter().map(stressed).collect())
}
