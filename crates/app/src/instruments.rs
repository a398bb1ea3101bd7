//! Finding instruments by symbol, and making those nobody has met yet.

use std::collections::BTreeMap;

use model::{Instrument, InstrumentId, InstrumentKind, Symbol};

use crate::context::new_identity;
use crate::{AppError, Context};

/// Instruments by symbol: those known, and new ones for the others.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub by_symbol: BTreeMap<Symbol, Instrument>,
    /// Those of `by_symbol` that are not stored yet.
    pub new: Vec<Instrument>,
}

impl Resolved {
    pub fn id(&self, symbol: &Symbol) -> Option<InstrumentId> {
        self.by_symbol.get(symbol).map(|instrument| instrument.id)
    }
}

/// Looks symbols up and makes an instrument for each unknown one: a stock of unknown currency, until a provider
/// tells more. The new ones are stored by the caller's transaction.
pub(crate) async fn resolve(ctx: &Context, symbols: &[Symbol]) -> Result<Resolved, AppError> {
    let mut resolved = Resolved::default();
    for instrument in store::instruments::by_symbol(ctx.store()?, symbols).await? {
        resolved.by_symbol.insert(instrument.symbol.clone(), instrument);
    }
    for symbol in symbols {
        if !resolved.by_symbol.contains_key(symbol) {
            let instrument = unknown(ctx, symbol);
            resolved.by_symbol.insert(symbol.clone(), instrument.clone());
            resolved.new.push(instrument);
        }
    }
    Ok(resolved)
}

/// A new instrument of which only the symbol is known.
pub(crate) fn unknown(ctx: &Context, symbol: &Symbol) -> Instrument {
    Instrument {
        id: InstrumentId(new_identity(ctx.clock.as_ref())),
        symbol: symbol.clone(),
        kind: InstrumentKind::Stock,
        currency: None,
        multiplier: 1,
        is_whole_unit: false,
    }
}
