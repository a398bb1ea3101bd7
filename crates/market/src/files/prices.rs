//! Reading `prices/SYMBOL.csv`.

use std::path::Path;

use model::{Bar, Bars, Calendar, Date, Price, SETTLE_DELAY_S_DEFAULT, Timestamp};

use crate::{ProviderError, REFUSED_ROWS_KEPT_MAX, RefusedRow};

/// What a price file says.
#[derive(Debug, Default)]
pub struct Parsed {
    pub bars: Bars,
    pub refused: Vec<RefusedRow>,
    pub refused_count: usize,
    /// Whether rows were refused only because their session has not begun.
    pub has_future_rows: bool,
}

/// Positions of the columns in a row.
struct Columns {
    date: usize,
    close: usize,
    open: Option<usize>,
    high: Option<usize>,
    low: Option<usize>,
    volume: Option<usize>,
}

/// Reads a price file. Rows that make no sense are refused and reported, the good ones kept.
///
/// # Errors
/// [`ProviderError::Malformed`] when the header lacks `date` or `close`, or the file is no CSV at all.
pub fn parse(path: &Path, content: &[u8], as_of: Timestamp) -> Result<Parsed, ProviderError> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let malformed = |what: String| ProviderError::Malformed { what: format!("prices/{file}: {what}") };
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(content);
    let columns =
        columns(reader.headers().map_err(|error| malformed(error.to_string()))?).map_err(malformed)?;
    let mut parsed = Parsed::default();
    let mut rows: Vec<Bar> = Vec::new();
    let mut row = csv::StringRecord::new();
    let line_at = |at: &csv::Position| crate::row_line(content, at.byte(), at.line());
    loop {
        let (line, bar) = match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => (row.position().map_or(0, line_at), bar(&row, &columns, as_of)),
            Err(error) if error.is_io_error() => return Err(malformed(error.to_string())),
            Err(error) => {
                let line = error.position().map_or(0, line_at);
                (line, Err("the row is not UTF-8 text".to_owned()))
            }
        };
        match bar {
            Ok(Some(bar)) => rows.push(bar),
            Ok(None) => {
                parsed.has_future_rows = true;
                refuse(&mut parsed, &file, line, "its session has not begun".to_owned());
            }
            Err(reason) => refuse(&mut parsed, &file, line, reason),
        }
    }
    rows.sort_by_key(|bar| bar.session);
    for bar in rows {
        if parsed.bars.sessions.last() == Some(&bar.session) {
            let last = parsed.bars.get(parsed.bars.len() - 1);
            if last != Some(bar) {
                let reason = format!("{} stands twice with different prices; the first is kept", bar.session);
                refuse(&mut parsed, &file, 0, reason);
            }
        } else {
            parsed.bars.push(bar);
        }
    }
    Ok(parsed)
}

fn refuse(parsed: &mut Parsed, file: &str, line: u64, reason: String) {
    parsed.refused_count += 1;
    if parsed.refused.len() < REFUSED_ROWS_KEPT_MAX {
        let place = if line == 0 { format!("prices/{file}") } else { format!("prices/{file} line {line}") };
        parsed.refused.push(RefusedRow { place, reason });
    }
}

fn columns(header: &csv::StringRecord) -> Result<Columns, String> {
    let find = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let required = |name: &str| {
        find(name).ok_or_else(|| {
            let found: Vec<&str> = header.iter().collect();
            format!("the header has no column {name}; it has {:?}", found.join(","))
        })
    };
    Ok(Columns {
        date: required("date")?,
        close: required("close")?,
        open: find("open"),
        high: find("high"),
        low: find("low"),
        volume: find("volume"),
    })
}

