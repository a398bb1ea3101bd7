//! The XML of a Flex query. Document types and entities of a file's own are refused, so that nothing expands.

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::*;
use crate::import::report::CountedBy;

/// How deep elements may stand in each other; a Flex query has five levels.
const DEPTH_MAX: usize = 32;
/// The most attributes of an element.
const ATTRIBUTES_MAX: usize = 500;
/// The level on which the records of a section stand.
const RECORD_DEPTH: usize = 5;
/// The element around everything.
const ROOT: &str = "FlexQueryResponse";

/// Reads the records of a file in the order they stand in it.
///
/// # Errors
/// [`AppError::Invalid`] for a file that cannot be read at all.
pub fn parse(content: &[u8]) -> Result<Reading, AppError> {
    let text = std::str::from_utf8(content)
        .map_err(|_| unreadable("the file is not UTF-8 text; save it as UTF-8"))?;
    if text.contains('\0') {
        return Err(unreadable("the file has a NUL byte; take it out"));
    }
    let parsed = Parsed { counted_by: CountedBy::Entry, ..Parsed::default() };
    let mut reading = Reading::new(parsed, text.contains("<Trade "));
    let mut reader = Reader::from_str(text);
    let names: Arc<[String]> = COLUMNS.iter().map(|names| names[0].to_owned()).collect();
    let columns: Vec<Vec<String>> =
        COLUMNS.iter().map(|names| names.iter().map(|name| plain(name)).collect()).collect();
    let (mut depth, mut entry, mut has_root) = (0_usize, 0_u64, false);
    loop {
        let place = reader.buffer_position();
        let event = reader.read_event().map_err(|error| broken(text, reader.error_position(), &error))?;
        let (element, is_open) = match &event {
            Event::Start(element) => (element, true),
            Event::Empty(element) => (element, false),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Event::DocType(_) => {
                return Err(unreadable("the file has a document type, which no Flex query has; take it out"));
            }
            Event::Eof => break,
            _ => continue,
        };
        if depth == 0 {
            check_root(element, has_root)?;
            has_root = true;
        }
        depth += usize::from(is_open);
        let level = if is_open { depth } else { depth + 1 };
        if level > DEPTH_MAX {
            return Err(unreadable(format!(
                "elements stand in each other {DEPTH_MAX} deep; is this a Flex query?"
            )));
        }
        let Some((record, usual_level)) = record_of(element.name().as_ref()) else {
            if level >= RECORD_DEPTH {
                reading.leave_out(element.name().as_ref());
            }
            continue;
        };
        entry += 1;
        let values = values(element, &columns).map_err(|message| {
            unreadable(format!("line {}: {message}; export the query again", line_of(text, place)))
        })?;
        let cells = Cells { names: names.clone(), values, has_decimal_commas: true, notes: Vec::new() };
        reading.take(entry, record, usual_level, cells, None)?;
    }
    if depth > 0 || !has_root {
        return Err(unreadable(format!("the file ends before </{ROOT}>; export it again")));
    }
    Ok(reading)
}

fn broken(text: &str, place: u64, error: &quick_xml::Error) -> AppError {
    unreadable(format!("line {}: the XML is broken: {error}; export it again", line_of(text, place)))
}

fn line_of(text: &str, place: u64) -> usize {
    let before = usize::try_from(place).unwrap_or(usize::MAX).min(text.len());
    1 + text.as_bytes()[..before].iter().filter(|byte| **byte == b'\n').count()
}

fn check_root(element: &BytesStart<'_>, has_root: bool) -> Result<(), AppError> {
    let name = element.name();
    let name = name.as_ref();
    if name == ROOT && !has_root {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    Err(unreadable(match name {
        "FlexStatementResponse" => {
            "the file is the broker's answer that a statement is not ready; download the statement itself"
                .to_owned()
        }
        _ => format!(
            "the file is no Flex query: it has <{shown}> where one <{ROOT}> is expected; export the query as XML or CSV"
        ),
    }))
}

/// What an element is, and the level of detail of one that states none.
fn record_of(name: &str) -> Option<(Record, &'static str)> {
    match name {
        "Trade" => Some((Record::Trade, "execution")),
        "Order" => Some((Record::Trade, "order")),
        "SymbolSummary" | "AssetSummary" | "Lot" | "WashSale" => Some((Record::Trade, "summary")),
        "CashTransaction" => Some((Record::Cash, "detail")),
        "CorporateAction" => Some((Record::CorporateAction, "detail")),
        _ => None,
    }
}

/// The attributes of an element by column. Entities other than the five of XML itself are refused.
fn values<'a>(element: &BytesStart<'_>, columns: &[Vec<String>]) -> Result<Vec<Cow<'a, [u8]>>, String> {
    let mut found: Vec<Option<(usize, String)>> = vec![None; columns.len()];
    let mut attributes = element.attributes();
    // The check of the library compares each attribute with all before it; ours knows the columns.
    attributes.with_checks(false);
    for (count, attribute) in attributes.enumerate() {
        let attribute = attribute.map_err(|error| format!("the XML is broken: {error}"))?;
        if count == ATTRIBUTES_MAX {
            return Err(format!("an element has more than {ATTRIBUTES_MAX} attributes"));
        }
        let name = plain(attribute.key.as_ref());
        let place = columns.iter().enumerate().find_map(|(column, names)| {
            names.iter().position(|alias| *alias == name).map(|rank| (column, rank))
        });
        let Some((column, rank)) = place else { continue };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| format!("the attribute {}: {error}", names_of(&attribute)))?;
        match &found[column] {
            Some((known, _)) if *known == rank => {
                return Err(format!("the attribute {} stands twice", names_of(&attribute)));
            }
            // The first of a column's names counts, whatever the order of the attributes.
            Some((known, text)) if *known < rank && !text.is_empty() => {}
            _ => found[column] = Some((rank, value.into_owned())),
        }
    }
    let value = |found: Option<(usize, String)>| {
        found.map_or(Cow::Borrowed(b"" as &[u8]), |(_, text)| Cow::Owned(text.into_bytes()))
    };
    Ok(found.into_iter().map(value).collect())
}

fn names_of(attribute: &quick_xml::events::attributes::Attribute<'_>) -> String {
    attribute.key.as_ref().chars().take(40).collect()
}
