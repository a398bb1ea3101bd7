//! The settings of risk, checked and turned into what figures and use cases take.

use std::collections::{BTreeMap, BTreeSet};

use app::{RiskRules, YardstickSymbols};
use model::{Sector, Symbol};

use super::{Risk, scenarios, usage};
use crate::failure::Failure;

/// Returns and rows of any window at the most: more than the calendar has sessions.
const WINDOW_MAX: usize = 10_000;

/// Sessions at the most for which the figures of portfolios are made up for.
const MISSED_MAX: usize = 2_520;

/// Style factors at the most; a regression on all of them has to stay small.
const STYLES_MAX: usize = 30;

impl Risk {
    /// Refuses numbers that no figure could be computed with.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the setting.
    pub fn check(&self) -> Result<(), Failure> {
        let windows = [
            ("risk.beta_window", self.beta_window, "risk.beta_min", self.beta_min),
            ("risk.ridge_window", self.ridge_window, "risk.ridge_min", self.ridge_min),
            ("risk.spread_window", self.spread_window, "risk.spread_min", self.spread_min),
            ("risk.har_rows", self.har_rows, "risk.har_min", self.har_min),
            (
                "risk.correlation_window",
                self.correlation_window,
                "risk.correlation_min",
                self.correlation_min,
            ),
        ];
        for (window_key, window, min_key, min) in windows {
            if !(2..=WINDOW_MAX).contains(&window) {
                return Err(usage(window_key, format!("{window} is out of range; give 2 to {WINDOW_MAX}")));
            }
            if !(2..=window).contains(&min) {
                return Err(usage(min_key, format!("{min} is out of range; give 2 to {window}, the window")));
            }
        }
        if !(2..=WINDOW_MAX).contains(&self.covariance_window) {
            let message = format!("{} is out of range; give 2 to {WINDOW_MAX}", self.covariance_window);
            return Err(usage("risk.covariance_window", message));
        }
        if self.missed_sessions_max > MISSED_MAX {
            let message = format!("{} is out of range; give 0 to {MISSED_MAX}", self.missed_sessions_max);
            return Err(usage("risk.missed_sessions_max", message));
        }
        if !(1..=252).contains(&self.har_horizon) {
            let message = format!("{} is out of range; give 1 to 252", self.har_horizon);
            return Err(usage("risk.har_horizon", message));
        }
        let numbers = [
            ("risk.rate_proxy_duration", self.rate_proxy_duration, 0.0..=100.0),
            ("risk.ridge_penalty", self.ridge_penalty, 0.0..=1e9),
            ("risk.cluster_cut", self.cluster_cut, -1.0..=1.0),
            ("risk.ewma_lambda", self.ewma_lambda, 0.0..=0.9999),
            ("risk.coverage_min", self.coverage_min, 0.0..=1.0),
            ("risk.risk_free_rate", self.risk_free_rate, -1.0..=1.0),
        ];
        for (key, number, range) in numbers {
            if !range.contains(&number) {
                let (least, most) = (range.start(), range.end());
                return Err(usage(key, format!("{number} is out of range; give {least} to {most}")));
            }
        }
        self.benchmark_sectors()?;
        self.scenarios().and_then(|_| self.replays()).map(drop)
    }

    /// Everything that risk figures depend on beside the data.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the setting.
    pub fn rules(&self) -> Result<RiskRules, Failure> {
        Ok(RiskRules {
            figures: self.figures(),
            yardsticks: self.yardsticks()?,
            scenarios: self.scenarios()?,
            replays: self.replays()?,
            benchmark_sectors: self.benchmark_sectors()?,
            coverage_min: self.coverage_min,
            missed_sessions_max: self.missed_sessions_max,
        })
    }

    fn scenarios(&self) -> Result<Vec<risk::Scenario>, Failure> {
        let mut all = scenarios::scenarios("risk.scenarios", &self.scenarios)?;
        all.extend(scenarios::scenarios("risk.scenarios_added", &self.scenarios_added)?);
        scenarios::check_names("risk.scenarios", all.iter().map(|scenario| scenario.name.as_str()))?;
        Ok(all)
    }

    fn replays(&self) -> Result<Vec<risk::Replay>, Failure> {
        let all = scenarios::replays("risk.replays", &self.replays)?;
        scenarios::check_names("risk.replays", all.iter().map(|replay| replay.name.as_str()))?;
        Ok(all)
    }

    fn benchmark_sectors(&self) -> Result<BTreeMap<String, f64>, Failure> {
        let key = "risk.benchmark_sectors";
        let mut weights = BTreeMap::new();
        for text in &self.benchmark_sectors {
            let known = text.split_once('=').and_then(|(name, share)| {
                let share: f64 = share.trim().parse().ok()?;
                Some((Sector::from_alias(name)?, share)).filter(|(_, share)| (0.0..=1.0).contains(share))
            });
            let Some((sector, share)) = known else {
                return Err(usage(key, format!("{text:?} is not written Sector=share, as Energy=0.05")));
            };
            if weights.insert(sector.to_string(), share).is_some() {
                return Err(usage(key, format!("{sector} is given twice")));
            }
        }
        Ok(weights)
    }

