//! Users: who owns what, and what changes hands.

use std::time::Duration;

use app::{Access, AccessLimits, AppError, Context, NewUser, Plain};

use crate::bed::Bed;
use crate::books;

/// A password long enough.
pub const PASSWORD: &str = "a long enough password";

pub fn access() -> Access {
    Access::new(AccessLimits::default())
}

pub fn plain(text: &str) -> Plain {
    Plain::new(text.to_owned())
}

/// Waits for what a task of the process does on its own time.
pub async fn soon<F: Future<Output = bool>>(what: &str, condition: impl FnMut() -> F) {
    assert!(testkit::wait_until(Duration::from_secs(30), condition).await, "{what}");
}

pub async fn add(ctx: &Context, name: &str, is_admin: bool) -> store::users::User {
    let new = NewUser { name: name.to_owned(), password: Some(plain(PASSWORD)), is_admin };
    app::add_user(ctx, &access(), &new).await.unwrap().user
}

/// Another use of the same database for a user.
pub fn of(bed: &Bed, user: &store::users::User) -> Context {
    Context { owner: user.owner.clone(), ..bed.ctx() }
}

async fn names(ctx: &Context) -> Vec<String> {
    let listed = app::list_portfolios(ctx).await.unwrap();
    listed.into_iter().map(|summary| summary.portfolio.name).collect()
}

fn refused(result: Result<app::RemovedUser, AppError>, code: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error:?}");
}

pub async fn the_first_user_takes_over_what_there_is(bed: Bed) {
    let ctx = bed.ctx();
    books::create(&ctx, "Mine", &[]).await;
    assert!(!app::has_users(&ctx).await.unwrap());
    let anna = add(&ctx, "Anna", false).await;
    assert_eq!((anna.name.as_str(), anna.owner.as_str(), anna.is_admin), ("anna", "local", true));
    let bert = add(&ctx, "bert", false).await;
    assert_eq!((bert.owner.clone(), bert.is_admin), (bert.id.to_string(), false));
    assert_eq!(names(&of(&bed, &anna)).await, ["Mine"]);
    assert_eq!(names(&of(&bed, &bert)).await, [""; 0]);
    assert!(app::has_users(&ctx).await.unwrap());
}

pub async fn users_added_at_once_are_one_first_and_many_later_ones(bed: Bed) {
    let processes = [bed.ctx(), bed.ctx_of_another_process().await];
    let adding = (0..4).map(|number| {
        let ctx = processes[number % 2].clone();
        tokio::spawn(async move { add(&ctx, &format!("user{number}"), false).await })
    });
    let mut owners = Vec::new();
    for task in adding.collect::<Vec<_>>() {
        owners.push(task.await.unwrap().owner);
    }
    assert_eq!(owners.iter().filter(|owner| *owner == "local").count(), 1, "{owners:?}");
    let listed = app::list_users(&bed.ctx()).await.unwrap();
    assert_eq!(listed.iter().filter(|user| user.is_admin).count(), 1);
}

pub async fn a_name_is_taken_once_whatever_its_case(bed: Bed) {
    add(&bed.ctx(), "anna", false).await;
    let new = NewUser { name: "ANNA".to_owned(), password: None, is_admin: false };
    let refused = app::add_user(&bed.ctx(), &access(), &new).await.unwrap_err();
    assert_eq!((refused.code(), refused.place().as_deref()), ("user_exists", Some("anna")));
}

pub async fn a_password_is_made_when_none_is_given(bed: Bed) {
    let new = NewUser { name: "anna".to_owned(), password: None, is_admin: false };
    let added = app::add_user(&bed.ctx(), &access(), &new).await.unwrap();
    let made = added.made_password.unwrap();
    assert!(!format!("{:?}", added.user).contains("argon2"));
    app::log_in(&bed.ctx(), &access(), "anna", &made, None).await.unwrap();
}

