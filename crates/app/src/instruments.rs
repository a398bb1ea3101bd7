//! Finding instruments by symbol, and making those nobody has met yet.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Date, Event, Instrument, InstrumentId, InstrumentKind, OPTION_MULTIPLIER, OccSymbol, OptionTerms, Symbol,
};

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

    /// Leaves out new instruments that no event names, as the instrument itself or as the underlying of its option.
    pub fn keep_named(&mut self, events: &[Event]) {
        let mut named: BTreeSet<InstrumentId> =
            events.iter().filter_map(|event| event.booking.instrument()).collect();
        let options = self.new.iter().filter(|new| named.contains(&new.id));
        let underlyings: Vec<InstrumentId> = options.filter_map(|new| Some(new.option?.underlying)).collect();
        named.extend(underlyings);
        self.new.retain(|new| named.contains(&new.id));
    }
}

/// Looks symbols up, those that stand for another as that one, and makes an instrument for each unknown one: an option when the symbol is one of a listed option
/// (its underlying is looked up or made as well), a private holding when it is among `private` or cash-like, else a
/// stock of unknown currency, until a provider tells more. The new ones are stored by the caller's transaction.
pub(crate) async fn resolve(
    ctx: &Context,
    symbols: &[Symbol],
    private: &BTreeSet<Symbol>,
) -> Result<Resolved, AppError> {
    let roots = symbols.iter().filter_map(|symbol| Some(option_symbol(symbol)?.root));
    let mut wanted: Vec<Symbol> = symbols.iter().cloned().chain(roots).collect();
    let mapped = store::mappings::of_symbols(ctx.store()?, &ctx.owner, &wanted).await?;
    wanted.retain(|symbol| !mapped.contains_key(symbol));
    wanted.extend(mapped.values().cloned());
    // A symbol with a root is an option, and goes behind the stocks, of which one may be its underlying.
    wanted.sort_by_key(|symbol| (option_symbol(symbol).is_some(), symbol.clone()));
    wanted.dedup();
    let mut resolved = Resolved::default();
    for instrument in store::instruments::by_symbol(ctx.store()?, &wanted).await? {
        resolved.by_symbol.insert(instrument.symbol.clone(), instrument);
    }
    for symbol in &wanted {
        if !resolved.by_symbol.contains_key(symbol) {
            let mut instrument = unknown(ctx, symbol);
            if private.contains(symbol) {
                instrument.kind = InstrumentKind::Private;
            }
            if let Some(option) = option_symbol(symbol) {
                let underlying =
                    resolved.id(&option.root).expect("invariant: roots stand before their options");
                instrument.kind = InstrumentKind::Option;
                instrument.multiplier = OPTION_MULTIPLIER;
                instrument.option = Some(OptionTerms {
                    underlying,
                    right: option.right,
                    strike: option.strike,
                    expiration: option.expiration,
                });
            }
            resolved.by_symbol.insert(symbol.clone(), instrument.clone());
            resolved.new.push(instrument);
        }
    }
    for (symbol, target) in mapped {
        let instrument = resolved.by_symbol.get(&target).cloned();
        let instrument =
            instrument.expect("invariant: what a symbol stands for was looked up with the others");
        resolved.by_symbol.insert(symbol, instrument);
    }
    Ok(resolved)
}

/// What a symbol says, when it is that of a listed option.
pub(crate) fn option_symbol(symbol: &Symbol) -> Option<OccSymbol> {
    symbol.as_str().parse().ok()
}

/// Whether what is dated so would be booked on a session behind an option's last one. A holiday or a week-end between
/// that session and the expiration date is too late as well, since nothing can be traded on it.
pub(crate) fn is_after_expiry(ctx: &Context, date: Date, expiration: Date) -> bool {
    match ctx.calendar.on_or_after(date).zip(ctx.calendar.on_or_before(expiration)) {
        Some((session, last)) => session > last,
        None => date > expiration,
    }
}

/// A new instrument of which only the symbol is known.
pub(crate) fn unknown(ctx: &Context, symbol: &Symbol) -> Instrument {
    Instrument {
        id: InstrumentId(new_identity(ctx.clock.as_ref())),
        symbol: symbol.clone(),
        kind: if symbol.is_cash_like() { InstrumentKind::Private } else { InstrumentKind::Stock },
        currency: None,
        multiplier: 1,
        is_whole_unit: false,
        option: None,
    }
}
