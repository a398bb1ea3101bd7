//! What a provider still lets us ask: a token bucket, a quota for the day, and pauses it asked for.
//!
//! Pure: a state, its limits and the present give the next state. Whoever keeps the state writes it on the condition
//! that nobody else did, so one budget holds for several processes.

use model::Timestamp;

const DAY_MICROS: i64 = 86_400_000_000;

/// What a provider lets us ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Calls within any `per_ms`.
    pub calls_max: u32,
    /// The length of that window in milliseconds.
    pub per_ms: u64,
    /// How many of them may come at once; at least 1 and at most `calls_max`.
    pub burst: u32,
    /// Calls under way at the same time.
    pub concurrency_max: usize,
    /// Calls within a day of universal time; absent where the provider counts none.
    pub daily_max: Option<u32>,
}

impl BudgetLimits {
    /// Microseconds after which one more call may be made, such that no window of `per_ms` ever holds more than
    /// `calls_max` calls.
    ///
    /// # Convention
    /// A full bucket gives `burst` calls at once and then one for each interval, which makes
    /// `burst + (window - 1) / interval` in the busiest window. So the interval is the window over
    /// `calls_max - burst + 1`, rounded up.
    ///
    /// # Example
    /// Five calls a minute, two of them at once: one each 15 seconds, so 0, 0, 15, 30, 45 and then 60.
    fn interval_micros(&self) -> i64 {
        let steps = i64::from(self.calls_max.max(1) - self.burst().min(self.calls_max.max(1)) + 1);
        let window = i64::try_from(self.per_ms.saturating_mul(1_000)).unwrap_or(i64::MAX / 4);
        (window + steps - 1) / steps
    }

    fn burst(&self) -> u32 {
        self.burst.clamp(1, self.calls_max.max(1))
    }
}

/// What has been asked so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// When the bucket is full again.
    pub full_at: Timestamp,
    /// The day of universal time that `used` counts, in days since the epoch.
    pub day: i64,
    /// Calls made on that day.
    pub used: i64,
    /// Until when the provider wants not to be asked.
    pub cooldown_until: Option<Timestamp>,
}

impl Default for BudgetState {
    /// Nothing asked yet.
    fn default() -> BudgetState {
        BudgetState { full_at: Timestamp::from_epoch_micros(0), day: 0, used: 0, cooldown_until: None }
    }
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// Now; this is the state with the call counted.
    Granted(BudgetState),
    /// The bucket is empty until then.
    Later(Timestamp),
    /// The quota of the day is used up, or the provider asked for a pause; not before then.
    Refused(Timestamp),
}

impl BudgetState {
    /// Calls of the day that are left at `now`; absent where none are counted.
    pub fn left_today(&self, limits: &BudgetLimits, now: Timestamp) -> Option<i64> {
        limits.daily_max.map(|most| (i64::from(most) - self.used_on(now)).max(0))
    }

    /// Calls made on the day of `now`.
    pub fn used_on(&self, now: Timestamp) -> i64 {
        if self.day == day_of(now) { self.used } else { 0 }
    }

    /// The pause in force at `now`, if there is one.
    pub fn cooldown(&self, now: Timestamp) -> Option<Timestamp> {
        self.cooldown_until.filter(|until| *until > now)
    }

