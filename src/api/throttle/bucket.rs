//! The token bucket as a value: time comes in as a parameter.

use std::time::Duration;

use crate::config::RateLimit;

/// The slowest rate, as a share of the configured one.
const FLOOR: f64 = 1.0 / 64.0;
/// What one good answer adds to a lowered rate, as a share of the configured one: from the floor
/// it takes 32 good answers to be back.
const STEP: f64 = 1.0 / 32.0;
/// The longest single wait; whoever waits asks again after it.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// What rounding may be short of a whole token.
const ROUNDING: f64 = 1e-6;

/// A token bucket whose rate halves when the vendor says that we are too fast, and climbs back
/// with every good answer. Times are since any fixed moment.
#[derive(Debug)]
pub(super) struct Bucket {
    configured: RateLimit,
    /// Tokens per second now: between [`FLOOR`] of the configured rate and all of it.
    rate: f64,
    tokens: f64,
    /// When `tokens` was true.
    counted_at: Duration,
    paused_until: Duration,
    slowed_at: Option<Duration>,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(configured: RateLimit) -> Self {
        Self {
            configured,
            rate: configured.requests_per_second,
            tokens: f64::from(configured.burst.max(1)),
            counted_at: Duration::ZERO,
            paused_until: Duration::ZERO,
            slowed_at: None,
        }
    }

    /// Takes a token, or says how long to wait before asking again.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if now < self.paused_until {
            return Err((self.paused_until - now).min(LONGEST_WAIT));
        }
        self.refill(now);
        if self.tokens >= 1.0 - ROUNDING {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64((1.0 - self.tokens) / self.rate);
        // Never zero, so that a rate beyond the clock's resolution cannot spin.
        let wait = wait.unwrap_or(LONGEST_WAIT).max(Duration::from_micros(1));
        Err(wait.min(LONGEST_WAIT))
    }

    /// Halves the rate and empties the bucket, unless the attempt that was refused had begun before
    /// the last halving: the answers of one burst count once.
    pub(super) fn slow_down(&mut self, now: Duration, started: Duration) {
        if self.slowed_at.is_some_and(|slowed| started < slowed) {
            return;
        }
        self.refill(now);
        let floor = self.configured.requests_per_second * FLOOR;
        self.rate = (self.rate / 2.0).max(floor);
        self.tokens = self.tokens.min(0.0);
        self.slowed_at = Some(now);
    }

    /// Gives no token before `until`, and then one, not a burst.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
        self.tokens = self.tokens.min(1.0);
    }

    /// Raises a lowered rate by a step, up to the configured one.
    pub(super) fn recover(&mut self, now: Duration) {
        let configured = self.configured.requests_per_second;
        if self.rate < configured {
            self.refill(now);
            self.rate = (self.rate + configured * STEP).min(configured);
        }
    }

    /// Adds what has come in since, up to the burst: that of the configuration, lowered with the
    /// rate, and a single token out of a pause.
    fn refill(&mut self, now: Duration) {
        let share = self.rate / self.configured.requests_per_second;
        let most = match self.counted_at < self.paused_until {
            true => 1.0,
            false => (f64::from(self.configured.burst) * share).max(1.0),
        };
        let passed = now.saturating_sub(self.counted_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(most);
        self.counted_at = self.counted_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bucket() -> Bucket {
        Bucket::new(RateLimit {
            requests_per_second: 8.0,
            burst: 4,
        })
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = bucket();
        for _ in 0..4 {
            assert_eq!(bucket.take(SECOND), Ok(()));
        }
        assert_eq!(bucket.take(SECOND), Err(SECOND / 8));
        assert_eq!(bucket.take(SECOND + SECOND / 8), Ok(()));
    }

    #[test]
    fn refusals_halve_the_rate_once_per_burst_down_to_a_floor() {
        let mut bucket = bucket();
        let mut rates = vec![bucket.rate];
        for round in 1..10 {
            let now = SECOND * round;
            // Ten refusals of calls that were all under way before the halving.
            for _ in 0..10 {
                bucket.slow_down(now, now - SECOND / 2);
            }
            rates.push(bucket.rate);
        }
        assert_eq!(
            rates,
            [8.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.125, 0.125, 0.125]
        );
        assert_eq!(bucket.take(SECOND * 9), Err(SECOND * 8));
    }

    #[test]
    fn good_answers_bring_the_configured_rate_back() {
        let mut bucket = bucket();
        for round in 1..10 {
            bucket.slow_down(SECOND * round, SECOND * round);
        }
        let answers = (1..)
            .take_while(|_| {
                bucket.recover(SECOND * 10);
                bucket.rate < 8.0
            })
            .count();
        assert_eq!(answers + 1, 32);
        bucket.recover(SECOND * 10);
        assert_eq!(bucket.rate, 8.0);
    }

    #[test]
    fn a_pause_holds_everybody_and_ends_without_a_burst() {
        let mut bucket = bucket();
        bucket.pause(SECOND * 30);
        bucket.pause(SECOND * 10);
        assert_eq!(bucket.take(SECOND), Err(SECOND * 29));
        assert_eq!(bucket.take(SECOND * 30), Ok(()));
        assert_eq!(bucket.take(SECOND * 30), Err(SECOND / 8));
    }

    proptest! {
        #[test]
        fn never_faster_than_configured(
            rate in 0.01_f64..1000.0, burst in 1_u32..100,
            steps in prop::collection::vec((0_u64..2_000, 0_u8..8), 1..300),
        ) {
            let mut bucket = Bucket::new(RateLimit { requests_per_second: rate, burst });
            let (mut now, mut taken) = (Duration::ZERO, 0.0_f64);
            for (pause, event) in steps {
                now += Duration::from_millis(pause);
                match event {
                    0 => bucket.slow_down(now, now),
                    1 => bucket.recover(now),
                    2 => bucket.pause(now + Duration::from_millis(pause)),
                    _ => {
                        if bucket.take(now).is_ok() {
                            taken += 1.0;
                        }
                    }
                }
                prop_assert!(taken <= f64::from(burst) + rate * now.as_secs_f64() + 0.01);
                prop_assert!(bucket.rate >= rate * FLOOR && bucket.rate <= rate);
            }
        }

        #[test]
        fn who_waits_as_told_gets_a_token(rate in 0.001_f64..1000.0, refusals in 0_u64..10) {
            let mut bucket = Bucket::new(RateLimit { requests_per_second: rate, burst: 1 });
            let mut now = Duration::ZERO;
            for _ in 0..refusals {
                now += SECOND;
                bucket.slow_down(now, now);
            }
            // At the slowest here a token takes 64,000 s: some 18 waits of the longest kind.
            let mut waits = 0;
            while let Err(wait) = bucket.take(now) {
                now += wait;
                waits += 1;
                prop_assert!(waits < 40);
            }
        }
    }
}
