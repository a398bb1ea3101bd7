//! Options from their first fill to their settlement.

use model::{GapReason, SnapshotState};

use crate::bed::Bed;
use crate::books::{self, event, refresh};
use crate::folder::sessions_from;
use crate::published::{Published, check_fresh};

pub async fn an_option_is_settled_when_the_close_it_waits_for_comes(bed: Bed) {
    let sessions = sessions_from("2024-03-04", 8);
    bed.clock.set_after(sessions[7]);
    bed.folder.make_up("AAA", sessions);
    // Friday, the last session of the option, has no close yet.
    bed.folder.change("AAA", &[(sessions[4], "")]);
    let events = [event(sessions[0], "buy 1 AAA240308C00030000 15"), event(sessions[6], "deposit 100")];
    books::create(&bed.ctx(), "Book", &events).await;
    refresh(&bed.ctx(), "Book").await;
    let waiting = Published::of(&bed.ctx(), "Book").await.snapshots;
    for snapshot in &waiting[4..] {
        assert_eq!(snapshot.gaps[0].reason, GapReason::NotSettled, "{snapshot:?}");
        assert_eq!(snapshot.state, SnapshotState::Provisional);
        assert_eq!((snapshot.long_value.to_string(), snapshot.position_count), ("1500".to_owned(), 1));
    }
    bed.folder.change("AAA", &[(sessions[4], "45.5")]);
    let report = refresh(&bed.ctx(), "Book").await;
    assert_eq!(report.from, Some(sessions[4]), "{report:?}");
    let settled = Published::of(&bed.ctx(), "Book").await.snapshots;
    assert_eq!(settled[..4], waiting[..4]);
    assert_eq!(
        (settled[4].realized.to_string(), settled[4].cash.to_string()),
        ("50".into(), "100050".into())
    );
    assert!(settled[4..].iter().all(|snapshot| snapshot.state == SnapshotState::Final));
    check_fresh(&bed, "Book", &events, "after the close came").await;
}

pub async fn nothing_is_entered_of_an_option_behind_its_last_session(bed: Bed) {
    let sessions = sessions_from("2024-03-04", 8);
    bed.clock.set_after(sessions[7]);
    books::create(&bed.ctx(), "Book", &[]).await;
    let day = |date: &str| date.parse().unwrap();
    for (date, words, field) in [
        ("2024-03-09", "buy 1 AAA240308C00030000 15", "date"),
        // The option ends on a Saturday, and so on the Friday before it.
        ("2024-03-09", "buy 1 AAA240309C00030000 15", "date"),
        ("2024-03-11", "mark AAA240309C00030000 15", "date"),
        ("2024-03-08", "split AAA240621C00030000 2:1", "symbol"),
    ] {
        let refused = app::add_event(&bed.ctx(), "Book", &event(day(date), words)).await.unwrap_err();
        assert_eq!((refused.code(), refused.place().as_deref()), ("invalid_input", Some(field)), "{words}");
    }
    books::add(&bed.ctx(), "Book", &event(day("2024-03-08"), "buy 1 AAA240309C00030000 15")).await;
}
