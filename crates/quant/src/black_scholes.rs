//! European options by Black, Scholes and Merton: price, Greeks, and the volatility a price implies.

mod implied_volatility;

use crate::absent::finite;
use crate::normal::{cumulative, density};
use crate::{Absent, Figure};

pub use implied_volatility::implied_volatility;

/// Whether an option is a right to buy or to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptionType {
    /// The right to buy at the strike.
    Call,
    /// The right to sell at the strike.
    Put,
}

impl OptionType {
    /// The name used in answers: `call` or `put`.
    pub const fn as_str(self) -> &'static str {
        match self {
            OptionType::Call => "call",
            OptionType::Put => "put",
        }
    }

    /// 1 for a call, -1 for a put.
    pub(crate) const fn side(self) -> f64 {
        match self {
            OptionType::Call => 1.0,
            OptionType::Put => -1.0,
        }
    }
}

/// A European option with everything its value follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlackScholes {
    /// Right to buy or to sell.
    pub option_type: OptionType,
    /// Price of one unit of the underlying; above zero.
    pub spot: f64,
    /// Price at which the right may be used; above zero.
    pub strike: f64,
    /// Time to expiry in years, by ACT/365: calendar days over 365; not negative.
    pub years: f64,
    /// Riskless rate, a fraction a year, compounded continuously; may be negative.
    pub rate_annual: f64,
    /// Dividend yield, a fraction a year, paid continuously.
    pub dividend_yield_annual: f64,
    /// Deviation of the underlying's logarithmic return, a fraction a year; not negative.
    pub volatility_annual: f64,
}

/// Value and Greeks of one unit of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionValue {
    /// Value of the option.
    pub price: Figure,
    /// Change of the price for 1 of spot.
    pub delta: Figure,
    /// Change of delta for 1 of spot.
    pub gamma: Figure,
    /// Change of the price for 1.00 of volatility.
    pub vega: Figure,
    /// Change of the price for a year gone by.
    pub theta: Figure,
    /// Change of the price for 1.00 of rate.
    pub rho: Figure,
}

impl OptionValue {
    /// The figures by the names that answers use.
    pub fn figures(&self) -> [(&'static str, Figure); 6] {
        [
            ("price", self.price),
            ("delta", self.delta),
            ("gamma", self.gamma),
            ("vega", self.vega),
            ("theta", self.theta),
            ("rho", self.rho),
        ]
    }
}

impl BlackScholes {
    /// Value and Greeks.
    ///
    /// # Units
    /// The price is in the currency of spot and strike, for one unit of the underlying (no multiplier). Delta
    /// and gamma are for 1 of spot, vega for 1.00 of volatility, rho for 1.00 of rate, theta for a year.
    ///
    /// # Convention
    /// Continuous rate and dividend yield, exercise at expiry alone, ACT/365. Theta is the change as time goes by,
    /// mostly negative. Without time or volatility the price is the discounted pay-off at the forward, and the
    /// Greeks are its slopes; exactly where the pay-off bends they do not exist.
    ///
    /// # Errors
    /// Each figure on its own: [`Absent::InvalidInput`], [`Absent::PayoffKink`] (not the price),
    /// [`Absent::Overflow`].
    ///
    /// # Example
    /// Spot and strike 100, one year, 20 %, no rate, no yield: d1 = 0.1, d2 = -0.1, N(0.1) = 0.5398278, so the
    /// call is worth 100 * (0.5398278 - 0.4601722) = 7.96557.
    /// ```
    /// use quant::{BlackScholes, OptionType};
    /// let option = BlackScholes {
    ///     option_type: OptionType::Call,
    ///     spot: 100.0,
    ///     strike: 100.0,
    ///     years: 1.0,
    ///     rate_annual: 0.0,
    ///     dividend_yield_annual: 0.0,
    ///     volatility_annual: 0.2,
    /// };
    /// let value = option.value();
    /// assert!((value.price.unwrap() - 7.96557).abs() < 1e-5);
    /// assert!((value.delta.unwrap() - 0.5398278).abs() < 1e-7);
    /// // The density at 0.1 is 0.3969525: vega = 100 * 0.3969525, theta = -vega * 0.2 / 2.
    /// assert!((value.vega.unwrap() - 39.69525).abs() < 1e-5);
    /// assert!((value.theta.unwrap() + 3.969525).abs() < 1e-6);
    /// ```
    ///
    /// # Source
    /// Black and Scholes, 1973, The Pricing of Options and Corporate Liabilities; Merton, 1973, Theory of Rational
    /// Option Pricing (dividend yield); Haug, 2007, The Complete Guide to Option Pricing Formulas, chapter 2.
    pub fn value(&self) -> OptionValue {
        if !self.is_valid() {
            return absent(Absent::InvalidInput);
        }
        let (spot, strike) = (self.discounted_spot(), self.discounted_strike());
        if !spot.is_finite() || !strike.is_finite() {
            return absent(Absent::Overflow);
        }
        let spread = self.volatility_annual * self.years.sqrt();
        if spread == 0.0 {
            return self.value_without_spread(spot, strike);
        }
        let side = self.option_type.side();
        let moneyness = (libm::log(self.spot / self.strike)
            + (self.rate_annual - self.dividend_yield_annual) * self.years)
            / spread;
        let (d1, d2) = (moneyness + 0.5 * spread, moneyness - 0.5 * spread);
        let (in_spot, in_strike) = (cumulative(side * d1), cumulative(side * d2));
        let spot_density = spot * density(d1);
        let delta_density = self.dividend_discount() * density(d1);
        // Rounding of the difference must not carry the price below what it is worth at the least.
        let at_least = (side * (spot - strike)).max(0.0);
        let decay = -spot_density * self.volatility_annual / (2.0 * self.years.sqrt());
        let carry = self.dividend_yield_annual * spot * in_spot - self.rate_annual * strike * in_strike;
        OptionValue {
            price: finite(side * (spot * in_spot - strike * in_strike)).map(|price| price.max(at_least)),
            delta: finite(side * in_spot * self.dividend_discount()),
            gamma: finite(delta_density / (self.spot * spread)),
            vega: finite(spot_density * self.years.sqrt()),
            theta: finite(decay + side * carry),
            rho: finite(side * self.years * strike * in_strike),
        }
    }

