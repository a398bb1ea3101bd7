//! Rows of daily prices and corporate actions as providers send them, checked one by one: the good ones are kept, the
//! others told with their place.

use model::{
    Actions, Bar, Bars, Calendar, Date, Dividend, Price, Ratio, SETTLE_DELAY_S_DEFAULT, Split, Timestamp,
};

use crate::{REFUSED_ROWS_KEPT_MAX, RefusedRow};

/// Rows that were refused; the first are kept with their text.
#[derive(Debug, Default)]
pub struct Refusals {
    pub rows: Vec<RefusedRow>,
    pub count: usize,
}

impl Refusals {
    /// Adds one.
    pub fn add(&mut self, place: String, reason: String) {
        self.count += 1;
        if self.rows.len() < REFUSED_ROWS_KEPT_MAX {
            self.rows.push(RefusedRow { place, reason });
        }
    }

    /// Adds those of another part of the same answer.
    pub fn append(&mut self, others: Refusals) {
        self.count += others.count;
        self.rows.extend(others.rows);
        self.rows.truncate(REFUSED_ROWS_KEPT_MAX);
    }
}

/// The cells of one session's row, each read or with what is wrong with it.
#[derive(Debug)]
pub struct Cells {
    pub open: Result<Price, String>,
    pub high: Result<Price, String>,
    pub low: Result<Price, String>,
    pub close: Result<Price, String>,
    /// Absent where the row has none.
    pub volume: Result<Option<i64>, String>,
}

/// Collects the rows of one answer.
#[derive(Debug)]
pub struct DailyRows {
    as_of: Timestamp,
    rows: Vec<(usize, Bar)>,
    count: usize,
    pub refusals: Refusals,
}

impl DailyRows {
    /// Rows of an answer given at an instant, by which a bar is final or not.
    pub fn new(as_of: Timestamp) -> DailyRows {
        DailyRows { as_of, rows: Vec::new(), count: 0, refusals: Refusals::default() }
    }

    /// Adds one row, or refuses it.
    pub fn add(&mut self, session: Result<Date, String>, cells: Cells) {
        self.count += 1;
        let row = |_: &String| format!("row {}", self.count);
        let place = session.as_ref().map_or_else(row, |session| format!("session {session}"));
        match session.and_then(|session| bar(session, cells, self.as_of)) {
            Ok(bar) => self.rows.push((self.count, bar)),
            Err(reason) => self.refusals.add(place, reason),
        }
    }

    /// Adds the rows of a further page.
    pub fn append(&mut self, page: DailyRows) {
        self.rows.extend(page.rows.into_iter().map(|(number, bar)| (self.count + number, bar)));
        self.count += page.count;
        self.refusals.append(page.refusals);
    }

