//! Tokens of programs: making, recognising, listing and revoking them.

use model::Timestamp;
use store::tokens::{Token, TokenOfUser};
use store::users::User;
use store::{StoreError, Transaction};

use crate::access::{Access, AccessError, By, Made, Parsed, Plain, Principal, Scopes, TOKEN_PREFIX};
use crate::{AppError, Context};

/// The longest name of a token, in characters.
const NAME_CHARS_MAX: usize = 64;
/// The longest time a token may last, in days.
const DAYS_MAX: i64 = 3_650;
/// Seconds within which the use of a token is noted once.
const USE_NOTED_SECONDS: i64 = 60;
/// Days for which tokens that have ended are still listed.
const ENDED_LISTED_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is called, unique among those of its user that are in force.
    pub name: String,
    /// What it opens.
    pub scopes: Scopes,
    /// Days until it ends; 0 is for good, and absent is the setting.
    pub expires_days: Option<i64>,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// The token as it is kept.
    pub token: Token,
    /// The user it belongs to.
    pub user: String,
    /// The token itself, shown this once.
    pub plain: Plain,
}

/// In which state a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It opens what it names.
    InForce,
    /// It ended by itself.
    Expired,
    /// It was revoked.
    Revoked,
}

impl TokenState {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            TokenState::InForce => "in_force",
            TokenState::Expired => "expired",
            TokenState::Revoked => "revoked",
        }
    }
}