    /// The pay-off at the forward, discounted, and its slopes.
    fn value_without_spread(&self, spot: f64, strike: f64) -> OptionValue {
        let side = self.option_type.side();
        let worth = side * (spot - strike);
        if worth == 0.0 {
            return OptionValue { price: Ok(0.0), ..absent(Absent::PayoffKink) };
        }
        if worth < 0.0 {
            let none = Ok(0.0);
            return OptionValue { price: none, delta: none, gamma: none, vega: none, theta: none, rho: none };
        }
        OptionValue {
            price: finite(worth),
            delta: finite(side * self.dividend_discount()),
            gamma: Ok(0.0),
            vega: Ok(0.0),
            theta: finite(side * (self.dividend_yield_annual * spot - self.rate_annual * strike)),
            rho: finite(side * self.years * strike),
        }
    }

    fn is_valid(&self) -> bool {
        let is_above_zero = |number: f64| number > 0.0 && number.is_finite();
        let is_not_negative = |number: f64| number >= 0.0 && number.is_finite();
        is_above_zero(self.spot)
            && is_above_zero(self.strike)
            && is_not_negative(self.years)
            && is_not_negative(self.volatility_annual)
            && self.rate_annual.is_finite()
            && self.dividend_yield_annual.is_finite()
    }

    fn dividend_discount(&self) -> f64 {
        libm::exp(-self.dividend_yield_annual * self.years)
    }

    fn discounted_spot(&self) -> f64 {
        self.spot * self.dividend_discount()
    }

    fn discounted_strike(&self) -> f64 {
        self.strike * libm::exp(-self.rate_annual * self.years)
    }
}

/// What an option pays when it is used now: never less than zero.
///
/// # Units
/// The currency of spot and strike, for one unit of the underlying.
///
/// # Errors
/// [`Absent::InvalidInput`] when spot or strike is no finite number, [`Absent::Overflow`].
///
/// # Example
/// ```
/// use quant::{OptionType, intrinsic_value};
/// assert_eq!(intrinsic_value(OptionType::Put, 90.0, 100.0), Ok(10.0));
/// assert_eq!(intrinsic_value(OptionType::Call, 90.0, 100.0), Ok(0.0));
/// ```
pub fn intrinsic_value(option_type: OptionType, spot: f64, strike: f64) -> Figure {
    if !spot.is_finite() || !strike.is_finite() {
        return Err(Absent::InvalidInput);
    }
    finite((option_type.side() * (spot - strike)).max(0.0))
}

fn absent(reason: Absent) -> OptionValue {
    OptionValue {
        price: Err(reason),
        delta: Err(reason),
        gamma: Err(reason),
        vega: Err(reason),
        theta: Err(reason),
        rho: Err(reason),
    }
}
