//! What came back.

use model::Timestamp;
use serde::de::DeserializeOwned;

use super::{AnswerFault, CallLimits, fault, retry_after};
use crate::ProviderError;

/// An answer: its status, the headers that matter, and its body.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    retry_after_s: Option<i64>,
    cookies: Vec<String>,
    body: Vec<u8>,
}

impl Reply {
    /// Reads an answer to its end, or up to the limit.
    pub(super) async fn read(
        mut response: reqwest::Response,
        now: Timestamp,
        limits: &CallLimits,
    ) -> Result<Reply, AnswerFault> {
        let header =
            |name: &str| response.headers().get_all(name).into_iter().filter_map(|v| v.to_str().ok());
        let retry_after_s = header("retry-after").next().and_then(|text| retry_after::parse(text, now));
        let cookies = header("set-cookie").map(str::to_owned).collect();
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| fault::of_transport(error, limits))? {
            if body.len() + chunk.len() > limits.body_bytes_max {
                return Err(fault::malformed(format!(
                    "the answer has more than {} bytes",
                    limits.body_bytes_max
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, retry_after_s, cookies, body })
    }

    /// An answer for tests of those who read it.
    #[cfg(test)]
    pub fn of(status: u16, body: &str) -> Reply {
        Reply { status, retry_after_s: None, cookies: Vec::new(), body: body.as_bytes().to_vec() }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Seconds to wait, when the answer says so.
    pub fn retry_after_s(&self) -> Option<i64> {
        self.retry_after_s
    }

    /// The values of its `Set-Cookie` headers.
    pub fn cookies(&self) -> &[String] {
        &self.cookies
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the body is a JSON object or array, as far as its first character tells.
    pub fn looks_like_json(&self) -> bool {
        matches!(self.body.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// The body read as JSON. Bare `NaN` and `Infinity`, which are no JSON, are taken for the words.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`] when the body breaks off, [`ProviderError::Malformed`] when it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        let read = |body: &[u8]| serde_json::from_slice(body);
        let error = match read(&self.body) {
            Ok(value) => return Ok(value),
            Err(error) => match quote_non_numbers(&self.body).map(|quoted| read(&quoted)) {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) => error,
                None => error,
            },
        };
        if error.is_eof() || (error.is_syntax() && is_at_end(&self.body, &error)) {
            return Err(ProviderError::Unavailable { reason: "the answer breaks off".to_owned() });
        }
        let (line, column) = (error.line(), error.column());
        let what = if error.is_data() {
            error.to_string()
        } else {
            format!("no JSON at line {line} column {column}")
        };
        Err(ProviderError::Malformed { what: fault::shorten(&format!("status {}: {what}", self.status)) })
    }
}

/// Whether reading stopped at the very end: a number cut off behind its point is no number, and nothing follows it.
fn is_at_end(body: &[u8], error: &serde_json::Error) -> bool {
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let last = lines.last().map_or(0, |line| line.len());
    (error.line(), error.column()) >= (lines.len(), last)
}

/// The body with quotes around bare `NaN`, `Infinity` and `-Infinity`; absent when it holds none.
fn quote_non_numbers(body: &[u8]) -> Option<Vec<u8>> {
    let words: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let (mut quoted, mut at, mut is_string, mut is_changed) =
        (Vec::with_capacity(body.len()), 0, false, false);
    while let Some(byte) = body.get(at) {
        if !is_string && let Some(word) = words.iter().find(|word| body[at..].starts_with(word)) {
            quoted.push(b'"');
            quoted.extend_from_slice(word);
            quoted.push(b'"');
            (at, is_changed) = (at + word.len(), true);
            continue;
        }
        let is_escape = is_string && *byte == b'\\';
        if *byte == b'"' {
            is_string = !is_string;
        }
        let end = (at + 1 + usize::from(is_escape)).min(body.len());
        quoted.extend_from_slice(&body[at..end]);
        at = end;
    }
    is_changed.then_some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_words_for_numbers_are_quoted_outside_of_strings() {
        let check = |body: &str, expected: Option<&str>| {
            let quoted = quote_non_numbers(body.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(quoted.as_deref(), expected, "{body}");
        };
        check("[1,NaN,-Infinity]", Some(r#"[1,"NaN","-Infinity"]"#));
        check(r#"["NaN \" NaN",Infinity]"#, Some(r#"["NaN \" NaN","Infinity"]"#));
        check(r#"["NaN"]"#, None);
        check(r#"["\"#, None);
    }

    #[test]
    fn a_body_that_breaks_off_is_unavailable_and_one_that_is_something_else_is_malformed() {
        let code = |body: &str| {
            Reply::of(200, body).json::<Vec<crate::Figure>>().map_err(|error| error.code()).unwrap_err()
        };
        assert_eq!(code("[1, 2"), "unavailable");
        assert_eq!(code(""), "unavailable");
        assert_eq!(code("[1, 2."), "unavailable");
        assert_eq!(code("[1,\n-"), "unavailable");
        assert_eq!(code("[1, 2.]\n"), "malformed");
        assert_eq!(code("<html>"), "malformed");
        assert_eq!(code(r#"{"a": 1}"#), "malformed");
        assert_eq!(code("[NaN, 2"), "unavailable");
        assert_eq!(Reply::of(200, "[1, 2]").json::<Vec<f64>>().unwrap(), [1.0, 2.0]);
    }
}
