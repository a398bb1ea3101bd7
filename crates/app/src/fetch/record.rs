//! Recording what providers answered: what is new of it, in one transaction.

use std::collections::BTreeMap;

use market::{Answered, ChainFailure, History, HistoryAnswer, Reconciled, Source};
use model::{Actions, Bars, Date, InstrumentId, Symbol, Timestamp};
use store::actions::ActionsByInstrument;
use store::bars::BarsByInstrument;
use store::change::Change;
use store::fetches::{self, Failure, FetchState, Fetched, Restatement};
use store::{StoreError, Transaction};

use super::{FetchOutcome, FetchSummary, Instruments};
use crate::context::pause;
use crate::{AppError, Context};

/// The scope of a change of an instrument's bars or corporate actions.
pub const SCOPE_INSTRUMENT: &str = "instrument";

/// What is stored of the symbols of a fetch.
pub struct Known {
    instruments: Instruments,
    state: FetchState,
}

impl Known {
    /// The stamp of the newest answer about a symbol.
    pub fn stamp(&self, symbol: &Symbol) -> Option<String> {
        let id = self.instruments.get(symbol)?.id;
        self.state.fetched.get(&(id, Source::Files.code()))?.stamp.clone()
    }
}

/// Loads what is stored of symbols.
pub async fn load_known(ctx: &Context, symbols: &[Symbol]) -> Result<Known, AppError> {
    let store = ctx.store()?;
    let found = store::instruments::by_symbol(store, symbols).await?;
    let ids: Vec<InstrumentId> = found.iter().map(|instrument| instrument.id).collect();
    let state = fetches::state(store, &ids).await?;
    let instruments = found.into_iter().map(|found| (found.symbol.clone(), found)).collect();
    Ok(Known { instruments, state })
}

