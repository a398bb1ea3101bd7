//! Series to try the laws on.

use model::Date;
use proptest::prelude::*;
use quant::ReturnSeries;

/// A day of the calendar by number.
pub fn day(at: usize) -> Date {
    Date::from_epoch_days(at as i32)
}

/// Daily returns as they come: most within ten percent, few far out, never the whole.
pub fn returns(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    let one = prop_oneof![9 => -0.1..0.1, 1 => -0.9..3.0, 1 => Just(0.0)];
    prop::collection::vec(one, count)
}

/// A series of returns on consecutive days.
pub fn series(returns: &[f64]) -> ReturnSeries {
    ReturnSeries::new(returns.iter().enumerate().map(|(at, value)| (day(at), Some(*value)))).unwrap()
}

/// Asserts that two numbers are equal but for rounding.
pub fn near(found: f64, expect: f64, relative: f64, absolute: f64) -> Result<(), TestCaseError> {
    let away = (found - expect).abs();
    prop_assert!(away <= (relative * expect.abs()).max(absolute), "{found} is not {expect}");
    Ok(())
}
