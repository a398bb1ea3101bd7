//! Reading the prices of one symbol, fetching what is missing first.

use market::{Coverage, Freshness, HistoryAnswer, HistoryRequest, Source, Urgency};
use model::{Actions, Bars, Date, MarketState, SETTLE_DELAY_S_DEFAULT, Symbol};
use quant::{AdjustedBars, Adjustment};

use crate::fetch::{FetchRequest, FetchSummary, fetch};
use crate::{AppError, Context};

/// Without dates, so many days before today are meant.
const DAYS_DEFAULT: i32 = 365;

/// A question for prices.
#[derive(Clone, Debug)]
pub struct PricesRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// First date; 365 days before the last when absent.
    pub from: Option<Date>,
    /// Last date; today when absent.
    pub to: Option<Date>,
    /// What the prices are adjusted for, as of the last date.
    pub adjustment: Adjustment,
    /// Whether to fetch even when the cache holds everything.
    pub is_forced: bool,
}

/// Prices, and where they came from.
#[derive(Clone, Debug)]
pub struct PricesAnswer {
    /// The symbol.
    pub symbol: Symbol,
    /// First date asked for.
    pub from: Date,
    /// Last date asked for; adjusted prices are as of it.
    pub to: Date,
    /// Bars as traded.
    pub bars: Bars,
    /// All splits and dividends known of the symbol.
    pub actions: Actions,
    /// What `adjusted` is adjusted for.
    pub adjustment: Adjustment,
    /// The bars adjusted as asked.
    pub adjusted: AdjustedBars,
    /// Who the bars came from.
    pub source: Option<Source>,
    /// Whether they were in the cache already.
    pub is_cached: bool,
    /// Why the cache did or did not serve.
    pub reason: Freshness,
    /// The exchange's state.
    pub market_state: MarketState,
    /// Sessions in the range that are complete and have no bar.
    pub missing: Vec<Date>,
    /// What fetching changed, when there was a fetch.
    pub fetched: Option<FetchSummary>,
}

/// Reads the prices of a symbol through the cache.
///
/// # Errors
/// [`AppError::Invalid`] for a range that is none, [`AppError::Fetch`] when nothing is known of the symbol,
/// [`AppError::Unadjustable`] when a dividend of it cannot be what it says.
pub async fn prices(ctx: &Context, request: &PricesRequest) -> Result<PricesAnswer, AppError> {
    let now = ctx.clock.now();
    let to = request.to.unwrap_or(now.utc_date());
    let from = request.from.unwrap_or(to.plus_days(-DAYS_DEFAULT));
    check_range(ctx, from, to)?;
    let mut answer = PricesAnswer {
        symbol: request.symbol.clone(),
        from,
        to,
        bars: Bars::default(),
        actions: Actions::default(),
        adjustment: request.adjustment,
        adjusted: AdjustedBars::default(),
        source: None,
        is_cached: false,
        reason: Freshness::NeverFetched,
        market_state: ctx.calendar.market_state(now),
        missing: Vec::new(),
        fetched: None,
    };
    if ctx.store.is_none() {
        pass_through(ctx, &mut answer).await?;
    } else {
        read_through(ctx, request, &mut answer).await?;
    }
    answer.missing = missing(ctx, &answer);
    answer.adjusted = quant::adjusted(&answer.bars, &answer.actions, request.adjustment, to)
        .map_err(|source| AppError::Unadjustable { symbol: answer.symbol.clone(), source })?;
    Ok(answer)
}

/// Refuses a range that ends before it begins, and one that the exchange calendar knows nothing of.
pub(crate) fn check_range(ctx: &Context, from: Date, to: Date) -> Result<(), AppError> {
    if from > to {
        let message = format!("the range begins on {from} and ends before, on {to}");
        return Err(AppError::Invalid { field: "from", message });
    }
    let outside = [(to, to < ctx.calendar.first()), (from, from > ctx.calendar.last())];
    match outside.into_iter().find(|(_, is_outside)| *is_outside) {
        Some((date, _)) => Err(crate::portfolios::outside_calendar(ctx, date)),
        None => Ok(()),
    }
}

