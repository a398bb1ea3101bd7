//! Users and who is calling.

use app::{AddedUser, By, Principal, RemovedUser, Scope, Scopes};
use model::OWNER_LOCAL;
use serde::{Deserialize, Serialize};
use store::users::User;
use utoipa::ToSchema;

use super::Text;
use super::words::{ScopeText, TimestampText};

/// Somebody who may log in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserAnswer {
    id: String,
    name: String,
    /// Whether they may see to users and everybody's tokens.
    is_admin: bool,
    /// Whether they are the one the command line works for.
    is_local: bool,
    created_at: TimestampText,
    /// The password that was made, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl UserAnswer {
    /// A user as it is kept.
    pub fn of(user: &User) -> UserAnswer {
        UserAnswer {
            id: user.id.to_string(),
            name: user.name.clone(),
            is_admin: user.is_admin,
            is_local: user.owner == OWNER_LOCAL,
            created_at: Text(user.created_at),
            password: None,
        }
    }

    /// A user who was added, or given another password.
    pub fn of_added(added: &AddedUser) -> UserAnswer {
        let password = added.made_password.as_ref().map(|made| made.reveal().to_owned());
        UserAnswer { password, ..UserAnswer::of(&added.user) }
    }
}

/// A user to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUserBody {
    /// Letters, digits, dots, dashes, underscores or @; case does not count.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// The password; without one it is made and answered once.
    #[schema(max_length = 1024)]
    pub password: Option<String>,
    /// Whether they may see to users; the first one may in any case.
    #[serde(default)]
    pub is_admin: bool,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// The password; without one it is made and answered once.
    #[schema(max_length = 1024)]
    pub password: Option<String>,
}

/// Name and password of somebody who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    #[schema(max_length = 64)]
    pub name: String,
    #[schema(max_length = 1024)]
    pub password: String,
}

/// A password that takes the place of the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPasswordBody {
    /// The present password.
    #[schema(max_length = 1024)]
    pub present: String,
    /// The password from now on.
    #[schema(max_length = 1024)]
    pub new: String,
}

/// Who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Who {
    /// The user's name; null while nobody can log in.
    user: Option<String>,
    /// What they may do.
    scopes: Vec<ScopeText>,
    /// How they are known: `loopback`, `session` or `token`.
    by: &'static str,
}

impl Who {
    /// A user who has just logged in.
    pub fn of_user(user: &User) -> Who {
        Who { user: Some(user.name.clone()), scopes: listed(Scopes::of_user(user.is_admin)), by: "session" }
    }

    /// A caller.
    pub fn of(caller: &Principal) -> Who {
        let by = match caller.by {
            By::Nothing => "loopback",
            By::Session(_) => "session",
            By::Token(_) => "token",
        };
        Who { user: caller.user_id.map(|_| caller.user.clone()), scopes: listed(caller.scopes), by }
    }
}

/// Every scope that is opened, those that another implies too.
fn listed(scopes: Scopes) -> Vec<ScopeText> {
    Scope::ALL.into_iter().filter(|scope| scopes.opens(*scope)).map(Text).collect()
}

/// A user who was removed.
#[derive(Serialize, ToSchema)]
#[schema(as = RemovedUser)]
pub(crate) struct Removed {
    id: String,
    name: String,
    /// How many portfolios belong to somebody else now.
    portfolios_given: usize,
}

impl Removed {
    /// Of what the use case did.
    pub fn of(removed: &RemovedUser) -> Removed {
        Removed {
            id: removed.user.id.to_string(),
            name: removed.user.name.clone(),
            portfolios_given: removed.given_count,
        }
    }
}
