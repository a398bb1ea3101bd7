//! The limits of a phase.

use app::{PhaseState, RunState};

use crate::bed::Bed;
use crate::books::{self, event, refresh, usual_events, usual_prices, usual_sessions};
use crate::published::{Published, check_fresh};

pub async fn a_limit_crossed_ends_the_phase_and_keeps_what_is_there(bed: Bed) {
    usual_prices(&bed);
    let mut ctx = bed.ctx();
    books::create(&ctx, "Book", &usual_events()).await;
    refresh(&ctx, "Book").await;
    let before = Published::of(&ctx, "Book").await;
    let late = event(usual_sessions()[3], "deposit 1");
    books::add(&ctx, "Book", &late).await;
    ctx.limits.phase_statements_max = 5;
    let report = app::refresh(&ctx, &Default::default()).await.unwrap();
    assert_eq!(report.state, RunState::Failed, "{report:?}");
    let phase = &report.phases[2];
    assert_eq!((phase.phase.as_str(), phase.state), ("snapshots", PhaseState::Failed));
    let reason = phase.reason.clone().unwrap();
    assert!(reason.starts_with("limit_exceeded: statements of a phase reached "), "{reason}");
    Published::of(&ctx, "Book").await.check(&before, "earlier snapshots are kept");
    refresh(&bed.ctx(), "Book").await;
    check_fresh(&bed, "Book", &[usual_events(), vec![late]].concat(), "with the usual limits").await;
}
