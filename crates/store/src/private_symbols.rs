//! Symbols of private holdings, which are their owner's alone: what an owner calls things, and what changes hands.

use std::collections::BTreeMap;

use model::{Instrument, InstrumentId, InstrumentKind, Symbol};

use crate::store::Store;
use crate::stored::parse;
use crate::{Expect, Query, StoreError, Transaction, instruments};

/// The owner of the symbols that everybody goes by.
pub const EVERYBODY: &str = "";

crate::statements! {
    /// Instruments by what an owner calls them and by what everybody does.
    INSTRUMENTS_KNOWN_TO: "SELECT i.id, a.symbol, i.kind, i.currency, i.multiplier, i.is_whole_unit, \
            i.underlying_id, i.option_right, i.strike, i.expiration, a.owner, \
            CAST(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.instrument_id = i.id AND e.voided_at IS NULL) \
                THEN 1 ELSE 0 END AS BIGINT) \
        FROM instrument_alias a JOIN instrument i ON i.id = a.instrument_id \
        WHERE a.symbol IN {texts:$1} AND a.owner IN ('', $2) AND a.last_date IS NULL ORDER BY a.symbol, a.owner",
        params [text, text], columns [int, text, text, text?, int, int, int?, text?, int?, int?, text, int];
    /// Those of some instruments that active events of an owner name.
    INSTRUMENTS_NAMED_BY: "SELECT DISTINCT e.instrument_id FROM event e JOIN portfolio p ON p.id = e.portfolio_id \
        WHERE e.instrument_id IN {ids:$1} AND e.voided_at IS NULL AND p.owner = $2 ORDER BY e.instrument_id",
        params [int, text], columns [int];
    /// What owners hold in private under symbols that something else has as well: everybody, or an heir.
    PRIVATE_SHARED: "SELECT a.symbol, a.owner, a.instrument_id, o.owner, o.instrument_id FROM instrument_alias a \
        JOIN instrument_alias o ON o.symbol = a.symbol AND o.owner <> a.owner AND o.last_date IS NULL \
        WHERE a.owner IN ($1, $2) AND o.owner IN ('', $2) AND a.last_date IS NULL \
            AND (SELECT e.id FROM event e WHERE e.instrument_id = a.instrument_id LIMIT 1) IS NOT NULL \
        ORDER BY a.symbol, a.owner, o.owner",
        params [text, text], columns [text, text, int, text, int];
    /// The portfolios of an owner.
    PRIVATE_PORTFOLIOS: "SELECT id FROM portfolio WHERE owner = $1 ORDER BY id",
        params [text], columns [int];
    /// Counts the change of the events below, so that nothing is recorded of what was loaded before.
    PRIVATE_PORTFOLIOS_TOUCH: "UPDATE portfolio SET revision = revision + 1 WHERE id IN {ids:$1}",
        params [int], columns [];
    /// Has events of portfolios name what the heir calls the same in private.
    PRIVATE_EVENTS_MERGE: "UPDATE event SET instrument_id = (SELECT h.instrument_id FROM instrument_alias g \
                JOIN instrument_alias h ON h.symbol = g.symbol AND h.owner = $3 AND h.last_date IS NULL \
            WHERE g.instrument_id = event.instrument_id AND g.last_date IS NULL) \
        WHERE portfolio_id IN {ids:$1} AND instrument_id IN {ids:$2}",
        params [int, int, text], columns [];
    /// The same of positions.
    PRIVATE_POSITIONS_MERGE: "UPDATE position SET instrument_id = (SELECT h.instrument_id FROM instrument_alias g \
                JOIN instrument_alias h ON h.symbol = g.symbol AND h.owner = $3 AND h.last_date IS NULL \
            WHERE g.instrument_id = position.instrument_id AND g.last_date IS NULL) \
        WHERE portfolio_id IN {ids:$1} AND instrument_id IN {ids:$2}",
        params [int, int, text], columns [];
    /// Drops symbols under which no event names anything any more.
    PRIVATE_SYMBOLS_YIELD: "DELETE FROM instrument_alias WHERE instrument_id IN {ids:$1} AND owner = $2 \
        AND (SELECT e.id FROM event e WHERE e.instrument_id = instrument_alias.instrument_id LIMIT 1) IS NULL",
        params [int, text], columns [];
    /// Drops symbols that an owner has in private and no event names, where the heir has them too.
    PRIVATE_SYMBOLS_CLEAR: "DELETE FROM instrument_alias WHERE owner = $1 AND last_date IS NULL \
        AND symbol IN (SELECT h.symbol FROM instrument_alias h WHERE h.owner = $2 AND h.last_date IS NULL) \
        AND (SELECT e.id FROM event e WHERE e.instrument_id = instrument_alias.instrument_id LIMIT 1) IS NULL",
        params [text, text], columns [];
    /// Moves the symbols that an owner has in private to another.
    PRIVATE_SYMBOLS_GIVE: "UPDATE instrument_alias SET owner = $2 WHERE owner = $1",
        params [text, text], columns [];
    /// Drops the symbols that an owner has in private who is no more.
    PRIVATE_SYMBOLS_DROP: "DELETE FROM instrument_alias WHERE owner = $1",
        params [text], columns [];
}

/// Instruments by the symbols that an owner calls them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownTo {
    /// What the owner holds in private, or held.
    pub own: BTreeMap<Symbol, Instrument>,
    /// What the owner called so in private once, and no active event names any more.
    pub unused: BTreeMap<Symbol, Instrument>,
    /// What everybody calls so.
    pub public: BTreeMap<Symbol, Instrument>,
}

