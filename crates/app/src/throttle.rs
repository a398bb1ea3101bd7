//! Slowing down whoever guesses passwords: attempts are counted by name and by address, in the database, so that the
//! count holds for all processes and over restarts.

use std::net::IpAddr;

use store::Transaction;
use store::logins::{Counted, Kind};

use crate::access::{Access, AccessError, hex, sha256};
use crate::{AppError, Context};

/// Under what an attempt is counted.
pub(crate) struct Attempt {
    under: Vec<Counted>,
}

impl Attempt {
    /// An attempt under a name, and from an address when there is one. The name is counted by its hash: passwords are
    /// typed into the wrong field.
    pub fn new(access: &Access, name: &str, address: Option<IpAddr>) -> Attempt {
        let name = Counted {
            kind: Kind::Name,
            key: hex(&sha256(name.to_lowercase().as_bytes())),
            count_max: access.limits.login_name_attempts_max,
        };
        let address = address.map(|address| Counted {
            kind: Kind::Address,
            key: network(address),
            count_max: access.limits.login_address_attempts_max,
        });
        Attempt { under: [name].into_iter().chain(address).collect() }
    }

    /// Counts the attempt before anything is looked at, so that attempts side by side are no way around it.
    ///
    /// # Errors
    /// [`AccessError::LoginThrottled`].
    pub async fn count(&self, ctx: &Context, access: &Access) -> Result<(), AppError> {
        let now = ctx.clock.now();
        let ends_at = now.plus_seconds(access.limits.login_window_minutes * 60);
        match store::logins::count(ctx.store()?, &self.under, now, ends_at).await? {
            None => Ok(()),
            Some(until) => {
                let micros = until.epoch_micros().saturating_sub(now.epoch_micros()).max(1);
                let retry_after_s = (micros as u64).div_ceil(1_000_000);
                tracing::warn!(retry_after_s, "login_throttled");
                Err(AccessError::LoginThrottled { until, retry_after_s }.into())
            }
        }
    }

    /// Whoever knew the password was not guessing.
    pub fn succeeded(&self, tx: &mut Transaction) {
        store::logins::succeeded(tx, &self.under);
    }
}

/// What an address is counted as: itself, or for the sixth version of the protocol its network of 64 bits, since one
/// household has as many addresses in it as it likes.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_counted_together() {
        let counted = |text: &str| network(text.parse().unwrap());
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    }
}
