//! The history of one symbol along a timeline.

use model::Date;
use quant::{log_return, simple_return};

use crate::column::{Column, Rows};
use crate::{Sample, Timeline};

/// Closes and returns of one symbol along a timeline.
///
/// # Units
/// Returns are fractions for one session, of the series given: the total-return series, unless a figure says
/// otherwise.
///
/// # Convention
/// A return needs the closes of two adjacent sessions: a missing close takes the returns of its own session and
/// of the next away. What is no session of the timeline, later closes above all, is left out.
///
/// # Example
/// ```
/// use model::Calendar;
/// use risk::{History, Timeline};
/// let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), 3);
/// let closes = [("2024-07-02", 50.0), ("2024-07-03", 55.0), ("2024-07-05", 44.0), ("2024-07-08", 1.0)];
/// let history = History::of_closes(&timeline, closes.map(|(date, close)| (date.parse().unwrap(), close)));
/// let returns: Vec<Option<f64>> = history.simple_returns().collect();
/// assert_eq!(returns.len(), 3);
/// assert_eq!(returns[0], None);
/// assert!((returns[1].unwrap() - 0.1).abs() < 1e-15 && (returns[2].unwrap() + 0.2).abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct History {
    timeline: Timeline,
    closes: Column,
    simple: Column,
    log: Column,
}

impl History {
    /// The history of closes in order of date; a close that is not above zero counts as missing.
    pub fn of_closes(timeline: &Timeline, closes: impl IntoIterator<Item = (Date, f64)>) -> History {
        let closes = closes.into_iter().filter(|(_, close)| *close > 0.0 && close.is_finite());
        let closes = laid(timeline, closes);
        let mut simple = vec![Column::MISSING; closes.len()];
        let mut log = vec![Column::MISSING; closes.len()];
        for (at, pair) in closes.windows(2).enumerate() {
            // Two comparisons with a missing close fail, and so does that with a missing one.
            if pair[0] > 0.0 && pair[1] > 0.0 {
                simple[at + 1] = simple_return(pair[0], pair[1]).unwrap_or(Column::MISSING);
                log[at + 1] = log_return(pair[0], pair[1]).unwrap_or(Column::MISSING);
            }
        }
        History {
            timeline: timeline.clone(),
            closes: Column::new(closes),
            simple: Column::new(simple),
            log: Column::new(log),
        }
    }

    /// The history of a series that comes as simple returns, in order of date: a portfolio's, an index's.
    ///
    /// It has no closes. A return of -1 or less has no logarithm.
    pub fn of_returns(timeline: &Timeline, returns: impl IntoIterator<Item = (Date, f64)>) -> History {
        let simple = laid(timeline, returns);
        let log =
            simple.iter().map(|value| if *value > -1.0 { libm::log1p(*value) } else { Column::MISSING });
        let log = Column::new(log.collect());
        let closes = Column::missing(timeline.len());
        History { timeline: timeline.clone(), closes, simple: Column::new(simple), log }
    }

    /// The timeline it is laid along.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The simple return of each session of the timeline, where there is one.
    pub fn simple_returns(&self) -> impl DoubleEndedIterator<Item = Option<f64>> + ExactSizeIterator + '_ {
        self.simple.iter()
    }

    /// The logarithmic return of each session of the timeline, where there is one.
    pub fn log_returns(&self) -> impl DoubleEndedIterator<Item = Option<f64>> + ExactSizeIterator + '_ {
        self.log.iter()
    }

    /// The simple return of a session, where there is one.
    pub fn return_on(&self, session: Date) -> Option<f64> {
        self.simple.get(self.timeline.index_of(session)?)
    }

    /// The simple return from the close of one session to that of another, where both have one.
    pub fn return_between(&self, from: Date, to: Date) -> Option<f64> {
        let close_on = |session| self.closes.get(self.timeline.index_of(session)?);
        simple_return(close_on(from)?, close_on(to)?).ok()
    }

    pub(crate) fn simple(&self) -> &Column {
        &self.simple
    }

    pub(crate) fn log(&self) -> &Column {
        &self.log
    }

    /// The history of the difference of two series' simple returns, where both have one.
    pub(crate) fn less(&self, other: &History) -> History {
        let simple = self.simple.combined(&other.simple, |own, theirs| own - theirs);
        let missing = Column::missing(simple.len());
        History { timeline: self.timeline.clone(), closes: missing.clone(), simple, log: missing }
    }

    /// The sample at some rows of its timeline.
    pub(crate) fn sample(&self, window: usize, rows: &Rows) -> Sample {
        let date = |at: Option<usize>| at.and_then(|at| self.timeline.sessions().get(at).copied());
        Sample { window, observations: rows.len(), first: date(rows.first()), last: date(rows.last()) }
    }
}

/// Numbers of dates laid along a timeline; of two for one date the first counts.
fn laid(timeline: &Timeline, entries: impl IntoIterator<Item = (Date, f64)>) -> Vec<f64> {
    let mut entries = entries.into_iter().peekable();
    let mut numbers = Vec::with_capacity(timeline.len());
    for session in timeline.sessions() {
        while entries.next_if(|(date, _)| date < session).is_some() {}
        let here = entries.next_if(|(date, _)| date == session);
        numbers.push(here.map_or(Column::MISSING, |(_, number)| number));
    }
    numbers
}
