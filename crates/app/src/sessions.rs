//! Sessions of browsers: logging in, being recognised by a cookie, logging out.

use std::net::IpAddr;

use model::Timestamp;
use store::Transaction;
use store::sessions::Session;
use store::users::User;

use crate::access::{Access, AccessError, By, Made, Parsed, Plain, Principal, Scopes, verify_password};
use crate::throttle::Attempt;
use crate::{AppError, Context};

/// What the value of every cookie begins with.
const COOKIE_PREFIX: &str = "dbs";
/// Seconds within which the use of a session is noted once.
const SIGHT_NOTED_SECONDS: i64 = 60;

/// A session that was begun.
#[derive(Clone, Debug)]
pub struct BegunSession {
    /// Who it belongs to.
    pub user: User,
    /// The value of its cookie, shown this once.
    pub cookie: Plain,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// Seconds from now until then.
    pub seconds: i64,
}

/// Logs somebody in who knows name and password.
///
/// # Errors
/// [`AccessError::LoginFailed`], which does not tell whether there is such a user; [`AccessError::LoginThrottled`],
/// [`AccessError::HashingBusy`].
pub async fn log_in(
    ctx: &Context,
    access: &Access,
    name: &str,
    password: &Plain,
    address: Option<IpAddr>,
) -> Result<BegunSession, AppError> {
    let attempt = Attempt::new(access, name, address);
    attempt.count(ctx, access).await?;
    access.purge_in_background(ctx);
    let found = store::users::by_name(ctx.store()?, &name.to_lowercase()).await?;
    let hash = found.as_ref().map(|user| user.password_hash.as_str());
    let is_right = verify_password(access, password, hash).await?;
    let Some(user) = found.filter(|_| is_right) else {
        tracing::warn!("login_failed");
        return Err(AccessError::LoginFailed.into());
    };
    let now = ctx.clock.now();
    let seconds = access.limits.session_hours_max * 3_600;
    let expires_at = now.plus_seconds(seconds);
    let made = Made::new(COOKIE_PREFIX);
    let mut tx = Transaction::new();
    attempt.succeeded(&mut tx);
    let count_max = access.limits.sessions_per_user_max;
    store::sessions::insert(&mut tx, &user, (&made.id, &made.hash), (now, expires_at), count_max);
    match ctx.store()?.record(tx).await {
        Ok(_) => {
            tracing::info!(user = user.name, session = made.id, "session_begun");
            Ok(BegunSession { user, cookie: made.plain, expires_at, seconds })
        }
        // The user was changed or removed since the password was checked.
        Err(error) if error.is_guard() => Err(AccessError::LoginFailed.into()),
        Err(error) => Err(error.into()),
    }
}

/// Who brings the cookie of a session.
///
/// # Errors
/// [`AccessError::SessionOver`] when it is over, or never was.
pub async fn recognise_session(ctx: &Context, access: &Access, cookie: &str) -> Result<Principal, AppError> {
    let session = load(ctx, access, cookie).await?.ok_or(AccessError::SessionOver)?;
    note_sight(ctx, &session)?;
    Ok(Principal {
        user_id: Some(session.user_id),
        user: session.user,
        owner: session.owner,
        scopes: Scopes::of_user(session.is_admin),
        by: By::Session(session.id),
    })
}

async fn load(ctx: &Context, access: &Access, cookie: &str) -> Result<Option<Session>, AppError> {
    let Some(parsed) = Parsed::parse(COOKIE_PREFIX, cookie) else { return Ok(None) };
    let now = ctx.clock.now();
    let found = store::sessions::by_id(ctx.store()?, parsed.id).await?;
    let seen_after = access.seen_after(now);
    let is_on = |session: &Session| session.expires_at > now && session.last_seen_at > seen_after;
    Ok(found.filter(|session| parsed.is(&session.secret_hash)).filter(is_on))
}

/// Notes the sight in a task of the process: no request waits for a writer because of it.
fn note_sight(ctx: &Context, session: &Session) -> Result<(), AppError> {
    let now = ctx.clock.now();
    let since = now.plus_seconds(-SIGHT_NOTED_SECONDS);
    if session.last_seen_at > since {
        return Ok(());
    }
    let (store, id) = (ctx.store()?.clone(), session.id.clone());
    tokio::spawn(async move {
        if let Err(error) = store::sessions::note_seen(&store, &id, now, since).await {
            tracing::warn!(%error, session = id, "session_sight_not_noted");
        }
    });
    Ok(())
}

/// Ends the session with this id; one that is over already stays so.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn log_out(ctx: &Context, id: &str) -> Result<(), AppError> {
    store::sessions::delete(ctx.store()?, id).await?;
    tracing::info!(session = id, "session_ended");
    Ok(())
}
