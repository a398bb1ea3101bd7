//! Turning what a portfolio holds into exposures: dollars that move with a symbol.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Held, HeldAt, NoTerms};
use model::{InstrumentId, InstrumentKind, Sector, Symbol};
use risk::{Absent, AssetClass, Exposure, Exposures, Stake};

/// What instruments are beside what the books say of them.
pub(crate) struct Known<'a> {
    /// The symbols of all instruments, underlyings of options included.
    pub symbols: &'a BTreeMap<InstrumentId, Symbol>,
    /// The sectors, as known today.
    pub sectors: &'a BTreeMap<InstrumentId, Sector>,
}

/// The exposures of what is held, in its order.
///
/// # Convention
/// A holding without any price stands with its cost, as in the portfolio's equity. What has no market and lines of cash
/// are private: they move with nothing.
pub(crate) fn exposures(held: &HeldAt, known: &Known<'_>) -> Exposures {
    let entries = held.holdings.iter().map(|held| exposure(held, known)).collect();
    Exposures::new(entries, held.equity.to_f64())
}

fn exposure(held: &Held, known: &Known<'_>) -> Exposure {
    let instrument = &held.instrument;
    let own = || instrument.symbol.clone();
    if is_private(held) {
        return Exposure { symbol: own(), stake: Stake::Private { dollars: held.market_value.to_f64() } };
    }
    let units = held.quantity.to_f64() * instrument.multiplier as f64;
    let Some(option) = &instrument.option else {
        let price = match held.quote.price {
            Some(price) => price.to_f64(),
            // The sign of a cost is that of its units.
            None => (held.market_value.to_f64() / units).max(0.0),
        };
        return Exposure { symbol: own(), stake: Stake::Asset { units, price, class: class(held, known) } };
    };
    let stake = match &held.option {
        Some(Ok(terms)) => Stake::Option { units, terms: *terms },
        Some(Err(NoTerms::NotSettled)) => Stake::Unknown { reason: Absent::NotSettled },
        Some(Err(NoTerms::NoUnderlyingPrice)) => Stake::Unknown { reason: Absent::NoUnderlyingPrice },
        Some(Err(NoTerms::NoVolatility)) | None => Stake::Unknown { reason: Absent::NoVolatility },
    };
    Exposure { symbol: known.symbols.get(&option.underlying).cloned().unwrap_or_else(own), stake }
}

/// Whether a holding moves with no market.
pub(crate) fn is_private(held: &Held) -> bool {
    held.instrument.kind == InstrumentKind::Private || held.instrument.symbol.is_cash_like()
}

fn class(held: &Held, known: &Known<'_>) -> AssetClass {
    match held.instrument.kind {
        InstrumentKind::Etf | InstrumentKind::Fund | InstrumentKind::Index => AssetClass::Fund,
        InstrumentKind::Stock | InstrumentKind::Option | InstrumentKind::Private => {
            let sector = known.sectors.get(&held.instrument.id);
            sector.map_or(AssetClass::Unknown, |sector| AssetClass::Sector(sector.to_string()))
        }
    }
}

/// The symbols that exposures move with, each once, in order of the alphabet.
pub(crate) fn symbols_on_markets(exposures: &Exposures) -> Vec<&Symbol> {
    let entries = exposures.entries().iter().filter(|entry| !entry.is_private());
    let symbols: BTreeSet<&Symbol> = entries.map(|entry| &entry.symbol).collect();
    symbols.into_iter().collect()
}

/// The sector of a company held, or of the one an option is on, as known today.
pub(crate) fn sector_of(held: &Held, known: &Known<'_>) -> Option<Sector> {
    let id = held.instrument.option.map_or(held.instrument.id, |terms| terms.underlying);
    known.sectors.get(&id).copied()
}
