//! Portfolios of several owners.

use app::{Context, RefreshRequest};

use crate::bed::Bed;
use crate::books::{self, event, refresh_with, usual_events, usual_prices, usual_sessions, written};
use crate::published::{Published, check_fresh};

pub async fn what_another_owner_has_cannot_be_seen(bed: Bed) {
    usual_prices(&bed);
    let (mine, theirs) = (bed.ctx(), Context { owner: "other".to_owned(), ..bed.ctx() });
    let entered = books::create(&mine, "Book", &usual_events()).await;
    let hidden = |error: app::AppError| assert_eq!(error.code(), "not_found", "{error:?}");
    let sessions = usual_sessions();
    hidden(app::show_portfolio(&theirs, "Book").await.unwrap_err());
    hidden(app::list_events(&theirs, "Book").await.unwrap_err());
    hidden(app::add_event(&theirs, "Book", &event(sessions[1], "deposit 1")).await.unwrap_err());
    hidden(app::snapshots(&theirs, "Book", None, None).await.unwrap_err());
    hidden(app::positions(&theirs, "Book", None).await.unwrap_err());
    hidden(app::explain(&theirs, "Book", sessions[1]).await.unwrap_err());
    hidden(app::reset(&theirs, sessions[1], Some("Book")).await.unwrap_err());
    let request = RefreshRequest { portfolio: Some("Book".into()), ..RefreshRequest::default() };
    hidden(app::refresh(&theirs, &request).await.unwrap_err());
    let theirs_of_mine = app::void_event(&theirs, entered[0].id).await.unwrap_err();
    let of_nobody = app::void_event(&theirs, model::EventId(77)).await.unwrap_err();
    let told = |error: &app::AppError, id: String| error.to_string().replace(&id, "ID");
    assert_eq!(
        told(&theirs_of_mine, entered[0].id.to_string()),
        told(&of_nobody, "77".to_owned()),
        "an event of somebody else looks like none"
    );
    assert!(app::list_portfolios(&theirs).await.unwrap().is_empty());

    books::create(&theirs, "Book", &[event(sessions[4], "deposit 9")]).await;
    let report = refresh_with(&mine, &RefreshRequest::default()).await;
    assert_eq!((report.portfolios.len(), written(&report, "Book")), (1, 12));
    assert!(Published::of(&theirs, "Book").await.snapshots.is_empty(), "only the owner's are computed");
    check_fresh(&bed, "Book", &usual_events(), "names are the owner's").await;
    app::reset(&theirs, sessions[0], None).await.unwrap();
    assert_eq!(Published::of(&mine, "Book").await.snapshots.len(), 12);
}