    /// Whether there was no row at all, not even a refused one.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The sessions of the bars so far, in order.
    pub fn sessions(&self) -> Vec<Date> {
        let mut sessions: Vec<Date> = self.rows.iter().map(|(_, bar)| bar.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// The bars in session order, each session once, and what was refused.
    pub fn finish(self) -> (Bars, Refusals) {
        let DailyRows { mut rows, mut refusals, .. } = self;
        rows.sort_by_key(|(number, bar)| (bar.session, *number));
        let mut bars = Bars::default();
        for (_, bar) in rows {
            match bars.len().checked_sub(1).and_then(|last| bars.get(last)) {
                Some(last) if last.session == bar.session => {
                    if last != bar {
                        let reason = "stands twice with different prices; the first is kept".to_owned();
                        refusals.add(format!("session {}", bar.session), reason);
                    }
                }
                _ => bars.push(bar),
            }
        }
        (bars, refusals)
    }
}

fn bar(session: Date, cells: Cells, as_of: Timestamp) -> Result<Bar, String> {
    let calendar = Calendar::xnys();
    let hours =
        calendar.hours(session).ok_or_else(|| format!("{session} is no session of {}", calendar.name()))?;
    if as_of < hours.open {
        return Err("its session has not begun".to_owned());
    }
    let cell = |name: &str, price: Result<Price, String>| price.map_err(|error| format!("{name}: {error}"));
    let bar = Bar {
        session,
        open: Some(cell("open", cells.open)?),
        high: Some(cell("high", cells.high)?),
        low: Some(cell("low", cells.low)?),
        close: cell("close", cells.close)?,
        volume: cells.volume.map_err(|error| format!("volume: {error}"))?,
        is_final: calendar.is_complete(session, as_of, SETTLE_DELAY_S_DEFAULT),
    };
    bar.check().map_err(|fault| fault.to_string())?;
    Ok(bar)
}

/// Collects the corporate actions of one symbol.
#[derive(Debug, Default)]
pub struct ActionRows {
    actions: Actions,
    pub refusals: Refusals,
}

impl ActionRows {
    /// Adds the rows of another page or list.
    pub fn append(&mut self, other: ActionRows) {
        self.actions.splits.extend(other.actions.splits);
        self.actions.dividends.extend(other.actions.dividends);
        self.refusals.append(other.refusals);
    }

    /// Adds a split, or refuses it.
    pub fn add_split(&mut self, place: String, ex_date: Result<Date, String>, ratio: Result<Ratio, String>) {
        match ex_date.and_then(|ex_date| ratio.map(|ratio| Split { ex_date, ratio })) {
            Ok(split) if split.ratio == Ratio::ONE => {
                self.refusals.add(place, "a split of one for one is none".to_owned());
            }
            Ok(split) => self.actions.splits.push(split),
            Err(reason) => self.refusals.add(place, reason),
        }
    }

    /// Adds a dividend, or refuses it.
    pub fn add_dividend(
        &mut self,
        place: String,
        ex_date: Result<Date, String>,
        amount: Result<Price, String>,
    ) {
        match ex_date.and_then(|ex_date| amount.map(|amount| Dividend { ex_date, amount })) {
            Ok(paid) if paid.amount.signum() <= 0 => {
                self.refusals.add(place, "a dividend is above zero".to_owned());
            }
            Ok(paid) => self.actions.dividends.push(paid),
            Err(reason) => self.refusals.add(place, reason),
        }
    }

    /// The actions in order of ex-date, and what was refused.
    pub fn finish(mut self) -> (Actions, Refusals) {
        self.actions.splits.sort_by_key(|split| split.ex_date);
        self.actions.splits.dedup();
        self.actions.dividends.sort_by_key(|paid| paid.ex_date);
        (self.actions, self.refusals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn cells(prices: [&str; 4]) -> Cells {
        let price = |text: &str| Price::parse_rounded(text).map_err(|error| error.to_string());
        let [open, high, low, close] = prices.map(price);
        Cells { open, high, low, close, volume: Ok(Some(1)) }
    }

    /// Rows at noon of 2024-01-05 in New York, and what is told of the refused ones.
    fn check(rows: &[(&str, [&str; 4])], kept: &[&str], refused: &[&str]) {
        let mut collected = DailyRows::new("2024-01-05T17:00:00Z".parse().unwrap());
        for (session, prices) in rows {
            let session = session.parse().map_err(|error| format!("date: {error}"));
            collected.add(session, cells(*prices));
        }
        let (bars, refusals) = collected.finish();
        let show = |bar: Bar| {
            format!("{} {}{}", bar.session, bar.close, if bar.is_final { "" } else { " not final" })
        };
        assert_eq!(bars.iter().map(show).collect::<Vec<_>>(), kept);
        let told: Vec<String> =
            refusals.rows.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(told, refused);
        assert_eq!(refusals.count, refused.len());
    }

    #[test]
    fn good_rows_are_kept_in_order_and_bad_ones_told_with_their_place() {
        check(
            &[
                ("2024-01-05", ["1", "2", "1", "2"]),
                ("2024-01-04", ["1", "2", "1", "NaN"]),
                ("2024-01-03", ["0", "2", "0", "2"]),
                ("2024-01-02", ["1", "3", "1", "2"]),
                ("2024-01-01", ["1", "1", "1", "1"]),
                ("yesterday", ["1", "1", "1", "1"]),
                ("2023-12-29", ["1", "1", "2", "1"]),
                ("2024-01-08", ["1", "1", "1", "1"]),
            ],
            &["2024-01-02 2", "2024-01-05 2 not final"],
            &[
                "session 2024-01-04: close: \"NaN\" is not a plain decimal number",
                "session 2024-01-03: a price is not above zero",
                "session 2024-01-01: 2024-01-01 is no session of XNYS",
                "row 6: date: \"yesterday\" is not a date; write it as YYYY-MM-DD",
                "session 2023-12-29: the low is above the open or the close",
                "session 2024-01-08: its session has not begun",
            ],
        );
    }

    #[test]
    fn a_session_that_stands_twice_keeps_its_first_row() {
        let (one, two) = (["1", "1", "1", "1"], ["2", "2", "2", "2"]);
        check(&[("2024-01-03", one), ("2024-01-03", one)], &["2024-01-03 1"], &[]);
        check(
            &[("2024-01-03", two), ("2024-01-03", one)],
            &["2024-01-03 2"],
            &["session 2024-01-03: stands twice with different prices; the first is kept"],
        );
    }

    #[test]
    fn actions_are_in_order_and_what_changes_nothing_is_refused() {
        let mut rows = ActionRows::default();
        let ratio = |new, old| Ok(Ratio::new(new, old).unwrap());
        rows.add_split("s1".into(), Ok(date("2024-06-10")), ratio(4, 1));
        rows.add_split("s2".into(), Ok(date("2020-06-10")), ratio(2, 1));
        rows.add_split("s3".into(), Ok(date("2021-06-10")), ratio(3, 3));
        rows.add_split("s4".into(), Ok(date("2020-06-10")), ratio(2, 1));
        for (place, amount) in [("d1", "0.24"), ("d2", "0"), ("d3", "-1"), ("d4", "0.24")] {
            rows.add_dividend(place.into(), Ok(date("2024-02-09")), Ok(amount.parse().unwrap()));
        }
        rows.add_dividend("d5".into(), Err("no date".into()), Ok(Price::ZERO));
        let (actions, refusals) = rows.finish();
        let splits: Vec<String> = actions.splits.iter().map(|split| split.ex_date.to_string()).collect();
        assert_eq!(splits, ["2020-06-10", "2024-06-10"], "a split that stands twice is one");
        assert_eq!(actions.dividends.len(), 2, "two payments of one day are two");
        let places: Vec<&str> = refusals.rows.iter().map(|row| row.place.as_str()).collect();
        assert_eq!(places, ["s3", "d2", "d3", "d5"]);
    }
}
