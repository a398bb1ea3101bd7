//! Settings of the sources of market data.

use market::{AlphaVantage, BudgetLimits, Fmp, Polygon, Source, Stooq, YahooSettings, free_plan_limits};
use serde::{Deserialize, Serialize};

use super::usage;
use crate::failure::Failure;

/// What stands for a key that is set when settings are shown.
const HIDDEN: &str = "***";

/// Sources of market data.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Providers {
    /// The providers in the order they are asked.
    pub chain: Vec<String>,
    /// How long a request that somebody waits for may wait for its call.
    pub interactive_wait_ms_max: u64,
    /// How long a request of the background may wait for its call.
    pub background_wait_ms_max: u64,
    pub files: Files,
    pub yahoo: Yahoo,
    pub polygon: Vendor,
    pub fmp: Vendor,
    pub alphavantage: Vendor,
    pub stooq: Vendor,
}

/// The provider `files`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The folder with `prices/SYMBOL.csv`, `splits.csv`, `dividends.csv` and `profiles.csv`; empty leaves the
    /// provider out.
    pub dir: String,
}

/// The provider `yahoo`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Yahoo {
    pub base_url: String,
    pub cookie_url: String,
    pub user_agent: String,
    pub budget: Budget,
}

/// A provider that is reached at one address, most of them with a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    pub key: String,
    pub base_url: String,
    pub budget: Budget,
}

/// What a provider lets us ask.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub calls_max: u32,
    pub per_ms: u64,
    pub burst: u32,
    pub concurrency_max: usize,
    /// Calls a day; 0 counts none.
    pub daily_max: u32,
}

impl Budget {
    fn of(source: Source) -> Budget {
        let limits = free_plan_limits(source).expect("invariant: a provider on the network has limits");
        let BudgetLimits { calls_max, per_ms, burst, concurrency_max, daily_max } = limits;
        Budget { calls_max, per_ms, burst, concurrency_max, daily_max: daily_max.unwrap_or(0) }
    }

    /// The same for those who keep it.
    pub fn limits(&self) -> BudgetLimits {
        let Budget { calls_max, per_ms, burst, concurrency_max, daily_max } = *self;
        let daily_max = (daily_max > 0).then_some(daily_max);
        BudgetLimits { calls_max, per_ms, burst, concurrency_max, daily_max }
    }

    fn check(&self, place: &str) -> Result<(), Failure> {
        let refuse = |key: &str, message: String| Err(usage(&format!("{place}.{key}"), message));
        if !(1..=1_000_000).contains(&self.calls_max) {
            return refuse("calls_max", format!("{} is out of range; give 1 to 1000000", self.calls_max));
        }
        if !(1..=86_400_000).contains(&self.per_ms) {
            return refuse("per_ms", format!("{} is out of range; give 1 to 86400000", self.per_ms));
        }
        if !(1..=self.calls_max).contains(&self.burst) {
            return refuse("burst", format!("{} is out of range; give 1 to {}", self.burst, self.calls_max));
        }
        if !(1..=1_000).contains(&self.concurrency_max) {
            let message = format!("{} is out of range; give 1 to 1000", self.concurrency_max);
            return refuse("concurrency_max", message);
        }
        Ok(())
    }
}

impl Vendor {
    fn new(source: Source, base_url: &str) -> Vendor {
        Vendor { key: String::new(), base_url: base_url.to_owned(), budget: Budget::of(source) }
    }
}

impl Default for Providers {
    fn default() -> Providers {
        let YahooSettings { base_url, cookie_url, user_agent, .. } = YahooSettings::default();
        let waits = app::BudgetWaits::default();
        Providers {
            chain: Source::ALL.iter().map(ToString::to_string).collect(),
            interactive_wait_ms_max: waits.interactive_ms_max,
            background_wait_ms_max: waits.background_ms_max,
            files: Files { dir: String::new() },
            yahoo: Yahoo { base_url, cookie_url, user_agent, budget: Budget::of(Source::Yahoo) },
            polygon: Vendor::new(Source::Polygon, Polygon::BASE_URL),
            fmp: Vendor::new(Source::Fmp, Fmp::BASE_URL),
            alphavantage: Vendor::new(Source::AlphaVantage, AlphaVantage::BASE_URL),
            stooq: Vendor::new(Source::Stooq, Stooq::BASE_URL),
        }
    }
}

impl Providers {
    /// The providers of the chain, in order.
    pub fn sources(&self) -> impl Iterator<Item = Source> + '_ {
        self.chain.iter().filter_map(|name| Source::from_name(name))
    }

    /// The budget of a provider, when it has one.
    pub fn budget(&self, source: Source) -> Option<&Budget> {
        match source {
            Source::Files => None,
            Source::Yahoo => Some(&self.yahoo.budget),
            Source::Polygon => Some(&self.polygon.budget),
            Source::Fmp => Some(&self.fmp.budget),
            Source::AlphaVantage => Some(&self.alphavantage.budget),
            Source::Stooq => Some(&self.stooq.budget),
        }
    }

    /// Refuses a chain that names unknown providers, or one twice, budgets that allow nothing, and
    /// addresses that may not be called.
    pub fn check(&self) -> Result<(), Failure> {
        for name in &self.chain {
            if Source::from_name(name).is_none() {
                let known: Vec<&str> = Source::ALL.iter().map(|source| source.as_str()).collect();
                let message = format!("there is no provider {name:?}; there are {}", known.join(", "));
                return Err(usage("providers.chain", message));
            }
            if self.chain.iter().filter(|other| *other == name).count() > 1 {
                return Err(usage("providers.chain", format!("{name} stands in the chain twice")));
            }
        }
        for source in Source::ALL {
            if let Some(budget) = self.budget(source) {
                budget.check(&format!("providers.{source}.budget"))?;
            }
        }
        for (place, address) in self.addresses() {
            market::check_base_url(address).map_err(|error| usage(place, error))?;
        }
        Ok(())
    }

    /// The addresses that are called, each with its setting. None of them holds a password once it was checked, so
    /// that all of them may be shown.
    fn addresses(&self) -> [(&'static str, &str); 6] {
        [
            ("providers.yahoo.base_url", &self.yahoo.base_url),
            ("providers.yahoo.cookie_url", &self.yahoo.cookie_url),
            ("providers.polygon.base_url", &self.polygon.base_url),
            ("providers.fmp.base_url", &self.fmp.base_url),
            ("providers.alphavantage.base_url", &self.alphavantage.base_url),
            ("providers.stooq.base_url", &self.stooq.base_url),
        ]
    }

    /// Puts marks in the place of keys.
    pub fn hide_keys(&mut self) {
        for vendor in [&mut self.polygon, &mut self.fmp, &mut self.alphavantage, &mut self.stooq] {
            if !vendor.key.is_empty() {
                HIDDEN.clone_into(&mut vendor.key);
            }
        }
    }
}
