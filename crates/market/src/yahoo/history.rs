//! From quoted rows to the history that was asked for.

use model::{Actions, Bar, Bars, Calendar, Date, Dividend, Ratio, SETTLE_DELAY_S_DEFAULT, Split, Timestamp};

use super::chart::{Quoted, QuotedRow};
use super::unadjust::{Later, dividend_as_paid, price_as_traded, volume_as_traded};
use crate::{History, HistoryRequest, Listing, ProviderError, REFUSED_ROWS_KEPT_MAX, RefusedRow, Span};

/// The newest sessions about which a missing bar says nothing, because the source is late now and then.
pub const LATE_SESSIONS_MAX: usize = 5;
/// Days within which the prices before a split are divided by it.
const DIVIDED_DAYS_MAX: i32 = 7;
/// Smaller splits move the price no more than a bad day does.
const TOLD_APART_RATIO_MIN: f64 = 1.4;
/// Splits of a hundred million for one are nobody's.
const SPLIT_UNITS_MAX: i64 = 100_000_000;

/// What was asked of the source for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// First date of which bars were asked.
    pub first: Date,
    /// Last date of which bars were asked.
    pub through: Date,
    /// Today, up to which splits are known.
    pub today: Date,
}

/// Puts the answer together: bars and dividends as traded, what they cover, and what was refused.
///
/// `since` are the splits after [`Asked::through`], up to today.
///
/// # Errors
/// [`ProviderError::NoData`] when the symbol was listed and has nothing in the range asked,
/// [`ProviderError::Malformed`] when its splits multiply beyond all bounds, or have not divided the prices yet.
pub fn history(
    mut quoted: Quoted,
    since: &[Split],
    request: &HistoryRequest,
    asked: Asked,
) -> Result<History, ProviderError> {
    let calendar = Calendar::xnys();
    // What is announced and not yet so has not divided any price.
    let mut splits: Vec<Split> = quoted.splits.iter().chain(since).copied().collect();
    splits.retain(|split| split.ex_date <= asked.today && split.ratio != Ratio::ONE);
    splits.sort_by_key(|split| split.ex_date);
    check_divided(&quoted.rows, &splits, asked.today)?;
    let later = |date: Date| {
        let is_sane = |later: &Later| {
            [later.ratio.new_units(), later.ratio.old_units()].iter().all(|units| *units < SPLIT_UNITS_MAX)
        };
        let later = Later::of(&splits, date).filter(is_sane);
        later.ok_or_else(|| malformed(format!("the splits after {date} are out of bounds")))
    };
    let bars = bars(&mut quoted, request.as_of, asked, &later)?;
    let mut dividends = Vec::new();
    for (ex_date, amount) in std::mem::take(&mut quoted.dividends) {
        if (asked.first..=asked.today).contains(&ex_date) {
            match dividend_as_paid(amount, in_main_unit(later(ex_date)?, &quoted)?) {
                Some(amount) if amount.signum() > 0 => dividends.push(Dividend { ex_date, amount }),
                _ => quoted.refuse(ex_date, format!("dividend: {amount} is out of bounds")),
            }
        }
    }
    let has_begun = |session| calendar.hours(session).is_none_or(|hours| hours.open <= request.as_of);
    quoted.refused.retain(|(date, _)| (asked.first..=asked.today).contains(date) && has_begun(*date));
    let is_before_listing = quoted.first_trade.is_some_and(|listed| listed > asked.through);
    if bars.is_empty() && !is_before_listing {
        return Err(nothing_usable(&quoted));
    }
    let refused_count = quoted.refused.len();
    let refused = quoted.refused.into_iter().take(REFUSED_ROWS_KEPT_MAX);
    Ok(History {
        covers: covered(&bars, request.as_of, asked),
        actions_cover: Some(Span { first: asked.first, last: asked.through }),
        actions: Actions {
            splits: splits.into_iter().filter(|split| split.ex_date >= asked.first).collect(),
            dividends,
        },
        bars,
        refused: refused
            .map(|(date, reason)| RefusedRow { place: format!("session {date}"), reason })
            .collect(),
        refused_count,
        stamp: None,
        is_whole: false,
        listing: Listing { first: quoted.first_trade, last: None },
    })
}

