//! The joint model of a symbol's return, which stress and attribution share.

use std::borrow::Cow;

use quant::{deviation, fit_line};

use crate::absent::finite;
use crate::column::{Column, Rows};
use crate::ewma::{EwmaCovariance, of_columns};
use crate::ridge::Ridge;
use crate::yardsticks::{StyleFactor, usable};
use crate::{Absent, Estimate, Figure, History, Settings};

/// The name of the rate proxy among the factors of the joint model.
pub const RATE: &str = "rate";

/// A factor of the joint model beside the benchmark.
#[derive(Clone, Debug)]
pub struct JointFactor {
    /// `rate`, or the name of the style.
    pub name: String,
    /// What it returns for 1 of the benchmark's return; what is beyond that is its own move.
    pub slope: f64,
    history: History,
    excess: Column,
}

impl JointFactor {
    /// Whether it is the rate proxy, whose whole return a yield change states.
    pub(crate) fn is_rate(&self) -> bool {
        self.name == RATE
    }

    /// The moves of it that shocks are stated in: the whole return of the rate proxy, a style's beyond the benchmark's.
    fn stated(&self) -> &Column {
        if self.is_rate() { self.history.simple() } else { &self.excess }
    }
}

/// The benchmark and the factors' own moves, made ready for all symbols.
#[derive(Clone, Debug)]
pub struct JointBasis {
    benchmark: History,
    /// Rate proxy and styles in order; those without enough returns with the reason.
    factors: Vec<(String, Result<JointFactor, Absent>)>,
    shared: Option<(Rows, Ridge)>,
    settings: Settings,
}

/// The joint model of one symbol.
///
/// # Units
/// `alpha` is a fraction a day; the others are the return for 1 of the benchmark's return, and for 1 of a factor's move
/// beyond the benchmark's.
#[derive(Clone, Debug, PartialEq)]
pub struct JointFit {
    /// The return when nothing moves.
    pub alpha: f64,
    /// The return for 1 of the benchmark's.
    pub beta: f64,
    /// The return for 1 of each factor's own move, in the order of [`JointBasis::factor_names`].
    pub coefficients: Vec<Figure>,
    /// Share of the variance explained by all of it; absent when the series does not vary.
    pub r_squared: Figure,
}

impl JointBasis {
    pub(crate) fn new(
        settings: &Settings,
        benchmark: Option<&History>,
        rate_proxy: Option<&History>,
        styles: &[StyleFactor],
    ) -> Result<JointBasis, Absent> {
        let benchmark = benchmark.ok_or(Absent::NO_BENCHMARK)?;
        usable(Some(benchmark), settings)?;
        let named = styles.iter().map(|style| (style.name.as_str(), style.history.as_ref()));
        let named = std::iter::once((RATE, rate_proxy)).chain(named);
        let factors = named.map(|(name, history)| {
            let factor = usable(history, settings)
                .and_then(|()| JointFactor::new(name, history.ok_or(Absent::NoFactor)?, benchmark, settings));
            (name.to_owned(), factor)
        });
        let mut basis = JointBasis {
            benchmark: benchmark.clone(),
            factors: factors.collect(),
            shared: None,
            settings: settings.clone(),
        };
        basis.shared = basis.shared_ridge();
        Ok(basis)
    }

    /// The names of the factors beside the benchmark: the rate proxy, then the styles.
    pub fn factor_names(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        self.factors.iter().map(|(name, _)| name.as_str())
    }

