//! A portfolio of twenty stocks against numpy: concentration, contributions, tails.

use std::collections::BTreeMap;

use model::{Date, Symbol};
use risk::{
    AssetClass, Exposure, ExposureReturns, Exposures, History, Named, Sector, Settings, Stake, Timeline,
    concentration, covariance, ex_ante, exposure_returns, sector_exposures,
};
use serde_json::Value;

use super::tables::{Market, STOCKS, agree, text, up_to};

/// The golden portfolio on one date, with everything around it.
struct Bed {
    at: String,
    golden: Value,
    timeline: Timeline,
    exposures: Exposures,
    symbols: Vec<Symbol>,
    histories: Vec<History>,
}

impl Bed {
    fn all() -> Vec<Bed> {
        let golden: Value = serde_json::from_str(&text("golden/portfolio_risk.json")).unwrap();
        let dates: Vec<String> = golden["asof"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(dates.len(), 3);
        dates.into_iter().map(|at| Bed::new(&golden, at)).collect()
    }

    fn new(golden: &Value, at: String) -> Bed {
        let market = Market::load();
        let session: Date = at.parse().unwrap();
        let held = |symbol: &&str| Exposure {
            symbol: symbol.parse().unwrap(),
            stake: Stake::Asset {
                units: golden["shares"][*symbol].as_f64().unwrap(),
                price: market.close(symbol, session),
                class: AssetClass::Sector(golden["sectors"][*symbol].as_str().unwrap().to_owned()),
            },
        };
        let timeline = up_to(session);
        let golden = golden["asof"][&at].clone();
        let equity = golden["market_value"].as_f64().unwrap();
        Bed {
            at,
            golden,
            exposures: Exposures::new(STOCKS.iter().map(held).collect(), equity),
            symbols: STOCKS.map(|symbol| symbol.parse().unwrap()).into(),
            histories: STOCKS.iter().map(|symbol| market.history(&timeline, symbol)).collect(),
            timeline,
        }
    }

    fn named(&self) -> Vec<Named<'_>> {
        self.symbols.iter().zip(&self.histories).map(|(symbol, history)| Named { symbol, history }).collect()
    }

    fn number(&self, key: &str) -> f64 {
        self.golden[key].as_f64().unwrap()
    }

    fn of(&self, key: &str, symbol: &Symbol) -> f64 {
        self.golden[key][symbol.as_str()].as_f64().unwrap()
    }

    fn agree(&self, figure: risk::Figure, key: &str) {
        agree(figure, self.number(key), &format!("{key} at {}", self.at));
    }

    fn returns(&self) -> ExposureReturns {
        exposure_returns(&self.exposures, &self.timeline, &self.named(), &Settings::default()).unwrap()
    }
}

#[test]
fn concentration_and_sectors_agree() {
    for bed in Bed::all() {
        let totals = bed.exposures.totals();
        bed.agree(Ok(totals.gross), "market_value");
        let found = concentration(&bed.exposures);
        bed.agree(found.hhi, "hhi_name");
        bed.agree(found.effective_count, "effective_names");
        let mut weights: Vec<f64> = bed.symbols.iter().map(|symbol| bed.of("weights", symbol)).collect();
        weights.sort_unstable_by(|one, other| other.total_cmp(one));
        agree(found.top_3, weights[..3].iter().sum(), "top 3");
        agree(found.top_10, weights[..10].iter().sum(), "top 10");
        let sectors = sector_exposures(&bed.exposures, &BTreeMap::new());
        bed.agree(sectors.hhi, "hhi_sector");
        bed.agree(sectors.hhi.map(|hhi| 1.0 / hhi), "effective_sectors");
        assert_eq!(sectors.sectors.len(), bed.golden["sector_weights"].as_object().unwrap().len());
        for sector in sectors.sectors {
            let Sector::Named(name) = &sector.sector else { panic!("{:?}", sector.sector) };
            let expect = bed.golden["sector_weights"][name].as_f64().unwrap();
            agree(sector.net.ratio, expect, name);
            agree(sector.gross_share, expect, name);
        }
    }
}

#[test]
fn volatility_from_covariances_and_its_contributions_agree() {
    for bed in Bed::all() {
        let covariance = covariance(&bed.timeline, &bed.named(), &Settings::default());
        let found = ex_ante(&bed.exposures, &covariance).unwrap();
        bed.agree(found.deviation_daily.ratio, "vol_daily");
        bed.agree(found.volatility_annual.ratio, "vol_ann");
        bed.agree(found.diversification_ratio, "diversification_ratio");
        assert_eq!(found.covered_share, Ok(1.0));
        assert_eq!(found.contributions.len(), 20);
        for part in &found.contributions {
            agree(Ok(part.marginal), bed.of("marginal_vol", &part.symbol), part.symbol.as_str());
            agree(part.share, bed.of("pct_risk", &part.symbol), part.symbol.as_str());
            let contribution = part.share.unwrap() * found.deviation_daily.ratio.unwrap();
            agree(Ok(contribution), bed.of("risk_contribution", &part.symbol), part.symbol.as_str());
        }
    }
}

#[test]
fn value_at_risk_and_shortfall_agree() {
    for bed in Bed::all() {
        let found = bed.returns().tails(&Settings::default());
        assert_eq!(found.sample.observations, 252);
        assert_eq!(found.sample.last.unwrap().to_string(), bed.at);
        bed.agree(found.of_95.historical_var.ratio, "hist_var95");
        bed.agree(found.of_95.historical_shortfall.ratio, "hist_es95");
        bed.agree(found.of_95.parametric_var.ratio, "param_var95");
        bed.agree(found.of_99.historical_var.ratio, "hist_var99");
        let dollars = bed.number("hist_var95") * bed.number("market_value");
        agree(found.of_95.historical_var.dollars, dollars, "dollars");
        // A normal tail beyond 95 % lies at 2.0627 deviations in the mean, so 0.4179 beyond value at risk.
        let beyond =
            found.of_95.parametric_shortfall.ratio.unwrap() - found.of_95.parametric_var.ratio.unwrap();
        assert!((beyond / bed.number("vol_daily") - 0.41786).abs() < 1e-5);
    }
}

#[test]
fn todays_exposures_over_past_sessions_vary_as_their_covariances_say() {
    for bed in Bed::all() {
        let returns = bed.returns();
        assert_eq!(returns.sessions.len() + returns.left_out_count, 1_042);
        assert_eq!((returns.left_out_count, returns.partly_covered_count), (0, 0));
        let last_year = &returns.returns[1_042 - 252..];
        bed.agree(quant::deviation(last_year).map_err(Into::into), "vol_daily");
        let found = returns.volatility(&Settings::default());
        let realized = quant::deviation(&returns.returns[1_042 - 63..]).unwrap() * 252.0_f64.sqrt();
        agree(found.realized_63.ratio, realized, "realised");
        let har = found.of_gross.har;
        assert_eq!(har.sample.observations, 1_000);
        let forecast = (har.value.unwrap().forecast_variance * 252.0).sqrt();
        agree(found.forecast.ratio, forecast, "forecast");
    }
}
