//! The doctor finds what a program of ours never writes, and a deletion leaves it nothing to find.

use app::{Context, RefreshRequest};
use futures_util::FutureExt;
use testkit::damage;

use crate::bed::Bed;
use crate::books::{create, refresh_with, usual_events, usual_prices};
use crate::observers::AtStep;

/// Two portfolios with the usual events, refreshed.
async fn books(bed: &Bed) -> Context {
    let ctx = bed.ctx();
    usual_prices(bed);
    for name in ["One", "Two"] {
        create(&ctx, name, &usual_events()).await;
    }
    refresh_with(&ctx, &RefreshRequest::default()).await;
    ctx
}

/// What is found, as `check: finding`.
async fn findings(ctx: &Context) -> Vec<String> {
    let checked = app::doctor(ctx).await.unwrap();
    let told = |checked: app::Checked| {
        checked.findings.into_iter().map(move |finding| format!("{}: {finding}", checked.name))
    };
    checked.into_iter().flat_map(told).collect()
}

/// Breaks something, and holds what is found against the beginnings of what is expected.
async fn check(bed: &Bed, ctx: &Context, broken_by: &str, expected: &[&str]) {
    bed.store.execute_batch(broken_by).await.unwrap();
    let found = findings(ctx).await;
    assert_eq!(found.len(), expected.len(), "{broken_by}: {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{broken_by}: {found}");
    }
}

pub async fn books_in_order_have_no_findings(bed: Bed) {
    assert_eq!(findings(&bed.ctx()).await, [""; 0]);
    let ctx = books(&bed).await;
    assert_eq!(findings(&ctx).await, [""; 0]);
    app::delete_portfolio(&ctx, "One").await.unwrap();
    assert_eq!(findings(&ctx).await, [""; 0]);
}

pub async fn figures_that_do_not_add_up_are_found(bed: Bed) {
    let ctx = books(&bed).await;
    let of = damage::snapshot_figure;
    check(&bed, &ctx, &of("cash", 1), &["identity: \"Two\" on 2024-03-08: its equity is not cash"]).await;
    bed.store.execute_batch(&of("cash", -1)).await.unwrap();
    check(&bed, &ctx, &of("equity", 1), &["identity: \"Two\" on ", "identity: \"Two\" on "]).await;
    bed.store.execute_batch(&of("equity", -1)).await.unwrap();
    check(&bed, &ctx, &of("daily_pnl", 1), &["identity: \"Two\" on "]).await;
    bed.store.execute_batch(&of("daily_pnl", -1)).await.unwrap();
    check(&bed, &ctx, &damage::position_figure("cost", 1), &["positions: \"", "positions: \""]).await;
    bed.store.execute_batch(&damage::position_figure("cost", -1)).await.unwrap();
    check(&bed, &ctx, &damage::position_figure("session", -1), &["positions: \"", "positions: \""]).await;
    check(&bed, &ctx, damage::NO_POSITIONS, &["positions: \"", "positions: \""]).await;
}

pub async fn holes_between_sessions_are_found(bed: Bed) {
    let ctx = books(&bed).await;
    bed.store.execute_batch(damage::SNAPSHOT_HOLE).await.unwrap();
    let found = findings(&ctx).await;
    assert!(found.iter().any(|found| found.starts_with("sessions: \"One\" on ")), "{found:#?}");
    assert!(found.iter().all(|found| !found.contains("\"Two\"")), "{found:#?}");
    // The mend that is told works.
    let from = found[0].split(" on ").nth(1).unwrap()[..10].parse().unwrap();
    let request = RefreshRequest { from: Some(from), ..RefreshRequest::default() };
    app::refresh(&ctx, &request).await.unwrap();
    let found = findings(&ctx).await;
    assert_eq!(found, [""; 0], "{found:#?}");
}

pub async fn leftovers_are_found(bed: Bed) {
    let ctx = books(&bed).await;
    check(&bed, &ctx, damage::OLD_LEASE, &["leases: refresh:1 was left by somebody"]).await;
    bed.store.execute_batch(damage::NO_LEASES).await.unwrap();
    check(&bed, &ctx, damage::NO_SYMBOL, &["events: event "; 4]).await;
}

pub async fn a_portfolio_deleted_during_its_refresh_stays_deleted(bed: Bed) {
    let ctx = books(&bed).await;
    let count = async || store::checks::snapshot_terms(&bed.store, None, 10_000).await.unwrap().len();
    let before = count().await;
    let request = RefreshRequest { from: Some("2024-01-01".parse().unwrap()), ..RefreshRequest::default() };
    for at in 0.. {
        let deleting = ctx.clone();
        let observer = AtStep::new(at, move || {
            let ctx = deleting.clone();
            async move { drop(app::delete_portfolio(&ctx, "One").await.unwrap()) }.boxed()
        });
        let racing = Context { observer: observer.clone(), ..ctx.clone() };
        app::refresh(&racing, &request).await.unwrap();
        if !observer.has_acted() {
            break;
        }
        assert_eq!(app::list_portfolios(&ctx).await.unwrap().len(), 1);
        assert_eq!(count().await, before / 2, "deleted at step {at}");
        assert_eq!(findings(&ctx).await, [""; 0]);
        create(&ctx, "One", &usual_events()).await;
        refresh_with(&ctx, &RefreshRequest::default()).await;
        assert_eq!(count().await, before);
    }
}
