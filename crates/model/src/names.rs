//! Enumerations that go by names.

/// A name that is none of the known ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not one of {allowed}")]
pub struct NameError {
    /// The text as given.
    pub text: String,
    /// The names that would have been understood.
    pub allowed: &'static str,
}

/// Declares an enumeration whose values have names in storage, answers and files.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $allowed:literal, { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name used in storage, answers and files.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NameError;

            fn from_str(text: &str) -> Result<$name, $crate::NameError> {
                $name::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| $crate::NameError {
                    text: text.chars().take(40).collect(),
                    allowed: $allowed,
                })
            }
        }
    };
}
pub(crate) use names;
