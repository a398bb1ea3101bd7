//! From rows to events: keys, instruments, and what is in the books already.

use std::collections::{BTreeMap, BTreeSet};

use model::{Booking, Date, Event, EventKind, InstrumentId, InstrumentKind, Portfolio, Symbol};
use sha2::{Digest, Sha256};

use super::asset::{Class, booked_symbol, option_symbol};
use super::cells::Fault;
use super::report::{ImportReport, ReplacedAction, RowState};
use super::row::{Action, Entry, Row};
use super::{FileFormat, positions};
use crate::instruments::{self, Resolved};
use crate::onboarding::Inquiry;
use crate::portfolios::Bounds;
use crate::{AppError, Context};

/// What a row is refused for although its cells can be read: a symbol that contradicts its class or its terms.
pub fn check_symbols(row: &Row) -> Result<(), Fault> {
    let assets = row.entries.iter().filter_map(|entry| entry.action.asset());
    let refused = |(code, message)| Fault::new(row.class_column, code, message);
    assets.map(booked_symbol).try_for_each(|symbol| symbol.map(drop).map_err(refused))
}

/// What a row is refused for although it makes sense by itself: its class, its currency, its dates.
pub fn check_row(ctx: &Context, portfolio: &Portfolio, bounds: &Bounds, row: &Row) -> Result<(), Fault> {
    check_symbols(row)?;
    for entry in &row.entries {
        let Some(asset) = entry.action.asset() else { continue };
        let Class::Option(contract) = &asset.class else { continue };
        let option = option_symbol(&asset.symbol, contract)
            .map_err(|(code, message)| Fault::new(row.class_column, code, message))?;
        if instruments::is_after_expiry(ctx, entry.date, option.expiration) {
            let message =
                format!("{option} expired on {}; it cannot be traded after that", option.expiration);
            return Err(Fault::new(entry.date_column, "option_expired", message));
        }
        if matches!(entry.action, Action::Split(..)) {
            let message = format!("{option} is split with its underlying; write the split of that");
            return Err(Fault::new(row.class_column, "option_split", message));
        }
    }
    if let Some(currency) = row.currency.filter(|currency| *currency != portfolio.currency) {
        let message = format!(
            "the row is in {currency} and the portfolio in {}; import it into a portfolio in {currency}",
            portfolio.currency
        );
        return Err(Fault::new(row.currency_column, "currency_mismatch", message));
    }
    for entry in &row.entries {
        let checked = bounds.check(ctx, entry.date);
        checked.map_err(|error| Fault::new(entry.date_column, error.code(), error.to_string()))?;
    }
    Ok(())
}

/// What a row is refused for once its instruments are known: their kind and their currency.
pub fn check_instruments(portfolio: &Portfolio, resolved: &Resolved, row: &Row) -> Result<(), Fault> {
    for asset in row.entries.iter().filter_map(|entry| entry.action.asset()) {
        let known = resolved.by_symbol.get(&asset.symbol).map(|instrument| instrument.kind);
        if asset.class == Class::Private && known.is_some_and(|kind| kind != InstrumentKind::Private) {
            let message =
                format!("{} is known as a public symbol; give the private holding another", asset.symbol);
            return Err(Fault::new(row.class_column, "symbol_is_public", message));
        }
    }
    for symbol in &symbols(row).collect::<Vec<_>>() {
        let known = resolved.by_symbol.get(symbol).and_then(|instrument| instrument.currency);
        if let Some(currency) = known.filter(|currency| *currency != portfolio.currency) {
            let message = format!(
                "{symbol} is quoted in {currency} and the portfolio kept in {}; import it into a portfolio in \
                 {currency}",
                portfolio.currency
            );
            return Err(Fault::new(row.currency_column, "currency_mismatch", message));
        }
    }
    Ok(())
}

/// What a row is refused for once the providers were asked: a symbol that does not exist.
pub fn check_existence(inquiry: &Inquiry, resolved: &Resolved, row: &Row) -> Result<(), Fault> {
    match named(resolved, row).find_map(|(instrument, _)| inquiry.refusal(resolved, instrument)) {
        Some(message) => Err(Fault::new(row.symbol_column, "symbol_not_found", message)),
        None => Ok(()),
    }
}

