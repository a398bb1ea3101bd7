//! Passwords: their form, and hashing them slowly on threads that may block.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::SemaphorePermit;

use super::{Access, AccessError, Plain};
use crate::AppError;

/// Memory of one hash, in KiB.
///
/// # Source
/// OWASP, Password Storage Cheat Sheet (2024), Argon2id: 19 MiB of memory, two passes, one lane. The algorithm is that
/// of RFC 9106.
const HASH_MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const HASH_PASSES: u32 = 2;
/// Lanes of the memory.
const HASH_LANES: u32 = 1;
/// Bytes a password has at the most; more would only cost time.
const PASSWORD_BYTES_MAX: usize = 1_024;
/// Characters of a password that is made here: 32 letters and digits that are not mistaken for each other, five bits
/// each, so 120 bits.
const MADE_CHARS: usize = 24;
const MADE_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// A hash that no password has, at the same cost, for names that do not exist.
const NOBODY_SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const NOBODY_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn hasher() -> Argon2<'static> {
    let params = Params::new(HASH_MEMORY_KIB, HASH_PASSES, HASH_LANES, None)
        .expect("invariant: the parameters are within the bounds of Argon2");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A password for somebody who gave none.
pub(crate) fn make() -> Plain {
    let letters = rand::random::<[u8; MADE_CHARS]>();
    // 256 is a multiple of 32, so that every letter is as likely as any other.
    let made = letters.iter().map(|byte| char::from(MADE_ALPHABET[usize::from(byte % 32)]));
    Plain::new(made.collect())
}

/// Refuses passwords that are too short to hold, or too long to be meant.
fn check(access: &Access, password: &Plain) -> Result<(), AppError> {
    let (least, text) = (access.limits.password_chars_min, password.reveal());
    if text.chars().count() >= least && text.len() <= PASSWORD_BYTES_MAX && !text.contains('\0') {
        return Ok(());
    }
    let message =
        format!("a password has at least {least} characters and at most {PASSWORD_BYTES_MAX} bytes");
    Err(AppError::Invalid { field: "password", message })
}

/// The Argon2id hash of a password, with its parameters and a salt of its own.
///
/// # Errors
/// [`AppError::Invalid`] for a password of the wrong length, [`AccessError::HashingBusy`].
pub(crate) async fn hash(access: &Access, password: &Plain) -> Result<String, AppError> {
    check(access, password)?;
    let _permit = permit(access).await?;
    let password = password.clone();
    let hashed = tokio::task::spawn_blocking(move || {
        let hashed: Result<PasswordHash, _> = hasher().hash_password(password.reveal().as_bytes());
        hashed.map(|hashed| hashed.to_string())
    });
    match hashed.await {
        Ok(Ok(hashed)) => Ok(hashed),
        Ok(Err(error)) => {
            tracing::error!(%error, "password_not_hashed");
            Err(AppError::TaskLost { what: "hashing a password" })
        }
        Err(_) => Err(AppError::TaskLost { what: "hashing a password" }),
    }
}

/// Whether a password is the one of this hash. Without a hash the answer is no, after the same work.
///
/// # Errors
/// [`AccessError::HashingBusy`].
pub(crate) async fn verify(access: &Access, password: &Plain, hash: Option<&str>) -> Result<bool, AppError> {
    let _permit = permit(access).await?;
    let hash = hash.map_or_else(nobody, str::to_owned);
    // Whatever is longer than any password is cut, so that the time is that of the longest.
    let text = password.reveal().as_bytes();
    let is_possible = text.len() <= PASSWORD_BYTES_MAX;
    let bytes = text[..text.len().min(PASSWORD_BYTES_MAX)].to_vec();
    let verified = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash)?;
        hasher().verify_password(&bytes, &hash)
    });
    match verified.await {
        Ok(verified) => Ok(verified.is_ok() && is_possible),
        Err(_) => Err(AppError::TaskLost { what: "checking a password" }),
    }
}

fn nobody() -> String {
    format!("$argon2id$v=19$m={HASH_MEMORY_KIB},t={HASH_PASSES},p={HASH_LANES}${NOBODY_SALT}${NOBODY_HASH}")
}

/// A turn to hash: each takes a core and its memory, so that only a few may at once.
async fn permit(access: &Access) -> Result<SemaphorePermit<'_>, AppError> {
    let wait = Duration::from_millis(access.limits.hashing_wait_ms_max);
    match tokio::time::timeout(wait, access.hashing.acquire()).await {
        Ok(permit) => Ok(permit.expect("invariant: the semaphore is never closed")),
        Err(_) => Err(AccessError::HashingBusy { retry_after_s: 1 + wait.as_secs() }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccessLimits;

    #[tokio::test]
    async fn a_hash_names_its_cost_and_knows_its_password() {
        let access = Access::new(AccessLimits::default());
        let password = Plain::new("correct horse battery".to_owned());
        let hashed = hash(&access, &password).await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify(&access, &password, Some(&hashed)).await.unwrap());
        let other = Plain::new("correct horse batterz".to_owned());
        assert!(!verify(&access, &other, Some(&hashed)).await.unwrap());
        assert_ne!(hash(&access, &password).await.unwrap(), hashed, "each has a salt of its own");
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_costs_a_whole_hash() {
        let access = Access::new(AccessLimits::default());
        // The stand-in must be read as a hash, or it would be refused at once.
        let stand_in = nobody();
        let parsed = PasswordHash::new(&stand_in).unwrap();
        let (params, own) = (Params::try_from(&parsed).unwrap(), hasher());
        assert_eq!((params.m_cost(), params.t_cost()), (own.params().m_cost(), own.params().t_cost()));
        assert!(!verify(&access, &Plain::new("anything at all".to_owned()), None).await.unwrap());
        assert!(!verify(&access, &Plain::new("x".repeat(PASSWORD_BYTES_MAX + 1)), None).await.unwrap());
    }

    #[tokio::test]
    async fn passwords_of_the_wrong_length_are_refused() {
        let access = Access::new(AccessLimits::default());
        for text in ["", "short", &"x".repeat(PASSWORD_BYTES_MAX + 1), "long enough\0but not text"] {
            let refused = hash(&access, &Plain::new(text.to_owned())).await.unwrap_err();
            assert_eq!(refused.code(), "invalid_input", "{text:?}");
        }
    }

    #[tokio::test]
    async fn whoever_finds_every_turn_taken_is_told_when_to_come_back() {
        let limits =
            AccessLimits { hashing_wait_ms_max: 1, hashing_concurrency_max: 1, ..AccessLimits::default() };
        let access = Access::new(limits);
        let held = permit(&access).await.unwrap();
        let refused = verify(&access, &Plain::new("anything".to_owned()), None).await.unwrap_err();
        assert_eq!(refused.code(), "login_busy");
        drop(held);
        assert!(!verify(&access, &Plain::new("anything".to_owned()), None).await.unwrap());
    }

    #[test]
    fn passwords_made_here_are_long_and_never_the_same() {
        let made = make();
        assert_eq!(made.reveal().len(), MADE_CHARS);
        assert_ne!(made, make());
    }
}
