//! The settings of access, checked and turned into the limits of use cases.

use std::net::IpAddr;

use app::AccessLimits;
use serde::{Deserialize, Serialize};

use super::usage;
use crate::failure::Failure;

/// Who is let in, and for how long.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub login_always: bool,
    pub secure_cookies: bool,
    /// Addresses of reverse proxies whose word on where a request came from is taken.
    pub trusted_proxies: Vec<String>,
    pub login_name_attempts_max: i64,
    pub login_address_attempts_max: i64,
    pub login_window_minutes: i64,
    pub session_idle_hours_max: i64,
    pub session_hours_max: i64,
    pub sessions_per_user_max: i64,
    pub tokens_per_user_max: i64,
    pub token_days_default: i64,
    pub password_chars_min: usize,
    pub hashing_concurrency_max: usize,
    pub hashing_wait_ms_max: u64,
}

impl Default for Access {
    fn default() -> Access {
        let limits = AccessLimits::default();
        Access {
            login_always: false,
            secure_cookies: false,
            trusted_proxies: Vec::new(),
            login_name_attempts_max: limits.login_name_attempts_max,
            login_address_attempts_max: limits.login_address_attempts_max,
            login_window_minutes: limits.login_window_minutes,
            session_idle_hours_max: limits.session_idle_hours_max,
            session_hours_max: limits.session_hours_max,
            sessions_per_user_max: limits.sessions_per_user_max,
            tokens_per_user_max: limits.tokens_per_user_max,
            token_days_default: limits.token_days_default,
            password_chars_min: limits.password_chars_min,
            hashing_concurrency_max: limits.hashing_concurrency_max,
            hashing_wait_ms_max: limits.hashing_wait_ms_max,
        }
    }
}

impl Access {
    /// Refuses numbers that would lock everybody out or let everybody in.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the setting.
    pub fn check(&self) -> Result<(), Failure> {
        for (key, value, range) in [
            ("access.login_name_attempts_max", self.login_name_attempts_max, 1..=1_000),
            ("access.login_address_attempts_max", self.login_address_attempts_max, 1..=100_000),
            ("access.login_window_minutes", self.login_window_minutes, 1..=1_440),
            ("access.session_idle_hours_max", self.session_idle_hours_max, 1..=8_760),
            ("access.session_hours_max", self.session_hours_max, 1..=8_760),
            ("access.sessions_per_user_max", self.sessions_per_user_max, 1..=1_000),
            ("access.tokens_per_user_max", self.tokens_per_user_max, 1..=10_000),
            ("access.token_days_default", self.token_days_default, 0..=3_650),
            ("access.password_chars_min", self.password_chars_min as i64, 8..=64),
            ("access.hashing_concurrency_max", self.hashing_concurrency_max as i64, 1..=64),
            ("access.hashing_wait_ms_max", self.hashing_wait_ms_max as i64, 1..=60_000),
        ] {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(usage(key, format!("{value} is out of range; give {least} to {most}")));
            }
        }
        self.proxies().map(|_| ())
    }

    /// The addresses of trusted proxies.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the first that is none.
    pub fn proxies(&self) -> Result<Vec<IpAddr>, Failure> {
        let address = |text: &String| {
            let wrong = |_| usage("access.trusted_proxies", format!("{text:?} is no address of a machine"));
            text.parse::<IpAddr>().map(|address| address.to_canonical()).map_err(wrong)
        };
        self.trusted_proxies.iter().map(address).collect()
    }

    /// The limits of the use cases.
    pub fn limits(&self) -> AccessLimits {
        AccessLimits {
            login_name_attempts_max: self.login_name_attempts_max,
            login_address_attempts_max: self.login_address_attempts_max,
            login_window_minutes: self.login_window_minutes,
            session_idle_hours_max: self.session_idle_hours_max,
            session_hours_max: self.session_hours_max,
            sessions_per_user_max: self.sessions_per_user_max,
            tokens_per_user_max: self.tokens_per_user_max,
            token_days_default: self.token_days_default,
            password_chars_min: self.password_chars_min,
            hashing_concurrency_max: self.hashing_concurrency_max,
            hashing_wait_ms_max: self.hashing_wait_ms_max,
        }
    }
}
