//! Secrets that are handed out once and recognised later: tokens of programs and cookies of sessions.
//!
//! A secret is `prefix_id_random`. The id finds the row; the random part, 256 bits, is kept as its SHA-256 alone and
//! compared in constant time. A slow hash would add nothing: 256 random bits cannot be guessed.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What every API token begins with, so that people and scanners recognise a leaked one.
pub const TOKEN_PREFIX: &str = "dbk";

/// Bytes of an id.
const ID_BYTES: usize = 8;
/// Bytes of the random part.
const SECRET_BYTES: usize = 32;

/// A secret in plain text, for the one moment it is shown. It prints itself hidden.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain(String);

impl Plain {
    /// Something secret.
    pub fn new(text: String) -> Plain {
        Plain(text)
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A secret that was just made.
pub(crate) struct Made {
    /// Its public part.
    pub id: String,
    /// What is kept of the rest.
    pub hash: [u8; 32],
    /// The whole, to be handed out once.
    pub plain: Plain,
}

impl Made {
    /// A new secret.
    pub fn new(prefix: &str) -> Made {
        // The generator of the thread is cryptographically strong and seeded by the operating system.
        let id = hex(&rand::random::<[u8; ID_BYTES]>());
        let secret = hex(&rand::random::<[u8; SECRET_BYTES]>());
        let plain = Plain(format!("{prefix}_{id}_{secret}"));
        Made { hash: sha256(secret.as_bytes()), id, plain }
    }
}

/// A secret somebody brought.
pub(crate) struct Parsed<'a> {
    /// Its public part.
    pub id: &'a str,
    secret: &'a str,
}

impl<'a> Parsed<'a> {
    /// Takes a secret apart; nothing when it cannot be one, so that nobody looks for it.
    pub fn parse(prefix: &str, text: &'a str) -> Option<Parsed<'a>> {
        let rest = text.strip_prefix(prefix)?.strip_prefix('_')?;
        let (id, secret) = rest.split_once('_')?;
        let is_hex = |part: &str, bytes: usize| {
            part.len() == 2 * bytes && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        (is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES)).then_some(Parsed { id, secret })
    }

    /// Whether it is the one whose hash was kept, found in a time that does not depend on where they differ.
    pub fn is(&self, hash: &[u8]) -> bool {
        bool::from(sha256(self.secret.as_bytes()).as_slice().ct_eq(hash))
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_hash_alone() {
        let made = Made::new(TOKEN_PREFIX);
        let plain = made.plain.reveal().to_owned();
        assert!(plain.starts_with("dbk_") && plain.len() == 3 + 1 + 16 + 1 + 64, "{}", plain.len());
        let parsed = Parsed::parse(TOKEN_PREFIX, &plain).unwrap();
        assert_eq!(parsed.id, made.id);
        assert!(parsed.is(&made.hash));
        assert!(!parsed.is(&Made::new(TOKEN_PREFIX).hash));
        assert!(!parsed.is(&made.hash[..31]) && !parsed.is(&[]));
        assert_eq!(format!("{:?}", made.plain), "(hidden)");
    }

    #[test]
    fn every_single_changed_character_is_another_secret() {
        let made = Made::new(TOKEN_PREFIX);
        let plain = made.plain.reveal();
        for at in plain.len() - 64..plain.len() {
            let other = if &plain[at..=at] == "0" { "1" } else { "0" };
            let changed = format!("{}{other}{}", &plain[..at], &plain[at + 1..]);
            assert!(!Parsed::parse(TOKEN_PREFIX, &changed).unwrap().is(&made.hash), "{at}");
        }
    }

    #[test]
    fn what_cannot_be_a_secret_is_never_looked_for() {
        let plain = Made::new(TOKEN_PREFIX).plain.reveal().to_owned();
        let cut = plain[..plain.len() - 1].to_owned();
        let upper = plain.to_uppercase();
        for text in
            ["", "dbk", "dbk_", "dbk__", "dbk_a_b", &cut, &upper, &format!("{plain}0"), &format!(" {plain}")]
        {
            assert!(Parsed::parse(TOKEN_PREFIX, text).is_none(), "{text:?}");
        }
        assert!(Parsed::parse("dbs", &plain).is_none());
    }

    #[test]
    fn the_hash_is_sha_256() {
        // The first example of FIPS 180-2, appendix B.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sha256(b"abc")), expected);
    }
}
