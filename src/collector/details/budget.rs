//! How many calls the details collector may make: so many per minute, saved up for one minute.

use std::time::Duration;

/// A minute's budget of calls that fills evenly with time.
#[derive(Debug)]
pub(super) struct Budget {
    per_minute: f64,
    left: f64,
    filled_at: Option<Duration>,
}

impl Budget {
    /// A full budget.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: f64::from(per_minute),
            left: f64::from(per_minute),
            filled_at: None,
        }
    }

    /// How many calls may be made at `now`, a time on a clock that never goes back.
    pub(super) fn available(&mut self, now: Duration) -> usize {
        if let Some(then) = self.filled_at {
            let minutes = now.saturating_sub(then).as_secs_f64() / 60.0;
            self.left = (self.left + minutes * self.per_minute).min(self.per_minute);
        }
        self.filled_at = Some(now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 6,000"
        )]
        let whole = self.left as usize;
        whole
    }

    /// A call was made.
    pub(super) fn spend(&mut self) {
        self.left = (self.left - 1.0).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_calls_are_never_exceeded_for_long() {
        let mut budget = Budget::new(60);
        let mut made = 0;
        for second in 0..600_u64 {
            for _ in 0..budget.available(Duration::from_secs(second)) {
                budget.spend();
                made += 1;
            }
        }
        assert_eq!(made, 60 + 599, "one minute saved up, then one a second");
        assert_eq!(
            budget.available(Duration::from_secs(100_000)),
            60,
            "no more than a minute's"
        );
    }
}
