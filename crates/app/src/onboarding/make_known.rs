//! The work on one symbol: prices, risk figures, a place in the universe, and the refresh of whoever holds it.

use market::{Denial, ProviderError, Urgency};
use model::{Date, Instrument, Symbol};
use store::change::Change;
use store::{StoreError, Transaction};

use super::{figures, holders, validate};
use crate::context::pause;
use crate::fetch::{FetchFailure, FetchOutcome, FetchRequest, fetch};
use crate::jobs::JobState;
use crate::{AppError, Context};

/// The scope of a change of the universe.
const SCOPE_UNIVERSE: &str = "universe";

/// What came of the work on one symbol.
#[derive(Clone, Debug)]
pub struct KnownSymbol {
    /// The symbol.
    pub symbol: Symbol,
    /// The risk figures that are absent, each with its reason; or why the symbol could not be made known.
    pub absent: Result<Vec<(String, String)>, FetchFailure>,
}

/// Makes a symbol known: a year of its prices or more, back to the first entry of a holder, its risk figures as far as
/// they can be had, and its place in the universe. Whoever holds it is computed anew by a refresh. When the symbol does
/// not exist, its holders are computed without its prices.
///
/// # Errors
/// [`AppError::Store`] and what the work of a job can meet; what the providers say is a result.
pub async fn make_known(ctx: &Context, symbol: &Symbol, from: Option<Date>) -> Result<KnownSymbol, AppError> {
    let holders = store::onboarding::holders(ctx.store()?, std::slice::from_ref(symbol)).await?;
    let entry = holders.iter().map(|holder| holder.first).chain(from).min();
    let request = validate::request(ctx, symbol, entry.unwrap_or_else(|| ctx.clock.now().utc_date()))?;
    let fetched = fetch_prices(ctx, request).await?;
    ctx.check_going_on()?;
    let absent = match (fetched, priced(ctx, symbol).await?) {
        (Ok(()), Some(instrument)) => {
            if let Some(guard) = &ctx.guard {
                guard.advance(ctx.store()?, ctx.clock.as_ref(), JobState::Running).await?;
                guard.begin_phase("analytics", ctx.clock.now());
            }
            let measured = figures::measure(ctx, symbol, instrument.id).await?;
            Ok((instrument, measured))
        }
        (Ok(()), None) => Err(FetchFailure::no_prices()),
        (Err(failure), _) => Err(failure),
    };
    record(ctx, symbol, &absent).await?;
    match &absent {
        Ok((_, measured)) => tracing::info!(%symbol, absent = measured.absent.len(), "symbol_made_known"),
        Err(failure) => tracing::warn!(%symbol, code = failure.code, "symbol_not_made_known"),
    }
    Ok(KnownSymbol { symbol: symbol.clone(), absent: absent.map(|(_, measured)| measured.absent) })
}

/// The instrument of a symbol, when any price of it is held.
async fn priced(ctx: &Context, symbol: &Symbol) -> Result<Option<Instrument>, AppError> {
    let store = ctx.store()?;
    let found = store::instruments::by_symbol(store, std::slice::from_ref(symbol)).await?.pop();
    let Some(instrument) = found else { return Ok(None) };
    let end = ctx.calendar.last().plus_days(1);
    let newest = store::closes::newest_before(store, &[instrument.id], end).await?;
    Ok(newest.map(|_| instrument))
}

/// Fetches the prices of a symbol. That a provider was down some time ago is no answer; that the symbol does not exist,
/// and that a provider wants to be left alone, is.
async fn fetch_prices(ctx: &Context, request: FetchRequest) -> Result<Result<(), FetchFailure>, AppError> {
    let request = FetchRequest { urgency: Urgency::Background, ..request };
    let outcome = fetch_one(ctx, request.clone()).await?;
    let outcome = match &outcome.result {
        Err(failure) if is_worth_asking(failure) => {
            fetch_one(ctx, FetchRequest { is_forced: true, ..request }).await?
        }
        _ => outcome,
    };
    Ok(outcome.result.map(drop))
}

/// Whether a provider that was not asked now may have more to say than what it said earlier.
fn is_worth_asking(failure: &FetchFailure) -> bool {
    let is_over = |denial: &Denial| {
        denial.rests_until.is_some()
            && !matches!(denial.error, ProviderError::NotFound | ProviderError::RateLimited { .. })
    };
    !failure.is_not_found() && failure.denials.iter().any(is_over)
}

async fn fetch_one(ctx: &Context, request: FetchRequest) -> Result<FetchOutcome, AppError> {
    Ok(fetch(ctx, vec![request]).await?.remove(0))
}

/// What is to be recorded of a symbol: its instrument with its figures, or why there is nothing.
type Found = Result<(Instrument, figures::Measured), FetchFailure>;

/// Takes the symbol into the universe, and has whoever holds it refreshed. A symbol that has no price at all stays out.
async fn record(ctx: &Context, symbol: &Symbol, found: &Found) -> Result<(), AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let mut tx = Transaction::new();
        if let Ok((instrument, measured)) = found {
            let now = ctx.clock.now();
            store::universe::enter_measured(&mut tx, instrument.id, &measured.absent, now);
            if let Some(risk) = &measured.stored {
                store::risks::upsert_symbols(&mut tx, std::slice::from_ref(risk));
            }
            store::change::append(&mut tx, &[entered(instrument, now.utc_date())]);
        }
        holders::refresh(ctx, &mut tx, symbol).await?;
        if tx.is_empty() {
            return Ok(());
        }
        match ctx.record(tx).await {
            Ok(_) => return Ok(()),
            Err(AppError::Store(StoreError::Guard { .. } | StoreError::Constraint { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AppError::Conflict { what: format!("symbol {symbol}") })
}

/// Tells every process that the universe has another instrument; no figure follows from that alone.
fn entered(instrument: &Instrument, today: Date) -> Change {
    Change {
        seq: 0,
        scope: SCOPE_UNIVERSE.to_owned(),
        scope_id: instrument.id.0,
        first_session: i64::from(today.epoch_days()),
    }
}
