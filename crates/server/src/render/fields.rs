//! Figures in answers: numbers, or null with the reason noted by path in one object.

use risk::{Figure, Sample};
use serde_json::{Map, Value, json};

/// The fields of a figure, which note their reasons of absence by path.
pub struct Fields<'a> {
    path: &'a str,
    fields: Map<String, Value>,
    absent: &'a mut Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Without any field yet, below a path; an empty one is that of the answer itself.
    pub fn new(absent: &'a mut Map<String, Value>, path: &'a str) -> Fields<'a> {
        Fields { path, fields: Map::new(), absent }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Adds a figure.
    pub fn figure(&mut self, name: &str, figure: Figure) {
        if let Err(reason) = figure {
            self.absent.insert(self.path_of(name), reason.as_str().into());
        }
        self.fields.insert(name.to_owned(), json!(figure.ok()));
    }

    /// Adds what is no figure.
    pub fn value(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Adds figures by name below one more name.
    pub fn figures<'b>(&mut self, name: &str, figures: impl Iterator<Item = (&'b str, Figure)>) {
        self.below(name, |fields| figures.for_each(|(name, figure)| fields.figure(name, figure)));
    }

    /// Adds fields below one more name.
    pub fn below(&mut self, name: &str, fill: impl FnOnce(&mut Fields<'_>)) {
        let path = self.path_of(name);
        let mut below = Fields::new(self.absent, &path);
        fill(&mut below);
        let fields = below.fields;
        self.fields.insert(name.to_owned(), fields.into());
    }

    /// Adds what a figure was computed from.
    pub fn sample_of(&mut self, sample: &Sample) {
        for (name, value) in sample_fields(sample) {
            self.fields.insert(name.to_owned(), value);
        }
    }

    /// Adds what the figure was computed from, which is the last of it.
    pub fn sample(mut self, sample: &Sample) -> Value {
        self.sample_of(sample);
        self.into_value()
    }

    /// The fields as an object.
    pub fn into_value(self) -> Value {
        self.fields.into()
    }
}

/// What a figure was computed from, as fields.
pub fn sample_fields(sample: &Sample) -> [(&'static str, Value); 4] {
    [
        ("window", sample.window.into()),
        ("n", sample.observations.into()),
        ("first", json!(sample.first.map(|date| date.to_string()))),
        ("last", json!(sample.last.map(|date| date.to_string()))),
    ]
}
