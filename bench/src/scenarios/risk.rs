//! Risk figures of symbols beside statsmodels and scikit-learn, and correlations with clusters beside numpy and scipy, each
//! at three sizes and with equal figures.

use anyhow::{Context, Result};
use model::{Calendar, Date, Symbol};
use rayon::prelude::*;
use risk::{History, Named, Settings, StyleFactor, SymbolRisk, Timeline, Yardsticks};
use tokio::runtime::Runtime;

use crate::Repeats;
use crate::peers::risk_figures::RiskFigures;
use crate::report::{Bar, Line};
use crate::timing::{Taken, median_ratio};
use crate::world::{Shape, World};

/// Benchmark, rate proxy and six styles come first.
const YARDSTICKS: [&str; 8] =
    ["benchmark", "rate", "value", "growth", "momentum", "quality", "size", "low_volatility"];
const SYMBOLS: [usize; 3] = [250, 500, 1_000];
const CORRELATED: [usize; 3] = [125, 250, 500];
const SESSIONS: usize = 1_100;
const WORLD: Shape =
    Shape { account_count: 0, position_count: 0, session_count: SESSIONS, symbol_count: 1_008 };
/// Times the loop in Python.
const SYMBOLS_RATIO_MIN: f64 = 40.0;

/// Histories of all series, and their symbols.
struct Histories {
    timeline: Timeline,
    symbols: Vec<Symbol>,
    all: Vec<History>,
}

pub fn measure(_: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(WORLD)?;
    let histories = Histories::of(&world)?;
    let folder = tempfile::tempdir()?;
    let (simple, log) = (histories.returns(false)?, histories.returns(true)?);
    let mut peer = RiskFigures::find(&simple, &log, folder.path())?;
    let mut lines = Vec::new();
    for (what, sizes) in [("symbols", SYMBOLS), ("correlation", CORRELATED)] {
        for (place, count) in sizes.into_iter().enumerate() {
            let is_held = place + 1 == sizes.len();
            lines.push(line(&histories, peer.as_mut(), what, count, is_held, repeats)?);
        }
    }
    Ok(lines)
}

fn line(
    histories: &Histories,
    peer: Option<&mut RiskFigures>,
    what: &str,
    count: usize,
    is_held: bool,
    repeats: Repeats,
) -> Result<Line> {
    let run = |count: usize| match what {
        "symbols" => histories.symbol_figures(count),
        _ => histories.correlation_figures(count),
    };
    let name = format!("risk: {what}, {count} symbols");
    let mut own = Taken::default();
    let Some(peer) = peer.filter(|peer| peer.has(what)) else {
        for _ in 0..repeats.runs {
            own.run(|| run(count))?;
        }
        return Ok(Line::new(name, own.wall_s(0.5) * 1e3, "ms", Bar::None).note("the peer is not installed"));
    };
    peer.run(what, count)?;
    peer.agree(what, &run(count)?)?;
    let mut theirs = Taken::default();
    for _ in 0..repeats.runs {
        own.run(|| run(count))?;
        let (wall_s, cpu_s) = peer.run(what, count)?;
        theirs.note(wall_s, Some(cpu_s));
    }
    let note = format!(
        "{:.2} ms beside {:.0} ms, medians; processor time {:.2} ms; figures are equal",
        own.wall_s(0.5) * 1e3,
        theirs.wall_s(0.5) * 1e3,
        own.cpu_s(0.5) * 1e3
    );
    Ok(match what {
        "symbols" => {
            let bar = if is_held { Bar::AtLeast(SYMBOLS_RATIO_MIN) } else { Bar::None };
            Line::new(name, 1.0 / median_ratio(&own, &theirs), "x faster", bar)
                .beside("statsmodels and scikit-learn", 1.0)
                .note(note)
        }
        _ => {
            let bar = if is_held { Bar::AtMost(1.0) } else { Bar::None };
            Line::new(name, median_ratio(&own, &theirs), "x", bar).beside("numpy and scipy", 1.0).note(note)
        }
    })
}

