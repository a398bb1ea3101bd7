//! Valuing a European option from what the caller says of it.

use quant::{BlackScholes, DAYS_A_YEAR, Figure, OptionType, OptionValue, implied_volatility};

use crate::AppError;

/// The highest price that is taken: a million millions.
const PRICE_MAX: f64 = 1e12;
/// The longest time to expiry that is taken: a hundred years.
const DAYS_MAX: i64 = 36_525;
/// The highest volatility that is taken, as a fraction a year: ten thousand percent.
const VOLATILITY_MAX: f64 = 100.0;
/// The largest rate or yield that is taken, as a fraction a year: a thousand percent.
const RATE_MAX: f64 = 10.0;

/// What is said of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionRequest {
    /// Right to buy or to sell.
    pub option_type: OptionType,
    /// Price of one unit of the underlying.
    pub spot: f64,
    /// Price at which the right may be used.
    pub strike: f64,
    /// Calendar days to expiry.
    pub days: i64,
    /// Volatility, a fraction a year.
    pub volatility_annual: f64,
    /// Riskless rate, a fraction a year, compounded continuously.
    pub rate_annual: f64,
    /// Dividend yield, a fraction a year, paid continuously.
    pub dividend_yield_annual: f64,
    /// A price whose implied volatility is asked.
    pub price: Option<f64>,
}

/// An option with its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValuedOption {
    /// The option.
    pub option: BlackScholes,
    /// Its value and Greeks at the volatility given.
    pub value: OptionValue,
    /// The volatility that the price given implies; absent when none was given.
    pub implied_volatility: Option<Figure>,
}

/// Values an option; nothing is loaded, fetched or recorded.
///
/// # Errors
/// [`AppError::Invalid`] naming the input that cannot be. What merely does not exist is absent in the answer.
///
/// # Example
/// Spot and strike 100, a year at 20 %: 7.97.
/// ```
/// use app::{OptionRequest, value_option};
/// let request = OptionRequest {
///     option_type: quant::OptionType::Call,
///     spot: 100.0,
///     strike: 100.0,
///     days: 365,
///     volatility_annual: 0.2,
///     rate_annual: 0.0,
///     dividend_yield_annual: 0.0,
///     price: None,
/// };
/// assert!((value_option(&request).unwrap().value.price.unwrap() - 7.96557).abs() < 1e-5);
/// assert!(value_option(&OptionRequest { spot: 0.0, ..request }).is_err());
/// ```
pub fn value_option(request: &OptionRequest) -> Result<ValuedOption, AppError> {
    check_price("spot", request.spot)?;
    check_price("strike", request.strike)?;
    if !(0..=DAYS_MAX).contains(&request.days) {
        return Err(refused("days", request.days, &format!("give calendar days to expiry, 0 to {DAYS_MAX}")));
    }
    let volatility = request.volatility_annual;
    if !(0.0..=VOLATILITY_MAX).contains(&volatility) {
        let mend = format!("give a fraction a year from 0 to {VOLATILITY_MAX}; 0.2 is 20 %");
        return Err(refused("volatility", volatility, &mend));
    }
    check_rate("rate", request.rate_annual)?;
    check_rate("dividend_yield", request.dividend_yield_annual)?;
    if let Some(price) = request.price.filter(|price| !(0.0..=PRICE_MAX).contains(price)) {
        return Err(refused("price", price, &format!("give a price from 0 to {PRICE_MAX}")));
    }
    let option = BlackScholes {
        option_type: request.option_type,
        spot: request.spot,
        strike: request.strike,
        years: request.days as f64 / DAYS_A_YEAR,
        rate_annual: request.rate_annual,
        dividend_yield_annual: request.dividend_yield_annual,
        volatility_annual: volatility,
    };
    let implied_volatility = request.price.map(|price| implied_volatility(&option, price));
    Ok(ValuedOption { option, value: option.value(), implied_volatility })
}

fn check_price(field: &'static str, price: f64) -> Result<(), AppError> {
    if price > 0.0 && price <= PRICE_MAX {
        return Ok(());
    }
    Err(refused(field, price, &format!("give a price above 0, at most {PRICE_MAX}")))
}

fn check_rate(field: &'static str, rate: f64) -> Result<(), AppError> {
    if (-RATE_MAX..=RATE_MAX).contains(&rate) {
        return Ok(());
    }
    Err(refused(field, rate, &format!("give a fraction a year from -{RATE_MAX} to {RATE_MAX}; 0.05 is 5 %")))
}

fn refused(field: &'static str, given: impl std::fmt::Debug, mend: &str) -> AppError {
    AppError::Invalid { field, message: format!("the {} is {given:?}; {mend}", field.replace('_', " ")) }
}
