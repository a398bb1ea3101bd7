//! What the cache holds of symbols, and what it lacks.

use app::{CoverageDetail, CoverageLine};
use market::Source;
use model::Price;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use super::prices::Missing;
use super::words::{DateText, SymbolText, TimestampText};

/// What the cache holds of one symbol.
#[derive(Serialize, ToSchema)]
pub struct Coverage {
    symbol: SymbolText,
    /// The first session with a final bar; null without any.
    first: Option<DateText>,
    last: Option<DateText>,
    /// Sessions with a final bar.
    sessions: i64,
    /// Sessions between the first and the last that have none.
    holes: i64,
    /// Complete sessions after the last one held.
    behind: i64,
    source: Option<&'static str>,
    /// Why nothing more is known.
    failure: Option<Failed>,
}

/// How the providers failed last.
#[derive(Serialize, ToSchema)]
pub struct Failed {
    code: String,
    message: String,
    failed_at: TimestampText,
    retry_at: Option<TimestampText>,
}

/// What the cache holds of one symbol, in full.
#[derive(Serialize, ToSchema)]
pub struct CoverageInFull {
    #[serde(flatten)]
    line: Coverage,
    /// Stretches without a hole by who told them.
    held: Vec<Held>,
    /// Complete sessions since the first one held that have no bar, and why.
    missing: Vec<Missing>,
    listed_first: Option<DateText>,
    listed_last: Option<DateText>,
    /// The newest values that a source said differently later.
    restatements: Vec<Restated>,
    /// What each provider said that told nothing when it was asked last. It is left alone until its time, while the others
    /// may be asked.
    failures: Vec<FailedProvider>,
}

/// What a provider said instead of telling more.
#[derive(Serialize, ToSchema)]
pub struct FailedProvider {
    provider: Option<&'static str>,
    #[serde(flatten)]
    said: Failed,
}

/// Sessions without a hole that one source told.
#[derive(Serialize, ToSchema)]
pub struct Held {
    first: DateText,
    last: DateText,
    source: Option<&'static str>,
}

/// A value that a source said differently later.
#[derive(Serialize, ToSchema)]
pub struct Restated {
    session: DateText,
    field: String,
    old: Option<String>,
    new: Option<String>,
    restated_at: TimestampText,
}

impl Coverage {
    /// Of what the use case tells.
    pub fn of(line: &CoverageLine) -> Coverage {
        Coverage {
            symbol: Text(line.symbol.clone()),
            first: line.range.map(|(first, _)| Text(first)),
            last: line.range.map(|(_, last)| Text(last)),
            sessions: line.session_count,
            holes: line.hole_count,
            behind: line.behind_count,
            source: line.source.map(|source| source.as_str()),
            failure: line.failure.as_ref().map(|failure| Failed {
                code: failure.code.to_owned(),
                message: failure.message.clone(),
                failed_at: Text(failure.failed_at),
                retry_at: failure.retry_at.map(Text),
            }),
        }
    }
}

impl CoverageInFull {
    /// Of what the use case tells.
    pub fn of(detail: &CoverageDetail) -> CoverageInFull {
        let held = detail.held.iter().map(|(first, last, source)| Held {
            first: Text(*first),
            last: Text(*last),
            source: source.map(|source| source.as_str()),
        });
        let restatements = detail.restatements.iter().map(|entry| Restated {
            session: Text(entry.session),
            field: entry.field.clone(),
            old: value_text(&entry.field, entry.old),
            new: value_text(&entry.field, entry.new),
            restated_at: Text(entry.restated_at),
        });
        let failures = detail.failures.iter().map(|failure| FailedProvider {
            provider: Source::from_code(failure.source).map(Source::as_str),
            said: Failed {
                code: failure.code.clone(),
                message: failure.message.clone(),
                failed_at: Text(failure.failed_at),
                retry_at: failure.retry_at.map(Text),
            },
        });
        CoverageInFull {
            line: Coverage::of(&detail.line),
            held: held.collect(),
            missing: detail.absences.iter().map(Missing::of).collect(),
            listed_first: detail.listed.0.map(Text),
            listed_last: detail.listed.1.map(Text),
            restatements: restatements.collect(),
            failures: failures.collect(),
        }
    }
}

/// A restated value in its unit: units of volume, or a price.
pub fn value_text(field: &str, value: Option<i64>) -> Option<String> {
    value.map(|value| match field {
        "volume" => value.to_string(),
        _ => Price::from_micros(value).to_string(),
    })
}