    /// Windows, minimums and the like, as figures take them.
    pub fn figures(&self) -> risk::Settings {
        risk::Settings {
            rate_proxy_duration: self.rate_proxy_duration,
            beta_window: self.beta_window,
            beta_min: self.beta_min,
            ridge_window: self.ridge_window,
            ridge_min: self.ridge_min,
            ridge_penalty: self.ridge_penalty,
            spread_window: self.spread_window,
            spread_min: self.spread_min,
            har_rows: self.har_rows,
            har_min: self.har_min,
            har_horizon: self.har_horizon,
            correlation_window: self.correlation_window,
            correlation_min: self.correlation_min,
            cluster_cut: self.cluster_cut,
            ewma_lambda: self.ewma_lambda,
            covariance_window: self.covariance_window,
        }
    }

    /// What symbols are measured on.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what is no symbol, a factor that is not written `name=SYMBOL`, or a name given twice.
    pub fn yardsticks(&self) -> Result<YardstickSymbols, Failure> {
        let key = "risk.style_factors";
        if self.style_factors.len() > STYLES_MAX {
            let message = format!("{} factors; give at most {STYLES_MAX}", self.style_factors.len());
            return Err(usage(key, message));
        }
        let (mut styles, mut names) = (Vec::new(), BTreeSet::new());
        for text in &self.style_factors {
            let Some((name, symbol)) = text.split_once('=') else {
                return Err(usage(key, format!("{text:?} is not written name=SYMBOL")));
            };
            let name = name.trim();
            // The joint model calls the rate proxy so, and the rest of a return.
            if name.is_empty() || [risk::RATE, risk::MARKET, "rest"].contains(&name) || !names.insert(name) {
                return Err(usage(
                    key,
                    format!("{name:?} cannot be the name of a factor, or is given twice"),
                ));
            }
            styles.push((name.to_owned(), symbol_of(key, symbol)?));
        }
        Ok(YardstickSymbols {
            benchmark: symbol_or_none("risk.benchmark", &self.benchmark)?,
            rate_proxy: symbol_or_none("risk.rate_proxy", &self.rate_proxy)?,
            styles,
        })
    }
}

/// The symbol of a setting that may be empty.
fn symbol_or_none(key: &str, text: &str) -> Result<Option<Symbol>, Failure> {
    if text.trim().is_empty() { Ok(None) } else { symbol_of(key, text).map(Some) }
}

fn symbol_of(key: &str, text: &str) -> Result<Symbol, Failure> {
    text.parse().map_err(|error| usage(key, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_figures() {
        let settings = Risk::default();
        assert_eq!(settings.figures(), risk::Settings::default());
        assert_eq!(settings.rules().unwrap(), RiskRules::default());
        settings.check().unwrap();
        let yardsticks = settings.yardsticks().unwrap();
        let benchmark = yardsticks.benchmark.as_ref().map(Symbol::as_str);
        assert_eq!((benchmark, yardsticks.styles.len()), (Some("SPY"), 6));
        assert_eq!(yardsticks.styles[5].0, "low_volatility");
    }

    #[test]
    fn what_no_figure_can_be_computed_with_is_refused() {
        let check = |change: fn(&mut Risk), key: &str| {
            let mut settings = Risk::default();
            change(&mut settings);
            let refused = settings.check().and_then(|()| settings.yardsticks().map(drop)).unwrap_err();
            assert!(
                matches!(&refused, Failure::Usage { place, .. } if place == key),
                "{}",
                refused.message()
            );
        };
        check(|settings| settings.beta_window = 1, "risk.beta_window");
        check(|settings| settings.har_rows = 20_000, "risk.har_rows");
        check(|settings| settings.ridge_min = 91, "risk.ridge_min");
        check(|settings| settings.har_horizon = 0, "risk.har_horizon");
        check(|settings| settings.ridge_penalty = f64::NAN, "risk.ridge_penalty");
        check(|settings| settings.ewma_lambda = 1.0, "risk.ewma_lambda");
        check(|settings| settings.cluster_cut = 1.5, "risk.cluster_cut");
        check(|settings| settings.rate_proxy = "a/b".to_owned(), "risk.rate_proxy");
        check(|settings| settings.covariance_window = 0, "risk.covariance_window");
        check(|settings| settings.coverage_min = 80.0, "risk.coverage_min");
        check(|settings| settings.missed_sessions_max = 9_999, "risk.missed_sessions_max");
        check(|settings| settings.scenarios = vec!["crash".to_owned()], "risk.scenarios");
        check(|settings| settings.scenarios_added = settings.scenarios.clone(), "risk.scenarios");
        check(|settings| settings.replays = vec!["a:b".to_owned()], "risk.replays");
        check(|settings| settings.benchmark_sectors = vec!["Tea=0.1".to_owned()], "risk.benchmark_sectors");
        for factor in ["VTV", "rate=TLT", "=VTV", "value=", "growth=VTV"] {
            let mut settings = Risk::default();
            settings.style_factors.push(factor.to_owned());
            assert!(settings.yardsticks().is_err(), "{factor}");
        }
        let without = Risk { benchmark: " ".to_owned(), ..Risk::default() };
        assert_eq!(without.yardsticks().unwrap().benchmark, None);
        let without_rates = Risk { rate_proxy: String::new(), ..Risk::default() };
        assert_eq!(without_rates.yardsticks().unwrap().rate_proxy, None);
    }
}
