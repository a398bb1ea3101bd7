//! Tokens of programs.

use app::{CreatedToken, Plain, token_state};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use store::tokens::{Token, TokenOfUser};
use utoipa::ToSchema;

use super::Text;
use super::words::{ScopeText, TimestampText};

/// A token of a program. Its secret is not kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenAnswer {
    id: String,
    /// The user it belongs to.
    user: String,
    name: String,
    scopes: Vec<String>,
    /// `in_force`, `expired` or `revoked`.
    state: &'static str,
    created_at: TimestampText,
    expires_at: Option<TimestampText>,
    revoked_at: Option<TimestampText>,
    /// When it was used last, to the minute.
    last_used_at: Option<TimestampText>,
    /// The token itself, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl TokenAnswer {
    /// A token as it is kept.
    pub fn of(of: &TokenOfUser, now: Timestamp) -> TokenAnswer {
        TokenAnswer::written(&of.token, &of.user, now, None)
    }

    /// A token that was made, with its secret.
    pub fn of_created(created: &CreatedToken, now: Timestamp) -> TokenAnswer {
        TokenAnswer::written(&created.token, &created.user, now, Some(&created.plain))
    }

    fn written(token: &Token, user: &str, now: Timestamp, plain: Option<&Plain>) -> TokenAnswer {
        TokenAnswer {
            id: token.id.clone(),
            user: user.to_owned(),
            name: token.name.clone(),
            scopes: token.scopes.split(',').map(str::to_owned).collect(),
            state: token_state(token, now).as_str(),
            created_at: Text(token.created_at),
            expires_at: token.expires_at.map(Text),
            revoked_at: token.revoked_at.map(Text),
            last_used_at: token.last_used_at.map(Text),
            token: plain.map(|plain| plain.reveal().to_owned()),
        }
    }
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenBody {
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// What it opens.
    #[schema(min_items = 1)]
    pub scopes: Vec<ScopeText>,
    /// Days until it ends, 0 for good; else the setting `access.token_days_default`.
    #[schema(minimum = 0, maximum = 3650)]
    pub expires_days: Option<i64>,
    /// Whose it is; else the caller's. Another user's takes the scope `admin`.
    #[schema(max_length = 64)]
    pub user: Option<String>,
}
