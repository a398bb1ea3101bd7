//! The series that symbols are measured on, made ready once for all symbols of a session.

use std::borrow::Cow;

use crate::column::Rows;
use crate::joint::JointBasis;
use crate::ridge::Ridge;
use crate::{Absent, Figure, History, Settings, Spread, Timeline};

/// A style factor and the series that stands for it.
#[derive(Clone, Debug)]
pub struct StyleFactor {
    /// Its name in settings and answers.
    pub name: String,
    /// The history of its symbol, where there is one.
    pub history: Option<History>,
}

/// Benchmark, rate proxy, style factors and spreads of a session.
///
/// Made once and shared by all symbols, also between threads: what depends on the yardsticks alone is computed here.
#[derive(Debug)]
pub struct Yardsticks {
    pub(crate) settings: Settings,
    timeline: Timeline,
    benchmark: Option<History>,
    rate_proxy: Option<History>,
    styles: Vec<StyleFactor>,
    /// Which styles have enough returns to take part in the regression on all of them.
    style_use: Vec<Result<(), Absent>>,
    style_basis: Option<(Rows, Ridge)>,
    spreads: Vec<(Spread, Result<History, Absent>)>,
    joint: Result<JointBasis, Absent>,
}

impl Yardsticks {
    /// The yardsticks of the last session of a timeline.
    ///
    /// A series on another timeline counts as missing, as does one that is not given. A style with fewer than
    /// `ridge_min` returns in the last `ridge_window` sessions takes no part in regressions on all styles, so that a
    /// young fund does not shorten them.
    pub fn new(
        settings: Settings,
        timeline: &Timeline,
        benchmark: Option<History>,
        rate_proxy: Option<History>,
        styles: Vec<StyleFactor>,
    ) -> Yardsticks {
        let here = |history: Option<History>| history.filter(|history| history.timeline() == timeline);
        let (benchmark, rate_proxy) = (here(benchmark), here(rate_proxy));
        let styles: Vec<StyleFactor> = styles
            .into_iter()
            .map(|style| StyleFactor { name: style.name, history: here(style.history) })
            .collect();
        let style_use: Vec<Result<(), Absent>> =
            styles.iter().map(|style| usable(style.history.as_ref(), &settings)).collect();
        let spreads = Spread::ALL.map(|spread| (spread, spread.history(benchmark.as_ref(), &styles)));
        let joint = JointBasis::new(&settings, benchmark.as_ref(), rate_proxy.as_ref(), &styles);
        let mut yardsticks = Yardsticks {
            settings,
            timeline: timeline.clone(),
            benchmark,
            rate_proxy,
            styles,
            style_use,
            style_basis: None,
            spreads: spreads.into(),
            joint,
        };
        yardsticks.style_basis = yardsticks.shared_style_basis();
        yardsticks
    }

    /// The timeline of every series.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The names of the style factors, in the order in which figures list them.
    pub fn style_names(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        self.styles.iter().map(|style| style.name.as_str())
    }

    /// The variance inflation of each style factor over the session's own window: how much of it the others say
    /// already.
    pub fn style_inflation(&self) -> Vec<Figure> {
        let absent =
            || self.style_use.iter().map(|used| Err(used.err().unwrap_or(Absent::NoFactor))).collect();
        let basis = self.style_basis.as_ref().map(|(_, ridge)| ridge.inflation());
        basis.map_or_else(absent, |inflation| self.for_each_style(inflation))
    }

    /// The settings of the figures.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The benchmark, where it has a history.
    ///
    /// # Errors
    /// `no_benchmark`.
    pub fn benchmark(&self) -> Result<&History, Absent> {
        self.benchmark.as_ref().ok_or(Absent::NO_BENCHMARK)
    }

    pub(crate) fn rate_proxy(&self) -> Result<&History, Absent> {
        self.rate_proxy.as_ref().ok_or(Absent::NoFactor)
    }

    pub(crate) fn spreads(&self) -> &[(Spread, Result<History, Absent>)] {
        &self.spreads
    }

    /// The joint model's factors.
    ///
    /// # Errors
    /// `no_benchmark`, or why the benchmark cannot be used.
    pub fn joint(&self) -> Result<&JointBasis, Absent> {
        self.joint.as_ref().map_err(|reason| *reason)
    }

    /// The histories of the styles that take part in the regression on all of them.
    pub(crate) fn used_styles(&self) -> Vec<&History> {
        let used = self.styles.iter().zip(&self.style_use).filter(|(_, used)| used.is_ok());
        used.filter_map(|(style, _)| style.history.as_ref()).collect()
    }

    /// The regressors at some rows: those made ready, when these are their rows.
    pub(crate) fn style_basis(&self, rows: &Rows) -> Result<Cow<'_, Ridge>, Absent> {
        match &self.style_basis {
            Some((shared, ridge)) if shared == rows => Ok(Cow::Borrowed(ridge)),
            _ => self.prepared_styles(rows).map(Cow::Owned),
        }
    }

    /// Figures of the styles that take part, laid out for all of them.
    pub(crate) fn for_each_style(&self, figures: &[Figure]) -> Vec<Figure> {
        let mut figures = figures.iter();
        let of = |used: &Result<(), Absent>| {
            used.and_then(|()| figures.next().copied().unwrap_or(Err(Absent::NoFactor)))
        };
        self.style_use.iter().map(of).collect()
    }

    fn prepared_styles(&self, rows: &Rows) -> Result<Ridge, Absent> {
        let regressors: Vec<Cow<'_, [f64]>> =
            self.used_styles().into_iter().map(|style| rows.of(style.simple())).collect();
        Ridge::prepare(&regressors, self.settings.ridge_penalty)
    }

    fn shared_style_basis(&self) -> Option<(Rows, Ridge)> {
        let columns: Vec<_> = self.used_styles().into_iter().map(History::simple).collect();
        let rows = Rows::last_common(&columns, self.settings.ridge_window);
        let ridge = self.prepared_styles(&rows).ok()?;
        Some((rows, ridge))
    }
}

/// Whether a factor has enough returns in the last sessions to be regressed on beside others.
pub(crate) fn usable(history: Option<&History>, settings: &Settings) -> Result<(), Absent> {
    let column = history.ok_or(Absent::NoFactor)?.simple();
    let first = column.len().saturating_sub(settings.ridge_window);
    if column.count_from(first) < settings.ridge_min { Err(Absent::TOO_FEW_RETURNS) } else { Ok(()) }
}
