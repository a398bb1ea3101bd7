//! The settings that risk figures depend on.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::Symbol;
use risk::{Replay, Scenario};
use sha2::{Digest, Sha256};

use crate::YardstickSymbols;

/// Version of the figures and of the form they are stored in; those of another version are computed again.
const FIGURES_VERSION: &str = "2";

/// Bytes of a hash that are kept, written as twice as many digits.
const HASH_BYTES: usize = 16;

/// The settings that risk figures depend on beside the data.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskRules {
    /// Windows, minimums and the like.
    pub figures: risk::Settings,
    /// What symbols are measured on.
    pub yardsticks: YardstickSymbols,
    /// What is supposed to happen.
    pub scenarios: Vec<Scenario>,
    /// Stretches of the past that happen again.
    pub replays: Vec<Replay>,
    /// The benchmark's weights by name of the sector, where they are known.
    pub benchmark_sectors: BTreeMap<String, f64>,
    /// Less than this share of gross exposure with a market beta is warned of.
    pub coverage_min: f64,
    /// Portfolio figures of so many sessions before the last are made up for.
    pub missed_sessions_max: usize,
}

impl Default for RiskRules {
    fn default() -> RiskRules {
        RiskRules {
            figures: risk::Settings::default(),
            yardsticks: YardstickSymbols::default(),
            scenarios: risk::default_scenarios(),
            replays: risk::default_replays(),
            benchmark_sectors: BTreeMap::new(),
            coverage_min: 0.8,
            missed_sessions_max: 21,
        }
    }
}

impl Default for YardstickSymbols {
    fn default() -> YardstickSymbols {
        let symbol = |text: &str| -> Symbol { text.parse().expect("invariant: the defaults are symbols") };
        let styles = [
            ("value", "VTV"),
            ("growth", "VUG"),
            ("momentum", "MTUM"),
            ("quality", "QUAL"),
            ("size", "IWM"),
            ("low_volatility", "USMV"),
        ];
        YardstickSymbols {
            benchmark: Some(symbol("SPY")),
            rate_proxy: Some(symbol("TLT")),
            styles: styles.map(|(name, text)| (name.to_owned(), symbol(text))).into(),
        }
    }
}

impl YardstickSymbols {
    /// Benchmark, rate proxy and style factors, each once.
    pub fn symbols(&self) -> Vec<Symbol> {
        let styles = self.styles.iter().map(|(_, symbol)| symbol);
        let mut symbols = Vec::new();
        for symbol in self.benchmark.iter().chain(&self.rate_proxy).chain(styles) {
            if !symbols.contains(symbol) {
                symbols.push(symbol.clone());
            }
        }
        symbols
    }
}

impl RiskRules {
    /// A hash of what the figures of symbols depend on.
    pub fn symbols_hash(&self, sessions_count: usize) -> String {
        let Self { figures, yardsticks, .. } = self;
        hash(&format!("{FIGURES_VERSION} {sessions_count} {figures:?} {yardsticks:?}"))
    }

    /// A hash of what the figures of portfolios depend on, given what snapshots depend on.
    pub fn portfolios_hash(&self, rules: &ledger::Rules, sessions_count: usize) -> String {
        let symbols = self.symbols_hash(sessions_count);
        let Self { scenarios, replays, coverage_min, .. } = self;
        hash(&format!("{symbols} {scenarios:?} {replays:?} {coverage_min:?} {rules:?}"))
    }
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(HASH_BYTES).fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_setting_changes_the_hashes_it_counts_in() {
        let (rules, ledger) = (RiskRules::default(), ledger::Rules::default());
        let hashes = |rules: &RiskRules| (rules.symbols_hash(1_100), rules.portfolios_hash(&ledger, 1_100));
        let known = hashes(&rules);
        assert_eq!((known.0.len(), known.1.len()), (32, 32));
        let mut windows = rules.clone();
        windows.figures.beta_window = 91;
        let mut benchmark = rules.clone();
        benchmark.yardsticks.rate_proxy = None;
        for changed in [&windows, &benchmark] {
            let found = hashes(changed);
            assert!(found.0 != known.0 && found.1 != known.1);
        }
        let mut scenario = rules.clone();
        scenario.scenarios[0].market = Some(-0.07);
        assert!(hashes(&scenario).0 == known.0 && hashes(&scenario).1 != known.1);
        assert_eq!(hashes(&rules.clone()), known);
    }
}