/// Asks the providers and keeps nothing.
async fn pass_through(ctx: &Context, answer: &mut PricesAnswer) -> Result<(), AppError> {
    let question = HistoryRequest {
        symbol: answer.symbol.clone(),
        first: answer.from,
        last: answer.to,
        as_of: ctx.clock.now(),
        urgency: Urgency::Interactive,
        known_stamp: None,
    };
    let answered = ctx.chain.fetch_history(&question).await;
    let answered = answered.map_err(|source| AppError::Fetch { symbol: answer.symbol.clone(), source })?;
    answer.source = Some(answered.source);
    if let HistoryAnswer::History(history) = answered.answer {
        let inside = |bar: &model::Bar| (answer.from..=answer.to).contains(&bar.session);
        answer.bars = history.bars.iter().filter(inside).collect();
        answer.actions = history.actions;
        answer.fetched = Some(FetchSummary {
            source: answer.source,
            refused: history.refused,
            refused_count: history.refused_count,
            ..FetchSummary::default()
        });
    }
    Ok(())
}

async fn read_through(
    ctx: &Context,
    request: &PricesRequest,
    answer: &mut PricesAnswer,
) -> Result<(), AppError> {
    load(ctx, answer).await?;
    answer.reason = if request.is_forced { Freshness::Forced } else { freshness(ctx, answer) };
    // A folder of files is always looked at: its state costs nothing to ask for, and it may have been edited.
    let question = FetchRequest { symbol: answer.symbol.clone(), first: answer.from, last: answer.to };
    let outcome = fetch(ctx, vec![question]).await?.remove(0);
    match outcome.result {
        Ok(summary) => {
            answer.source = summary.source;
            answer.is_cached = summary.written_count == 0 && summary.removed_count == 0;
            // Splits and dividends may be new although every bar is what it was; and what was missing may have been
            // recorded by somebody else since it was looked for.
            if !summary.is_unchanged || answer.reason != Freshness::Covered {
                load(ctx, answer).await?;
            }
            answer.fetched = Some(summary);
        }
        Err(source) if answer.bars.is_empty() => {
            return Err(AppError::Fetch { symbol: answer.symbol.clone(), source });
        }
        Err(_) => answer.is_cached = true,
    }
    Ok(())
}

async fn load(ctx: &Context, answer: &mut PricesAnswer) -> Result<(), AppError> {
    let store = ctx.store()?;
    let symbols = std::slice::from_ref(&answer.symbol);
    if let Some(instrument) = store::instruments::by_symbol(store, symbols).await?.pop() {
        (answer.bars, answer.actions) =
            store::bars::in_range_with_actions(store, instrument.id, answer.from, answer.to).await?;
    }
    Ok(())
}

fn coverage(answer: &PricesAnswer) -> Coverage {
    let bars = answer.bars.iter().filter(|bar| bar.is_final);
    Coverage { held: bars.map(|bar| bar.session).collect(), empty: Vec::new() }
}

fn freshness(ctx: &Context, answer: &PricesAnswer) -> Freshness {
    let now = ctx.clock.now();
    match ctx.calendar.required_through(now, answer.to, SETTLE_DELAY_S_DEFAULT) {
        Some(through) => market::freshness(ctx.calendar, &coverage(answer), answer.from, through, now),
        None => Freshness::Covered,
    }
}

fn missing(ctx: &Context, answer: &PricesAnswer) -> Vec<Date> {
    let now = ctx.clock.now();
    let through = ctx.calendar.required_through(now, answer.to, SETTLE_DELAY_S_DEFAULT);
    through.map_or(Vec::new(), |through| {
        market::missing(ctx.calendar, &coverage(answer), answer.from, through, now)
    })
}
