//! Users: adding, listing, removing, and changing their passwords.

use model::OWNER_LOCAL;
use store::users::User;
use store::{StoreError, Transaction};

use crate::access::{Access, AccessError, Plain, hash_password, make_password, verify_password};
use crate::context::{new_identity, pause};
use crate::throttle::Attempt;
use crate::{AppError, Context};

/// The longest name of a user, in characters.
const NAME_CHARS_MAX: usize = 64;

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The name to log in with; case does not count.
    pub name: String,
    /// The password; one is made when there is none.
    pub password: Option<Plain>,
    /// Whether the user may see to users. The first one may.
    pub is_admin: bool,
}

/// A user that was added, or given another password.
#[derive(Clone, Debug)]
pub struct AddedUser {
    /// The user.
    pub user: User,
    /// The password that was made for them, to be shown once.
    pub made_password: Option<Plain>,
}

/// A user that was removed.
#[derive(Clone, Debug)]
pub struct RemovedUser {
    /// The user.
    pub user: User,
    /// How many portfolios changed hands.
    pub given_count: usize,
}

/// Whether anybody can log in.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn has_users(ctx: &Context) -> Result<bool, AppError> {
    Ok(store::users::any(ctx.store()?).await?)
}

/// Whether anybody can log in, as of now or a moment later, by one look for all who ask at the same time.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn are_there_users(ctx: &Context, access: &Access) -> Result<bool, AppError> {
    access.users_exist.get(ctx, look_for_users).await
}

async fn look_for_users(ctx: Context) -> Result<bool, AppError> {
    has_users(&ctx).await
}

/// Adds a user. The first one is an admin and takes over what was made before there were users; each later one begins
/// with nothing.
///
/// # Errors
/// [`AppError::Invalid`] for a name or password that is none, [`AccessError::UserExists`].
pub async fn add_user(ctx: &Context, access: &Access, new: &NewUser) -> Result<AddedUser, AppError> {
    let name = checked_name(&new.name)?;
    let made_password = new.password.is_none().then(make_password);
    let password = new.password.as_ref().or(made_password.as_ref());
    let password = password.expect("invariant: a password is given or made");
    let password_hash = hash_password(access, password).await?;
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let is_first = !has_users(ctx).await?;
        let id = new_identity(ctx.clock.as_ref());
        let user = User {
            id,
            name: name.clone(),
            owner: if is_first { OWNER_LOCAL.to_owned() } else { id.to_string() },
            is_admin: new.is_admin || is_first,
            password_hash: password_hash.clone(),
            revision: 0,
            created_at: ctx.clock.now(),
        };
        let mut tx = Transaction::new();
        store::users::insert(&mut tx, &user);
        match ctx.store()?.record(tx).await {
            Ok(_) => {
                tracing::info!(user = user.name, is_admin = user.is_admin, "user_added");
                return Ok(AddedUser { user, made_password });
            }
            // Somebody took the name, or was first; looked at again, it is clear which.
            Err(StoreError::Constraint { .. }) => {
                if store::users::by_name(ctx.store()?, &name).await?.is_some() {
                    return Err(AccessError::UserExists { name }.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: format!("user {name:?}") })
}

/// All users, by name.
///
/// # Errors
/// [`AppError::DatabaseRequired`], [`AppError::Store`].
pub async fn list_users(ctx: &Context) -> Result<Vec<User>, AppError> {
    Ok(store::users::all(ctx.store()?).await?)
}

/// One user by name; case does not count.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn find_user(ctx: &Context, name: &str) -> Result<User, AppError> {
    let found = store::users::by_name(ctx.store()?, &name.to_lowercase()).await?;
    found.ok_or_else(|| unknown(name))
}

/// One user by identity.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn show_user(ctx: &Context, id: &str) -> Result<User, AppError> {
    let Ok(number) = id.parse() else { return Err(unknown(id)) };
    store::users::by_id(ctx.store()?, number).await?.ok_or_else(|| unknown(id))
}

fn unknown(name: &str) -> AppError {
    AppError::NotFound {
        what: "user",
        name: name.to_owned(),
        hint: "; `daybook user list` shows those there are",
    }
}

/// Gives a user another password and ends all their sessions. Tokens stay: they are revoked one by one.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Invalid`] for a password that is none.
pub async fn set_password(
    ctx: &Context,
    access: &Access,
    name: &str,
    password: Option<&Plain>,
) -> Result<AddedUser, AppError> {
    let made_password = password.is_none().then(make_password);
    let password = password.or(made_password.as_ref()).expect("invariant: a password is given or made");
    let password_hash = hash_password(access, password).await?;
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let user = find_user(ctx, name).await?;
        let mut tx = Transaction::new();
        store::users::set_password(&mut tx, &user, &password_hash);
        match ctx.store()?.record(tx).await {
            Ok(_) => {
                tracing::info!(user = user.name, "password_changed");
                return Ok(AddedUser { user, made_password });
            }
            Err(error) if error.is_guard() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: format!("user {name:?}") })
}

