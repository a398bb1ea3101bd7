//! The one HTTP client of all providers.
//!
//! | what comes back | what the provider's reader gets | asked again |
//! | --- | --- | --- |
//! | 200, 400, 404, 422 and the like | the answer, with its status | |
//! | 401, 403 | [`ProviderError::Unauthorized`], or the answer where the call accepts it | no |
//! | 429, or a text that the reader knows as a limit | [`ProviderError::RateLimited`], after a pause is opened | no |
//! | 5xx, a time-out, a reset, a body that breaks off | [`ProviderError::Unavailable`] | yes |
//! | a redirect, a body above the limit | [`ProviderError::Malformed`] | no |
//!
//! Only the configured address is ever called: redirects are not followed, and what is put into a path is encoded as
//! one segment of it. Every single call, retries included, asks [`Admission`] first. No error, log line or `Debug`
//! text holds a key.

mod call;
mod fault;
mod figure;
mod reply;
mod retry_after;
mod settings;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tracing::Instrument;

use crate::{Admission, PlanShown, ProviderError, Source, Urgency};
pub use call::{Call, Key};
pub use fault::AnswerFault;
pub use figure::{Figure, FigureError};
pub use reply::Reply;
pub use settings::{
    BODY_BYTES_MAX, BaseUrlError, CONNECT_TIMEOUT_MS, CallLimits, PAUSE_S_FIRST, PAUSE_S_MAX,
    RETRY_AFTER_S_MAX, RETRY_COUNT_MAX, RETRY_DELAY_MS_FIRST, RETRY_DELAY_MS_MAX, TOTAL_TIMEOUT_MS,
    USER_AGENT, WireSettings, check_base_url,
};

/// Name of the span around each call, from the moment it is admitted until its body is read.
pub const PROVIDER_CALL_SPAN: &str = "provider_call";

/// The way to one provider's address.
#[derive(Debug)]
pub struct Wire {
    source: Source,
    base: reqwest::Url,
    settings: WireSettings,
    admission: Arc<dyn Admission>,
    /// Made when it is first needed: its certificates cost more than many a whole run.
    client: OnceLock<reqwest::Client>,
    /// Limits in a row that came without a time to wait.
    limits_in_a_row: AtomicU32,
}

impl Wire {
    /// A way to the address in the settings. Nothing is opened yet.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the address is none that may be called.
    pub fn new(
        source: Source,
        settings: WireSettings,
        admission: Arc<dyn Admission>,
    ) -> Result<Wire, BaseUrlError> {
        let base = settings::parse_base_url(&settings.base_url)?;
        let (client, limits_in_a_row) = (OnceLock::new(), AtomicU32::new(0));
        Ok(Wire { source, base, settings, admission, client, limits_in_a_row })
    }

    /// What the plan of the provider has shown to any process.
    pub(crate) async fn plan(&self) -> Option<PlanShown> {
        self.admission.plan(self.source).await
    }

    /// Notes what the plan has shown, for all processes.
    pub(crate) async fn note_plan(&self, shown: PlanShown) {
        self.admission.note_plan(self.source, shown).await;
    }

    /// The provider at the other end.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Makes a call and reads its answer; what is unavailable is asked again, after a pause that grows.
    ///
    /// `read` turns the answer into what is wanted or says what is wrong with it. It is called once for each try.
    ///
    /// # Errors
    /// [`ProviderError`] of the last try.
    pub async fn fetch<T>(
        &self,
        call: &Call,
        urgency: Urgency,
        read: impl Fn(&Reply) -> Result<T, AnswerFault>,
    ) -> Result<T, ProviderError> {
        let mut delays = self.settings.limits.retry_delays();
        loop {
            let error = match self.fetch_once(call, urgency, &read).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let may_help = matches!(error, ProviderError::Unavailable { .. });
            let Some(delay) = delays.next().filter(|_| may_help) else { return Err(error) };
            tracing::debug!(source = %self.source, %error, "provider_asked_again");
            tokio::time::sleep(delay).await;
        }
    }

    async fn fetch_once<T>(
        &self,
        call: &Call,
        urgency: Urgency,
        read: &impl Fn(&Reply) -> Result<T, AnswerFault>,
    ) -> Result<T, ProviderError> {
        let url = call.url(&self.base)?;
        let permit = self.admission.admit(self.source, urgency).await?;
        let span = tracing::info_span!(PROVIDER_CALL_SPAN, source = %self.source, path = url.path());
        let answer = self.ask(call, url).instrument(span).await;
        drop(permit);
        let outcome = match answer.and_then(|reply| read(&reply)) {
            Ok(value) => Ok(value),
            Err(AnswerFault::LimitReached { retry_after_s }) => Err(self.pause(retry_after_s).await),
            Err(AnswerFault::Failed(error)) => Err(call.hide_keys(error)),
        };
        if outcome.is_ok() {
            self.limits_in_a_row.store(0, Ordering::Relaxed);
        }
        self.admission.ended(self.source, outcome.as_ref().err()).await;
        outcome
    }

    /// One call over the network.
    async fn ask(&self, call: &Call, url: reqwest::Url) -> Result<Reply, AnswerFault> {
        let limits = &self.settings.limits;
        let mut request = self.client()?.get(url);
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| fault::of_transport(error, limits))?;
        let status = response.status().as_u16();
        let reply = Reply::read(response, self.admission.now(), limits).await?;
        match status {
            429 => Err(AnswerFault::LimitReached { retry_after_s: reply.retry_after_s() }),
            _ if call.accepts(status) => Ok(reply),
            401 | 403 => Err(ProviderError::Unauthorized.into()),
            300..=399 => Err(fault::malformed(format!("status {status}: redirects are not followed"))),
            500.. => Err(fault::unavailable(format!("status {status}"))),
            _ => Ok(reply),
        }
    }

    /// Tells that a limit is reached, and until when nobody asks.
    async fn pause(&self, retry_after_s: Option<i64>) -> ProviderError {
        let pause_s = match retry_after_s {
            Some(seconds) => seconds.clamp(1, RETRY_AFTER_S_MAX),
            None => {
                let before = self.limits_in_a_row.fetch_add(1, Ordering::Relaxed);
                PAUSE_S_FIRST.saturating_mul(1 << before.min(16)).min(PAUSE_S_MAX)
            }
        };
        let retry_at = self.admission.now().plus_seconds(pause_s);
        self.admission.cool_down(self.source, retry_at).await;
        ProviderError::RateLimited { retry_at }
    }

    fn client(&self) -> Result<&reqwest::Client, AnswerFault> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.settings.build_client(&self.base).map_err(|error| {
            fault::unavailable(format!("no client can be made: {}", fault::root_cause(&error)))
        })?;
        Ok(self.client.get_or_init(|| client))
    }
}
