//! A history put together from the answers of several calls, and what its absent bars mean.

use model::{Actions, Calendar, Date, Timestamp};

use crate::daily_rows::{DailyRows, Refusals};
use crate::{History, HistoryAnswer, Listing, ProviderError, Span};

/// How long after its close a session without a bar is taken to have none: providers of end-of-day prices publish
/// late in the evening, some of them the next morning.
const PUBLISHED_AFTER_S: i64 = 36 * 3_600;

/// What the calls for one history gave.
#[derive(Debug)]
pub struct HistoryParts {
    /// The sessions that were asked for.
    pub asked: Span,
    pub rows: DailyRows,
    pub actions: Actions,
    pub action_refusals: Refusals,
    /// See [`History::actions_cover`].
    pub actions_cover: Option<Span>,
    pub listing: Listing,
    /// Whether bars before the first one may exist that this provider keeps from us, as on a plan of few years.
    pub is_head_unknown: bool,
}

impl HistoryParts {
    /// The answer.
    ///
    /// # Errors
    /// [`ProviderError::Malformed`] when every bar was refused, [`ProviderError::NoData`] when there is none in the range,
    /// [`ProviderError::Unavailable`] when none of it is published yet.
    pub fn answer(self, as_of: Timestamp) -> Result<HistoryAnswer, ProviderError> {
        let (bars, mut refusals) = self.rows.finish();
        if bars.is_empty() {
            if let Some(first) = refusals.rows.first() {
                let what = format!("every row was refused; {}: {}", first.place, first.reason);
                return Err(ProviderError::Malformed { what });
            }
            if !is_outside(self.listing, self.asked) {
                return Err(nothing(self.asked, as_of));
            }
        }
        refusals.append(self.action_refusals);
        let covers = covered(self.asked, &bars.sessions, as_of);
        let first_known = bars.sessions.first().copied().filter(|_| self.is_head_unknown);
        let covers = covers.map(|span| Span { first: first_known.unwrap_or(span.first), ..span });
        Ok(HistoryAnswer::History(Box::new(History {
            bars,
            actions: self.actions,
            refused: refusals.rows,
            refused_count: refusals.count,
            stamp: None,
            is_whole: false,
            covers,
            actions_cover: self.actions_cover,
            listing: self.listing,
        })))
    }
}

/// Whether a symbol was not listed on any date of a range, as far as is known.
fn is_outside(listing: Listing, asked: Span) -> bool {
    listing.first.is_some_and(|first| first > asked.last)
        || listing.last.is_some_and(|last| last < asked.first)
}

/// Why a range has no bars: there are none, or none of its sessions is published yet.
fn nothing(asked: Span, as_of: Timestamp) -> ProviderError {
    let calendar = Calendar::xnys();
    let published =
        covered(asked, &[], as_of).map_or(&[][..], |span| calendar.between(span.first, span.last));
    let has_begun = |session: &Date| calendar.hours(*session).is_some_and(|hours| hours.open <= as_of);
    if published.is_empty() && calendar.between(asked.first, asked.last).iter().any(has_begun) {
        return ProviderError::Unavailable {
            reason: "the sessions asked for are not published yet".to_owned(),
        };
    }
    ProviderError::NoData
}

/// The dates about which an answer for `asked` is complete: all of them up to the newest bar, and later sessions whose
/// bar would have been published by now. Absent when nothing can be concluded.
fn covered(asked: Span, sessions: &[Date], as_of: Timestamp) -> Option<Span> {
    let published = Calendar::xnys().newest_complete(as_of, PUBLISHED_AFTER_S);
    let newest = sessions.last().copied();
    let last = published.into_iter().chain(newest).max()?.min(asked.last);
    (asked.first <= last).then_some(Span { first: asked.first, last })
}