/// Says when a split is told whose division the prices before it still lack: around the ex-date the source is late with
/// one of the two now and then, and prices would be multiplied that nobody divided.
fn check_divided(rows: &[QuotedRow], splits: &[Split], today: Date) -> Result<(), ProviderError> {
    for split in splits.iter().filter(|split| today.days_since(split.ex_date) <= DIVIDED_DAYS_MAX) {
        let before = rows.iter().filter(|row| row.session < split.ex_date).max_by_key(|row| row.session);
        let after = rows.iter().filter(|row| row.session >= split.ex_date).min_by_key(|row| row.session);
        let (Some(before), Some(after)) = (before, after) else { continue };
        let divided_by = (split.ratio.new_units() as f64 / split.ratio.old_units() as f64).ln();
        let moved = (after.open / before.close).ln();
        // Within a quarter of the way the price moved as the split alone would have it.
        let is_bare = (moved + divided_by).abs() < divided_by.abs() / 4.0;
        if divided_by.abs() >= TOLD_APART_RATIO_MIN.ln() && is_bare {
            let what = format!("the prices before the split of {} are not divided by it yet", split.ex_date);
            return Err(malformed(what));
        }
    }
    Ok(())
}

/// Why there is no bar: there was none, or each made no sense, and another source may have better ones.
fn nothing_usable(quoted: &Quoted) -> ProviderError {
    match quoted.refused.first() {
        Some((date, reason)) => {
            let count = quoted.refused.len();
            malformed(format!("none of {count} rows makes sense; session {date}: {reason}"))
        }
        None => ProviderError::NoData,
    }
}

fn malformed(what: String) -> ProviderError {
    ProviderError::Malformed { what }
}

fn in_main_unit(later: Later, quoted: &Quoted) -> Result<Later, ProviderError> {
    later.in_unit(quoted.unit.0).ok_or_else(|| malformed("the splits are out of bounds".to_owned()))
}

fn bars(
    quoted: &mut Quoted,
    as_of: Timestamp,
    asked: Asked,
    later: &impl Fn(Date) -> Result<Later, ProviderError>,
) -> Result<Bars, ProviderError> {
    let calendar = Calendar::xnys();
    let mut bars: Vec<Bar> = Vec::new();
    for row in std::mem::take(&mut quoted.rows) {
        let session = row.session;
        if session < asked.first || session > asked.through {
            continue;
        }
        let Some(hours) = calendar.hours(session) else {
            quoted.refuse(session, format!("it is no session of {}", calendar.name()));
            continue;
        };
        if as_of < hours.open {
            // Exchanges further east are ahead; the bar is there again when it is due.
            continue;
        }
        let is_final = calendar.is_complete(session, as_of, SETTLE_DELAY_S_DEFAULT);
        let later = later(session)?;
        match bar(&row, later, in_main_unit(later, quoted)?, is_final) {
            Ok(bar) => bars.push(bar),
            Err(reason) => quoted.refuse(session, reason),
        }
    }
    // The row of the newest price may stand behind the row of its session; it is the newer one.
    bars.sort_by_key(|bar| bar.session);
    bars.dedup_by(|newer, kept| {
        let is_same = newer.session == kept.session;
        if is_same {
            *kept = *newer;
        }
        is_same
    });
    Ok(bars.into_iter().collect())
}

fn bar(row: &QuotedRow, later: Later, in_main_unit: Later, is_final: bool) -> Result<Bar, String> {
    let price = |name: &str, quoted: f64| {
        price_as_traded(quoted, in_main_unit).ok_or_else(|| format!("{name}: {quoted} is out of bounds"))
    };
    let volume = row.volume.map(|volume| {
        volume_as_traded(volume, later).ok_or_else(|| format!("volume: {volume} is out of bounds"))
    });
    let bar = Bar {
        session: row.session,
        open: Some(price("open", row.open)?),
        high: Some(price("high", row.high)?),
        low: Some(price("low", row.low)?),
        close: price("close", row.close)?,
        volume: volume.transpose()?,
        is_final,
    };
    bar.check().map_err(|fault| fault.to_string())?;
    Ok(bar)
}

