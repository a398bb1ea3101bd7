//! Symbols that an owner's files call otherwise than the market does.

use std::collections::BTreeMap;

use model::{Symbol, Timestamp};

use crate::store::Store;
use crate::stored::parse;
use crate::{Expect, Query, StoreError, Transaction};

crate::statements! {
    /// What symbols of an owner stand for.
    MAPPINGS_OF: "SELECT symbol, target FROM symbol_mapping WHERE owner = $1 AND symbol IN {texts:$2} ORDER BY symbol",
        params [text, text], columns [text, text];
    /// Everything that symbols of an owner stand for.
    MAPPINGS_ALL: "SELECT symbol, target FROM symbol_mapping WHERE owner = $1 ORDER BY symbol",
        params [text], columns [text, text];
    /// Has a symbol of an owner stand for another.
    MAPPING_SET: "INSERT INTO symbol_mapping (owner, symbol, target, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (owner, symbol) DO UPDATE SET target = excluded.target",
        params [text, text, text, int], columns [];
}

/// What symbols of an owner stand for, where they stand for another.
///
/// # Errors
/// [`StoreError`].
pub async fn of_symbols(
    store: &Store,
    owner: &str,
    symbols: &[Symbol],
) -> Result<BTreeMap<Symbol, Symbol>, StoreError> {
    let symbols: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    read(store, Query::new(&MAPPINGS_OF, vec![owner.into(), symbols.into()])).await
}

/// Everything that symbols of an owner stand for.
///
/// # Errors
/// [`StoreError`].
pub async fn all(store: &Store, owner: &str) -> Result<BTreeMap<Symbol, Symbol>, StoreError> {
    read(store, Query::new(&MAPPINGS_ALL, vec![owner.into()])).await
}

async fn read(store: &Store, query: Query) -> Result<BTreeMap<Symbol, Symbol>, StoreError> {
    let tables = store.load(vec![query]).await?;
    let rows = tables[0].text(0).iter().zip(tables[0].text(1));
    rows.map(|(symbol, target)| Ok((parse("symbol", symbol)?, parse("symbol", target)?))).collect()
}

/// Has a symbol of an owner stand for another.
pub fn set(tx: &mut Transaction, owner: &str, symbol: &Symbol, target: &Symbol, now: Timestamp) {
    let values =
        vec![owner.into(), symbol.as_str().into(), target.as_str().into(), now.epoch_micros().into()];
    tx.push(&MAPPING_SET, values, Expect::Exactly(1));
}
