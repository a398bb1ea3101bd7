//! Performance figures of a portfolio or a symbol, alone and against a benchmark.

use market::{Freshness, Source};
use model::{Date, Symbol};
use quant::{Absent, Adjustment, Figure, Performance, ReturnSeries};
use store::snapshots::StoredSnapshot;

use crate::prices::check_range;
use crate::{AppError, Context, PricesAnswer, PricesRequest, portfolios, prices};

/// Which returns are meant, and what they are measured against.
#[derive(Clone, Debug)]
pub struct PerformanceRequest {
    /// First date of the returns used; that of the first there is when absent.
    pub from: Option<Date>,
    /// Last date of the returns used; that of the last there is when absent.
    pub to: Option<Date>,
    /// The benchmark.
    pub benchmark: Symbol,
}

/// Where the prices of a series of returns came from.
#[derive(Clone, Copy, Debug)]
pub struct PriceOrigin {
    /// Who the bars came from.
    pub source: Option<Source>,
    /// Whether they were in the cache already.
    pub is_cached: bool,
    /// Why the cache did or did not serve.
    pub reason: Freshness,
    /// The first date asked for.
    pub from: Date,
    /// The date as of which they are adjusted, the last one asked for.
    pub as_of: Date,
    /// Whether the providers are to be asked for something that is missing, which a read of the cache alone leaves to
    /// others.
    pub is_due: bool,
}

/// What the returns were measured against.
#[derive(Debug)]
pub struct Benchmark {
    /// Its symbol.
    pub symbol: Symbol,
    /// Where its prices came from; absent when there are none, or no return to measure.
    pub prices: Option<PriceOrigin>,
    /// Why there are none.
    pub failure: Option<AppError>,
}

/// Performance figures, and what they were made from.
#[derive(Debug)]
pub struct PerformanceAnswer {
    /// The figures of the daily returns.
    pub performance: Performance,
    /// The money-weighted return a year; a symbol has no flows, and so none.
    pub xirr: Option<Figure>,
    /// Snapshots used that are provisional.
    pub provisional_count: usize,
    /// Where a symbol's prices came from.
    pub prices: Option<PriceOrigin>,
    /// What the returns were measured against.
    pub benchmark: Benchmark,
}

/// How a portfolio did, from the daily returns of its snapshots.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for a range that is none. A benchmark without prices is no error:
/// the figures against it are absent.
pub async fn portfolio_performance(
    ctx: &Context,
    name: &str,
    request: &PerformanceRequest,
) -> Result<PerformanceAnswer, AppError> {
    let (from, to) = bounds(ctx, request, ctx.calendar.last())?;
    let stored = portfolios::load(ctx, name).await?;
    let first = session_before(ctx, from);
    let snapshots = store::snapshots::in_range(ctx.store()?, stored.portfolio.id, first, to).await?;
    let (before, inside) =
        snapshots.split_at(snapshots.partition_point(|stored| stored.snapshot.session < from));
    let returns = series(inside.iter().map(|stored| (stored.snapshot.session, stored.snapshot.daily_return)));
    let (benchmark, their_returns) = fetch_benchmark(ctx, &request.benchmark, &returns).await?;
    let is_final = |stored: &&StoredSnapshot| stored.snapshot.state == model::SnapshotState::Final;
    Ok(PerformanceAnswer {
        performance: quant::performance(&returns, their_returns.as_ref()),
        xirr: Some(money_weighted(ctx, before.last(), inside)),
        provisional_count: inside.len() - inside.iter().filter(is_final).count(),
        prices: None,
        benchmark,
    })
}

/// How a symbol did, from the returns of its prices adjusted for splits and dividends.
///
/// # Errors
/// Those of [`prices()`]. A benchmark without prices is no error: the figures against it are absent.
pub async fn symbol_performance(
    ctx: &Context,
    symbol: &Symbol,
    request: &PerformanceRequest,
) -> Result<PerformanceAnswer, AppError> {
    let (from, to) = bounds(ctx, request, ctx.clock.now().utc_date())?;
    let (answer, returns) = fetch_returns(ctx, symbol, from, to).await?;
    let (benchmark, their_returns) = fetch_benchmark(ctx, &request.benchmark, &returns).await?;
    Ok(PerformanceAnswer {
        performance: quant::performance(&returns, their_returns.as_ref()),
        xirr: None,
        provisional_count: 0,
        prices: Some(origin(&answer)),
        benchmark,
    })
}