/// Records answers and tells what each of them changed. A transaction that loses a race for a new symbol is made
/// again from what is stored then.
pub async fn record(
    ctx: &Context,
    symbols: &[Symbol],
    known: &Known,
    answers: BTreeMap<Symbol, Result<Answered, ChainFailure>>,
) -> Result<Vec<FetchOutcome>, AppError> {
    // A source that says nothing changed has answered, so a failure that is still on record is over.
    let recovered: Vec<InstrumentId> = known
        .state
        .failures
        .keys()
        .copied()
        .filter(|failed| {
            let found = known.instruments.values().find(|instrument| instrument.id == *failed);
            found.and_then(|instrument| answers.get(&instrument.symbol)).is_some_and(Result::is_ok)
        })
        .collect();
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let (mut tx, outcomes) = prepare(ctx, symbols, &answers).await?;
        if !recovered.is_empty() {
            fetches::recovered(&mut tx, &recovered);
        }
        if tx.is_empty() {
            return Ok(outcomes);
        }
        match ctx.store()?.record(tx).await {
            Ok(_) => return Ok(outcomes),
            Err(StoreError::Constraint { .. } | StoreError::Guard { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: "market data".to_owned() })
}

/// Everything one answer changes.
struct Changes {
    instrument: InstrumentId,
    source: Source,
    stamp: Option<String>,
    bars: Reconciled,
    actions: Option<Actions>,
    first_session: Option<Date>,
}

async fn prepare(
    ctx: &Context,
    symbols: &[Symbol],
    answers: &BTreeMap<Symbol, Result<Answered, ChainFailure>>,
) -> Result<(Transaction, Vec<FetchOutcome>), AppError> {
    let now = ctx.clock.now();
    let store = ctx.store()?;
    let mut instruments: Instruments = store::instruments::by_symbol(store, symbols)
        .await?
        .into_iter()
        .map(|found| (found.symbol.clone(), found))
        .collect();
    let mut new = Vec::new();
    for symbol in symbols {
        let has_history = answers.get(symbol).and_then(|answer| answer.as_ref().ok()).is_some();
        if has_history && !instruments.contains_key(symbol) {
            let instrument = crate::instruments::unknown(ctx, symbol);
            new.push(instrument.clone());
            instruments.insert(symbol.clone(), instrument);
        }
    }
    let stored = load_stored(ctx, &instruments, answers).await?;
    let (mut changes, mut failures, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for symbol in symbols {
        let Some(answer) = answers.get(symbol) else { continue };
        let provider_calls = match answer {
            Ok(answered) => u64::from(answered.provider_calls),
            Err(failure) => failure.errors.len() as u64,
        };
        let id = instruments.get(symbol).map(|instrument| instrument.id);
        let result = match (answer, id) {
            (Ok(answered), Some(id)) => Ok(compare(answered, id, &stored, &mut changes)),
            (Ok(_), None) => unreachable!("invariant: an answered symbol has its instrument"),
            (Err(failure), id) => {
                failures.extend(id.map(|id| describe_failure(id, failure, now)));
                Err(failure.clone())
            }
        };
        outcomes.push(FetchOutcome { symbol: symbol.clone(), provider_calls, result });
    }
    failures.retain(|failure| {
        stored.state.failures.get(&failure.instrument).is_none_or(|known| {
            (&known.code, &known.message, known.retry_at)
                != (&failure.code, &failure.message, failure.retry_at)
        })
    });
    let mut tx = Transaction::new();
    if !new.is_empty() {
        store::instruments::insert(&mut tx, &new, now);
    }
    write(&mut tx, changes, failures, now);
    Ok((tx, outcomes))
}

/// What is stored of the instruments whose history came in.
#[derive(Default)]
struct Stored {
    bars: BTreeMap<Source, BarsByInstrument>,
    actions: ActionsByInstrument,
    state: FetchState,
}

async fn load_stored(
    ctx: &Context,
    instruments: &Instruments,
    answers: &BTreeMap<Symbol, Result<Answered, ChainFailure>>,
) -> Result<Stored, AppError> {
    let store = ctx.store()?;
    let mut by_source = BTreeMap::<Source, Vec<InstrumentId>>::new();
    let mut failed = Vec::new();
    for (symbol, answer) in answers {
        let Some(instrument) = instruments.get(symbol) else { continue };
        match answer {
            Ok(Answered { source, answer: HistoryAnswer::History(_), .. }) => {
                by_source.entry(*source).or_default().push(instrument.id);
            }
            Ok(_) => {}
            Err(_) => failed.push(instrument.id),
        }
    }
    let mut stored = Stored::default();
    if !failed.is_empty() {
        stored.state = fetches::state(store, &failed).await?;
    }
    for (source, ids) in &by_source {
        let bars = store::bars::of_source(store, ids, source.code()).await?;
        stored.bars.insert(*source, bars);
        stored.actions.extend(store::actions::of_instruments(store, ids).await?);
    }
    Ok(stored)
}

/// Compares one answer with what is stored, and keeps what it changes.
fn compare(
    answered: &Answered,
    instrument: InstrumentId,
    stored: &Stored,
    changes: &mut Vec<Changes>,
) -> FetchSummary {
    let mut summary = FetchSummary { source: Some(answered.source), ..FetchSummary::default() };
    let HistoryAnswer::History(history) = &answered.answer else {
        summary.is_unchanged = true;
        return summary;
    };
    let History { bars, actions, refused, refused_count, stamp, is_whole, .. } = history.as_ref();
    let none = (Bars::default(), Actions::default());
    let old_bars =
        stored.bars.get(&answered.source).and_then(|bars| bars.get(&instrument)).unwrap_or(&none.0);
    let old_actions = stored.actions.get(&instrument).unwrap_or(&none.1);
    let reconciled = market::reconcile(old_bars, bars, *is_whole);
    summary.written_count = reconciled.write.len();
    summary.removed_count = reconciled.remove.len();
    summary.restated_count = reconciled.restated.len();
    summary.refused = refused.clone();
    summary.refused_count = *refused_count;
    let moves = market::large_moves(bars, &actions.splits);
    summary.large_moves =
        moves.into_iter().filter(|session| reconciled.write.position(*session).is_some()).collect();
    let changed_action = first_difference(old_actions, actions);
    changes.push(Changes {
        instrument,
        source: answered.source,
        stamp: stamp.clone(),
        first_session: reconciled.first_session().into_iter().chain(changed_action).min(),
        actions: changed_action.map(|_| actions.clone()),
        bars: reconciled,
    });
    summary
}

/// The first ex-date on which two sets of corporate actions differ.
fn first_difference(old: &Actions, new: &Actions) -> Option<Date> {
    let splits = old.splits.iter().filter(|split| !new.splits.contains(split));
    let splits = splits.chain(new.splits.iter().filter(|split| !old.splits.contains(split)));
    let dividends = old.dividends.iter().filter(|paid| !new.dividends.contains(paid));
    let dividends = dividends.chain(new.dividends.iter().filter(|paid| !old.dividends.contains(paid)));
    let first = splits.map(|split| split.ex_date).chain(dividends.map(|paid| paid.ex_date)).min();
    // The same payment may stand twice on one ex-date, which only the number of payments tells.
    first.or_else(|| {
        let same = old.dividends.len() == new.dividends.len() && old.splits.len() == new.splits.len();
        let dates = |actions: &Actions| {
            let splits = actions.splits.first().map(|split| split.ex_date);
            splits.into_iter().chain(actions.dividends.first().map(|paid| paid.ex_date)).min()
        };
        if same { None } else { dates(old).into_iter().chain(dates(new)).min() }
    })
}

fn describe_failure(instrument: InstrumentId, failure: &ChainFailure, now: Timestamp) -> Failure {
    Failure {
        instrument,
        code: failure.code().to_owned(),
        message: failure.to_string(),
        failed_at: now,
        // A folder of files is looked at again whenever somebody asks.
        retry_at: None,
    }
}

fn write(tx: &mut Transaction, changes: Vec<Changes>, failures: Vec<Failure>, now: Timestamp) {
    let mut by_source = BTreeMap::<Source, Vec<Changes>>::new();
    for change in changes {
        by_source.entry(change.source).or_default().push(change);
    }
    let (mut answers, mut restated, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (source, changes) in by_source {
        let (mut bars, mut removed, mut actions) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            let instrument = change.instrument;
            answers.push(Fetched { instrument, source: source.code(), stamp: change.stamp, fetched_at: now });
            restated.extend(change.bars.restated.iter().map(|entry| Restatement {
                instrument,
                session: entry.session,
                field: entry.field.as_str().to_owned(),
                restated_at: now,
                old: entry.old,
                new: entry.new,
                source: source.code(),
            }));
            removed.extend(change.bars.remove.iter().map(|session| (instrument, *session)));
            actions.extend(change.actions.map(|actions| (instrument, actions)));
            changed.extend(change.first_session.map(|session| Change {
                seq: 0,
                scope: SCOPE_INSTRUMENT.to_owned(),
                scope_id: instrument.0,
                first_session: i64::from(session.epoch_days()),
            }));
            bars.push((instrument, change.bars.write));
        }
        store::bars::upsert(tx, &bars, source.code());
        store::bars::delete(tx, &removed);
        if !actions.is_empty() {
            store::actions::replace(tx, &actions, source.code());
        }
    }
    if !answers.is_empty() {
        fetches::answered(tx, &answers);
        fetches::restated(tx, &restated);
    }
    if !failures.is_empty() {
        fetches::failed(tx, &failures);
    }
    if !changed.is_empty() {
        store::change::append(tx, &changed);
    }
}
