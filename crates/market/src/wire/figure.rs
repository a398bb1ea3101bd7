//! A number as providers write them: plain, quoted, wrapped, absent, or none at all.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

/// A number of an answer, kept as its text until somebody reads it.
///
/// Plain (`1.5`), quoted (`"1.5"`) and wrapped (`{"raw": 1.5, "fmt": "1.50"}`) numbers are read alike. `null`, an empty
/// object, an empty text and the words `None`, `N/A` and `-` are absent. One bad number leaves the rest of an answer readable.
///
/// # Example
/// ```
/// use market::Figure;
/// let row: Vec<Figure> = serde_json::from_str(r#"[1.5, "2", {"raw": 3, "fmt": "3"}, null, "NaN", 1e999]"#).unwrap();
/// assert_eq!(row[0].number(), Ok(Some(1.5)));
/// assert_eq!(row[1].number(), Ok(Some(2.0)));
/// assert_eq!(row[2].number(), Ok(Some(3.0)));
/// assert_eq!(row[3].number(), Ok(None));
/// assert_eq!(row[4].number().unwrap_err().to_string(), "\"NaN\" is no finite number");
/// assert!(row[5].number().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure(Option<Box<str>>);

/// A text where a number should stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no finite number")]
pub struct FigureError {
    text: String,
}

impl Figure {
    /// A figure by its text, as a cell of a CSV file has it.
    pub fn of_text(text: &str) -> Figure {
        let text = text.trim();
        let is_absent = ["", "None", "none", "null", "N/A", "N/D", "-"].contains(&text);
        Figure((!is_absent).then(|| text.into()))
    }

    /// Its text as the provider wrote it.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The number; absent when there is none.
    ///
    /// # Errors
    /// [`FigureError`] for a text that is no finite number.
    pub fn number(&self) -> Result<Option<f64>, FigureError> {
        let Some(text) = self.text() else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(FigureError { text: text.chars().take(40).collect() }),
        }
    }

    /// The number, where one that makes no sense counts as absent: for figures that are shown and never booked.
    pub fn finite(&self) -> Option<f64> {
        self.number().ok().flatten()
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Figure, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        read(raw.get()).map_err(D::Error::custom)
    }
}

fn read(json: &str) -> Result<Figure, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        raw: Option<&'a RawValue>,
    }
    match json.as_bytes().first() {
        Some(b'"') => Ok(Figure::of_text(&serde_json::from_str::<String>(json)?)),
        Some(b'{') => {
            let wrapped: Wrapped<'_> = serde_json::from_str(json)?;
            wrapped.raw.map_or(Ok(Figure(None)), |raw| match raw.get().as_bytes().first() {
                // A wrapping in a wrapping is nobody's form; it ends here, so that no answer can nest without end.
                Some(b'{') => Ok(Figure::of_text("a wrapped wrapping")),
                _ => read(raw.get()),
            })
        }
        _ => Ok(Figure::of_text(json)),
    }
}
