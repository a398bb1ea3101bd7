//! Why somebody was not let in, or a user not changed.

use model::Timestamp;

/// Why somebody was not let in, or a user or token not changed. None of them carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Name and password do not belong together. Which of them is wrong is not told.
    #[error("there is no user with this name and password")]
    LoginFailed,
    /// Too many attempts under this name, or from this address.
    #[error("too many attempts to log in; the next is taken at {until}")]
    LoginThrottled {
        /// When attempts are taken again.
        until: Timestamp,
        /// Seconds until then.
        retry_after_s: u64,
    },
    /// Too many passwords are being checked.
    #[error("too many logins at once; try again in {retry_after_s} s")]
    HashingBusy {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// Nothing that was brought is known.
    #[error("this token is not known; `daybook token list` shows those there are")]
    TokenUnknown,
    /// The token has ended by itself.
    #[error("this token expired at {at}; make another with `daybook token create`")]
    TokenExpired {
        /// When.
        at: Timestamp,
    },
    /// The token was revoked.
    #[error("this token was revoked at {at}; make another with `daybook token create`")]
    TokenRevoked {
        /// When.
        at: Timestamp,
    },
    /// The session is over, or never was.
    #[error("this session is over; log in again")]
    SessionOver,
    /// A name is taken.
    #[error("there is a user {name:?} already; choose another name")]
    UserExists {
        /// The name.
        name: String,
    },
    /// A user still owns something.
    #[error(
        "{portfolio_count} portfolios belong to {name:?}; give them to another user with --give-to, the last user's to local, or delete them first"
    )]
    OwnsPortfolios {
        /// The user.
        name: String,
        /// How many portfolios.
        portfolio_count: usize,
    },
    /// Both have portfolios of these names, so that they cannot be put together.
    #[error("both users have portfolios called {}; rename one of each pair with `daybook portfolio set`", .names.join(", "))]
    NamesCollide {
        /// The names.
        names: Vec<String>,
    },
    /// One of two users has symbols in private that the other's portfolios hold as what everybody calls so.
    #[error(
        "one of the users holds {} in private and the other what everybody calls so, and put together they would mean two \
         things; delete the portfolio, or void the events, of one of them",
        .symbols.join(", ")
    )]
    SymbolsCollide {
        /// The symbols.
        symbols: Vec<String>,
    },
    /// The last user who may see to users stays while there are others.
    #[error("{name:?} is the only admin; add another with `daybook user add NAME --admin` first")]
    LastAdmin {
        /// The user.
        name: String,
    },
    /// A name of a token is taken.
    #[error("there is a token {name:?} already; revoke it or choose another name")]
    TokenExists {
        /// The name.
        name: String,
    },
    /// A user has as many tokens as there may be.
    #[error("{user:?} has {count_max} tokens in force already; revoke one first")]
    TooManyTokens {
        /// The user.
        user: String,
        /// How many there may be.
        count_max: i64,
    },
    /// A token that was to open more than its user may.
    #[error("{user:?} may not give away the scopes {scopes}")]
    ScopesBeyondUser {
        /// The user.
        user: String,
        /// The scopes that go too far.
        scopes: String,
    },
}

impl AccessError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            AccessError::LoginFailed => "login_failed",
            AccessError::LoginThrottled { .. } => "login_throttled",
            AccessError::HashingBusy { .. } => "login_busy",
            AccessError::TokenUnknown => "token_unknown",
            AccessError::TokenExpired { .. } => "token_expired",
            AccessError::TokenRevoked { .. } => "token_revoked",
            AccessError::SessionOver => "session_over",
            AccessError::UserExists { .. } => "user_exists",
            AccessError::OwnsPortfolios { .. } => "owns_portfolios",
            AccessError::NamesCollide { .. } => "names_collide",
            AccessError::SymbolsCollide { .. } => "symbols_collide",
            AccessError::LastAdmin { .. } => "last_admin",
            AccessError::TokenExists { .. } => "token_exists",
            AccessError::TooManyTokens { .. } => "too_many_tokens",
            AccessError::ScopesBeyondUser { .. } => "scopes_beyond_user",
        }
    }

    /// Where the fault is: the user or the token.
    pub fn place(&self) -> Option<String> {
        match self {
            AccessError::UserExists { name }
            | AccessError::OwnsPortfolios { name, .. }
            | AccessError::LastAdmin { name }
            | AccessError::TokenExists { name } => Some(name.clone()),
            AccessError::TooManyTokens { user, .. } => Some(user.clone()),
            AccessError::ScopesBeyondUser { .. } => Some("scopes".to_owned()),
            AccessError::NamesCollide { .. } | AccessError::SymbolsCollide { .. } => {
                Some("give-to".to_owned())
            }
            AccessError::LoginFailed
            | AccessError::LoginThrottled { .. }
            | AccessError::HashingBusy { .. }
            | AccessError::TokenUnknown
            | AccessError::TokenExpired { .. }
            | AccessError::TokenRevoked { .. }
            | AccessError::SessionOver => None,
        }
    }
}