/// The instruments a row is booked under, with the date of each.
pub fn named<'a>(resolved: &'a Resolved, row: &'a Row) -> impl Iterator<Item = (InstrumentId, Date)> + 'a {
    row.entries.iter().filter_map(|entry| {
        let symbol = booked_symbol(entry.action.asset()?).ok()?;
        Some((resolved.id(&symbol)?, entry.date))
    })
}

/// The symbols a row is booked under.
pub fn symbols(row: &Row) -> impl Iterator<Item = Symbol> + '_ {
    let assets = row.entries.iter().filter_map(|entry| entry.action.asset());
    assets.filter_map(|asset| booked_symbol(asset).ok())
}

/// The symbols of a row that stand for holdings nobody quotes.
pub fn private_symbols(row: &Row) -> impl Iterator<Item = Symbol> + '_ {
    let assets = row.entries.iter().filter_map(|entry| entry.action.asset());
    assets.filter(|asset| asset.class == Class::Private).map(|asset| asset.symbol.clone())
}

/// An event of a row before it has an identity.
pub struct Draft {
    pub row: usize,
    pub date: Date,
    pub booking: Booking,
    pub key: String,
    pub note: Option<String>,
}

/// The events of rows in file order. The key of an event is the broker's id of its row or, without one, the row's
/// content and how often that content stood in the file before, so that twins are two and a second import adds
/// nothing. A row whose id stood in the file before is a duplicate, or a fault when it says something else.
pub fn drafts(
    format: FileFormat,
    rows: &[(usize, Row)],
    resolved: &Resolved,
    report: &mut ImportReport,
) -> Vec<Draft> {
    let mut seen = BTreeMap::<String, u32>::new();
    let mut contents_by_id = BTreeMap::<&str, String>::new();
    let mut drafts = Vec::with_capacity(rows.len());
    for (at, row) in rows {
        let content = match format {
            FileFormat::Positions => positions::canonical(row),
            _ => row.canonical(),
        };
        let content = hash(content.as_bytes());
        let name = match &row.id {
            Some(id) => {
                if let Some(first) = contents_by_id.get(id.as_str()) {
                    report.rows[*at].state = repeated_id(row, id, *first == content);
                    continue;
                }
                contents_by_id.insert(id, content);
                format!("id-{id}")
            }
            None => {
                let occurrence = seen.entry(content.clone()).and_modify(|count| *count += 1).or_insert(1);
                format!("{content}-{occurrence}")
            }
        };
        for entry in &row.entries {
            let part = if entry.part.is_empty() { String::new() } else { format!("-{}", entry.part) };
            drafts.push(Draft {
                row: *at,
                date: entry.date,
                booking: booking(entry, resolved),
                key: format!("{format}-{name}{part}"),
                note: row.note.clone(),
            });
        }
    }
    drafts
}

fn repeated_id(row: &Row, id: &str, is_same: bool) -> RowState {
    if is_same {
        return RowState::Duplicate;
    }
    let message =
        format!("an earlier row of the file has the id {id:?} and says something else; give each its own");
    row.refused(Fault::new(row.class_column, "key_reused", message))
}

fn booking(entry: &Entry, resolved: &Resolved) -> Booking {
    let instrument = || {
        let symbol = entry.action.asset().and_then(|asset| booked_symbol(asset).ok());
        symbol.and_then(|symbol| resolved.id(&symbol)).expect("invariant: every symbol was resolved")
    };
    match &entry.action {
        Action::Deposit(amount) => Booking::Deposit { amount: *amount },
        Action::Withdrawal(amount) => Booking::Withdrawal { amount: *amount },
        Action::Fee(amount) => Booking::Fee { amount: *amount },
        Action::Interest(amount) => Booking::Interest { amount: *amount },
        Action::Fill(_, quantity, price, fee) => {
            Booking::Fill { instrument: instrument(), quantity: *quantity, price: *price, fee: *fee }
        }
        Action::Dividend(_, paid) => Booking::Dividend { instrument: instrument(), paid: *paid },
        Action::Mark(_, price) => Booking::Mark { instrument: instrument(), price: *price },
        Action::Split(_, ratio) => Booking::Split { instrument: instrument(), ratio: *ratio },
    }
}

