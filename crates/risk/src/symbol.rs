//! The figures of one symbol, computed once for all portfolios that hold it.

use crate::column::Rows;
use crate::{
    Absent, Estimate, Figure, History, JointFit, Regression, Sample, Spread, Volatility, Yardsticks, regress,
    volatility,
};

/// The risk figures of one symbol at the last session of its timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolRisk {
    /// The regression on the benchmark.
    pub market_beta: Estimate<Regression>,
    /// The regression on the rate proxy.
    pub rate_beta: Estimate<Regression>,
    /// The regression on all style factors at once.
    pub style: Estimate<StyleFit>,
    /// The regression on each spread.
    pub spreads: Vec<(Spread, Estimate<Regression>)>,
    /// Realised volatility, forecast, trend and percentile.
    pub volatility: Volatility,
    /// The joint model that stress and attribution use.
    pub joint: Estimate<JointFit>,
}

/// A regression on all style factors at once.
///
/// # Units
/// The return for 1 of each factor's return; the intercept is a fraction a day.
///
/// # Convention
/// Ridge with an intercept that is not penalised, over the last `ridge_window` simple returns that the symbol and every
/// factor have, at least `ridge_min`. Factors are z-scored by their population deviation over these returns, the
/// penalty is on the sum of the squared coefficients of the z-scores, beside the sum of squared residuals, and the
/// coefficients are given back in units of returns.
///
/// # Source
/// Hoerl and Kennard, 1970, Ridge Regression: Biased Estimation for Nonorthogonal Problems; Marquardt, 1970, Generalized
/// Inverses, Ridge Regression (variance inflation).
#[derive(Clone, Debug, PartialEq)]
pub struct StyleFit {
    /// The coefficient of each factor, in the order of [`Yardsticks::style_names`].
    pub betas: Vec<Figure>,
    /// The return when no factor moves.
    pub intercept: f64,
    /// Share of the variance explained; absent when the series does not vary.
    pub r_squared: Figure,
    /// The variance inflation of each factor over these returns.
    pub inflation: Vec<Figure>,
}

/// The risk figures of one symbol.
///
/// Each figure stands or falls on its own; a young symbol has those that its returns suffice for.
///
/// # Example
/// The benchmark measured on itself has a beta of 1 and nothing left over.
/// ```
/// use model::Calendar;
/// use risk::{History, Settings, Timeline, Yardsticks, symbol_risk};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 91);
/// let returns = timeline.sessions().iter().enumerate().map(|(at, s)| (*s, ((at * 7) % 11) as f64 * 0.001));
/// let benchmark = History::of_returns(&timeline, returns.collect::<Vec<_>>());
/// let yardsticks =
///     Yardsticks::new(Settings::default(), &timeline, Some(benchmark.clone()), None, Vec::new());
/// let found = symbol_risk(&yardsticks, &benchmark);
/// let beta = found.market_beta.value.unwrap();
/// assert_eq!((beta.beta, beta.alpha, beta.r_squared), (1.0, 0.0, Ok(1.0)));
/// assert_eq!(beta.t, Err(risk::Absent::NoResidual));
/// assert_eq!(found.rate_beta.value, Err(risk::Absent::NoFactor));
/// ```
pub fn symbol_risk(yardsticks: &Yardsticks, history: &History) -> SymbolRisk {
    let settings = yardsticks.settings();
    let on = |yardstick: Result<&History, Absent>, window: usize, min: usize| match yardstick {
        Ok(yardstick) => regress(history, yardstick, window, min),
        Err(reason) => Estimate::absent(Sample::empty(window), reason),
    };
    let beta = |yardstick| on(yardstick, settings.beta_window, settings.beta_min);
    let spreads = yardsticks.spreads().iter().map(|(spread, yardstick)| {
        let yardstick = yardstick.as_ref().map_err(|reason| *reason);
        (*spread, on(yardstick, settings.spread_window, settings.spread_min))
    });
    SymbolRisk {
        market_beta: beta(yardsticks.benchmark()),
        rate_beta: beta(yardsticks.rate_proxy()),
        style: style(yardsticks, history),
        spreads: spreads.collect(),
        volatility: volatility(history, settings),
        joint: match yardsticks.joint() {
            Ok(basis) => basis.fit(history),
            Err(reason) => Estimate::absent(Sample::empty(settings.ridge_window), reason),
        },
    }
}

fn style(yardsticks: &Yardsticks, history: &History) -> Estimate<StyleFit> {
    let settings = yardsticks.settings();
    let window = settings.ridge_window;
    if history.timeline() != yardsticks.timeline() {
        return Estimate::absent(Sample::empty(window), Absent::TimelinesDiffer);
    }
    let mut columns: Vec<_> = yardsticks.used_styles().into_iter().map(History::simple).collect();
    if columns.is_empty() {
        return Estimate::absent(Sample::empty(window), Absent::NoFactor);
    }
    columns.push(history.simple());
    let rows = Rows::last_common(&columns, window);
    let sample = history.sample(window, &rows);
    if rows.len() < settings.ridge_min {
        return Estimate::absent(sample, Absent::TOO_FEW_COMMON);
    }
    let value = yardsticks.style_basis(&rows).and_then(|basis| {
        let fit = basis.fit(&rows.of(history.simple()))?;
        Ok(StyleFit {
            betas: yardsticks.for_each_style(&fit.coefficients),
            intercept: fit.intercept,
            r_squared: fit.r_squared,
            inflation: yardsticks.for_each_style(basis.inflation()),
        })
    });
    Estimate { sample, value }
}
