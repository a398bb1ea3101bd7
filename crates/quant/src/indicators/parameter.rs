//! What an indicator can be told, within limits.

use std::fmt;

/// The longest period: more sessions than the exchange calendar has.
pub(super) const PERIOD_MAX: f64 = 20_000.0;

/// A parameter of an indicator: its name, what it is when nothing is said, and its limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The name, as in `period=14`.
    pub name: &'static str,
    /// The value when none is given.
    pub default: f64,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// Whether only whole numbers are meant.
    pub is_whole: bool,
}

impl Parameter {
    /// A number of bars.
    pub(super) const fn bars(name: &'static str, default: f64, min: f64) -> Parameter {
        Parameter { name, default, min, max: PERIOD_MAX, is_whole: true }
    }

    /// Whether a value is within the limits.
    ///
    /// # Example
    /// ```
    /// use quant::IndicatorKind;
    /// let period = IndicatorKind::Rsi.parameters()[0];
    /// assert_eq!((period.name, period.default), ("period", 14.0));
    /// assert_eq!([1.0, 2.0, 2.5, f64::NAN].map(|value| period.admits(value)), [false, true, false, false]);
    /// ```
    pub fn admits(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value) && (!self.is_whole || value.fract() == 0.0)
    }

    /// Whether a number of bars is within the limits.
    pub(super) fn admits_bars(&self, count: usize) -> bool {
        self.admits(count as f64)
    }
}

/// The name with its default and limits: `period=14 (a whole number from 2 to 20000)`.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameter { name, default, min, max, is_whole } = self;
        let number = if *is_whole { "a whole number" } else { "a number" };
        write!(f, "{name}={default} ({number} from {min} to {max})")
    }
}
