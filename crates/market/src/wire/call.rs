//! What is asked: a path, a query, headers, and the keys among them.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

use super::fault;
use crate::ProviderError;

/// What stands for a key wherever a text would hold it.
const HIDDEN: &str = "[hidden]";

/// A key, crumb or cookie that no text may show.
///
/// # Example
/// ```
/// let key = market::Key::new("abc123");
/// assert_eq!(format!("{key:?}"), "Key([hidden])");
/// assert_eq!(key.reveal(), "abc123");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A key by its text, without the blanks around it.
    pub fn new(text: impl AsRef<str>) -> Key {
        Key(text.as_ref().trim().to_owned())
    }

    /// The text, for the call itself alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({HIDDEN})")
    }
}

/// One question to a provider.
///
/// # Example
/// ```
/// use market::{Call, Key};
/// let call = Call::to(["v8", "chart", "AAPL"]).query("interval", "1d").key_query("token", &Key::new("abc123"));
/// assert!(!format!("{call:?}").contains("abc123"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Call {
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    key_query: Vec<(&'static str, Key)>,
    key_headers: Vec<(HeaderName, Key)>,
    accepted: &'static [u16],
    is_folder: bool,
}

impl Call {
    /// A question to a path below the base address, segment by segment; each is encoded as one.
    pub fn to<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Call {
        Call { segments: segments.into_iter().map(Into::into).collect(), ..Call::default() }
    }

    /// With a slash behind the last segment, for addresses that are not found without it.
    pub fn folder(mut self) -> Call {
        self.is_folder = true;
        self
    }

    /// With a parameter.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Call {
        self.query.push((name, value.into()));
        self
    }

    /// With a parameter that no text may show.
    pub fn key_query(mut self, name: &'static str, key: &Key) -> Call {
        self.key_query.push((name, key.clone()));
        self
    }

    /// With a header that no text may show, such as an authorization or a cookie. The name is in lower case.
    pub fn key_header(mut self, name: &'static str, key: &Key) -> Call {
        self.key_headers.push((HeaderName::from_static(name), key.clone()));
        self
    }

    /// Hands answers of these statuses to the reader that otherwise are errors: 401 and 403, redirects, 5xx. 429 is
    /// always a limit.
    pub fn accept(mut self, statuses: &'static [u16]) -> Call {
        self.accepted = statuses;
        self
    }

    pub(super) fn accepts(&self, status: u16) -> bool {
        self.accepted.contains(&status)
    }

    /// The whole address. It holds keys: it is for the call alone.
    pub(super) fn url(&self, base: &reqwest::Url) -> Result<reqwest::Url, ProviderError> {
        let mut url = base.clone();
        // A segment of dots would climb up the path, and an empty one would leave it as it is.
        if self.segments.iter().any(|segment| segment.trim_matches('.').is_empty()) {
            let what = "a part of the path to ask for is empty or has only dots".to_owned();
            return Err(ProviderError::Malformed { what });
        }
        url.path_segments_mut()
            .expect("invariant: an http address has a path")
            .pop_if_empty()
            .extend(&self.segments)
            .extend(self.is_folder.then_some(""));
        let keys = self.key_query.iter().map(|(name, key)| (*name, key.reveal()));
        let pairs: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).chain(keys).collect();
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Ok(url)
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        self.key_headers.iter().filter_map(|(name, key)| {
            // A key with line breaks in it is left out, and the provider then says that there is none.
            let mut value = HeaderValue::from_str(key.reveal()).ok()?;
            value.set_sensitive(true);
            Some((name, value))
        })
    }

    /// The error without any of the call's keys: providers like to repeat them.
    pub(super) fn hide_keys(&self, error: ProviderError) -> ProviderError {
        let keys = self.key_query.iter().map(|(_, key)| key);
        let keys: Vec<&Key> = keys.chain(self.key_headers.iter().map(|(_, key)| key)).collect();
        let hide = |text: String| {
            let shown = keys.iter().filter(|key| !key.is_empty());
            fault::shorten(&shown.fold(text, |text, key| {
                // A header may hold more than the key: its last word is hidden alone as well.
                let last = key.reveal().rsplit(' ').next().unwrap_or_default();
                let text = text.replace(key.reveal(), HIDDEN);
                if last.is_empty() { text } else { text.replace(last, HIDDEN) }
            }))
        };
        match error {
            ProviderError::Unavailable { reason } => ProviderError::Unavailable { reason: hide(reason) },
            ProviderError::Malformed { what } => ProviderError::Malformed { what: hide(what) },
            error @ (ProviderError::NotFound
            | ProviderError::NoData
            | ProviderError::RateLimited { .. }
            | ProviderError::Unauthorized) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, segments: &[&str], expected: Option<&str>) {
        let base = super::super::settings::parse_base_url(base).unwrap();
        let url = Call::to(segments.iter().copied()).url(&base);
        assert_eq!(url.as_ref().map(reqwest::Url::as_str).ok(), expected, "{segments:?}");
    }

    #[test]
    fn each_segment_stays_one_whatever_it_holds() {
        check("https://a.example", &["chart", "BRK-B"], Some("https://a.example/chart/BRK-B"));
        check("https://a.example/base/", &["chart"], Some("https://a.example/base/chart"));
        check("https://a.example/base", &["^GSPC"], Some("https://a.example/base/^GSPC"));
        check("https://a.example", &["../../x"], Some("https://a.example/..%2F..%2Fx"));
        check("https://a.example", &["http://b.example/"], Some("https://a.example/http:%2F%2Fb.example%2F"));
        check("https://a.example", &["AAPL?token="], Some("https://a.example/AAPL%3Ftoken="));
        check("https://a.example", &["a#b\\c d%2e"], Some("https://a.example/a%23b%5Cc%20d%252e"));
        for segment in ["", ".", ".."] {
            check("https://a.example", &["chart", segment], None);
        }
    }

    #[test]
    fn a_folder_ends_in_a_slash() {
        let base = super::super::settings::parse_base_url("https://a.example").unwrap();
        let url = Call::to(["q", "d"]).folder().query("s", "x").url(&base).unwrap();
        assert_eq!(url.as_str(), "https://a.example/q/d/?s=x");
    }

    #[test]
    fn parameters_are_encoded_and_keys_come_last() {
        let base = super::super::settings::parse_base_url("https://a.example").unwrap();
        let call = Call::to(["x"])
            .key_query("token", &Key::new(" k&y "))
            .query("events", "div,splits")
            .query("q", "a=b&c");
        let expected = "https://a.example/x?events=div%2Csplits&q=a%3Db%26c&token=k%26y";
        assert_eq!(call.url(&base).unwrap().as_str(), expected);
    }

    #[test]
    fn keys_are_taken_out_of_what_a_provider_repeats() {
        let call =
            Call::to(["x"]).key_query("token", &Key::new("abc123")).key_header("cookie", &Key::new("A3=x"));
        let error = ProviderError::Malformed { what: "key abc123 with A3=x is unknown".into() };
        let hidden = ProviderError::Malformed { what: "key [hidden] with [hidden] is unknown".into() };
        assert_eq!(call.hide_keys(error), hidden);
        assert!(!format!("{call:?}").contains("abc123"));
    }
}
