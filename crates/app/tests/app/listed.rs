//! Lists that are read a page at a time.

use app::{EventPlace, ListedEvent};

use crate::bed::Bed;
use crate::books;

fn place(listed: &ListedEvent) -> EventPlace {
    (listed.event.date, listed.event.entry_no)
}

pub async fn a_page_of_events_goes_on_where_the_one_before_ended_whatever_is_entered_meanwhile(bed: Bed) {
    let ctx = bed.ctx();
    let days: Vec<_> = books::usual_sessions()[..6].to_vec();
    books::usual_prices(&bed);
    // Entered in another order than that of their dates.
    let events = [3, 1, 4, 1, 5].map(|day| books::event(days[day], "buy 1 AAA 50"));
    books::create(&ctx, "Book", &events).await;
    let page = async |behind, limit| app::events_page(&ctx, "Book", behind, limit).await.unwrap();
    let all = app::list_events(&ctx, "Book").await.unwrap();
    assert!(all.is_sorted_by_key(place) && all.iter().any(|listed| listed.symbol.is_some()));
    let first = page(None, 3).await;
    assert_eq!(first, all[..3]);
    let end = place(&first[2]);
    for day in [0, 1, 5] {
        books::add(&ctx, "Book", &books::event(days[day], "buy 2 AAA 50")).await;
    }
    let all = app::list_events(&ctx, "Book").await.unwrap();
    let behind: Vec<ListedEvent> = all.iter().filter(|listed| place(listed) > end).cloned().collect();
    assert_eq!(page(Some(end), 100).await, behind, "nothing twice, and nothing left out");
    assert_eq!(page(Some(place(all.last().unwrap())), 1).await, []);
}

pub async fn a_page_of_snapshots_is_the_first_of_its_range(bed: Bed) {
    let ctx = bed.ctx();
    let days = books::usual_sessions();
    books::usual_prices(&bed);
    bed.clock.set_after(days[5]);
    books::create(&ctx, "Book", &[books::event(days[0], "buy 1 AAA 50")]).await;
    books::refresh_with(&ctx, &app::RefreshRequest::default()).await;
    let all = app::snapshots(&ctx, "Book", None, None).await.unwrap();
    let page = async |from, to, limit| app::snapshots_page(&ctx, "Book", from, to, limit).await.unwrap();
    let first = page(None, None, 2).await;
    assert_eq!((first.portfolio.as_str(), &first.snapshots[..]), ("Book", &all[..2]));
    let next = all[1].snapshot.session.plus_days(1);
    assert_eq!(page(Some(next), None, 2).await.snapshots, all[2..4]);
    assert_eq!(page(Some(next), Some(all[2].snapshot.session), 9).await.snapshots, all[2..3]);
}