pub async fn a_user_who_owns_portfolios_is_removed_when_they_are_given_away(bed: Bed) {
    let ctx = bed.ctx();
    add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", false).await;
    let cleo = add(&ctx, "cleo", false).await;
    books::create(&of(&bed, &bert), "Book", &[]).await;
    refused(app::remove_user(&ctx, "bert", None).await, "owns_portfolios");
    refused(app::remove_user(&ctx, "bert", Some("nobody")).await, "not_found");
    refused(app::remove_user(&ctx, "bert", Some("local")).await, "not_found");
    books::create(&of(&bed, &cleo), "Book", &[]).await;
    refused(app::remove_user(&ctx, "bert", Some("cleo")).await, "names_collide");
    assert_eq!(names(&of(&bed, &bert)).await, ["Book"]);
    let (store, symbols) = (ctx.store().unwrap(), ["OLD", "BOTH"].map(|text| text.parse().unwrap()));
    for (owner, symbol, target) in
        [(&bert.owner, "OLD", "AAA"), (&bert.owner, "BOTH", "BBB"), (&ctx.owner, "BOTH", "CCC")]
    {
        let mut tx = store::Transaction::new();
        let (symbol, target) = (symbol.parse().unwrap(), target.parse().unwrap());
        store::mappings::set(&mut tx, owner, &symbol, &target, app::Clock::now(&*bed.clock));
        store.record(tx).await.unwrap();
    }
    let keyed = async |ctx: &Context, key: &str| {
        let input = app::jobs::JobInput::Refresh(app::jobs::RefreshInput::default());
        let new = app::jobs::NewJob { input, idempotency_key: Some(key.to_owned()) };
        app::jobs::create(ctx, new).await.unwrap()
    };
    let (inherited, both) = (keyed(&of(&bed, &bert), "berts").await, keyed(&of(&bed, &bert), "both").await);
    let annas = keyed(&ctx, "both").await;
    let removed = app::remove_user(&ctx, "bert", Some("anna")).await.unwrap();
    assert_eq!(removed.given_count, 1);
    let again = keyed(&ctx, "berts").await;
    assert_eq!(
        (again.job.id, again.is_new),
        (inherited.job.id, false),
        "a key that was used makes no second job"
    );
    assert_eq!(keyed(&ctx, "both").await.job.id, annas.job.id);
    assert_ne!(both.job.id, annas.job.id);
    let mapped = store::mappings::of_symbols(store, &ctx.owner, &symbols).await.unwrap();
    let targets: Vec<&str> = symbols.iter().map(|symbol| mapped[symbol].as_str()).collect();
    assert_eq!(targets, ["AAA", "CCC"], "what the heir said before goes before what is inherited");
    assert_eq!(names(&ctx).await, ["Book"], "anna has the key of the command line");
    refused(app::remove_user(&ctx, "bert", None).await, "not_found");
}

pub async fn whoever_inherits_from_the_first_user_is_whom_the_command_line_works_for(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", true).await;
    books::create(&of(&bed, &anna), "Old", &[]).await;
    books::create(&of(&bed, &bert), "New", &[]).await;
    app::remove_user(&ctx, "anna", Some("bert")).await.unwrap();
    let bert = app::find_user(&ctx, "bert").await.unwrap();
    assert_eq!(bert.owner, "local");
    assert_eq!(names(&ctx).await, ["New", "Old"]);
}

pub async fn the_only_admin_stays_while_there_are_others(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    add(&ctx, "bert", false).await;
    books::create(&of(&bed, &anna), "Book", &[]).await;
    refused(app::remove_user(&ctx, "anna", Some("bert")).await, "last_admin");
    app::remove_user(&ctx, "bert", None).await.unwrap();
    refused(app::remove_user(&ctx, "anna", None).await, "owns_portfolios");
    app::remove_user(&ctx, "anna", Some("local")).await.unwrap();
    assert_eq!(names(&ctx).await, ["Book"], "the command line has it as before there were users");
    assert!(!app::has_users(&ctx).await.unwrap());
}

pub async fn a_removed_user_is_let_in_by_nothing(bed: Bed) {
    let (ctx, access) = (bed.ctx(), access());
    add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", false).await;
    let session = app::log_in(&ctx, &access, "bert", &plain(PASSWORD), None).await.unwrap();
    let token = crate::tokens::create(&ctx, &bert, "read").await;
    app::remove_user(&ctx, "bert", None).await.unwrap();
    let by_cookie = app::recognise_session(&ctx, &access, session.cookie.reveal()).await.unwrap_err();
    assert_eq!(by_cookie.code(), "session_over");
    let by_token = app::recognise_token(&ctx, token.plain.reveal()).await.unwrap_err();
    assert_eq!(by_token.code(), "token_unknown");
    let by_password = app::log_in(&ctx, &access, "bert", &plain(PASSWORD), None).await.unwrap_err();
    assert_eq!(by_password.code(), "login_failed");
}
