//! The rate limit: one token bucket for the whole server.

use std::time::Duration;

use crate::config::RequestRate;

/// Tokens, kept as the time that their coming took: exact, and of no concern to rounding.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Option<RequestRate>,
    /// How much time is saved up; `burst` times the interval at most.
    saved: Duration,
    /// When `saved` was true.
    at: Duration,
}

impl Bucket {
    /// A full bucket; without a rate, one that has no bottom.
    pub(super) fn new(rate: Option<RequestRate>) -> Self {
        let saved = rate.map_or(Duration::ZERO, full);
        Self {
            rate,
            saved,
            at: Duration::ZERO,
        }
    }

    /// Changes the rate. The same one leaves the bucket as it is; another one begins full.
    pub(super) fn set(&mut self, rate: Option<RequestRate>) {
        if self.rate != rate {
            *self = Self {
                at: self.at,
                ..Self::new(rate)
            };
        }
    }

    /// Takes a token, if there is one; `now` is a clock that does not go back.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let Some(rate) = self.rate else {
            return true;
        };
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.saved = self.saved.saturating_add(passed).min(full(rate));
        match self.saved.checked_sub(rate.interval) {
            Some(left) => {
                self.saved = left;
                true
            }
            None => false,
        }
    }
}

fn full(rate: RequestRate) -> Duration {
    rate.interval.saturating_mul(rate.burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate(interval: Duration, burst: u32) -> Option<RequestRate> {
        Some(RequestRate { interval, burst })
    }

    /// How many of a hundred requests at one moment pass.
    fn pass(bucket: &mut Bucket, now: Duration) -> usize {
        (0..100).filter(|_| bucket.take(now)).count()
    }

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let mut bucket = Bucket::new(rate(SECOND, 5));
        assert_eq!(pass(&mut bucket, SECOND), 5);
        assert_eq!(pass(&mut bucket, SECOND * 2), 1);
        assert_eq!(pass(&mut bucket, SECOND * 4), 2);
        assert_eq!(pass(&mut bucket, SECOND * 4 + SECOND / 2), 0);
        assert_eq!(pass(&mut bucket, SECOND * 5), 1);
        assert_eq!(pass(&mut bucket, SECOND * 1000), 5);
        assert_eq!(
            pass(&mut bucket, SECOND),
            0,
            "an earlier moment gives nothing"
        );
    }

    #[test]
    fn a_burst_of_none_refuses_everything_and_no_rate_nothing() {
        let mut none = Bucket::new(rate(SECOND, 0));
        assert_eq!(pass(&mut none, SECOND * 1000), 0);
        let mut any = Bucket::new(None);
        assert_eq!(pass(&mut any, Duration::ZERO), 100);
    }

    #[test]
    fn the_same_rate_again_gives_no_new_burst() {
        let mut bucket = Bucket::new(rate(SECOND, 5));
        assert_eq!(pass(&mut bucket, SECOND), 5);
        bucket.set(rate(SECOND, 5));
        assert_eq!(pass(&mut bucket, SECOND), 0);
        bucket.set(rate(SECOND, 7));
        assert_eq!(pass(&mut bucket, SECOND), 7);
    }
}
