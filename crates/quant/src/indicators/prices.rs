//! Highs, lows and closes side by side.

use crate::absent::finite;
use crate::{Absent, AdjustedBars, Figure};

/// Highs, lows and closes of a series of bars, oldest first; a bar with only a close has no high and low.
///
/// # Example
/// ```
/// use quant::{Absent, PriceColumns, internal_bar_strength};
/// let prices = PriceColumns { high: &[Some(12.0), None], low: &[Some(8.0), None], close: &[11.0, 9.0] };
/// assert_eq!(internal_bar_strength(prices, 1), [Ok(0.75), Err(Absent::NoHighLow)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceColumns<'a> {
    /// Highs; one that is absent, or beyond the end, does not exist.
    pub high: &'a [Option<f64>],
    /// Lows, as the highs.
    pub low: &'a [Option<f64>],
    /// Closes; there are as many bars as closes.
    pub close: &'a [f64],
}

impl<'a> From<&'a AdjustedBars> for PriceColumns<'a> {
    fn from(bars: &'a AdjustedBars) -> PriceColumns<'a> {
        PriceColumns { high: &bars.high, low: &bars.low, close: &bars.close }
    }
}

/// The prices of a bar that has all of them, with `low <= close <= high`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangeBar {
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

impl RangeBar {
    /// The true range after a bar: how far prices went, the step from the close before included.
    pub fn true_range(&self, before: &RangeBar) -> f64 {
        self.high.max(before.close) - self.low.min(before.close)
    }

    /// Where the close lies between a low and a high: 0 to 1.
    pub fn place_within(&self, low: f64, high: f64) -> Figure {
        match finite(high - low)? {
            0.0 => Err(Absent::ZeroRange),
            range => finite((self.close - low) / range),
        }
    }
}

impl PriceColumns<'_> {
    /// Each bar, or the reason why it cannot be used.
    pub(super) fn range_bars(&self) -> impl Iterator<Item = Result<RangeBar, Absent>> + '_ {
        self.close.iter().enumerate().map(|(at, close)| {
            let price = |column: &[Option<f64>]| column.get(at).copied().flatten().ok_or(Absent::NoHighLow);
            let bar = RangeBar { high: price(self.high)?, low: price(self.low)?, close: *close };
            let is_in_order = bar.low <= bar.close && bar.close <= bar.high;
            let is_finite = bar.low.is_finite() && bar.high.is_finite();
            if is_in_order && is_finite { Ok(bar) } else { Err(Absent::InvalidInput) }
        })
    }
}