impl Histories {
    fn of(world: &World) -> Result<Histories> {
        let last = *world.sessions.last().context("a set has sessions")?;
        let timeline = Timeline::ending(Calendar::xnys(), last, SESSIONS);
        let closes = |at: usize| -> Vec<(Date, f64)> {
            let bars = &world.series[at].bars;
            // As traded: a split counts as a fall, here as in the script.
            bars.sessions.iter().zip(&bars.close).map(|(day, close)| (*day, close.to_f64())).collect()
        };
        let all = (0..world.series.len()).map(|at| History::of_closes(&timeline, closes(at))).collect();
        let symbols = world.series.iter().map(|series| series.symbol.clone()).collect();
        Ok(Histories { timeline, symbols, all })
    }

    /// The returns of every series; each has all of them.
    fn returns(&self, is_log: bool) -> Result<Vec<Vec<f64>>> {
        let of = |history: &History| -> Option<Vec<f64>> {
            match is_log {
                true => history.log_returns().skip(1).collect(),
                false => history.simple_returns().skip(1).collect(),
            }
        };
        self.all.iter().map(|history| of(history).context("a series has all its returns")).collect()
    }

    /// Every figure of symbols, in the order of the script.
    fn symbol_figures(&self, count: usize) -> Result<Vec<f64>> {
        let at = |place: usize| Some(self.all[place].clone());
        let styles = (2..YARDSTICKS.len())
            .map(|place| StyleFactor { name: YARDSTICKS[place].to_owned(), history: at(place) });
        let yardsticks = Yardsticks::new(Settings::default(), &self.timeline, at(0), at(1), styles.collect());
        let wanted = &self.all[YARDSTICKS.len()..YARDSTICKS.len() + count];
        let found: Vec<SymbolRisk> =
            wanted.par_iter().map(|history| risk::symbol_risk(&yardsticks, history)).collect();
        let mut figures = Vec::with_capacity(count * 27);
        for found in &found {
            add_symbol(found, &mut figures)?;
        }
        Ok(figures)
    }

    /// Every correlation, every height of the tree, the number of clusters and the mean.
    fn correlation_figures(&self, count: usize) -> Result<Vec<f64>> {
        let settings = Settings { correlation_window: 252, ..Settings::default() };
        let wanted = YARDSTICKS.len()..YARDSTICKS.len() + count;
        let named: Vec<Named<'_>> =
            wanted.map(|at| Named { symbol: &self.symbols[at], history: &self.all[at] }).collect();
        let matrix = risk::correlation(&self.timeline, &named, &settings).matrix?;
        let mut figures = matrix.coefficients.entries().to_vec();
        figures.extend(matrix.tree.iter().map(|merge| merge.height));
        figures.push(matrix.clusters.iter().max().map_or(0.0, |last| *last as f64 + 1.0));
        figures.push(matrix.average?);
        Ok(figures)
    }
}

fn add_symbol(found: &SymbolRisk, figures: &mut Vec<f64>) -> Result<()> {
    for fit in [&found.market_beta, &found.rate_beta] {
        let fit = fit.value?;
        figures.extend([fit.beta, fit.alpha, fit.r_squared?, fit.std_error?, fit.t?, fit.p?]);
    }
    for beta in &found.style.value.as_ref().map_err(|reason| *reason)?.betas {
        figures.push((*beta)?);
    }
    for (_, fit) in &found.spreads {
        figures.push(fit.number(|fit| fit.beta)?);
    }
    let har = found.volatility.har.value?;
    figures.extend(har.coefficients);
    let parts = har.coefficients[1..].iter().zip(har.regressors);
    figures.push(har.coefficients[0] + parts.map(|(own, regressor)| own * regressor).sum::<f64>());
    Ok(())
}
