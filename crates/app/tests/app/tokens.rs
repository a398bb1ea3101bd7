//! Tokens of programs: what they open, until when, and what is kept of them.

use app::{By, Context, CreatedToken, NewToken, Scope};
use store::users::User;

use crate::bed::Bed;
use crate::users::{access, add, soon};

pub async fn create(ctx: &Context, user: &User, scopes: &str) -> CreatedToken {
    let new =
        NewToken { name: format!("for {scopes}"), scopes: scopes.parse().unwrap(), expires_days: Some(10) };
    app::create_token(ctx, &access(), user, &new).await.unwrap()
}

async fn refusal(ctx: &Context, user: &User, name: &str, scopes: &str, days: i64) -> &'static str {
    let scopes = if scopes.is_empty() { app::Scopes::default() } else { scopes.parse().unwrap() };
    let new = NewToken { name: name.to_owned(), scopes, expires_days: Some(days) };
    app::create_token(ctx, &access(), user, &new).await.unwrap_err().code()
}

pub async fn a_token_lets_in_its_user_with_its_scopes(bed: Bed) {
    let ctx = bed.ctx();
    add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", false).await;
    let created = create(&ctx, &bert, "read").await;
    let who = app::recognise_token(&ctx, created.plain.reveal()).await.unwrap();
    assert_eq!((who.user.as_str(), who.owner.as_str()), ("bert", bert.owner.as_str()));
    assert!(who.scopes.opens(Scope::Read) && !who.scopes.opens(Scope::Write));
    assert_eq!(who.by, By::Token(created.token.id));
}

pub async fn a_token_opens_no_more_than_its_user_may(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", false).await;
    assert_eq!(refusal(&ctx, &bert, "t", "read,admin", 1).await, "scopes_beyond_user");
    let who = app::recognise_token(&ctx, create(&ctx, &anna, "admin").await.plain.reveal()).await.unwrap();
    assert!(Scope::ALL.into_iter().all(|scope| who.scopes.opens(scope)));
}

pub async fn tokens_that_make_no_sense_are_refused(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    for (name, scopes, days) in [
        ("", "read", 1),
        (" t", "read", 1),
        ("t\n", "read", 1),
        ("t", "", 1),
        ("t", "read", -1),
        ("t", "read", 9_999),
    ] {
        assert_eq!(
            refusal(&ctx, &anna, name, scopes, days).await,
            "invalid_input",
            "{name:?} {scopes:?} {days}"
        );
    }
    create(&ctx, &anna, "read").await;
    assert_eq!(refusal(&ctx, &anna, "for read", "write", 1).await, "token_exists");
}

pub async fn a_user_has_so_many_tokens_and_no_more(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let mut access = access();
    access.limits.tokens_per_user_max = 2;
    let mut codes = Vec::new();
    for number in 0..3 {
        let new = NewToken { name: number.to_string(), scopes: "read".parse().unwrap(), expires_days: None };
        codes.push(
            app::create_token(&ctx, &access, &anna, &new).await.map_or_else(|error| error.code(), |_| "made"),
        );
    }
    assert_eq!(codes, ["made", "made", "too_many_tokens"]);
}

pub async fn tokens_that_are_over_say_so_and_others_say_nothing(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let (ended, revoked) = (create(&ctx, &anna, "read").await, create(&ctx, &anna, "write").await);
    app::revoke_token(&ctx, &revoked.token.id, None).await.unwrap();
    app::revoke_token(&ctx, &revoked.token.id, None).await.unwrap();
    bed.clock.set(ended.token.expires_at.unwrap());
    let code = async |text: &str| app::recognise_token(&ctx, text).await.unwrap_err().code();
    assert_eq!(code(ended.plain.reveal()).await, "token_expired");
    assert_eq!(code(revoked.plain.reveal()).await, "token_revoked");
    // Another secret under the same id is no token at all, whatever became of the real one.
    let forged = format!("dbk_{}_{}", revoked.token.id, "0".repeat(64));
    for text in [forged.as_str(), "dbk_0000000000000000_", "", "dbk", revoked.token.id.as_str()] {
        assert_eq!(code(text).await, "token_unknown", "{text:?}");
    }
    let listed = app::list_tokens(&ctx, None).await.unwrap();
    let states = listed.iter().map(|of| app::token_state(&of.token, app::Clock::now(&*bed.clock)).as_str());
    assert_eq!(states.collect::<Vec<_>>(), ["expired", "revoked"]);
}

pub async fn somebody_elses_token_is_not_there_to_be_revoked(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let bert = add(&ctx, "bert", false).await;
    let created = create(&ctx, &anna, "read").await;
    let refused = app::revoke_token(&ctx, &created.token.id, Some(bert.id)).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    app::recognise_token(&ctx, created.plain.reveal()).await.unwrap();
}

pub async fn the_use_of_a_token_is_noted_once_a_minute(bed: Bed) {
    let ctx = bed.ctx();
    let anna = add(&ctx, "anna", false).await;
    let created = create(&ctx, &anna, "read").await;
    let noted = async || app::list_tokens(&ctx, Some(anna.id)).await.unwrap().remove(0).token.last_used_at;
    assert_eq!(noted().await, None);
    app::recognise_token(&ctx, created.plain.reveal()).await.unwrap();
    soon("the use is noted", || async { noted().await.is_some() }).await;
    let first = noted().await.unwrap();
    // Within the minute nothing is written: the statements of a recognition are a load alone.
    let (store, counter) = ctx.store().unwrap().counted();
    let counted = Context { store: Some(store), ..ctx.clone() };
    app::recognise_token(&counted, created.plain.reveal()).await.unwrap();
    assert_eq!(counter.count(), 1);
    bed.clock.set(first.plus_seconds(61));
    app::recognise_token(&ctx, created.plain.reveal()).await.unwrap();
    soon("the use is noted again", || async { noted().await.unwrap() > first }).await;
}
