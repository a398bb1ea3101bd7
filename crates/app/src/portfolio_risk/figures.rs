//! The risk figures of one portfolio at one session. Pure.

use std::collections::BTreeMap;

use model::{Date, Symbol};
use risk::{
    Absent, Concentration, Correlation, Covariance, Estimate, ExAnte, ExposureReturns, ExposureVolatility,
    Exposures, FactorExposure, Figure, GreeksReport, History, Regression, Sample, SectorExposures, Settings,
    Spread, SymbolRisk, Tails, Totals,
};

use crate::RiskRules;
use crate::exposures::symbols_on_markets;
use crate::risk_market::RiskMarket;

/// Everything that the figures of a portfolio follow from. Those of a part may be without what that does not follow from.
pub(crate) struct Inputs<'a> {
    pub market: &'a RiskMarket,
    /// The figures of every symbol on a market.
    pub symbols: &'a BTreeMap<Symbol, SymbolRisk>,
    pub exposures: &'a Exposures,
    /// The portfolio's own returns up to the session, in order.
    pub own_returns: &'a [(Date, f64)],
    /// Betas as providers compute them.
    pub provider_betas: &'a BTreeMap<Symbol, f64>,
    pub rules: &'a RiskRules,
}

/// An exposure to a factor, with the shortest sample among those of the symbols that it is summed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// The sum, how much of the exposure it covers, and what is missing.
    pub exposure: FactorExposure,
    /// The shortest sample of a symbol's figure.
    pub sample: Sample,
}

/// How much today's exposures vary, and how bad a session can be.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnFigures {
    /// The returns that today's exposures would have had.
    pub returns: ExposureReturns,
    /// Realised, forecast, trend and percentile.
    pub volatility: ExposureVolatility,
    /// Value at risk and expected shortfall.
    pub tails: Tails,
}

/// What a portfolio moves with.
#[derive(Clone, Debug)]
pub struct FactorFigures {
    /// The exposure to the benchmark.
    pub market_beta: Weighted,
    /// The exposure to the rate proxy.
    pub rate_beta: Weighted,
    /// The exposure to each style by name.
    pub styles: Vec<(String, Weighted)>,
    /// The exposure to each spread.
    pub spreads: Vec<(Spread, Weighted)>,
    /// The exposure to the benchmark by the betas that providers compute.
    pub provider_beta: FactorExposure,
    /// The regression of the portfolio's own returns on the benchmark's.
    pub own_beta: Estimate<Regression>,
}

/// How much a portfolio varies.
#[derive(Clone, Debug)]
pub struct VolatilityFigures {
    /// How much today's exposures vary.
    pub returns: Result<ReturnFigures, Absent>,
    /// The volatility from covariances.
    pub ex_ante: Estimate<ExAnte>,
    /// The covariances behind it.
    pub covariance: Covariance,
    /// Rows that a forecast is fitted to, when there are as many.
    pub forecast_rows: usize,
}

/// The risk figures of one portfolio at one session.
#[derive(Clone, Debug)]
pub struct PortfolioFigures {
    /// What is held together.
    pub totals: Totals,
    /// What it moves with.
    pub factors: FactorFigures,
    /// How much it varies.
    pub volatility: VolatilityFigures,
    /// How the symbols held move together.
    pub correlation: Correlation,
    /// The exposures by sector.
    pub sectors: SectorExposures,
    /// How concentrated the positions are.
    pub concentration: Concentration,
    /// What options add.
    pub greeks: GreeksReport,
}

impl PortfolioFigures {
    /// The share of gross exposure whose symbols have a market beta.
    pub fn covered_share(&self) -> Figure {
        self.factors.market_beta.exposure.covered_share
    }
}

/// The figures of a portfolio.
pub(crate) fn figures(inputs: &Inputs<'_>) -> PortfolioFigures {
    let Inputs { market, exposures, rules, .. } = inputs;
    PortfolioFigures {
        totals: exposures.totals(),
        factors: inputs.factors(),
        volatility: volatility_figures(market, exposures, &rules.figures),
        correlation: correlation(market, exposures, &rules.figures),
        sectors: risk::sector_exposures(exposures, &rules.benchmark_sectors),
        concentration: risk::concentration(exposures),
        greeks: risk::greeks(exposures),
    }
}

