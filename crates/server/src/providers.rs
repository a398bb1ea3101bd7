//! The providers of the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{BudgetWaits, Budgets, Clock};
use market::{
    Admission, AlphaVantage, BaseUrlError, Chain, Files, Fmp, Key, Polygon, Provider, Source, Stooq,
    WireSettings, Yahoo, YahooSettings,
};
use store::Store;

use crate::config::{Providers, Vendor};
use crate::failure::Failure;

/// A provider of the chain that is left out, and what would bring it in.
pub struct LeftOut {
    pub source: Source,
    pub why: String,
}

/// The budgets of all providers, kept in the database when there is one.
pub fn budgets(settings: &Providers, store: Option<Store>, clock: Arc<dyn Clock>) -> Budgets {
    let limits: BTreeMap<Source, _> = Source::ALL
        .into_iter()
        .filter_map(|source| Some((source, settings.budget(source)?.limits())))
        .collect();
    let waits = BudgetWaits {
        interactive_ms_max: settings.interactive_wait_ms_max,
        background_ms_max: settings.background_wait_ms_max,
    };
    Budgets::new(store, clock, limits, waits)
}

/// The providers of the settings in their order, without those that lack a folder or a key.
///
/// # Errors
/// [`Failure::Usage`] naming the setting of an address that may not be called.
pub fn chain(settings: &Providers, budgets: &Budgets) -> Result<Chain, Failure> {
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    for source in settings.sources().filter(|source| missing(settings, *source).is_none()) {
        let built = provider(settings, source, Arc::new(budgets.clone()));
        providers.push(built.map_err(|error| Failure::Usage {
            place: format!("providers.{source}.base_url"),
            message: format!("providers.{source}.base_url: {error}"),
        })?);
    }
    Ok(Chain::new(providers))
}

/// The providers of the chain that are left out.
pub fn left_out(settings: &Providers) -> Vec<LeftOut> {
    let missing = |source| Some(LeftOut { source, why: missing(settings, source)? });
    settings.sources().filter_map(missing).collect()
}

/// What a provider lacks.
fn missing(settings: &Providers, source: Source) -> Option<String> {
    let (is_missing, what) = match source {
        Source::Files => (settings.files.dir.is_empty(), "folder: set providers.files.dir"),
        Source::Yahoo => (false, ""),
        Source::Polygon => (settings.polygon.key.is_empty(), "key: set providers.polygon.key"),
        Source::Fmp => (settings.fmp.key.is_empty(), "key: set providers.fmp.key"),
        Source::AlphaVantage => (settings.alphavantage.key.is_empty(), "key: set providers.alphavantage.key"),
        // It answers programs without one with a page that only a browser passes.
        Source::Stooq => (settings.stooq.key.is_empty(), "key: set providers.stooq.key"),
    };
    is_missing.then(|| format!("it needs a {what}"))
}

fn provider(
    settings: &Providers,
    source: Source,
    admission: Arc<dyn Admission>,
) -> Result<Arc<dyn Provider>, BaseUrlError> {
    let wire = |vendor: &Vendor| (WireSettings::new(vendor.base_url.clone()), Key::new(&vendor.key));
    Ok(match source {
        Source::Files => Arc::new(Files::new(&settings.files.dir)),
        Source::Yahoo => {
            let yahoo = YahooSettings {
                base_url: settings.yahoo.base_url.clone(),
                cookie_url: settings.yahoo.cookie_url.clone(),
                user_agent: settings.yahoo.user_agent.clone(),
                ..YahooSettings::default()
            };
            Arc::new(Yahoo::new(yahoo, admission)?)
        }
        Source::Polygon => {
            let (wire, key) = wire(&settings.polygon);
            Arc::new(Polygon::new(wire, &key, admission)?)
        }
        Source::Fmp => {
            let (wire, key) = wire(&settings.fmp);
            Arc::new(Fmp::new(wire, &key, admission)?)
        }
        Source::AlphaVantage => {
            let (wire, key) = wire(&settings.alphavantage);
            Arc::new(AlphaVantage::new(wire, &key, admission)?)
        }
        Source::Stooq => {
            let (wire, key) = wire(&settings.stooq);
            Arc::new(Stooq::new(wire, &key, admission)?)
        }
    })
}