    /// Reserves one call.
    ///
    /// # Example
    /// ```
    /// use market::{BudgetLimits, BudgetState, Reservation};
    /// use model::Timestamp;
    /// let limits = BudgetLimits { calls_max: 2, per_ms: 1_000, burst: 1, concurrency_max: 1, daily_max: None };
    /// let now = Timestamp::from_epoch_micros(0);
    /// let Reservation::Granted(once) = BudgetState::default().reserve(&limits, now) else { panic!() };
    /// let half_a_second = Timestamp::from_epoch_micros(500_000);
    /// assert_eq!(once.reserve(&limits, now), Reservation::Later(half_a_second));
    /// ```
    pub fn reserve(&self, limits: &BudgetLimits, now: Timestamp) -> Reservation {
        if let Some(until) = self.cooldown(now) {
            return Reservation::Refused(until);
        }
        if self.left_today(limits, now) == Some(0) {
            return Reservation::Refused(Timestamp::from_epoch_micros((day_of(now) + 1) * DAY_MICROS));
        }
        let interval = limits.interval_micros();
        let room = interval.saturating_mul(i64::from(limits.burst()) - 1);
        let now_micros = now.epoch_micros();
        // A clock that was set back must not leave the bucket empty for as long as it was ahead.
        let longest = now_micros.saturating_add(room).saturating_add(interval);
        let full_at = self.full_at.epoch_micros().clamp(now_micros, longest);
        if full_at - room > now_micros {
            return Reservation::Later(Timestamp::from_epoch_micros(full_at - room));
        }
        Reservation::Granted(BudgetState {
            full_at: Timestamp::from_epoch_micros(full_at + interval),
            day: day_of(now),
            used: self.used_on(now) + 1,
            cooldown_until: None,
        })
    }
}

fn day_of(now: Timestamp) -> i64 {
    now.epoch_micros().div_euclid(DAY_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_epoch_micros(ms * 1_000)
    }

    /// Asks as often as it can and gives the milliseconds of the first calls.
    fn calls(limits: &BudgetLimits, count: usize) -> Vec<i64> {
        let (mut state, mut now, mut made) = (BudgetState::default(), at(0), Vec::new());
        while made.len() < count {
            match state.reserve(limits, now) {
                Reservation::Granted(next) => {
                    made.push(now.epoch_micros() / 1_000);
                    state = next;
                }
                Reservation::Later(until) | Reservation::Refused(until) => {
                    assert!(until > now, "waiting leads on");
                    now = until;
                }
            }
        }
        made
    }

    #[test]
    fn a_burst_then_one_call_for_each_interval() {
        let limits =
            BudgetLimits { calls_max: 5, per_ms: 60_000, burst: 2, concurrency_max: 1, daily_max: None };
        assert_eq!(calls(&limits, 7), [0, 0, 15_000, 30_000, 45_000, 60_000, 75_000]);
    }

    #[test]
    fn the_quota_of_a_day_ends_at_midnight_in_universal_time() {
        let limits =
            BudgetLimits { calls_max: 1, per_ms: 1, burst: 1, concurrency_max: 1, daily_max: Some(2) };
        assert_eq!(calls(&limits, 5), [0, 1, 86_400_000, 86_400_001, 172_800_000]);
    }

    #[test]
    fn nobody_is_served_during_a_pause_and_a_clock_set_back_frees_the_bucket_soon() {
        let limits =
            BudgetLimits { calls_max: 10, per_ms: 1_000, burst: 1, concurrency_max: 1, daily_max: None };
        let paused = BudgetState { cooldown_until: Some(at(500)), ..BudgetState::default() };
        assert_eq!(paused.reserve(&limits, at(499)), Reservation::Refused(at(500)));
        assert!(matches!(paused.reserve(&limits, at(500)), Reservation::Granted(_)));
        let ahead = BudgetState { full_at: at(1_000_000), ..BudgetState::default() };
        assert_eq!(ahead.reserve(&limits, at(0)), Reservation::Later(at(100)));
    }

    proptest! {
        #[test]
        fn no_window_holds_more_calls_than_allowed(calls_max in 1_u32..20, burst in 1_u32..25, per_ms in 1_u64..5_000) {
            let limits = BudgetLimits { calls_max, per_ms, burst, concurrency_max: 1, daily_max: None };
            let (mut state, mut now, mut made) = (BudgetState::default(), at(0), Vec::new());
            while made.len() < 60 {
                match state.reserve(&limits, now) {
                    Reservation::Granted(next) => { made.push(now.epoch_micros()); state = next; }
                    Reservation::Later(until) | Reservation::Refused(until) => now = until,
                }
            }
            let window = per_ms as i64 * 1_000;
            for (index, first) in made.iter().enumerate() {
                let inside = made[index..].iter().take_while(|call| **call < first + window).count();
                prop_assert!(inside <= calls_max as usize, "{inside} calls within {per_ms} ms");
            }
        }
    }
}