/// How much exposures vary.
pub(super) fn volatility_figures(
    market: &RiskMarket,
    exposures: &Exposures,
    settings: &Settings,
) -> VolatilityFigures {
    let named = market.named(symbols_on_markets(exposures));
    let covariance = risk::covariance(&market.timeline, &named, settings);
    let returns = risk::exposure_returns(exposures, &market.timeline, &named, settings);
    VolatilityFigures {
        returns: returns.map(|returns| ReturnFigures {
            volatility: returns.volatility(settings),
            tails: returns.tails(settings),
            returns,
        }),
        ex_ante: ex_ante(market, exposures, &covariance),
        covariance,
        forecast_rows: settings.har_rows,
    }
}

/// How the symbols of exposures move together.
pub(super) fn correlation(market: &RiskMarket, exposures: &Exposures, settings: &Settings) -> Correlation {
    risk::correlation(&market.timeline, &market.named(symbols_on_markets(exposures)), settings)
}

impl Inputs<'_> {
    /// What the portfolio moves with.
    pub fn factors(&self) -> FactorFigures {
        let window = self.rules.figures.beta_window;
        let provider_beta = |symbol: &Symbol| {
            self.provider_betas.get(symbol).copied().filter(|beta| beta.is_finite()).ok_or(Absent::NoFactor)
        };
        FactorFigures {
            market_beta: self
                .weighted(window, |risk| (risk.market_beta.number(|fit| fit.beta), risk.market_beta.sample)),
            rate_beta: self
                .weighted(window, |risk| (risk.rate_beta.number(|fit| fit.beta), risk.rate_beta.sample)),
            styles: self.styles(),
            spreads: self.spreads(),
            provider_beta: risk::factor_exposure(self.exposures, provider_beta),
            own_beta: self.own_beta(),
        }
    }

    /// The exposure to a factor by a figure of each symbol.
    fn weighted(&self, window: usize, figure_of: impl Fn(&SymbolRisk) -> (Figure, Sample)) -> Weighted {
        let of_symbol = |symbol: &Symbol| match self.symbols.get(symbol) {
            Some(risk) => figure_of(risk),
            None => (Err(Absent::NothingCovered), Sample::empty(window)),
        };
        let exposure = risk::factor_exposure(self.exposures, |symbol| of_symbol(symbol).0);
        let covered = symbols_on_markets(self.exposures).into_iter().map(of_symbol);
        let shortest = covered.filter(|(figure, _)| figure.is_ok()).map(|(_, sample)| sample);
        let shortest = shortest.min_by_key(|sample| sample.observations);
        Weighted { exposure, sample: shortest.unwrap_or(Sample::empty(window)) }
    }

    fn styles(&self) -> Vec<(String, Weighted)> {
        let window = self.rules.figures.ridge_window;
        let of = |place: usize| {
            self.weighted(window, |risk| {
                let fit = risk.style.value.as_ref().map_err(|reason| *reason);
                let beta = fit.and_then(|fit| fit.betas.get(place).copied().unwrap_or(Err(Absent::NoFactor)));
                (beta, risk.style.sample)
            })
        };
        let names = self.market.yardsticks.style_names().enumerate();
        names.map(|(place, name)| (name.to_owned(), of(place))).collect()
    }

    fn spreads(&self) -> Vec<(Spread, Weighted)> {
        let window = self.rules.figures.spread_window;
        let of = |spread: Spread| {
            self.weighted(window, |risk| match risk.spreads.iter().find(|(known, _)| *known == spread) {
                Some((_, fit)) => (fit.number(|fit| fit.beta), fit.sample),
                None => (Err(Absent::NoFactor), Sample::empty(window)),
            })
        };
        Spread::ALL.map(|spread| (spread, of(spread))).into()
    }

    fn own_beta(&self) -> Estimate<Regression> {
        let settings = &self.rules.figures;
        match self.market.yardsticks.benchmark() {
            Ok(benchmark) => {
                let own = History::of_returns(&self.market.timeline, self.own_returns.iter().copied());
                risk::regress(&own, benchmark, settings.beta_window, settings.beta_min)
            }
            Err(reason) => Estimate::absent(Sample::empty(settings.beta_window), reason),
        }
    }
}

fn ex_ante(market: &RiskMarket, exposures: &Exposures, covariance: &Covariance) -> Estimate<ExAnte> {
    let sessions = market.timeline.sessions();
    let window = &sessions[sessions.len().saturating_sub(covariance.window)..];
    let sample = Sample {
        window: covariance.window,
        observations: covariance.observations.iter().copied().min().unwrap_or(0),
        first: window.first().copied(),
        last: window.last().copied(),
    };
    Estimate { sample, value: risk::ex_ante(exposures, covariance) }
}
