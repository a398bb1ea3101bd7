//! Users and tokens in words. Hashes are never shown; secrets once, when they are made.

use app::{AddedUser, CreatedToken, RemovedUser, token_state};
use model::{OWNER_LOCAL, Timestamp};
use store::tokens::TokenOfUser;
use store::users::User;

use super::table::Sheet;

/// Users as a table.
pub fn users_table(users: &[User]) -> String {
    let mut sheet = Sheet::new(&["user", "role", "added", "id", "works for"]);
    for user in users {
        let works_for = if user.owner == OWNER_LOCAL { "the command line" } else { "" };
        sheet.row([
            user.name.clone(),
            role(user).to_owned(),
            user.created_at.to_string(),
            user.id.to_string(),
            works_for.to_owned(),
        ]);
    }
    sheet.text()
}

fn role(user: &User) -> &'static str {
    if user.is_admin { "admin" } else { "user" }
}

/// A user who was added or given another password, with the password that was made.
pub fn added_text(added: &AddedUser, what: &str) -> String {
    let user = &added.user;
    let mut text = format!("{what} {} ({})\n", user.name, role(user));
    if let Some(password) = &added.made_password {
        text.push_str(&format!("password, shown this once: {}\n", password.reveal()));
    }
    text
}

/// A user who was removed.
pub fn removed_text(removed: &RemovedUser, give_to: Option<&str>) -> String {
    let given = match (removed.given_count, give_to) {
        (0, _) | (_, None) => String::new(),
        (count, Some(heir)) => format!("; {count} portfolios belong to {heir} now"),
    };
    format!("removed {}{given}\n", removed.user.name)
}

/// Tokens as a table.
pub fn tokens_table(tokens: &[TokenOfUser], now: Timestamp) -> String {
    let mut sheet = Sheet::new(&["id", "user", "name", "scopes", "state", "expires", "~last used", "~made"]);
    for TokenOfUser { token, user, .. } in tokens {
        let instant = |at: Option<Timestamp>, never: &str| at.map_or(never.to_owned(), |at| at.to_string());
        sheet.row([
            token.id.clone(),
            user.clone(),
            token.name.clone(),
            token.scopes.clone(),
            token_state(token, now).as_str().to_owned(),
            instant(token.expires_at, "never"),
            instant(token.last_used_at, "–"),
            token.created_at.to_string(),
        ]);
    }
    sheet.text()
}

/// A token that was made, with its secret.
pub fn created_text(created: &CreatedToken) -> String {
    let token = &created.token;
    let expires = token.expires_at.map_or("never expires".to_owned(), |at| format!("expires at {at}"));
    format!(
        "token {:?} of {} opens {} and {expires}\nshown this once: {}\n",
        token.name,
        created.user,
        token.scopes,
        created.plain.reveal()
    )
}
