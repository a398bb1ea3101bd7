//! Finding instruments by symbol, and making those nobody has met yet.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Date, Event, Instrument, InstrumentId, InstrumentKind, OPTION_MULTIPLIER, OccSymbol, OptionTerms, Symbol,
};

use store::private_symbols::{self, KnownTo};

use crate::context::new_identity;
use crate::{AppError, Context};

/// Instruments by symbol: those known, and new ones for the others.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub by_symbol: BTreeMap<Symbol, Instrument>,
    /// What options among them are on.
    pub underlyings: BTreeMap<Symbol, Instrument>,
    /// Those that are not stored yet.
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

/// Looks symbols up as the owner means them, those that stand for another as that one, and makes an instrument for each
/// unknown one: an option when the symbol is one of a listed option (its underlying is looked up or made as well), a private
/// holding when it is among `private` or cash-like, else a stock of unknown currency, until a provider tells more. The new
/// ones are stored by the caller's transaction.
pub(crate) async fn resolve(
    ctx: &Context,
    symbols: &[Symbol],
    private: &BTreeSet<Symbol>,
) -> Result<Resolved, AppError> {
    let mapped = stood_for(ctx, symbols).await?;
    let wanted: BTreeSet<&Symbol> =
        symbols.iter().map(|symbol| mapped.get(symbol).unwrap_or(symbol)).collect();
    let options: Vec<OccSymbol> = wanted.iter().filter_map(|symbol| option_symbol(symbol)).collect();
    let sought: BTreeSet<&Symbol> =
        wanted.iter().copied().chain(options.iter().map(|option| &option.root)).collect();
    let sought: Vec<Symbol> = sought.into_iter().cloned().collect();
    let known = private_symbols::known_to(ctx.store()?, &ctx.owner, &sought).await?;
    let meant = meant(ctx, &known, &wanted, private).await?;
    let KnownTo { mut public, .. } = known;
    let mut resolved = Resolved::default();
    for symbol in wanted.iter().copied().filter(|symbol| option_symbol(symbol).is_none()) {
        let instrument = meant.get(symbol).cloned().unwrap_or_else(|| {
            let mut new = unknown(ctx, symbol);
            match private.contains(symbol) {
                true => new.kind = InstrumentKind::Private,
                false => drop(public.insert(symbol.clone(), new.clone())),
            }
            resolved.new.push(new.clone());
            new
        });
        resolved.by_symbol.insert(symbol.clone(), instrument);
    }
    // What is listed is on what everybody knows, whatever the owner calls the same in private.
    for OccSymbol { root, .. } in &options {
        let underlying = public.entry(root.clone()).or_insert_with(|| {
            let new = unknown(ctx, root);
            resolved.new.push(new.clone());
            new
        });
        resolved.underlyings.insert(root.clone(), underlying.clone());
    }
    for option in options {
        let symbol = option.symbol();
        let instrument = public.remove(&symbol).unwrap_or_else(|| {
            let new = new_option(ctx, &option, &resolved.underlyings[&option.root]);
            resolved.new.push(new.clone());
            new
        });
        resolved.by_symbol.insert(symbol, instrument);
    }
    for (symbol, target) in mapped {
        let instrument = resolved.by_symbol.get(&target).cloned();
        let instrument =
            instrument.expect("invariant: what a symbol stands for was looked up with the others");
        resolved.by_symbol.insert(symbol, instrument);
    }
    Ok(resolved)
}

/// What symbols of the owner stand for. An option on one that stands for another is that option on the other.
async fn stood_for(ctx: &Context, symbols: &[Symbol]) -> Result<BTreeMap<Symbol, Symbol>, AppError> {
    let options: Vec<(&Symbol, OccSymbol)> =
        symbols.iter().filter_map(|symbol| Some((symbol, option_symbol(symbol)?))).collect();
    let roots = options.iter().map(|(_, option)| option.root.clone());
    let asked: Vec<Symbol> = symbols.iter().cloned().chain(roots).collect();
    let stored = store::mappings::of_symbols(ctx.store()?, &ctx.owner, &asked).await?;
    let mut mapped: BTreeMap<Symbol, Symbol> =
        symbols.iter().filter_map(|symbol| Some((symbol.clone(), stored.get(symbol)?.clone()))).collect();
    for (symbol, option) in options {
        if let Some(target) = stored.get(&option.root) {
            mapped.insert(symbol.clone(), on_other(&option, target)?);
        }
    }
    Ok(mapped)
}

/// The symbol of an option on another underlying.
///
/// # Errors
/// [`AppError::Invalid`] when no option symbol begins like that.
pub(crate) fn on_other(option: &OccSymbol, root: &Symbol) -> Result<Symbol, AppError> {
    let other = OccSymbol::new(root.clone(), option.expiration, option.right, option.strike);
    other.map(|other| other.symbol()).ok_or_else(|| AppError::Invalid {
        field: "symbol",
        message: format!(
            "{option} is an option on {}, which stands for {root}, and no option symbol begins so; void the events of \
             the option, or have the symbol stand for one of up to six letters and digits",
            option.root
        ),
    })
}

/// What the owner means by symbols that are known: what is held in private while anything of that is in the books, else what
/// everybody calls so. A symbol that is to be private means what everybody calls so when the books name that or prices of it
/// are kept; whoever asked refuses it then.
async fn meant(
    ctx: &Context,
    known: &KnownTo,
    wanted: &BTreeSet<&Symbol>,
    private: &BTreeSet<Symbol>,
) -> Result<BTreeMap<Symbol, Instrument>, AppError> {
    let doubtful: Vec<InstrumentId> = private
        .iter()
        .filter(|symbol| !known.own.contains_key(*symbol))
        .filter_map(|symbol| Some(known.public.get(symbol)?.id))
        .collect();
    let (mut named, mut members) = (BTreeSet::new(), BTreeMap::new());
    if !doubtful.is_empty() {
        let store = ctx.store()?;
        named.extend(private_symbols::named_by(store, &ctx.owner, &doubtful).await?);
        members = store::universe::of_instruments(store, &doubtful).await?;
    }
    let is_public = |instrument: &&Instrument| {
        named.contains(&instrument.id)
            || members.contains_key(&instrument.id)
            || instrument.kind == InstrumentKind::Private
    };
    let choose = |symbol: &Symbol| {
        let (own, public) = (known.own.get(symbol), known.public.get(symbol));
        let chosen = match private.contains(symbol) {
            true => own.or(public.filter(is_public)).or(known.unused.get(symbol)),
            false => own.or(public),
        };
        Some((symbol.clone(), chosen?.clone()))
    };
    Ok(wanted.iter().filter_map(|symbol| choose(symbol)).collect())
}

/// A listed option that nobody has met.
fn new_option(ctx: &Context, option: &OccSymbol, underlying: &Instrument) -> Instrument {
    Instrument {
        kind: InstrumentKind::Option,
        multiplier: OPTION_MULTIPLIER,
        option: Some(OptionTerms {
            underlying: underlying.id,
            right: option.right,
            strike: option.strike,
            expiration: option.expiration,
        }),
        ..unknown(ctx, &option.symbol())
    }
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