/// Reads one row; `Ok(None)` is a row of a session that has not begun.
fn bar(row: &csv::StringRecord, columns: &Columns, as_of: Timestamp) -> Result<Option<Bar>, String> {
    let date = row.get(columns.date).unwrap_or("");
    let session: Date = date.parse().map_err(|error| format!("date: {error}"))?;
    let calendar = Calendar::xnys();
    let Some(hours) = calendar.hours(session) else {
        return Err(format!("{session} is no session of {}", calendar.name()));
    };
    if as_of < hours.open {
        return Ok(None);
    }
    let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|text| !text.is_empty());
    let price = |name: &str, at: Option<usize>| {
        let read = |text| Price::parse_rounded(text).map_err(|error| format!("{name}: {error}"));
        cell(at).map(read).transpose()
    };
    let close = price("close", Some(columns.close))?.ok_or("close: the cell is empty")?;
    let volume = cell(columns.volume)
        .map(|text| {
            let volume = model::Money::parse_rounded(text).map_err(|error| format!("volume: {error}"))?;
            Ok::<i64, String>(volume.micros() / model::MONEY_SCALE)
        })
        .transpose()?;
    let bar = Bar {
        session,
        open: price("open", columns.open)?,
        high: price("high", columns.high)?,
        low: price("low", columns.low)?,
        close,
        volume,
        is_final: calendar.is_complete(session, as_of, SETTLE_DELAY_S_DEFAULT),
    };
    bar.check().map_err(|fault| fault.to_string())?;
    Ok(Some(bar))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `content` on 2024-01-05 at noon in New York and compares bars and refusals.
    fn check(content: &str, bars: &[&str], refused: &[&str]) {
        let as_of = "2024-01-05T17:00:00Z".parse().unwrap();
        let parsed = parse(Path::new("AAA.csv"), content.as_bytes(), as_of).unwrap();
        let show = |bar: Bar| {
            let mark = if bar.is_final { "" } else { "*" };
            let open = bar.open.map_or(String::new(), |open| format!(" from {open}"));
            format!("{} {}{open}{mark}", bar.session, bar.close)
        };
        assert_eq!(parsed.bars.iter().map(show).collect::<Vec<_>>(), bars);
        let told: Vec<String> = parsed.refused.iter().map(|r| format!("{}: {}", r.place, r.reason)).collect();
        assert_eq!(told, refused);
    }

    #[test]
    fn date_and_close_are_enough_and_rows_may_stand_in_any_order() {
        check("date,close\n2024-01-04,11\n2024-01-03,10.5\n", &["2024-01-03 10.5", "2024-01-04 11"], &[]);
        check("\u{feff}Close,Date,Open\n10,2024-01-03,9\n", &["2024-01-03 10 from 9"], &[]);
        check("date,open,high,low,close,volume\r\n2024-01-03,,,,10,\r\n", &["2024-01-03 10"], &[]);
    }

    #[test]
    fn the_bar_of_a_session_under_way_is_not_final_and_later_ones_are_refused() {
        check(
            "date,close\n2024-01-04,11\n2024-01-05,12\n2024-01-08,13\n",
            &["2024-01-04 11", "2024-01-05 12*"],
            &["prices/AAA.csv line 4: its session has not begun"],
        );
    }

    #[test]
    fn bad_rows_are_refused_with_their_place_and_the_others_kept() {
        check(
            "date,open,high,low,close,volume\n2024-01-03,1,2,3,1.5,10\n2024-01-06,1,1,1,1,1\n\
             01/04/2024,1,1,1,1,1\n2024-01-04,1,1,1,NaN,1\n2024-01-02,1,1,1,1,1\n2024-01-04,1,1,1,,\n",
            &["2024-01-02 1 from 1"],
            &[
                "prices/AAA.csv line 2: the low is above the open or the close",
                "prices/AAA.csv line 3: 2024-01-06 is no session of XNYS",
                "prices/AAA.csv line 4: date: \"01/04/2024\" is not a date; write it as YYYY-MM-DD",
                "prices/AAA.csv line 5: close: \"NaN\" is not a plain decimal number",
                "prices/AAA.csv line 7: close: the cell is empty",
            ],
        );
    }

    #[test]
    fn a_session_that_stands_twice_is_told() {
        check(
            "date,close\n2024-01-03,10\n2024-01-03,10\n2024-01-04,11\n2024-01-04,12\n",
            &["2024-01-03 10", "2024-01-04 11"],
            &["prices/AAA.csv: 2024-01-04 stands twice with different prices; the first is kept"],
        );
    }

    #[test]
    fn a_file_without_the_needed_columns_is_malformed() {
        let parse =
            |text: &str| parse(Path::new("AAA.csv"), text.as_bytes(), Timestamp::from_epoch_micros(0));
        let told = parse("day,last\n2024-01-03,10\n").unwrap_err().to_string();
        assert!(told.contains("prices/AAA.csv") && told.contains("no column date"), "{told}");
        assert!(parse("").is_err());
    }
}
