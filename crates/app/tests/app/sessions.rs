//! Sessions of browsers, and slowing down whoever guesses.

use std::net::IpAddr;

use app::{Access, AccessError, AccessLimits, AppError, By, Context};

use crate::bed::Bed;
use crate::users::{PASSWORD, access, add, plain, soon};

const HOUR: i64 = 3_600;

async fn log_in(
    ctx: &Context,
    access: &Access,
    name: &str,
    password: &str,
    from: &str,
) -> Result<String, AppError> {
    let address: IpAddr = from.parse().unwrap();
    let begun = app::log_in(ctx, access, name, &plain(password), Some(address)).await?;
    Ok(begun.cookie.reveal().to_owned())
}

async fn state(ctx: &Context, access: &Access, cookie: &str) -> &'static str {
    app::recognise_session(ctx, access, cookie).await.map_or_else(|error| error.code(), |_| "on")
}

/// Limits that are used up soon.
fn tight() -> Access {
    let limits =
        AccessLimits { login_name_attempts_max: 3, login_address_attempts_max: 5, ..AccessLimits::default() };
    Access::new(limits)
}

pub async fn a_session_knows_its_user_until_it_is_logged_out(bed: Bed) {
    let (ctx, access) = (bed.ctx(), access());
    let anna = add(&ctx, "anna", false).await;
    let cookie = log_in(&ctx, &access, "Anna", PASSWORD, "192.0.2.1").await.unwrap();
    let other = log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap();
    assert_ne!(cookie, other, "each login is a session of its own");
    let who = app::recognise_session(&ctx, &access, &cookie).await.unwrap();
    assert_eq!((who.user_id, who.owner.as_str()), (Some(anna.id), "local"));
    let By::Session(id) = who.by else { panic!("{who:?}") };
    app::log_out(&ctx, &id).await.unwrap();
    assert_eq!(state(&ctx, &access, &cookie).await, "session_over");
    assert_eq!(state(&ctx, &access, &other).await, "on");
    for text in ["", "dbs", &cookie[..cookie.len() - 1], &format!("{cookie}0"), &other.replace("dbs", "dbk")]
    {
        assert_eq!(state(&ctx, &access, text).await, "session_over", "{text:?}");
    }
}

pub async fn a_session_ends_when_idle_and_in_any_case_in_the_end(bed: Bed) {
    let (ctx, access) = (bed.ctx(), access());
    add(&ctx, "anna", false).await;
    let begin = app::Clock::now(&*bed.clock);
    let (idle, used) = (
        log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap(),
        log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap(),
    );
    let mut hours = 0;
    while hours + 7 < 168 {
        hours += 7;
        bed.clock.set(begin.plus_seconds(hours * HOUR));
        assert_eq!(state(&ctx, &access, &used).await, "on", "after {hours} hours");
        // The sight is noted by a task of the process; the next look relies on it.
        let store = ctx.store().unwrap();
        let id = used.split('_').nth(1).unwrap();
        let seen = async || store::sessions::by_id(store, id).await.unwrap().unwrap().last_seen_at;
        let now = begin.plus_seconds(hours * HOUR);
        soon("the sight is noted", || async { seen().await >= now }).await;
    }
    assert_eq!(state(&ctx, &access, &idle).await, "session_over");
    bed.clock.set(begin.plus_seconds(169 * HOUR));
    assert_eq!(state(&ctx, &access, &used).await, "session_over");
}

pub async fn another_password_ends_all_sessions(bed: Bed) {
    let (ctx, access) = (bed.ctx(), access());
    let anna = add(&ctx, "anna", false).await;
    add(&ctx, "bert", false).await;
    let cookie = log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap();
    let others = log_in(&ctx, &access, "bert", PASSWORD, "192.0.2.1").await.unwrap();
    let new = plain("another long password");
    let wrong =
        app::change_password(&ctx, &access, anna.id, &plain("not it at all"), &new).await.unwrap_err();
    assert_eq!(wrong.code(), "login_failed");
    assert_eq!(state(&ctx, &access, &cookie).await, "on");
    app::change_password(&ctx, &access, anna.id, &plain(PASSWORD), &new).await.unwrap();
    assert_eq!(state(&ctx, &access, &cookie).await, "session_over");
    assert_eq!(state(&ctx, &access, &others).await, "on");
    assert_eq!(
        log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap_err().code(),
        "login_failed"
    );
    log_in(&ctx, &access, "anna", new.reveal(), "192.0.2.1").await.unwrap();
}