/// Leaves out drafts that are in the books already. A row all of whose events are there is a duplicate; one whose
/// key belongs to an event of other content is refused.
pub fn leave_out_known(
    rows: &[(usize, Row)],
    drafts: Vec<Draft>,
    known: &BTreeMap<String, Event>,
    report: &mut ImportReport,
) -> Vec<Draft> {
    let differs = |draft: &Draft| {
        known.get(&draft.key).is_some_and(|event| event.date != draft.date || event.booking != draft.booking)
    };
    let refused: BTreeSet<usize> =
        drafts.iter().filter(|draft| differs(draft)).map(|draft| draft.row).collect();
    let by_place: BTreeMap<usize, &Row> = rows.iter().map(|(at, row)| (*at, row)).collect();
    for at in &refused {
        let row = by_place[at];
        let message = "an event of the portfolio has the key of this row and says something else; void that event, \
                       or take the row out";
        report.rows[*at].state = row.refused(Fault::new(row.class_column, "key_reused", message));
    }
    let touched: BTreeSet<usize> = drafts.iter().map(|draft| draft.row).collect();
    let is_new = |draft: &Draft| !known.contains_key(&draft.key) && !refused.contains(&draft.row);
    let fresh: Vec<Draft> = drafts.into_iter().filter(is_new).collect();
    let taken: BTreeSet<usize> = fresh.iter().map(|draft| draft.row).collect();
    for at in touched.difference(&taken).filter(|at| !refused.contains(at)) {
        report.rows[*at].state = RowState::Duplicate;
    }
    fresh
}

/// The automatic dividends and splits that new events take the place of.
///
/// # Errors
/// [`AppError::Store`].
pub async fn replaced_actions(
    ctx: &Context,
    portfolio: &Portfolio,
    resolved: &Resolved,
    new: &[Event],
) -> Result<Vec<ReplacedAction>, AppError> {
    let is_action = |event: &&Event| matches!(event.booking.kind(), EventKind::Dividend | EventKind::Split);
    let mut entered = BTreeMap::<InstrumentId, Vec<Event>>::new();
    for event in new.iter().filter(is_action) {
        entered
            .entry(event.booking.instrument().expect("invariant: it has one"))
            .or_default()
            .push(event.clone());
    }
    if entered.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<InstrumentId> = entered.keys().copied().collect();
    let automatic = store::actions::of_instruments(ctx.store()?, &ids).await?;
    let mut before = BTreeMap::<InstrumentId, Vec<Event>>::new();
    for event in store::events::all(ctx.store()?, portfolio.id).await? {
        if let Some(id) = event.booking.instrument().filter(|id| entered.contains_key(id))
            && is_action(&&event)
        {
            before.entry(id).or_default().push(event);
        }
    }
    let mut replaced = Vec::new();
    for (symbol, instrument) in &resolved.by_symbol {
        let id = instrument.id;
        let (Some(actions), Some(new)) = (automatic.get(&id), entered.remove(&id)) else { continue };
        let mut events = before.remove(&id).unwrap_or_default();
        let left = ledger::replaced_actions(actions, &events, id);
        events.extend(new);
        let after = ledger::replaced_actions(actions, &events, id);
        let told = |kind, ex_date| ReplacedAction { symbol: symbol.clone(), kind, ex_date };
        let splits = left_out(left.splits, &after.splits);
        replaced.extend(splits.into_iter().map(|split| told(EventKind::Split, split.ex_date)));
        let dividends = left_out(left.dividends, &after.dividends);
        replaced.extend(dividends.into_iter().map(|paid| told(EventKind::Dividend, paid.ex_date)));
    }
    Ok(replaced)
}

/// What is in `before` and, one for one, not in `after`, which is a part of it in the same order.
fn left_out<T: PartialEq>(before: Vec<T>, after: &[T]) -> Vec<T> {
    let mut after = after.iter().peekable();
    before.into_iter().filter(|action| after.next_if(|kept| *kept == action).is_none()).collect()
}

/// A hash of a content, as 32 hexadecimal digits.
pub fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
