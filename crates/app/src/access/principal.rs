//! Who somebody turned out to be.

use model::OWNER_LOCAL;

use super::Scopes;

/// By what somebody was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By nothing: the machine is theirs alone, and nobody can log in yet.
    Nothing,
    /// By the token with this id.
    Token(String),
    /// By the session with this id.
    Session(String),
}

/// Somebody, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user's identity; nothing while nobody can log in.
    pub user_id: Option<i64>,
    /// The user's name, or `local` while nobody can log in.
    pub user: String,
    /// The key under which their portfolios are kept.
    pub owner: String,
    /// What they may do.
    pub scopes: Scopes,
    /// By what they were recognised.
    pub by: By,
}

impl Principal {
    /// Whoever sits at the machine while nobody can log in: everything is theirs.
    pub fn alone() -> Principal {
        Principal {
            user_id: None,
            user: OWNER_LOCAL.to_owned(),
            owner: OWNER_LOCAL.to_owned(),
            scopes: Scopes::of_user(true),
            by: By::Nothing,
        }
    }
}
