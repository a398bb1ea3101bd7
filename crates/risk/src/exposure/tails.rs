//! How bad a session of today's exposures can be.

use quant::{deviation, expected_shortfall, mean, value_at_risk};

use super::{ExposureReturns, Scaled};
use crate::absent::finite;
use crate::{Absent, Figure, Sample, Settings};

/// The standard normal quantile of 95 %, and the density there.
const NORMAL_95: (f64, f64) = (1.644_853_626_951_472_7, 0.103_135_640_375_371_3);

/// The standard normal quantile of 99 %, and the density there.
const NORMAL_99: (f64, f64) = (2.326_347_874_040_841, 0.026_652_142_203_458_05);

/// Losses that are exceeded on few sessions only.
///
/// # Units
/// Losses for one session, above zero when money is lost: dollars, and ratios to equity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TailRisk {
    /// The loss that is not exceeded with this confidence, from the returns as they came.
    pub historical_var: Scaled,
    /// The mean of the losses from there on.
    pub historical_shortfall: Scaled,
    /// The loss that is not exceeded with this confidence if returns were normal.
    pub parametric_var: Scaled,
    /// The mean of the losses from there on if returns were normal.
    pub parametric_shortfall: Scaled,
}

/// The tail risks of two confidences, over one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// The returns they are computed from.
    pub sample: Sample,
    /// With a confidence of 95 %.
    pub of_95: TailRisk,
    /// With a confidence of 99 %.
    pub of_99: TailRisk,
}

impl ExposureReturns {
    /// Value at risk and expected shortfall of today's exposures.
    ///
    /// # Convention
    /// Over the last `covariance_window` returns, at least `correlation_min`. Historical: see [`quant::value_at_risk`] and
    /// [`quant::expected_shortfall`], with the sign of a loss. Parametric, with mean `m` and sample deviation `s`: value at
    /// risk is `z s - m`, expected shortfall `s * density(z) / (1 - confidence) - m`, `z` being the normal quantile.
    ///
    /// # Errors
    /// `too_few_returns`, `overflow`; the ratios: [`Absent::EquityNotPositive`].
    ///
    /// # Source
    /// Jorion, 2007, Value at Risk, chapters 5 and 10; McNeil, Frey and Embrechts, 2015, Quantitative Risk Management,
    /// example 2.14 (shortfall of a normal loss).
    pub fn tails(&self, settings: &Settings) -> Tails {
        let first = self.returns.len().saturating_sub(settings.covariance_window);
        let returns = &self.returns[first..];
        let sample = Sample::of(settings.covariance_window, &self.sessions[first..]);
        let is_enough = returns.len() >= settings.correlation_min;
        let mut sorted = returns.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let tail = |percent: usize, (quantile, density): (f64, f64)| {
            let loss = |found: Result<f64, quant::Absent>| match is_enough {
                true => found.map_err(Absent::from).and_then(|found| finite(-found)),
                false => Err(Absent::TOO_FEW_RETURNS),
            };
            let normal = |times: f64| -> Figure {
                match is_enough {
                    true => finite(times * deviation(returns)? - mean(returns)?),
                    false => Err(Absent::TOO_FEW_RETURNS),
                }
            };
            TailRisk {
                historical_var: self.scaled(loss(value_at_risk(&sorted, percent))),
                historical_shortfall: self.scaled(loss(expected_shortfall(&sorted, percent))),
                parametric_var: self.scaled(normal(quantile)),
                parametric_shortfall: self.scaled(normal(density * 100.0 / percent as f64)),
            }
        };
        Tails { sample, of_95: tail(5, NORMAL_95), of_99: tail(1, NORMAL_99) }
    }
}
