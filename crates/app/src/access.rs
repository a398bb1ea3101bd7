//! Who may do what: the limits of logins and tokens, and what this process needs to hold them.

mod error;
mod password;
mod principal;
mod scope;
mod secret;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::Timestamp;
use tokio::sync::Semaphore;

use crate::Context;
use crate::shared_read::SharedRead;

pub use error::AccessError;
pub use principal::{By, Principal};
pub use scope::{Scope, Scopes};
pub use secret::{Plain, TOKEN_PREFIX};

pub(crate) use password::{hash as hash_password, make as make_password, verify as verify_password};
pub(crate) use secret::{Made, Parsed, hex, sha256};

/// Named limits of logins, sessions and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLimits {
    /// Attempts to log in under one name within a window.
    pub login_name_attempts_max: i64,
    /// Attempts to log in from one address within a window.
    pub login_address_attempts_max: i64,
    /// How long a window lasts.
    pub login_window_minutes: i64,
    /// How long a session lasts that is not used.
    pub session_idle_hours_max: i64,
    /// How long a session lasts whatever happens.
    pub session_hours_max: i64,
    /// Sessions one user may have; the oldest goes.
    pub sessions_per_user_max: i64,
    /// Tokens in force that one user may have.
    pub tokens_per_user_max: i64,
    /// How long a token lasts when nobody says; 0 is for good.
    pub token_days_default: i64,
    /// Characters a password has at least.
    pub password_chars_min: usize,
    /// Passwords that are hashed at once.
    pub hashing_concurrency_max: usize,
    /// How long a login waits for its turn to be hashed.
    pub hashing_wait_ms_max: u64,
}

impl Default for AccessLimits {
    fn default() -> AccessLimits {
        AccessLimits {
            login_name_attempts_max: 10,
            login_address_attempts_max: 100,
            login_window_minutes: 15,
            session_idle_hours_max: 8,
            session_hours_max: 168,
            sessions_per_user_max: 20,
            tokens_per_user_max: 100,
            token_days_default: 365,
            password_chars_min: 12,
            hashing_concurrency_max: 2,
            hashing_wait_ms_max: 5_000,
        }
    }
}

/// What the use cases of access share within a process. A clone is another handle on the same.
#[derive(Clone, Debug)]
pub struct Access {
    /// Named limits.
    pub limits: AccessLimits,
    hashing: Arc<Semaphore>,
    purged_at: Arc<AtomicI64>,
    pub(crate) users_exist: SharedRead<bool>,
}

impl Access {
    /// With these limits.
    pub fn new(limits: AccessLimits) -> Access {
        let hashing = Arc::new(Semaphore::new(limits.hashing_concurrency_max.max(1)));
        let purged_at = Arc::new(AtomicI64::new(i64::MIN));
        Access { limits, hashing, purged_at, users_exist: SharedRead::default() }
    }

    /// Since when a session must have been seen that is still in force.
    pub(crate) fn seen_after(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(-self.limits.session_idle_hours_max * 3_600)
    }

    /// Drops ended sessions and counts of attempts, in a task of the process, at most once in a while: nobody who logs in
    /// waits for it.
    pub(crate) fn purge_in_background(&self, ctx: &Context) {
        const PURGE_SECONDS: i64 = 600;
        let (now, Some(store)) = (ctx.clock.now(), ctx.store.clone()) else { return };
        let due =
            |last: i64| (last <= now.plus_seconds(-PURGE_SECONDS).epoch_micros()).then(|| now.epoch_micros());
        if self.purged_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_err() {
            return;
        }
        let seen_after = self.seen_after(now);
        tokio::spawn(async move {
            let done = async {
                store::sessions::purge(&store, now, seen_after).await?;
                store::logins::purge(&store, now).await
            };
            if let Err(error) = done.await {
                tracing::warn!(%error, "access_not_purged");
            }
        });
    }
}
