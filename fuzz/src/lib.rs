//! What must hold of every file and of every text, whatever stands in it.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use app::{FILE_ROWS_MAX, FileFormat, RowState, read_file};

/// Reads a file as an import does, and holds what is told of it to what any answer must keep.
pub fn read(format: Option<FileFormat>, content: &[u8]) {
    let first = read_file(format, content);
    let again = read_file(format, content);
    assert_eq!(format!("{first:?}"), format!("{again:?}"), "a file read twice is the same");
    let Ok(report) = first else { return };
    assert!(!report.rows.is_empty() && report.rows.len() <= FILE_ROWS_MAX);
    let lines = report.rows.iter().map(|row| row.line);
    assert!(
        lines.clone().zip(lines.skip(1)).all(|(line, next)| line <= next),
        "rows stand in the file's order"
    );
    for row in &report.rows {
        if let RowState::Error { code, message, .. } = &row.state {
            assert!(!code.is_empty() && !message.is_empty(), "a refusal says why");
            assert!(message.len() < 2_000 && !message.contains('\0'), "{message:?}");
        }
    }
}

/// A text that is read is written in a form that is read as the same again, and written as the same again.
pub fn round_trip<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    let Ok(read) = text.parse::<T>() else { return };
    let written = read.to_string();
    match written.parse::<T>() {
        Ok(again) => assert_eq!((&again, again.to_string()), (&read, written), "of {text:?}"),
        Err(_) => panic!("{text:?} was written as {written:?}, which is not read"),
    }
}

/// A table of one row whose cells are these texts, divided as the header is.
pub fn row(header: &str, cells: &[&str]) -> Vec<u8> {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    let delimiter = if header.contains(';') { ";" } else { "," };
    format!("{header}\n{}\n", quoted.join(delimiter)).into_bytes()
}