/// Makes a token for a user. What it opens is bounded by what its user may do.
///
/// # Errors
/// [`AppError::Invalid`], [`AccessError::TokenExists`], [`AccessError::TooManyTokens`],
/// [`AccessError::ScopesBeyondUser`].
pub async fn create_token(
    ctx: &Context,
    access: &Access,
    user: &User,
    new: &NewToken,
) -> Result<CreatedToken, AppError> {
    let days = new.expires_days.unwrap_or(access.limits.token_days_default);
    check(user, new, days)?;
    let now = ctx.clock.now();
    let made = Made::new(TOKEN_PREFIX);
    let token = Token {
        id: made.id,
        user_id: user.id,
        name: new.name.clone(),
        secret_hash: made.hash.to_vec(),
        scopes: new.scopes.to_string(),
        created_at: now,
        expires_at: (days > 0).then(|| now.plus_seconds(days * DAY_SECONDS)),
        revoked_at: None,
        last_used_at: None,
    };
    let mut tx = Transaction::new();
    store::tokens::forget(&mut tx, user.id, now.plus_seconds(-ENDED_LISTED_DAYS * DAY_SECONDS));
    store::tokens::insert(&mut tx, &token, access.limits.tokens_per_user_max);
    match ctx.store()?.record(tx).await {
        Ok(_) => {
            tracing::info!(user = user.name, token = token.id, scopes = token.scopes, "token_created");
            Ok(CreatedToken { token, user: user.name.clone(), plain: made.plain })
        }
        Err(StoreError::Constraint { .. }) => Err(AccessError::TokenExists { name: new.name.clone() }.into()),
        Err(error) if error.is_guard() => {
            let count_max = access.limits.tokens_per_user_max;
            Err(AccessError::TooManyTokens { user: user.name.clone(), count_max }.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn check(user: &User, new: &NewToken, days: i64) -> Result<(), AppError> {
    let is_plain = new.name.trim() == new.name && !new.name.is_empty();
    if !is_plain || new.name.chars().count() > NAME_CHARS_MAX || new.name.chars().any(char::is_control) {
        let message = format!(
            "a token's name has 1 to {NAME_CHARS_MAX} characters, none of them a control character, and no blanks \
             around it"
        );
        return Err(AppError::Invalid { field: "name", message });
    }
    if new.scopes.is_empty() {
        let message = "a token opens something; give read, write, trade-sim or admin".to_owned();
        return Err(AppError::Invalid { field: "scopes", message });
    }
    if !(0..=DAYS_MAX).contains(&days) {
        let message = format!("{days} days are out of range; give 1 to {DAYS_MAX}, or 0 for good");
        return Err(AppError::Invalid { field: "expires_days", message });
    }
    let allowed = Scopes::of_user(user.is_admin);
    let beyond: Scopes = new.scopes.iter().filter(|scope| !allowed.opens(*scope)).collect();
    if !beyond.is_empty() {
        let refused = AccessError::ScopesBeyondUser { user: user.name.clone(), scopes: beyond.to_string() };
        return Err(refused.into());
    }
    Ok(())
}

/// The tokens of a user, or of all users, those that have ended lately too.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn list_tokens(ctx: &Context, user_id: Option<i64>) -> Result<Vec<TokenOfUser>, AppError> {
    match user_id {
        Some(user_id) => Ok(store::tokens::of_user(ctx.store()?, user_id).await?),
        None => Ok(store::tokens::all(ctx.store()?).await?),
    }
}

/// In which state a token is at an instant.
pub fn token_state(token: &Token, now: Timestamp) -> TokenState {
    if token.revoked_at.is_some() {
        TokenState::Revoked
    } else if token.expires_at.is_some_and(|at| at <= now) {
        TokenState::Expired
    } else {
        TokenState::InForce
    }
}

/// Revokes a token, of this user when one is given. Revoking it again changes nothing.
///
/// # Errors
/// [`AppError::NotFound`], also when it belongs to somebody else.
pub async fn revoke_token(ctx: &Context, id: &str, user_id: Option<i64>) -> Result<TokenOfUser, AppError> {
    let found = store::tokens::by_id(ctx.store()?, id).await?;
    let mut found = found
        .filter(|found| user_id.is_none_or(|user_id| found.token.user_id == user_id))
        .ok_or_else(|| AppError::NotFound {
            what: "token",
            name: id.to_owned(),
            hint: "; `daybook token list` shows those there are",
        })?;
    if found.token.revoked_at.is_some() {
        return Ok(found);
    }
    let now = ctx.clock.now();
    let mut tx = Transaction::new();
    store::tokens::revoke(&mut tx, id, now);
    match ctx.store()?.record(tx).await {
        Ok(_) => tracing::info!(user = found.user, token = id, "token_revoked"),
        // Somebody else revoked it at the same moment.
        Err(error) if error.is_guard() => {}
        Err(error) => return Err(error.into()),
    }
    found.token.revoked_at = Some(now);
    Ok(found)
}

/// Who brings this token, and what it opens by now: never more than its user still may.
///
/// # Errors
/// [`AccessError::TokenUnknown`], [`AccessError::TokenExpired`], [`AccessError::TokenRevoked`].
pub async fn recognise_token(ctx: &Context, text: &str) -> Result<Principal, AppError> {
    let parsed = Parsed::parse(TOKEN_PREFIX, text).ok_or(AccessError::TokenUnknown)?;
    let found = store::tokens::by_id(ctx.store()?, parsed.id).await?;
    let found = found.filter(|found| parsed.is(&found.token.secret_hash)).ok_or(AccessError::TokenUnknown)?;
    let (token, now) = (&found.token, ctx.clock.now());
    if let Some(at) = token.revoked_at {
        return Err(AccessError::TokenRevoked { at }.into());
    }
    if let Some(at) = token.expires_at.filter(|at| *at <= now) {
        return Err(AccessError::TokenExpired { at }.into());
    }
    let named: Scopes = token
        .scopes
        .parse()
        .map_err(|_| StoreError::Invalid { what: "scopes of a token", value: token.scopes.clone() })?;
    note_use(ctx, token, now)?;
    Ok(Principal {
        user_id: Some(token.user_id),
        user: found.user,
        owner: found.owner,
        scopes: named.within(Scopes::of_user(found.is_admin)),
        by: By::Token(token.id.clone()),
    })
}

/// Notes the use in a task of the process: no request waits for a writer because of it.
fn note_use(ctx: &Context, token: &Token, now: Timestamp) -> Result<(), AppError> {
    let since = now.plus_seconds(-USE_NOTED_SECONDS);
    if token.last_used_at.is_some_and(|at| at > since && at <= now) {
        return Ok(());
    }
    let (store, id) = (ctx.store()?.clone(), token.id.clone());
    tokio::spawn(async move {
        if let Err(error) = store::tokens::note_use(&store, &id, now, since).await {
            tracing::warn!(%error, token = id, "token_use_not_noted");
        }
    });
    Ok(())
}
