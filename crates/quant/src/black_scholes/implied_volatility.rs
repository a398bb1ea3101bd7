//! The volatility that a price implies.

use crate::absent::finite;
use crate::normal::{cumulative, density};
use crate::{Absent, BlackScholes, Figure};

/// Newton's steps converge in about ten, and each that fails halves a bracket.
const STEPS_MAX: usize = 200;

/// More deviation than this to expiry leaves a price that equals its bound in every digit of a float.
const SPREAD_MAX: f64 = 80.0;

/// A share of the price this small is rounding of the price.
const SHARE_OF_ROUNDING: f64 = 8.0 * f64::EPSILON;

/// The volatility at which an option is worth a price; `option`'s own volatility is not read.
///
/// # Units
/// A fraction a year.
///
/// # Convention
/// What the option is worth without volatility is taken off first; the rest is the price of the opposite option
/// out of the money, whose logarithm is solved for by Newton's method within a bracket.
///
/// # Errors
/// [`Absent::InvalidInput`], [`Absent::Expired`], [`Absent::BelowIntrinsic`], [`Absent::NoTimeValue`],
/// [`Absent::AboveBound`], [`Absent::Overflow`].
///
/// # Example
/// The price of the example of [`BlackScholes::value`] gives its 20 % back.
/// ```
/// use quant::{Absent, BlackScholes, OptionType, implied_volatility};
/// let option = BlackScholes {
///     option_type: OptionType::Call,
///     spot: 100.0,
///     strike: 100.0,
///     years: 1.0,
///     rate_annual: 0.0,
///     dividend_yield_annual: 0.0,
///     volatility_annual: 0.0,
/// };
/// assert!((implied_volatility(&option, 7.96557).unwrap() - 0.2).abs() < 1e-6);
/// assert_eq!(implied_volatility(&option, 100.0), Err(Absent::AboveBound));
/// assert_eq!(implied_volatility(&BlackScholes { strike: 80.0, ..option }, 19.0), Err(Absent::BelowIntrinsic));
/// ```
///
/// # Source
/// Manaster and Koehler, 1982, The Calculation of Implied Variances from the Black-Scholes Model (starting
/// point); Jäckel, 2015, Let's Be Rational (out of the money, logarithms).
pub fn implied_volatility(option: &BlackScholes, price: f64) -> Figure {
    let option = BlackScholes { volatility_annual: 0.0, ..*option };
    if !option.is_valid() || !price.is_finite() || price < 0.0 {
        return Err(Absent::InvalidInput);
    }
    if option.years == 0.0 {
        return Err(Absent::Expired);
    }
    let side = option.option_type.side();
    let spot = finite(option.discounted_spot())?;
    let strike = finite(option.discounted_strike())?;
    let scale = (spot * strike).sqrt();
    if scale == 0.0 || !scale.is_finite() {
        return Err(Absent::Overflow);
    }
    let worth = (side * (spot - strike)).max(0.0);
    let time_value = price - worth;
    // What is left after taking off `worth` is only known to the rounding of both.
    let rounding = if worth > 0.0 { SHARE_OF_ROUNDING * spot.max(strike) } else { 0.0 };
    if time_value < -rounding {
        return Err(Absent::BelowIntrinsic);
    }
    if time_value <= rounding {
        return Err(Absent::NoTimeValue);
    }
    // The opposite option out of the money is worth at most the smaller of the two.
    if time_value >= spot.min(strike) * (1.0 - SHARE_OF_ROUNDING) {
        return Err(Absent::AboveBound);
    }
    let log_forward = libm::log(option.spot / option.strike)
        + (option.rate_annual - option.dividend_yield_annual) * option.years;
    let spread = spread_of(-log_forward.abs(), finite(time_value / scale)?)?;
    finite(spread / option.years.sqrt())
}

/// The price of a call out of the money in units of `sqrt(spot * strike)`, both discounted.
fn scaled_price(log_forward: f64, spread: f64) -> f64 {
    let (h, t) = (log_forward / spread, 0.5 * spread);
    libm::exp(0.5 * log_forward) * cumulative(h + t) - libm::exp(-0.5 * log_forward) * cumulative(h - t)
}

/// The deviation to expiry at which [`scaled_price`] is `target`.
fn spread_of(log_forward: f64, target: f64) -> Figure {
    let (mut low, mut high) = (0.0_f64, SPREAD_MAX);
    // Where the price bends from convex to concave; at the money, where the price is nearly a straight line.
    let bend = (2.0 * log_forward.abs()).sqrt();
    let mut spread = bend.max(target / density(0.0)).min(0.5 * SPREAD_MAX);
    for _ in 0..STEPS_MAX {
        let price = scaled_price(log_forward, spread);
        let away = libm::log(price / target);
        if away == 0.0 {
            return Ok(spread);
        }
        // A price that rounds to nothing counts as too low.
        if away > 0.0 {
            high = spread
        } else {
            low = spread
        }
        let t = 0.5 * spread;
        let slope = density(log_forward / spread + t) * libm::exp(0.5 * log_forward) / price;
        let newton = spread - away / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - spread).abs() <= 2.0 * f64::EPSILON * spread {
            return Ok(next);
        }
        spread = next;
    }
    Ok(spread)
}