    /// The factors beside the benchmark; one that takes no part has a reason in its place.
    pub fn factors(&self) -> impl ExactSizeIterator<Item = Result<&JointFactor, Absent>> + '_ {
        self.factors.iter().map(|(_, factor)| factor.as_ref().map_err(|reason| *reason))
    }

    pub(crate) fn rate_proxy_duration(&self) -> f64 {
        self.settings.rate_proxy_duration
    }

    /// The weighted covariances of the benchmark and of the factors that take part, in the terms that shocks are stated
    /// in, over every return that all of them have: see [`crate::ewma_covariance`].
    pub fn ewma(&self) -> Estimate<EwmaCovariance> {
        let columns = std::iter::once(self.benchmark.simple()).chain(self.used().map(JointFactor::stated));
        of_columns(&self.benchmark, &columns.collect::<Vec<_>>(), self.settings.ewma_lambda)
    }

    fn used(&self) -> impl Iterator<Item = &JointFactor> + '_ {
        self.factors().filter_map(Result::ok)
    }

    fn columns(&self) -> Vec<&Column> {
        std::iter::once(self.benchmark.simple()).chain(self.used().map(|factor| &factor.excess)).collect()
    }

    fn shared_ridge(&self) -> Option<(Rows, Ridge)> {
        let rows = Rows::last_common(&self.columns(), self.settings.ridge_window);
        let ridge = self.prepared(&rows).ok()?;
        Some((rows, ridge))
    }

    fn prepared(&self, rows: &Rows) -> Result<Ridge, Absent> {
        let regressors: Vec<Cow<'_, [f64]>> = self.used().map(|factor| rows.of(&factor.excess)).collect();
        Ridge::prepare(&regressors, self.settings.ridge_penalty)
    }

    /// The joint model of a symbol.
    ///
    /// # Convention
    /// Over the last `ridge_window` returns that the symbol, the benchmark and every factor have, at least `ridge_min`:
    /// first `r = alpha + beta * benchmark + e` by least squares, then `e` by ridge on each factor's move beyond the
    /// benchmark's, z-scored by population deviations. A factor's move beyond the benchmark's is its return less its
    /// slope, over the same window, times the benchmark's return.
    ///
    /// # Errors
    /// `too_few_common_returns`, `zero_benchmark_deviation`, `timelines_differ`, `overflow`; a coefficient on its own:
    /// [`Absent::NoFactor`], `too_few_returns`, `zero_deviation`, [`Absent::Collinear`].
    ///
    /// # Source
    /// Sharpe, 1963, A Simplified Model for Portfolio Analysis; Hoerl and Kennard, 1970, Ridge Regression; the order of
    /// the two steps is that of Frisch and Waugh, 1933.
    pub fn fit(&self, history: &History) -> Estimate<JointFit> {
        let window = self.settings.ridge_window;
        if history.timeline() != self.benchmark.timeline() {
            return Estimate::absent(crate::Sample::empty(window), Absent::TimelinesDiffer);
        }
        let mut columns = self.columns();
        columns.push(history.simple());
        let rows = Rows::last_common(&columns, window);
        let sample = history.sample(window, &rows);
        let value = match rows.len() < self.settings.ridge_min {
            true => Err(Absent::TOO_FEW_COMMON),
            false => self.fit_rows(&rows, &rows.of(history.simple())),
        };
        Estimate { sample, value }
    }

    fn fit_rows(&self, rows: &Rows, y: &[f64]) -> Result<JointFit, Absent> {
        let x = rows.of(self.benchmark.simple());
        let line = fit_line(&x, y).map_err(of_benchmark)?;
        let rest: Vec<f64> = y.iter().zip(x.iter()).map(|(y, x)| y - (line.alpha + line.beta * x)).collect();
        let ridge = match &self.shared {
            Some((shared, ridge)) if shared == rows => Ok(Cow::Borrowed(ridge)),
            _ => self.prepared(rows).map(Cow::Owned),
        };
        let fit = ridge.and_then(|ridge| ridge.fit(&rest));
        let of_used = |at: usize| fit.as_ref().map_err(|reason| *reason).and_then(|fit| fit.coefficients[at]);
        let mut used = 0..;
        let coefficients: Vec<Figure> = self
            .factors()
            .map(|factor| factor.and_then(|_| of_used(used.next().expect("invariant: counting has no end"))))
            .collect();
        let intercept = fit.as_ref().map_or(0.0, |fit| fit.intercept);
        let alpha = finite(line.alpha + intercept)?;
        let r_squared = self.r_squared(rows, y, &rest, &coefficients, intercept);
        Ok(JointFit { alpha, beta: line.beta + 0.0, coefficients, r_squared })
    }

    fn r_squared(
        &self,
        rows: &Rows,
        y: &[f64],
        rest: &[f64],
        coefficients: &[Figure],
        intercept: f64,
    ) -> Figure {
        let spread = deviation(y)?;
        if spread == 0.0 {
            return Err(Absent::NO_DEVIATION);
        }
        let mut left: Vec<f64> = rest.iter().map(|rest| rest - intercept).collect();
        for (factor, coefficient) in self.factors().zip(coefficients) {
            let (Ok(factor), Ok(coefficient)) = (factor, coefficient) else { continue };
            for (left, move_) in left.iter_mut().zip(rows.of(&factor.excess).iter()) {
                *left -= coefficient * move_;
            }
        }
        let left: f64 = left.iter().map(|left| left * left).sum();
        finite(1.0 - left / (spread * spread * (y.len() - 1) as f64))
    }
}

impl JointFactor {
    fn new(
        name: &str,
        history: &History,
        benchmark: &History,
        settings: &Settings,
    ) -> Result<JointFactor, Absent> {
        let rows = Rows::last_common(&[history.simple(), benchmark.simple()], settings.ridge_window);
        if rows.len() < settings.ridge_min {
            return Err(Absent::TOO_FEW_COMMON);
        }
        let line =
            fit_line(&rows.of(benchmark.simple()), &rows.of(history.simple())).map_err(of_benchmark)?;
        let slope = line.beta;
        let excess = history.simple().combined(benchmark.simple(), |own, market| own - slope * market);
        Ok(JointFactor { name: name.to_owned(), slope, history: history.clone(), excess })
    }
}

fn of_benchmark(reason: quant::Absent) -> Absent {
    match reason {
        quant::Absent::ZeroDeviation => quant::Absent::ZeroBenchmarkDeviation.into(),
        other => other.into(),
    }
}