/// The dates about which the answer is complete. The newest sessions belong to it only as far as there are bars.
fn covered(bars: &Bars, as_of: Timestamp, asked: Asked) -> Option<Span> {
    let calendar = Calendar::xnys();
    let newest = calendar.newest_complete(as_of, SETTLE_DELAY_S_DEFAULT)?;
    let certain = calendar.index_of(newest)?.checked_sub(LATE_SESSIONS_MAX);
    let certain = certain.and_then(|index| calendar.session_at(index))?;
    let last_final = bars.iter().filter(|bar| bar.is_final).last().map(|bar| bar.session);
    let last = last_final.map_or(certain, |session| session.max(certain)).min(asked.through);
    (asked.first <= last).then_some(Span { first: asked.first, last })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yahoo::{chart, summary};
    use crate::{Reply, Urgency};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// A Thursday after the close in New York.
    fn request() -> (HistoryRequest, Asked) {
        let (first, last) = (date("2024-01-02"), date("2024-01-04"));
        let request = HistoryRequest {
            symbol: "ACME".parse().unwrap(),
            first,
            last,
            as_of: "2024-01-04T22:00:00Z".parse().unwrap(),
            urgency: Urgency::Interactive,
            known_stamp: None,
        };
        (request, Asked { first, through: last, today: last })
    }

    fn row(day: &str, close: f64) -> QuotedRow {
        QuotedRow { session: date(day), open: close, high: close, low: close, close, volume: Some(10) }
    }

    fn split(day: &str, ratio: &str) -> Split {
        Split { ex_date: date(day), ratio: ratio.parse().unwrap() }
    }

    /// Bars as `day close`, with `*` behind those that are not final, and the reasons of refusals.
    fn check(rows: &[QuotedRow], splits: &[Split], bars: &[&str], refused: &[&str]) {
        let quoted = Quoted { rows: rows.to_vec(), splits: splits.to_vec(), ..Quoted::default() };
        let (request, asked) = request();
        let history = history(quoted, &[], &request, asked).unwrap();
        let show = |bar: Bar| format!("{} {}{}", bar.session, bar.close, if bar.is_final { "" } else { "*" });
        assert_eq!(history.bars.iter().map(show).collect::<Vec<_>>(), bars);
        let told: Vec<String> =
            history.refused.iter().map(|r| format!("{}: {}", r.place, r.reason)).collect();
        assert_eq!(told, refused);
    }

    #[test]
    fn the_row_of_the_newest_price_stands_for_its_session() {
        let rows = [row("2024-01-03", 10.0), row("2024-01-04", 11.0), row("2024-01-04", 11.5)];
        check(&rows, &[], &["2024-01-03 10", "2024-01-04 11.5"], &[]);
    }

    #[test]
    fn rows_outside_of_the_question_or_of_sessions_are_left_out() {
        let rows = [row("2023-12-29", 9.0), row("2024-01-03", 10.0), row("2024-01-05", 12.0)];
        check(&rows, &[], &["2024-01-03 10"], &[]);
        let (mut holiday, mut request) = (request(), request().0);
        (holiday.1.first, request.first) = (date("2024-01-01"), date("2024-01-01"));
        let quoted =
            Quoted { rows: vec![row("2024-01-01", 9.0), row("2024-01-02", 10.0)], ..Quoted::default() };
        let told = history(quoted, &[], &request, holiday.1).unwrap();
        assert_eq!(told.refused[0].reason, "it is no session of XNYS");
        assert_eq!(told.bars.len(), 1);
    }

    #[test]
    fn a_split_that_is_announced_has_divided_nothing_yet() {
        let rows = [row("2024-01-03", 10.0)];
        check(&rows, &[split("2024-01-04", "2"), split("2024-01-05", "5")], &["2024-01-03 20"], &[]);
    }

    #[test]
    fn prices_that_a_recent_split_has_not_divided_yet_are_malformed() {
        let check = |ratio: &str, (before, after): (f64, f64), today: &str, is_refused: bool| {
            let quoted = Quoted {
                rows: vec![row("2024-01-03", before), row("2024-01-04", after)],
                splits: vec![split("2024-01-04", ratio)],
                ..Quoted::default()
            };
            let (request, asked) = request();
            let told = history(quoted, &[], &request, Asked { today: date(today), ..asked });
            assert_eq!(told.is_err(), is_refused, "{ratio} {before} {after} {today}: {told:?}");
        };
        let (day, week_later) = ("2024-01-04", "2024-01-12");
        check("4", (400.0, 103.0), day, true);
        check("4", (100.0, 103.0), day, false);
        check("4", (100.0, 60.0), day, false);
        check("1:10", (2.0, 19.0), day, true);
        check("1:10", (20.0, 19.0), day, false);
        check("3:2", (150.0, 99.0), day, true);
        check("3:2", (100.0, 82.0), day, false);
        // As small as a spin-off: a bad day looks like it.
        check("1281:1000", (100.0, 78.0), day, false);
        // Whoever trades like that a week later has fallen.
        check("4", (400.0, 103.0), week_later, false);
    }

    #[test]
    fn splits_beyond_all_bounds_are_malformed() {
        let splits = vec![split("2024-01-04", "90000000"), split("2024-01-04", "90000000")];
        let quoted = Quoted { rows: vec![row("2024-01-03", 10.0)], splits, ..Quoted::default() };
        let (request, asked) = request();
        let told = history(quoted, &[], &request, asked).unwrap_err();
        assert_eq!(told.to_string(), "malformed answer: the splits after 2024-01-03 are out of bounds");
    }

    #[test]
    fn prices_beyond_all_bounds_are_refused() {
        let rows = [row("2024-01-02", 1e300), row("2024-01-03", 10.0), row("2024-01-04", 1e-12)];
        let refused = [
            "session 2024-01-02: open: 1e300 is out of bounds",
            "session 2024-01-04: a price is not above zero",
        ];
        check(
            &rows,
            &[],
            &["2024-01-03 10"],
            &refused.map(|text| text.replace("1e300", &1e300.to_string())).each_ref().map(String::as_str),
        );
    }

    const BODY: &str = r#"{"chart":{"result":[{"meta":{"currency":"USD","symbol":"ACME","firstTradeDate":1199284200,
        "gmtoffset":-18000,"exchangeTimezoneName":"America/New_York","dataGranularity":"1d"},
        "timestamp":[1704205800,1704292200,1704378600],"events":{"dividends":{"1":{"amount":0.24,"date":1704292200}},
        "splits":{"2":{"date":1704378600,"numerator":3,"denominator":2}}},"indicators":{"quote":[{"open":[10,10.5,11],
        "high":[12,12.5,13],"low":[9,9.5,10],"close":[11,11.5,12],"volume":[100,null,300]}]}}],"error":null}}"#;

    proptest! {
        /// Whatever a provider sends, reading it ends in data or in an error.
        #[test]
        fn no_answer_is_too_strange(
            at in 0..BODY.len(),
            length in 0..12_usize,
            instead in prop_oneof![
                "[-0-9.eE\"{}\\[\\],: a-zN]{0,12}",
                Just("NaN".to_owned()),
                Just("1e999".to_owned()),
                Just("-9223372036854775808".to_owned()),
                Just("null".to_owned()),
            ],
        ) {
            let mut body = BODY.as_bytes().to_vec();
            body.splice(at..(at + length).min(BODY.len()), instead.into_bytes());
            let reply = Reply::of(200, &String::from_utf8_lossy(&body));
            let (request, asked) = request();
            if let Ok(quoted) = chart::read(&reply, "ACME", chart::DAILY)
                && let Ok(history) = history(quoted, &[], &request, asked)
            {
                for bar in history.bars.iter() {
                    prop_assert_eq!(bar.check(), Ok(()));
                    prop_assert!(bar.session >= request.first);
                }
            }
            // The same body in place of a profile: an error, and no panic.
            prop_assert!(summary::read(&reply, "ACME", asked.today).is_err());
        }
    }
}
