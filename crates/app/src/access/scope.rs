//! Scopes: what a token or a session opens.
//!
//! | scope | opens |
//! | --- | --- |
//! | `read` | every look at one's own portfolios, jobs, simulations and schedules, and at market data |
//! | `write` | changes of one's own portfolios, imports and events, refreshes, schedules, and jobs other than simulations |
//! | `trade-sim` | starting, comparing and ending one's own simulations |
//! | `admin` | all of these, and users and everybody's tokens; never somebody else's portfolios |
//!
//! None but `admin` implies another: a token with `write` alone can send files and see nothing.

use std::fmt;
use std::str::FromStr;

/// One thing that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Looking.
    Read,
    /// Changing.
    Write,
    /// Simulated trading.
    TradeSim,
    /// Users, everybody's tokens, and all the others.
    Admin,
}

impl Scope {
    /// Every scope, in the order they are written.
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Write, Scope::TradeSim, Scope::Admin];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::TradeSim => "trade-sim",
            Scope::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ScopesError;

    fn from_str(text: &str) -> Result<Scope, ScopesError> {
        let found = Scope::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| ScopesError { text: text.chars().take(40).collect() })
    }
}

/// A set of scopes, written with commas between.
///
/// # Example
/// ```
/// use app::{Scope, Scopes};
/// let scopes: Scopes = "write, read".parse().unwrap();
/// assert_eq!(scopes.to_string(), "read,write");
/// assert!(scopes.opens(Scope::Read) && !scopes.opens(Scope::TradeSim));
/// assert!("admin".parse::<Scopes>().unwrap().opens(Scope::TradeSim));
/// assert!("everything".parse::<Scopes>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

/// A text that names no scopes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no scope; there are read, write, trade-sim and admin")]
pub struct ScopesError {
    text: String,
}

impl Scopes {
    /// What somebody has who is logged in, or is alone on the machine.
    pub fn of_user(is_admin: bool) -> Scopes {
        let all = Scopes::from_iter([Scope::Read, Scope::Write, Scope::TradeSim]);
        if is_admin { Scopes(all.0 | Scope::Admin.bit()) } else { all }
    }

    /// Whether it opens this.
    pub fn opens(self, scope: Scope) -> bool {
        self.0 & (scope.bit() | Scope::Admin.bit()) != 0
    }

    /// Whether it opens everything that the other does.
    pub fn covers(self, other: Scopes) -> bool {
        Scope::ALL.into_iter().all(|scope| !other.opens(scope) || self.opens(scope))
    }

    /// What both open, as far as they name it.
    pub fn within(self, other: Scopes) -> Scopes {
        Scope::ALL.into_iter().filter(|scope| self.opens(*scope) && other.opens(*scope)).collect()
    }

    /// The scopes it names, in order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Whether it opens nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Scopes {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::as_str).collect();
        f.pad(&names.join(","))
    }
}

impl FromStr for Scopes {
    type Err = ScopesError;

    fn from_str(text: &str) -> Result<Scopes, ScopesError> {
        text.split(',').map(|part| part.trim().parse()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_opens_everything_and_nothing_else_opens_another() {
        for held in Scope::ALL {
            for asked in Scope::ALL {
                let scopes = Scopes::from_iter([held]);
                assert_eq!(scopes.opens(asked), held == asked || held == Scope::Admin, "{held} {asked}");
            }
        }
        assert!(!Scopes::default().opens(Scope::Read));
    }

    #[test]
    fn nobody_covers_more_than_they_open() {
        let scopes = |text: &str| text.parse::<Scopes>().unwrap();
        assert!(scopes("admin").covers(scopes("read,write,trade-sim")));
        assert!(!scopes("read,write,trade-sim").covers(scopes("admin")));
        assert!(!scopes("read").covers(scopes("read,write")));
        assert_eq!(scopes("admin").within(Scopes::of_user(false)).to_string(), "read,write,trade-sim");
        assert_eq!(scopes("read,admin").within(Scopes::of_user(true)), Scopes::of_user(true));
    }

    #[test]
    fn texts_that_name_no_scope_are_refused() {
        for text in ["", ",", "Read", "read,,write", "all", "read;write"] {
            assert!(text.parse::<Scopes>().is_err(), "{text:?}");
        }
    }
}
