//! What providers still let us ask.

use app::ProviderStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::words::TimestampText;
use crate::providers::LeftOut;

/// A provider of the settings.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Provider {
    InUse(ProviderInUse),
    LeftOut(ProviderLeftOut),
}

/// What a provider still lets us ask, and how it failed last.
#[derive(Serialize, ToSchema)]
pub struct ProviderInUse {
    provider: &'static str,
    in_use: bool,
    /// Null for one that costs nothing to ask.
    limits: Option<ProviderLimits>,
    used_today: i64,
    left_today: Option<i64>,
    cooldown_until: Option<TimestampText>,
    next_call_at: TimestampText,
    last_error: Option<ProviderFailure>,
}

/// What a provider lets us ask.
#[derive(Serialize, ToSchema)]
pub struct ProviderLimits {
    calls_max: u32,
    per_ms: u64,
    burst: u32,
    concurrency_max: usize,
    daily_max: Option<u32>,
}

/// How a provider failed last.
#[derive(Serialize, ToSchema)]
pub struct ProviderFailure {
    code: String,
    message: String,
    at: TimestampText,
}

/// A provider of the settings that is not asked.
#[derive(Serialize, ToSchema)]
pub struct ProviderLeftOut {
    provider: &'static str,
    in_use: bool,
    /// What it lacks.
    reason: String,
}

impl Provider {
    /// One that is asked.
    pub fn in_use(status: &ProviderStatus) -> Provider {
        Provider::InUse(ProviderInUse {
            provider: status.source.as_str(),
            in_use: true,
            limits: status.limits.map(|limits| ProviderLimits {
                calls_max: limits.calls_max,
                per_ms: limits.per_ms,
                burst: limits.burst,
                concurrency_max: limits.concurrency_max,
                daily_max: limits.daily_max,
            }),
            used_today: status.used_today,
            left_today: status.left_today,
            cooldown_until: status.cooldown_until.map(Text),
            next_call_at: Text(status.next_call_at),
            last_error: status.error.as_ref().map(|(code, message, at)| ProviderFailure {
                code: code.clone(),
                message: message.clone(),
                at: Text(*at),
            }),
        })
    }

    /// One that is not.
    pub fn left_out(left_out: &LeftOut) -> Provider {
        Provider::LeftOut(ProviderLeftOut {
            provider: left_out.source.as_str(),
            in_use: false,
            reason: left_out.why.clone(),
        })
    }
}
