//! Indicators, session by session.

use app::IndicatorAnswer;
use quant::{Absent, Figure};
use serde_json::{Map, Value, json};

use crate::render::table::Sheet;

/// One object for each session: the lines by name, whether its bar is final, and the reasons of what is absent.
pub fn json(answer: &IndicatorAnswer) -> Value {
    let sessions = answer.prices.adjusted.sessions.iter().enumerate();
    let rows = sessions.map(|(at, session)| {
        let mut row = Map::new();
        row.insert("session".to_owned(), session.to_string().into());
        let mut absent = Map::new();
        for (name, figure) in figures(answer, at) {
            row.insert(name.to_owned(), json!(figure.ok()));
            if let Err(reason) = figure {
                absent.insert(name.to_owned(), reason.as_str().into());
            }
        }
        row.insert("final".to_owned(), answer.prices.adjusted.is_final[at].into());
        row.insert("absent".to_owned(), absent.into());
        Value::Object(row)
    });
    rows.collect()
}

/// A line for each session, which says why a figure is absent, and whether its bar may still change.
pub fn table(answer: &IndicatorAnswer) -> String {
    let lines = answer.lines.iter().map(|line| format!(">{}", line.name));
    let headings: Vec<String> =
        std::iter::once("session".to_owned()).chain(lines).chain([String::new()]).collect();
    let mut sheet = Sheet::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    for (at, session) in answer.prices.adjusted.sessions.iter().enumerate() {
        let shown = figures(answer, at).map(|(_, figure)| shown(figure));
        let reason = figures(answer, at).find_map(|(_, figure)| figure.err()).as_ref().map(Absent::to_string);
        let is_final = answer.prices.adjusted.is_final[at];
        let provisional = (!is_final).then(|| "not final".to_owned());
        let notes: Vec<String> = reason.into_iter().chain(provisional).collect();
        sheet.row(std::iter::once(session.to_string()).chain(shown).chain([notes.join("; ")]));
    }
    sheet.text()
}

/// What the figures were computed from, in words.
pub fn origin(answer: &IndicatorAnswer) -> String {
    let prices = &answer.prices;
    format!(
        "{} on {} bars of {} from {}, adjusted for splits as of {}; {} complete sessions without a bar",
        answer.indicator,
        prices.adjusted.len(),
        prices.symbol,
        prices.source.map_or("the cache", |source| source.as_str()),
        prices.to,
        prices.missing_count,
    )
}

/// The figures of all lines on one bar, by name.
fn figures(answer: &IndicatorAnswer, at: usize) -> impl Iterator<Item = (&'static str, Figure)> + '_ {
    answer.lines.iter().map(move |line| (line.name, line.figures[at]))
}

/// A figure to four decimals; a dash when it is absent.
fn shown(figure: Figure) -> String {
    figure.map_or("–".to_owned(), |figure| format!("{figure:.4}"))
}
