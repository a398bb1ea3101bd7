//! The symbols that figures are measured against, by the settings.

use model::Symbol;

use crate::config::Risk;
use crate::failure::Failure;

/// Benchmark, rate proxy and style factors, each once; one whose setting is empty is left out.
///
/// # Errors
/// [`Failure::Usage`] naming the setting that holds no symbol.
pub fn references(risk: &Risk) -> Result<Vec<Symbol>, Failure> {
    let mut symbols = Vec::new();
    let factors = risk.style_factors.iter().map(|factor| {
        let symbol = factor.split_once('=').map_or(factor.as_str(), |(_, symbol)| symbol);
        ("risk.style_factors", symbol)
    });
    let proxies =
        [("risk.benchmark", risk.benchmark.as_str()), ("risk.rate_proxy", risk.rate_proxy.as_str())];
    for (setting, text) in proxies.into_iter().chain(factors).filter(|(_, text)| !text.trim().is_empty()) {
        let symbol: Symbol = text.parse().map_err(|error| Failure::Usage {
            place: setting.to_owned(),
            message: format!("{setting}: {error}"),
        })?;
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    Ok(symbols)
}