pub async fn a_user_has_so_many_sessions_and_the_oldest_goes(bed: Bed) {
    let ctx = bed.ctx();
    add(&ctx, "anna", false).await;
    let access = Access::new(AccessLimits { sessions_per_user_max: 2, ..AccessLimits::default() });
    let mut cookies = Vec::new();
    for _ in 0..3 {
        cookies.push(log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap());
    }
    let mut states = Vec::new();
    for cookie in &cookies {
        states.push(state(&ctx, &access, cookie).await);
    }
    assert_eq!(states, ["session_over", "on", "on"]);
}

pub async fn attempts_under_a_name_are_counted_for_all_processes(bed: Bed) {
    let (ctx, other) = (bed.ctx(), bed.ctx_of_another_process().await);
    let (access, access_there) = (tight(), tight());
    add(&ctx, "anna", false).await;
    for (from, at) in [("192.0.2.1", &ctx), ("192.0.2.2", &other), ("192.0.2.3", &ctx)] {
        assert_eq!(log_in(at, &access, "anna", "guess", from).await.unwrap_err().code(), "login_failed");
    }
    // The right password is not even looked at.
    let throttled = log_in(&other, &access_there, "ANNA", PASSWORD, "192.0.2.4").await.unwrap_err();
    let AppError::Access(AccessError::LoginThrottled { until, retry_after_s }) = throttled else {
        panic!("{throttled:?}")
    };
    assert!((1..=900).contains(&retry_after_s), "{retry_after_s}");
    bed.clock.set(until);
    log_in(&other, &access_there, "anna", PASSWORD, "192.0.2.4").await.unwrap();
}

pub async fn attempts_from_an_address_are_counted_whatever_the_name(bed: Bed) {
    let (ctx, access) = (bed.ctx(), tight());
    add(&ctx, "anna", false).await;
    for number in 0..5 {
        let failed =
            log_in(&ctx, &access, &format!("nobody{number}"), "guess", "2001:db8::1").await.unwrap_err();
        assert_eq!(failed.code(), "login_failed");
    }
    let throttled = log_in(&ctx, &access, "anna", PASSWORD, "2001:db8::ffff").await.unwrap_err();
    assert_eq!(throttled.code(), "login_throttled");
    log_in(&ctx, &access, "anna", PASSWORD, "2001:db8:0:1::1").await.unwrap();
}

pub async fn whoever_knows_the_password_is_not_counted(bed: Bed) {
    let (ctx, access) = (bed.ctx(), tight());
    add(&ctx, "anna", false).await;
    for _ in 0..4 {
        log_in(&ctx, &access, "anna", "a typing error", "192.0.2.1").await.unwrap_err();
        log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap();
        log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap();
    }
    log_in(&ctx, &access, "anna", "a typing error", "192.0.2.1").await.unwrap_err();
    // The wrong attempts of an address add up, however many right ones lie between them.
    let throttled = log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap_err();
    assert_eq!(throttled.code(), "login_throttled");
}

pub async fn attempts_side_by_side_are_no_way_around_the_count(bed: Bed) {
    let processes = [bed.ctx(), bed.ctx_of_another_process().await];
    add(&processes[0], "anna", false).await;
    let access = tight();
    let tasks = (0..12).map(|number| {
        let (ctx, access) = (processes[number % 2].clone(), access.clone());
        tokio::spawn(
            async move { log_in(&ctx, &access, "anna", "guess", &format!("192.0.2.{number}")).await },
        )
    });
    let mut looked_at = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap().unwrap_err().code() {
            "login_failed" => looked_at += 1,
            code => assert_eq!(code, "login_throttled"),
        }
    }
    assert_eq!(looked_at, 3);
}

pub async fn counts_and_sessions_that_are_over_are_dropped(bed: Bed) {
    let (ctx, access) = (bed.ctx(), access());
    add(&ctx, "anna", false).await;
    let begin = app::Clock::now(&*bed.clock);
    let cookie = log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.1").await.unwrap();
    log_in(&ctx, &access, "nobody", "guess", "192.0.2.1").await.unwrap_err();
    bed.clock.set(begin.plus_seconds(24 * HOUR));
    log_in(&ctx, &access, "anna", PASSWORD, "192.0.2.9").await.unwrap();
    let (store, id) = (ctx.store().unwrap(), cookie.split('_').nth(1).unwrap());
    let is_gone = || async { store::sessions::by_id(store, id).await.unwrap().is_none() };
    soon("the session is dropped", is_gone).await;
    let long_ago = begin.plus_seconds(24 * HOUR);
    let none_left = || async { store::logins::purge(store, long_ago).await.unwrap() == 0 };
    soon("the counts are dropped", none_left).await;
}