/// The dates that bound the returns used.
fn bounds(ctx: &Context, request: &PerformanceRequest, last_default: Date) -> Result<(Date, Date), AppError> {
    let to = request.to.unwrap_or(request.from.map_or(last_default, |from| from.max(last_default)));
    let from = request.from.unwrap_or(ctx.calendar.first().min(to));
    check_range(ctx, from, to)?;
    Ok((from, to))
}

/// The session at whose close the return of the first session from a date on begins.
fn session_before(ctx: &Context, from: Date) -> Date {
    let first = ctx.calendar.on_or_after(from);
    first.and_then(|first| ctx.calendar.previous(first)).unwrap_or(from)
}

/// The total returns of a symbol from one date to another, fetching what is missing.
async fn fetch_returns(
    ctx: &Context,
    symbol: &Symbol,
    from: Date,
    to: Date,
) -> Result<(PricesAnswer, ReturnSeries), AppError> {
    let request = PricesRequest {
        symbol: symbol.clone(),
        from: Some(session_before(ctx, from)),
        to: Some(to),
        adjustment: Adjustment::TotalReturn,
        is_forced: false,
    };
    let answer = prices(ctx, &request).await?;
    let adjusted = &answer.adjusted;
    let is_final = adjusted.is_final.iter();
    let closes: Vec<(Date, f64)> =
        adjusted.closes().zip(is_final).filter(|(_, is_final)| **is_final).map(|(close, _)| close).collect();
    let returns = quant::simple_returns(&quant::along_sessions(ctx.calendar, &closes));
    let inside = returns.into_iter().filter(|(session, _)| *session >= from);
    let returns = series(inside.map(|(session, figure)| (session, figure.ok())));
    Ok((answer, returns))
}

/// The benchmark's returns over the time of other returns. That it has no prices is told and no error.
async fn fetch_benchmark(
    ctx: &Context,
    symbol: &Symbol,
    returns: &ReturnSeries,
) -> Result<(Benchmark, Option<ReturnSeries>), AppError> {
    let mut benchmark = Benchmark { symbol: symbol.clone(), prices: None, failure: None };
    let (Some(first), Some(last)) = (returns.dates().first(), returns.dates().last()) else {
        return Ok((benchmark, Some(ReturnSeries::default())));
    };
    match fetch_returns(ctx, symbol, *first, *last).await {
        Ok((answer, theirs)) => {
            benchmark.prices = Some(origin(&answer));
            Ok((benchmark, Some(theirs)))
        }
        Err(failure @ (AppError::Fetch { .. } | AppError::Unadjustable { .. })) => {
            benchmark.failure = Some(failure);
            Ok((benchmark, None))
        }
        Err(error) => Err(error),
    }
}

fn series(entries: impl IntoIterator<Item = (Date, Option<f64>)>) -> ReturnSeries {
    ReturnSeries::new(entries).expect("invariant: sessions come in order, each once")
}

fn origin(answer: &PricesAnswer) -> PriceOrigin {
    let PricesAnswer { source, is_cached, reason, from, to, is_due, .. } = answer;
    PriceOrigin {
        source: *source,
        is_cached: *is_cached,
        reason: *reason,
        from: *from,
        as_of: *to,
        is_due: *is_due,
    }
}

/// The money-weighted return of snapshots; the equity before them, if any, is put in with the first.
fn money_weighted(ctx: &Context, before: Option<&StoredSnapshot>, inside: &[StoredSnapshot]) -> Figure {
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return Err(Absent::NoReturns) };
    let put_in = before.map(|before| (first.snapshot.session, before.snapshot.equity.to_f64()));
    let flows = inside.iter().map(|stored| (stored.snapshot.session, stored.snapshot.flow.to_f64()));
    let flows: Vec<(Date, f64)> = put_in.into_iter().chain(flows).collect();
    let terminal = (last.snapshot.session, last.snapshot.equity.to_f64());
    quant::money_weighted_return(ctx.calendar, &flows, terminal)
}
