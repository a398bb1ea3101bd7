//! What providers let us ask unless settings say otherwise: what their free plans publish or are known for. The page on
//! providers names the source of each number.

use crate::{BudgetLimits, Source};

/// Yahoo publishes no limit, and blocks by the look of a client as much as by its count. One call a second is what its
/// users hold to be safe for long.
const YAHOO: BudgetLimits =
    BudgetLimits { calls_max: 60, per_ms: 60_000, burst: 10, concurrency_max: 4, daily_max: None };

/// Five calls a minute. The three of a history may come at once; that leaves one each twenty seconds.
const POLYGON: BudgetLimits =
    BudgetLimits { calls_max: 5, per_ms: 60_000, burst: 3, concurrency_max: 1, daily_max: None };

/// 250 calls a day. A limit for shorter times is published for paid plans alone, the least being 300 a minute.
const FMP: BudgetLimits =
    BudgetLimits { calls_max: 5, per_ms: 1_000, burst: 3, concurrency_max: 2, daily_max: Some(250) };

/// 25 calls a day, and none within a second of the last one; the tenth above it is for the way there.
const ALPHA_VANTAGE: BudgetLimits =
    BudgetLimits { calls_max: 1, per_ms: 1_100, burst: 1, concurrency_max: 1, daily_max: Some(25) };

/// Stooq publishes no limit; users tell of a few hundred calls a day.
const STOOQ: BudgetLimits =
    BudgetLimits { calls_max: 1, per_ms: 1_000, burst: 1, concurrency_max: 1, daily_max: Some(200) };

/// The limits of a provider's free plan, or `None` for one that is asked without limit.
///
/// # Example
/// ```
/// use market::{Source, free_plan_limits};
/// assert_eq!(free_plan_limits(Source::AlphaVantage).unwrap().daily_max, Some(25));
/// assert_eq!(free_plan_limits(Source::Files), None);
/// ```
pub const fn free_plan_limits(source: Source) -> Option<BudgetLimits> {
    match source {
        Source::Files => None,
        Source::Yahoo => Some(YAHOO),
        Source::Polygon => Some(POLYGON),
        Source::Fmp => Some(FMP),
        Source::AlphaVantage => Some(ALPHA_VANTAGE),
        Source::Stooq => Some(STOOQ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_over_the_network_has_limits_that_let_it_be_asked() {
        for source in Source::ALL.into_iter().filter(|source| *source != Source::Files) {
            let limits = free_plan_limits(source).unwrap();
            assert!(limits.calls_max >= 1 && limits.per_ms >= 1 && limits.concurrency_max >= 1, "{source}");
            assert!((1..=limits.calls_max).contains(&limits.burst), "{source}");
            assert!(limits.daily_max.is_none_or(|most| most >= limits.burst), "{source}");
        }
    }
}
