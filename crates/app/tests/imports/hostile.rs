//! Files that are broken or mean harm: each is refused as a file, or names row, column and mending; none panics, and
//! none is written in part.

mod json_and_xml;
mod tables;

use app::{AppError, FILE_BYTES_MAX, FILE_ROWS_MAX, FileFormat, ImportFile, RowState};

use crate::bed::Bed;

/// What must become of a hostile file.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It is refused as a whole, with a message that holds this.
    File(&'static str),
    /// Its first refused row, the column at fault and the code.
    Row(u64, &'static str, &'static str),
}

/// A hostile file and what must become of it.
pub type Case = (FileFormat, Vec<u8>, Fate);

/// What a message must hold to tell how to mend: one of these words.
const MENDINGS: [&str; 21] = [
    "write",
    "take ",
    "use ",
    "save ",
    "close it",
    "double ",
    "quote ",
    "divide ",
    "shorten ",
    "leave ",
    "export ",
    "correct ",
    "needed ",
    "needs ",
    "above zero",
    "import it",
    "download ",
    "add ",
    "turn ",
    "is this",
    "reset",
];
/// Codes of refusals whose range or allowed values are in the message themselves.
const SELF_EVIDENT: [&str; 6] = ["outside_calendar", "currency", "price", "direction", "exit", "json"];

/// What is not as it must be with the refusal of a hostile file.
fn complaint(case: &Case, error: &AppError) -> Option<String> {
    let (format, content, fate) = case;
    let shown: String = String::from_utf8_lossy(content).chars().rev().take(100).collect();
    let place = format!("{format} …{:?}", shown.chars().rev().collect::<String>());
    let (message, is_self_evident) = match (error, fate) {
        (AppError::Invalid { field: "file", message }, Fate::File(needle)) => {
            if !message.contains(needle) {
                return Some(format!("{place}: {message}"));
            }
            (message.clone(), false)
        }
        (AppError::ImportRefused(report), Fate::Row(line, column, code)) => {
            let row = report.rows.iter().find(|row| matches!(row.state, RowState::Error { .. }))?;
            let RowState::Error { column: found, code: found_code, message } = &row.state else {
                return None;
            };
            if (row.line, found.as_str(), *found_code) != (*line, *column, *code) {
                return Some(format!("{place}: line {} {found} {found_code}: {message}", row.line));
            }
            (message.clone(), SELF_EVIDENT.contains(found_code))
        }
        (error, fate) => return Some(format!("{place}: {fate:?} is expected, and it is {error:?}")),
    };
    let mends = is_self_evident || MENDINGS.iter().any(|word| message.contains(word));
    let is_short = message.len() < 600 && !message.contains('\0');
    (!mends || !is_short).then(|| format!("{place} says no mending, or too much: {message}"))
}

pub async fn nothing_hostile_panics_or_is_written_in_part(bed: Bed) {
    let cases: Vec<Case> = tables::cases().into_iter().chain(json_and_xml::cases()).collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut complaints = Vec::new();
    for case in &cases {
        let (format, content, _) = case;
        let Err(error) = bed.try_import(content, Some(*format)).await else {
            complaints.push(format!("{format} is taken: {:?}", String::from_utf8_lossy(content)));
            continue;
        };
        complaints.extend(complaint(case, &error));
        for format in FileFormat::ALL.map(Some).into_iter().chain([None]) {
            let file = ImportFile { name: "hostile", content, format, skip_bad_rows: true };
            // Whatever the format is said to be, an answer comes.
            let _ = app::import_file(&bed.ctx, "Book", &file, true).await;
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(bed.active_count("Book").await, 0);
    assert!(app::list_batches(&bed.ctx, "Book").await.unwrap().is_empty());
    assert!(app::coverage(&bed.ctx).await.unwrap().is_empty(), "no instrument was made either");
}

pub async fn what_is_too_large_is_refused(bed: Bed) {
    let row = "2024-03-04,deposit,1\n";
    let rows = format!("date,activityType,amount\n{}", row.repeat(FILE_ROWS_MAX + 1));
    let element = "<Trade symbol=\"A\"/>";
    let elements = format!(
        "<FlexQueryResponse><a><b><Trades>{}</Trades></b></a></FlexQueryResponse>",
        element.repeat(FILE_ROWS_MAX + 1)
    );
    let objects = format!("{{\"activities\":[{}7]}}", "7,".repeat(FILE_ROWS_MAX));
    for (content, needle) in [
        (rows, "more than 100000 rows"),
        (elements, "more than 100000 rows"),
        (objects, "more than 100000 rows"),
        ("x".repeat(FILE_BYTES_MAX + FILE_BYTES_MAX / 10), "bytes, at most"),
        (format!("{{{}", " ".repeat(FILE_BYTES_MAX)), "bytes, at most"),
    ] {
        let error = bed.try_import(content.as_bytes(), None).await.unwrap_err();
        assert!(matches!(&error, AppError::Invalid { message, .. } if message.contains(needle)), "{error:?}");
    }
    assert_eq!(bed.active_count("Book").await, 0);
}