/// Whether sessions of a range before its first bar, or after its last one, have none although they should have been
/// published: a reason to ask when the symbol was listed.
pub fn has_unexplained_end(asked: Span, sessions: &[Date], as_of: Timestamp) -> bool {
    let Some(covers) = covered(asked, sessions, as_of) else { return false };
    let calendar = Calendar::xnys();
    let ends = sessions.first().copied().zip(sessions.last().copied());
    ends.is_none_or(|(first, last)| {
        let before = calendar.between(asked.first, first.plus_days(-1));
        let behind = calendar.between(last.plus_days(1), covers.last);
        !before.is_empty() || !behind.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daily_rows::Cells;
    use model::Price;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn span(first: &str, last: &str) -> Span {
        Span { first: date(first), last: date(last) }
    }

    /// What a history of bars at these closes says, asked for from 2024-01-02 to 2024-01-12.
    fn answer(
        now: &str,
        closes: &[(&str, &str)],
        listing: Listing,
        is_head_unknown: bool,
    ) -> Result<History, ProviderError> {
        let as_of = now.parse().unwrap();
        let mut rows = DailyRows::new(as_of);
        for (session, close) in closes {
            let price = || Price::parse_rounded(close).map_err(|error| error.to_string());
            let cells =
                Cells { open: price(), high: price(), low: price(), close: price(), volume: Ok(None) };
            rows.add(Ok(date(session)), cells);
        }
        let parts = HistoryParts {
            asked: span("2024-01-02", "2024-01-12"),
            rows,
            actions: Actions::default(),
            action_refusals: Refusals::default(),
            actions_cover: None,
            listing,
            is_head_unknown,
        };
        match parts.answer(as_of)? {
            HistoryAnswer::History(history) => Ok(*history),
            HistoryAnswer::Unchanged => panic!("a history"),
        }
    }

    fn covers(now: &str, closes: &[(&str, &str)], is_head_unknown: bool) -> Option<Span> {
        answer(now, closes, Listing::default(), is_head_unknown).unwrap().covers
    }

    const LATE: &str = "2024-02-01T00:00:00Z";

    #[test]
    fn an_answer_is_complete_up_to_its_newest_bar_and_to_what_must_have_been_published() {
        let bars = [("2024-01-04", "1"), ("2024-01-05", "1")];
        assert_eq!(covers(LATE, &bars, false), Some(span("2024-01-02", "2024-01-12")));
        assert_eq!(covers(LATE, &bars, true), Some(span("2024-01-04", "2024-01-12")), "older ones unknown");
        // The 8th closed at 21:00 UTC; 36 hours later is 09:00 UTC of the 10th.
        assert_eq!(covers("2024-01-10T08:59:59Z", &bars, false), Some(span("2024-01-02", "2024-01-05")));
        assert_eq!(covers("2024-01-10T09:00:00Z", &bars, false), Some(span("2024-01-02", "2024-01-08")));
        assert_eq!(covers("2024-01-05T15:00:00Z", &bars, false), Some(span("2024-01-02", "2024-01-05")));
    }

    #[test]
    fn a_range_without_bars_has_none_once_they_must_have_been_published() {
        let told = |now| answer(now, &[], Listing::default(), false).unwrap_err().code();
        assert_eq!(told(LATE), "no_data");
        assert_eq!(told("2024-01-12T18:00:00Z"), "no_data", "there is none of the days before");
        assert_eq!(told("2024-01-02T18:00:00Z"), "unavailable", "the first session is under way");
        assert_eq!(told("2024-01-03T12:00:00Z"), "unavailable", "its bar may still come");
        assert_eq!(told("2024-01-04T12:00:00Z"), "no_data");
    }

    #[test]
    fn a_range_outside_of_the_listing_is_explained() {
        let listing = Listing { first: Some(date("2024-01-16")), last: None };
        let history = answer(LATE, &[], listing, false).unwrap();
        assert_eq!((history.listing, history.covers), (listing, Some(span("2024-01-02", "2024-01-12"))));
        let listed = Listing { first: Some(date("2024-01-10")), last: None };
        assert_eq!(answer(LATE, &[], listed, false), Err(ProviderError::NoData));
        let gone = Listing { first: None, last: Some(date("2023-12-29")) };
        assert!(answer(LATE, &[], gone, false).is_ok());
    }

    #[test]
    fn refused_bars_are_told_and_only_bad_ones_are_no_history() {
        let history = answer(LATE, &[("2024-01-03", "1"), ("2024-01-04", "0")], Listing::default(), false);
        let history = history.unwrap();
        assert_eq!((history.refused_count, history.refused[0].place.as_str()), (1, "session 2024-01-04"));
        let told = answer(LATE, &[("2024-01-04", "0")], Listing::default(), false).unwrap_err().to_string();
        assert_eq!(
            told,
            "malformed answer: every row was refused; session 2024-01-04: a price is not above zero"
        );
    }

    #[test]
    fn bars_missing_at_an_end_are_a_reason_to_ask_for_the_listing() {
        let check = |sessions: &[&str], expect| {
            let dates: Vec<Date> = sessions.iter().map(|session| date(session)).collect();
            let asked = span("2024-01-01", "2024-01-07");
            assert_eq!(has_unexplained_end(asked, &dates, LATE.parse().unwrap()), expect, "{sessions:?}");
        };
        check(&["2024-01-02", "2024-01-05"], false);
        check(&["2024-01-03", "2024-01-05"], true);
        check(&["2024-01-02", "2024-01-04"], true);
        check(&[], true);
        let asked = span("2024-01-02", "2024-01-05");
        assert!(!has_unexplained_end(asked, &[], "2024-01-02T12:00:00Z".parse().unwrap()));
    }
}
