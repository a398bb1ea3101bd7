//! Prices, profiles and indicators of a symbol, from the cache alone: what it lacks is left to a job.

use app::{AppError, Context, IndicatorRequest, PricesAnswer, PricesQuestion, PricesRequest, Wanted};
use axum::extract::State;
use axum::response::Response;
use quant::Adjustment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::http::{Access, Acting, Answer, Api, Conditional, InPath, InQuery, Routes, Scope, write};
use crate::wire::figures::IndicatorSession;
use crate::wire::prices::Prices;
use crate::wire::queued::QueuedJob;
use crate::wire::symbol::Instrument;
use crate::wire::words::{DateText, SymbolText};
use crate::wire::{Absent, Text};

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Read), routes!(prices))
        .with(Access::Scope(Scope::Read), routes!(info))
        .with(Access::Scope(Scope::Read), routes!(indicator))
}

/// What prices are adjusted for, as of the last date.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Adjust {
    /// As traded, exact.
    #[default]
    None,
    /// In units of the last date.
    Splits,
    /// Splits, and dividends as if put back at the close before them.
    TotalReturn,
}

/// Which prices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PricesQuery {
    /// First date; 365 days before the last when absent.
    #[param(value_type = Option<DateText>)]
    from: Option<DateText>,
    /// Last date; today when absent.
    #[param(value_type = Option<DateText>)]
    to: Option<DateText>,
    /// `none` when absent.
    #[param(inline)]
    adjust: Option<Adjust>,
}

/// Prices of the cache, and the job that fetches what it lacks.
#[derive(Serialize, ToSchema)]
struct CachedPrices {
    #[serde(flatten)]
    prices: Prices,
    /// The job that fetches what is missing; null when nothing is, or when there is no place for it.
    queued: Option<QueuedJob>,
    absent: Absent,
}

/// Shows the prices of a symbol that the cache holds. What it lacks is fetched by a job, which the answer names.
#[utoipa::path(get, path = "/api/v1/stocks/{symbol}/prices", operation_id = "symbol_prices", tag = "stocks",
    params(("symbol" = SymbolText, Path, description = "The symbol"), PricesQuery),
    responses((status = 200, body = CachedPrices), (status = 304, description = "The caller has it already")))]
async fn prices(
    State(api): State<Api>,
    Acting(ctx): Acting,
    InPath(symbol): InPath<SymbolText>,
    InQuery(query): InQuery<PricesQuery>,
    conditional: Conditional,
) -> Answer<Response> {
    let request = PricesRequest {
        symbol: symbol.0,
        from: query.from.map(|Text(from)| from),
        to: query.to.map(|Text(to)| to),
        adjustment: match query.adjust.unwrap_or_default() {
            Adjust::None => Adjustment::None,
            Adjust::Splits => Adjustment::Splits,
            Adjust::TotalReturn => Adjustment::TotalReturn,
        },
        is_forced: false,
    };
    if let Some(written) = api.answers().prices(&ctx, &PricesQuestion::of(&ctx, &request)).await? {
        return Ok(conditional.written(&written));
    }
    let answer = app::prices(&ctx, &request).await?;
    let (queued, absent) = queue(&ctx, &answer).await?;
    let written = write(&CachedPrices { prices: Prices::of(&answer), queued, absent })?;
    if let Some(version) = answer.version {
        api.answers().keep_prices(PricesQuestion::answered(&answer), version, written.clone());
    }
    Ok(conditional.written(&written))
}

/// Leaves what is missing of prices to a job. The reason is told when there is none.
async fn queue(ctx: &Context, answer: &PricesAnswer) -> Answer<(Option<QueuedJob>, Absent)> {
    let mut absent = Absent::default();
    if !answer.is_due {
        absent.note(
            "queued",
            if answer.absences.is_empty() { "nothing_missing" } else { "not_asked_again_yet" },
        );
        return Ok((None, absent));
    }
    match app::want_prices(ctx, &answer.symbol, answer.from, answer.to).await? {
        Wanted::Queued(created) => Ok((Some(QueuedJob::of(&created)), absent)),
        Wanted::Left(reason) => {
            absent.note("queued", reason);
            Ok((None, absent))
        }
    }
}

/// Shows what is known of a symbol: its profile, its sector, and the bars that are held.
#[utoipa::path(get, path = "/api/v1/stocks/{symbol}/info", operation_id = "symbol_info", tag = "stocks",
    params(("symbol" = SymbolText, Path, description = "The symbol")),
    responses((status = 200, body = Instrument), (status = 304, description = "The caller has it already")))]
async fn info(
    Acting(ctx): Acting,
    InPath(symbol): InPath<SymbolText>,
    conditional: Conditional,
) -> Answer<Response> {
    let known = app::list_symbols(&ctx).await?;
    // What somebody holds in private is nobody else's to know of.
    let is_told = |known: &&app::KnownInstrument| known.kind != model::InstrumentKind::Private;
    let found = known.iter().filter(is_told).find(|known| known.symbol == symbol.0);
    let found =
        found.ok_or_else(|| AppError::NotFound { what: "symbol", name: symbol.0.to_string(), hint: "" })?;
    conditional.json(&Instrument::of(found))
}

/// Which stretch, and with which parameters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IndicatorQuery {
    /// First date; 365 days before the last when absent.
    #[param(value_type = Option<DateText>)]
    from: Option<DateText>,
    /// Last date; today when absent.
    #[param(value_type = Option<DateText>)]
    to: Option<DateText>,
    /// As `period=14`, separated by commas; those not given have their defaults.
    #[param(max_length = 200)]
    parameters: Option<String>,
}

/// An indicator, session by session.
#[derive(Serialize, ToSchema)]
struct IndicatorAnswer {
    symbol: SymbolText,
    /// The indicator with all its parameters.
    indicator: String,
    sessions: Vec<IndicatorSession>,
    /// The job that fetches what is missing; null when nothing is, or when there is no place for it.
    queued: Option<QueuedJob>,
    absent: Absent,
}

/// Shows a technical indicator of a symbol, from the prices that the cache holds, adjusted for splits.
#[utoipa::path(get, path = "/api/v1/indicators/{symbol}/{name}", operation_id = "symbol_indicator", tag = "stocks",
    params(
        ("symbol" = SymbolText, Path, description = "The symbol"),
        ("name" = String, Path, description = "sma, ema, rsi, atr, cci, adx, roc, macd, bollinger, stochastic …"),
        IndicatorQuery,
    ),
    responses((status = 200, body = IndicatorAnswer), (status = 304, description = "The caller has it already")))]
async fn indicator(
    Acting(ctx): Acting,
    InPath((symbol, name)): InPath<(SymbolText, String)>,
    InQuery(query): InQuery<IndicatorQuery>,
    conditional: Conditional,
) -> Answer<Response> {
    let parameters = query.parameters.unwrap_or_default();
    let parameters = parameters.split(',').filter(|parameter| !parameter.is_empty()).map(str::to_owned);
    let request = IndicatorRequest {
        symbol: symbol.0.clone(),
        name,
        parameters: parameters.collect(),
        from: query.from.map(|Text(from)| from),
        to: query.to.map(|Text(to)| to),
    };
    let answer = app::indicator(&ctx, &request).await?;
    let (queued, absent) = queue(&ctx, &answer.prices).await?;
    conditional.json(&IndicatorAnswer {
        symbol,
        indicator: answer.indicator.to_string(),
        sessions: IndicatorSession::all(&answer),
        queued,
        absent,
    })
}