impl KnownTo {
    /// What the owner means by a symbol: what is held in private goes before what everybody calls so.
    pub fn get(&self, symbol: &Symbol) -> Option<&Instrument> {
        self.own.get(symbol).or_else(|| self.public.get(symbol))
    }
}

/// Instruments by symbol, as an owner knows them; unknown symbols are left out, and what others hold in private is unknown.
///
/// # Errors
/// [`StoreError`].
pub async fn known_to(store: &Store, owner: &str, symbols: &[Symbol]) -> Result<KnownTo, StoreError> {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    let query = Query::new(&INSTRUMENTS_KNOWN_TO, vec![symbols.into(), owner.into()]);
    let tables = store.load(vec![query]).await?;
    let mut known = KnownTo::default();
    let told = tables[0].text(10).iter().zip(tables[0].int(11));
    for (instrument, (owner, is_used)) in instruments::read(&tables[0])?.into_iter().zip(told) {
        let named = match (owner == EVERYBODY, *is_used != 0) {
            (true, _) => &mut known.public,
            (false, true) => &mut known.own,
            (false, false) => &mut known.unused,
        };
        named.insert(instrument.symbol.clone(), instrument);
    }
    Ok(known)
}

/// Whose symbol a new instrument goes by: a private holding by its owner's, everything else by everybody's.
pub(crate) fn owner_of<'a>(instrument: &Instrument, owner: &'a str) -> &'a str {
    let is_private = instrument.kind == InstrumentKind::Private && !instrument.symbol.is_cash_like();
    if is_private { owner } else { EVERYBODY }
}

/// Those of some instruments that active events of an owner name.
///
/// # Errors
/// [`StoreError`].
pub async fn named_by(
    store: &Store,
    owner: &str,
    instruments: &[InstrumentId],
) -> Result<Vec<InstrumentId>, StoreError> {
    let ids: Vec<i64> = instruments.iter().map(|id| id.0).collect();
    let query = Query::new(&INSTRUMENTS_NAMED_BY, vec![ids.into(), owner.into()]);
    Ok(store.load(vec![query]).await?[0].int(0).iter().map(|id| InstrumentId(*id)).collect())
}

/// What is to be known of an owner's private holdings before they go to an heir.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handover {
    /// Symbols that one of the two has in private while the other's books name what everybody calls so: put together, they
    /// would mean two things.
    pub collisions: Vec<Symbol>,
    /// The owner's portfolios.
    portfolios: Vec<i64>,
    /// What the owner holds that the heir calls the same in private.
    shared: Vec<i64>,
}

/// What is to be known of an owner's private holdings before they go to an heir.
///
/// # Errors
/// [`StoreError`].
pub async fn handover(store: &Store, from: &str, to: &str) -> Result<Handover, StoreError> {
    let queries = vec![
        Query::new(&PRIVATE_SHARED, vec![from.into(), to.into()]),
        Query::new(&PRIVATE_PORTFOLIOS, vec![from.into()]),
    ];
    let tables = store.load(queries).await?;
    let shared = &tables[0];
    let mut found = Handover { portfolios: tables[1].int(0).to_vec(), ..Handover::default() };
    let mut public = BTreeMap::<&str, Vec<(i64, &str)>>::new();
    for row in 0..shared.len() {
        let (owner, other) = (shared.text(1)[row].as_str(), shared.text(3)[row].as_str());
        if other == EVERYBODY {
            let heard_of_by = if owner == from { to } else { from };
            public.entry(heard_of_by).or_default().push((shared.int(4)[row], &shared.text(0)[row]));
        } else {
            found.shared.push(shared.int(2)[row]);
        }
    }
    let queries = public.iter().map(|(owner, known)| {
        let ids: Vec<i64> = known.iter().map(|(id, _)| *id).collect();
        Query::new(&INSTRUMENTS_NAMED_BY, vec![ids.into(), (*owner).into()])
    });
    for (known, named) in public.values().zip(store.load(queries.collect()).await?) {
        for (_, symbol) in known.iter().filter(|(id, _)| named.int(0).contains(id)) {
            found.collisions.push(parse("symbol", symbol)?);
        }
    }
    found.collisions.sort();
    Ok(found)
}

/// Moves what an owner holds in private to an heir. What both call the same is one thing then. The transaction fails with
/// [`StoreError::Guard`] when the owner entered something under such a symbol meanwhile.
pub(crate) fn give_all(tx: &mut Transaction, from: &str, to: &str, handover: &Handover) {
    let Handover { portfolios, shared, .. } = handover;
    if !shared.is_empty() {
        tx.push(&PRIVATE_PORTFOLIOS_TOUCH, vec![portfolios.clone().into()], Expect::Any);
        for statement in [&PRIVATE_EVENTS_MERGE, &PRIVATE_POSITIONS_MERGE] {
            let values = vec![portfolios.clone().into(), shared.clone().into(), to.into()];
            tx.push(statement, values, Expect::Any);
        }
        let count = shared.len() as u64;
        tx.push(&PRIVATE_SYMBOLS_YIELD, vec![shared.clone().into(), from.into()], Expect::Exactly(count));
    }
    for statement in [&PRIVATE_SYMBOLS_CLEAR, &PRIVATE_SYMBOLS_GIVE] {
        tx.push(statement, vec![from.into(), to.into()], Expect::Any);
    }
}

/// Drops the symbols that an owner has in private who owns nothing any more.
pub(crate) fn drop_all(tx: &mut Transaction, owner: &str) {
    tx.push(&PRIVATE_SYMBOLS_DROP, vec![owner.into()], Expect::Any);
}
