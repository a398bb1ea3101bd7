//! When spans were open, by the computer's own clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// From the moment a span was made until it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: Instant,
    pub to: Instant,
}

impl Interval {
    pub fn length(&self) -> Duration {
        self.to - self.from
    }

    /// Whether two have more than an end in common.
    fn overlaps(&self, other: &Interval) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// The pairs out of two lists that overlap.
pub fn overlapping(ones: &[Interval], others: &[Interval]) -> Vec<(Interval, Interval)> {
    let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| one.overlaps(other)).collect()
}

/// Notes when the spans of two names are made and closed.
#[derive(Clone)]
pub struct Watch {
    names: [&'static str; 2],
    inside: Arc<Mutex<Noted>>,
}

#[derive(Default)]
struct Noted {
    open: BTreeMap<u64, (&'static str, Instant)>,
    closed: Vec<(&'static str, Interval)>,
}

impl Watch {
    pub fn new(names: [&'static str; 2]) -> Watch {
        Watch { names, inside: Arc::default() }
    }

    /// The intervals of both names since the last time, none of which may still be open.
    pub fn take(&self) -> [Vec<Interval>; 2] {
        let mut noted = self.inside.lock().unwrap();
        assert!(noted.open.is_empty(), "spans that nobody closed: {:?}", noted.open);
        let closed = std::mem::take(&mut noted.closed);
        self.names.map(|name| {
            closed.iter().filter(|(closed, _)| *closed == name).map(|(_, interval)| *interval).collect()
        })
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Watch {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let name = attributes.metadata().name();
        if self.names.contains(&name) {
            self.inside.lock().unwrap().open.insert(id.into_u64(), (name, Instant::now()));
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let to = Instant::now();
        let mut noted = self.inside.lock().unwrap();
        if let Some((name, from)) = noted.open.remove(&id.into_u64()) {
            noted.closed.push((name, Interval { from, to }));
        }
    }
}
