//! The cookie and the crumb that the quote summary asks for.

use tokio::sync::Mutex;

use super::error;
use crate::{AnswerFault, Call, Key, ProviderError, Reply, Urgency, Wire};

/// The longest text that is taken for a crumb, in bytes. They have about eleven.
const CRUMB_BYTES_MAX: usize = 64;
/// Statuses with which the page of the cookie answers beside 200; it has no content worth a better one.
const COOKIE_STATUSES: &[u16] = &[301, 302, 303, 307, 308, 401, 403];

/// A cookie and the crumb that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Crumb {
    cookie: Key,
    crumb: Key,
}

/// The crumb in use. It is fetched when it is first needed, by one caller while the others wait.
#[derive(Debug)]
pub struct Crumbs {
    cookie_wire: Wire,
    current: Mutex<Option<Crumb>>,
}

/// What a reader makes of an answer that needed a crumb.
#[derive(Debug)]
pub enum Crumbed<T> {
    /// The answer.
    Answer(T),
    /// The crumb or its cookie is not good any more.
    Stale,
}

impl Crumbs {
    /// Crumbs whose cookies come from an address of their own.
    pub fn new(cookie_wire: Wire) -> Crumbs {
        Crumbs { cookie_wire, current: Mutex::new(None) }
    }

    /// Makes a call with a crumb, and once more with a new one when the first is not good any more.
    ///
    /// # Errors
    /// [`ProviderError::Unauthorized`] when the new one is refused as well, and those of the calls.
    pub async fn fetch<T>(
        &self,
        wire: &Wire,
        call: &Call,
        urgency: Urgency,
        read: impl Fn(&Reply) -> Result<Crumbed<T>, AnswerFault>,
    ) -> Result<T, ProviderError> {
        let mut stale = None;
        loop {
            let is_last = stale.is_some();
            let crumb = self.crumb(wire, urgency, stale).await?;
            let call = call.clone().key_query("crumb", &crumb.crumb).key_header("cookie", &crumb.cookie);
            match wire.fetch(&call, urgency, &read).await? {
                Crumbed::Answer(answer) => return Ok(answer),
                Crumbed::Stale if is_last => return Err(ProviderError::Unauthorized),
                Crumbed::Stale => stale = Some(crumb),
            }
        }
    }

    /// The crumb in use, or a new one when there is none or it is the stale one.
    async fn crumb(
        &self,
        wire: &Wire,
        urgency: Urgency,
        stale: Option<Crumb>,
    ) -> Result<Crumb, ProviderError> {
        let mut current = self.current.lock().await;
        if let Some(crumb) = current.as_ref().filter(|crumb| stale.as_ref() != Some(crumb)) {
            return Ok(crumb.clone());
        }
        *current = None;
        let root = Call::to::<String>([]).accept(COOKIE_STATUSES);
        let cookie = self.cookie_wire.fetch(&root, urgency, read_cookie).await?;
        let call =
            Call::to(["v1", "test", "getcrumb"]).key_header("cookie", &cookie).accept(error::OWN_STATUSES);
        let crumb = wire.fetch(&call, urgency, read_crumb).await?;
        Ok(current.insert(Crumb { cookie, crumb }).clone())
    }
}

fn read_cookie(reply: &Reply) -> Result<Key, AnswerFault> {
    let pairs: Vec<&str> = reply
        .cookies()
        .iter()
        .filter_map(|cookie| cookie.split(';').next())
        .map(str::trim)
        .filter(|pair| {
            pair.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
        })
        .collect();
    if !pairs.is_empty() {
        return Ok(Key::new(pairs.join("; ")));
    }
    if error::says_limit(&reply.text()) {
        return Err(AnswerFault::LimitReached { retry_after_s: reply.retry_after_s() });
    }
    let what = format!("status {}: the page of the cookie has none", reply.status());
    Err(ProviderError::Malformed { what }.into())
}

fn read_crumb(reply: &Reply) -> Result<Key, AnswerFault> {
    let text = reply.text();
    if error::says_limit(&text) || matches!(reply.status(), 403 | 999) {
        return Err(AnswerFault::LimitReached { retry_after_s: reply.retry_after_s() });
    }
    if reply.status() == 401 {
        return Err(ProviderError::Unauthorized.into());
    }
    let crumb = text.trim();
    let is_crumb = !crumb.is_empty()
        && crumb.len() <= CRUMB_BYTES_MAX
        && crumb.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>{}\"".contains(&byte));
    if reply.status() != 200 || !is_crumb {
        let what = format!("status {}: what came in place of a crumb is none", reply.status());
        return Err(ProviderError::Malformed { what }.into());
    }
    Ok(Key::new(crumb))
}