/// Gives a user another password who knows the present one. Attempts are counted like those to log in: whoever got hold
/// of a session must not find the password out by it.
///
/// # Errors
/// [`AccessError::LoginFailed`] when the present password is another, [`AccessError::LoginThrottled`], and those of
/// [`set_password`].
pub async fn change_password(
    ctx: &Context,
    access: &Access,
    user_id: i64,
    present: &Plain,
    new: &Plain,
) -> Result<(), AppError> {
    let user = show_user(ctx, &user_id.to_string()).await?;
    Attempt::new(access, &user.name, None).count(ctx, access).await?;
    if !verify_password(access, present, Some(&user.password_hash)).await? {
        return Err(AccessError::LoginFailed.into());
    }
    set_password(ctx, access, &user.name, Some(new)).await.map(|_| ())
}

/// Removes a user with their tokens and sessions. A user who owns portfolios is only removed when these are given to
/// another user. Whoever takes over what the command line works for, does so for good: the command line acts for them
/// from then on. The last user's portfolios may stay with the command line, by giving them to `local`.
///
/// # Errors
/// [`AppError::NotFound`], [`AccessError::OwnsPortfolios`], [`AccessError::NamesCollide`],
/// [`AccessError::SymbolsCollide`], [`AccessError::LastAdmin`].
pub async fn remove_user(ctx: &Context, name: &str, give_to: Option<&str>) -> Result<RemovedUser, AppError> {
    for attempt in 0..ctx.limits.conflict_retries_max {
        pause(attempt).await;
        let user = find_user(ctx, name).await?;
        let (tx, given_count) = removal(ctx, &user, give_to).await?;
        match ctx.store()?.record(tx).await {
            Ok(_) => {
                tracing::info!(user = user.name, given_count, "user_removed");
                return Ok(RemovedUser { user, given_count });
            }
            // Somebody changed a user or a portfolio meanwhile.
            Err(StoreError::Guard { .. } | StoreError::Constraint { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Conflict { what: format!("user {name:?}") })
}

async fn removal(
    ctx: &Context,
    user: &User,
    give_to: Option<&str>,
) -> Result<(Transaction, usize), AppError> {
    let users = list_users(ctx).await?;
    let others: Vec<&User> = users.iter().filter(|other| other.id != user.id).collect();
    let owned = names_owned(ctx, &user.owner).await?;
    let mut tx = Transaction::new();
    if others.is_empty() && (give_to == Some(OWNER_LOCAL) || owned.is_empty()) {
        store::users::delete_alone(&mut tx, user);
        return Ok((tx, owned.len()));
    }
    if user.is_admin && !others.is_empty() && !others.iter().any(|other| other.is_admin) {
        return Err(AccessError::LastAdmin { name: user.name.clone() }.into());
    }
    let Some(heir) = give_to else {
        if !owned.is_empty() {
            let refused =
                AccessError::OwnsPortfolios { name: user.name.clone(), portfolio_count: owned.len() };
            return Err(refused.into());
        }
        store::users::delete(&mut tx, user);
        return Ok((tx, 0));
    };
    let heir =
        others.into_iter().find(|other| other.name == heir.to_lowercase()).ok_or_else(|| unknown(heir))?;
    let held = names_owned(ctx, &heir.owner).await?;
    let names: Vec<String> = owned.iter().filter(|name| held.contains(name)).cloned().collect();
    if !names.is_empty() {
        return Err(AccessError::NamesCollide { names }.into());
    }
    // Whoever takes over the command line's key brings along what they had.
    let (from, to) = match user.owner == OWNER_LOCAL {
        true => (heir.owner.as_str(), OWNER_LOCAL),
        false => (user.owner.as_str(), heir.owner.as_str()),
    };
    let handover = store::private_symbols::handover(ctx.store()?, from, to).await?;
    if !handover.collisions.is_empty() {
        let symbols = handover.collisions.iter().map(ToString::to_string).collect();
        return Err(AccessError::SymbolsCollide { symbols }.into());
    }
    store::users::give_all(&mut tx, from, to, &handover);
    if user.owner == OWNER_LOCAL {
        // The command line goes on acting for somebody: the heir takes the key over.
        store::users::delete_keeping(&mut tx, user);
        store::users::set_owner(&mut tx, heir, OWNER_LOCAL);
    } else {
        store::users::delete(&mut tx, user);
    }
    Ok((tx, owned.len()))
}

async fn names_owned(ctx: &Context, owner: &str) -> Result<Vec<String>, AppError> {
    let stored = store::portfolios::of_owner(ctx.store()?, owner).await?;
    Ok(stored.into_iter().map(|stored| stored.portfolio.name).collect())
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-@".contains(letter);
    let is_name = !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(is_plain);
    let lowered = name.to_ascii_lowercase();
    if is_name && name.starts_with(|first: char| first.is_ascii_alphanumeric()) && lowered != OWNER_LOCAL {
        return Ok(lowered);
    }
    let message = format!(
        "a user's name has 1 to {NAME_CHARS_MAX} letters, digits, dots, dashes, underscores or @, begins with a letter \
         or digit, and is not {OWNER_LOCAL:?}"
    );
    Err(AppError::Invalid { field: "name", message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lowered_and_those_that_are_none_refused() {
        for (name, expected) in [("Anna", Some("anna")), ("a.b-c_d@e", Some("a.b-c_d@e")), ("7", Some("7"))] {
            assert_eq!(checked_name(name).ok().as_deref(), expected);
        }
        for name in
            ["", "local", "LOCAL", " anna", "an na", "änne", ".a", "-a", "a/b", "a\n", &"a".repeat(65)]
        {
            assert_eq!(checked_name(name).unwrap_err().code(), "invalid_input", "{name:?}");
        }
    }
}
