//! Figures that may be absent: numbers, or null with the reason noted by path in one object.

use risk::{Absent as Reason, Figure};

use crate::wire::Absent;

/// Where reasons of absence are noted, below a path.
pub struct Notes<'a> {
    path: String,
    absent: &'a mut Absent,
}

impl<'a> Notes<'a> {
    /// Those of a whole answer.
    pub fn new(absent: &'a mut Absent) -> Notes<'a> {
        Notes { path: String::new(), absent }
    }

    /// Those below a field.
    pub fn below(&mut self, field: &str) -> Notes<'_> {
        Notes { path: self.path_of(field), absent: self.absent }
    }

    /// The same ones, for fields that stand beside those to come.
    pub fn beside(&mut self) -> Notes<'_> {
        Notes { path: self.path.clone(), absent: self.absent }
    }

    fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// The number of a field, or nothing and a note of the reason.
    pub fn figure(&mut self, field: &str, figure: Figure) -> Option<f64> {
        figure.inspect_err(|reason| self.note(field, *reason)).ok()
    }

    /// Notes why a field is null.
    pub fn note(&mut self, field: &str, reason: Reason) {
        self.absent.note(self.path_of(field), reason.as_str());
    }
}
