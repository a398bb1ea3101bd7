//! A technical indicator of one symbol, over prices read through the cache.

use model::{Date, Symbol};
use quant::{Adjustment, Indicator, IndicatorError, IndicatorLine, PriceColumns};

use crate::prices::{PricesAnswer, PricesRequest, prices};
use crate::{AppError, Context};

/// A question for an indicator.
#[derive(Clone, Debug)]
pub struct IndicatorRequest {
    /// The symbol.
    pub symbol: Symbol,
    /// The name of the indicator.
    pub name: String,
    /// Parameters as `name=value`; those not given have their defaults.
    pub parameters: Vec<String>,
    /// First date, on or after which the indicator begins; 365 days before the last when absent.
    pub from: Option<Date>,
    /// Last date; today when absent.
    pub to: Option<Date>,
}

/// An indicator, and the prices it was computed from.
#[derive(Clone, Debug)]
pub struct IndicatorAnswer {
    /// The indicator with all its parameters.
    pub indicator: Indicator,
    /// Its lines, with a figure for each bar of `prices.adjusted`.
    pub lines: Vec<IndicatorLine>,
    /// Prices adjusted for splits, and where they came from.
    pub prices: PricesAnswer,
}

/// Computes an indicator of a symbol from its prices adjusted for splits, beginning with the first bar of the range.
///
/// # Errors
/// [`AppError::Invalid`] for a name or parameters that are none, with what there is; those of [`prices`].
pub async fn indicator(ctx: &Context, request: &IndicatorRequest) -> Result<IndicatorAnswer, AppError> {
    let parameters = request.parameters.iter().map(String::as_str);
    let indicator = Indicator::parse(&request.name, parameters).map_err(refused)?;
    let question = PricesRequest {
        symbol: request.symbol.clone(),
        from: request.from,
        to: request.to,
        adjustment: Adjustment::Splits,
        is_forced: false,
    };
    let prices = prices(ctx, &question).await?;
    let lines = indicator.compute(PriceColumns::from(&prices.adjusted));
    Ok(IndicatorAnswer { indicator, lines, prices })
}

fn refused(error: IndicatorError) -> AppError {
    let field = match error {
        IndicatorError::UnknownName { .. } => "name",
        IndicatorError::NotAssigned { .. }
        | IndicatorError::UnknownParameter { .. }
        | IndicatorError::GivenTwice { .. }
        | IndicatorError::BadValue { .. }
        | IndicatorError::FastNotBelowSlow { .. } => "param",
    };
    AppError::Invalid { field, message: error.to_string() }
}
