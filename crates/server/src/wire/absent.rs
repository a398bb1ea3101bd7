//! Reasons of figures that do not exist.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// The figures of an answer that are null, each with the stable name of the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Absent {
    /// Notes that a figure is absent.
    pub fn note(&mut self, figure: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) {
        self.0.push((figure.into(), reason.into()));
    }

    /// Notes a figure as absent when it is.
    pub fn note_if(
        &mut self,
        is_absent: bool,
        figure: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        if is_absent {
            self.note(figure, reason);
        }
    }
}

impl Serialize for Absent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (figure, reason) in &self.0 {
            map.serialize_entry(figure, reason)?;
        }
        map.end()
    }
}

impl PartialSchema for Absent {
    fn schema() -> RefOr<Schema> {
        let reason = Object::with_type(Type::String);
        let of_reasons = AdditionalProperties::RefOr(RefOr::T(Schema::Object(reason)));
        ObjectBuilder::new()
            .description(Some("The figures that are null, each with the reason"))
            .additional_properties(Some(of_reasons))
            .into()
    }
}

impl ToSchema for Absent {}
