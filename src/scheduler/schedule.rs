//! When a collector runs: a pure rule over times since the start.

use std::time::Duration;

use crate::hash;

/// One collector's timetable. All times count from the moment its application was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    interval: Duration,
    first: Duration,
    /// Where in each interval it runs.
    phase: Duration,
}

impl Schedule {
    /// A timetable whose place within the interval depends on the names alone, so that many
    /// applications spread out, the same way at every start.
    ///
    /// The first run comes early, within `startup`, so that nobody waits an interval for the first
    /// number; from the second on it keeps to its place.
    pub(super) fn new(app: &str, collector: &str, interval: Duration, startup: Duration) -> Self {
        let share = share(app, collector);
        Self {
            interval,
            first: interval.min(startup).mul_f64(share),
            phase: interval.mul_f64(share),
        }
    }

    /// When the first run is due.
    pub(super) fn first(&self) -> Duration {
        self.first
    }

    /// When the run after one that was due at `due`, began at `started` and ended at `ended` is
    /// due. A run that outlasts its interval delays the next, which then comes at once; those
    /// missed in between are not made up for.
    pub(super) fn next(&self, due: Duration, started: Duration, ended: Duration) -> Duration {
        let began = due.max(started);
        let past_phase = began.saturating_sub(self.phase).as_nanos();
        let whole = past_phase / self.interval.as_nanos().max(1);
        let mut next = self.phase;
        if began >= self.phase {
            let steps = u32::try_from(whole + 1).unwrap_or(u32::MAX);
            next = next.saturating_add(self.interval.saturating_mul(steps));
        }
        next.max(ended)
    }
}

/// A number from 0 up to but not including 1 that depends on the names alone.
fn share(app: &str, collector: &str) -> f64 {
    let high = u32::try_from(hash::of(&[app, collector]) >> 32).unwrap_or_default();
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn names_spread_evenly() {
        let mut tenths = [0_u32; 10];
        for number in 0..10_000 {
            let share = share(&format!("app-{number}"), "realtime");
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 9"
            )]
            let tenth = (share * 10.0) as usize;
            tenths[tenth] += 1;
        }
        assert!(
            tenths.iter().all(|count| (900..1100).contains(count)),
            "{tenths:?}"
        );
    }

    #[test]
    fn first_run_is_early_and_later_ones_keep_their_place() {
        let schedule = Schedule::new("a", "daily", 300 * SECOND, 2 * SECOND);
        assert!(schedule.first() < 2 * SECOND);
        let second = schedule.next(
            schedule.first(),
            schedule.first(),
            schedule.first() + SECOND,
        );
        let third = schedule.next(second, second, second + SECOND);
        assert_eq!(third - second, 300 * SECOND);
    }

    #[test]
    fn a_long_run_delays_the_next_one_and_skips_the_missed() {
        let schedule = Schedule {
            interval: 10 * SECOND,
            first: Duration::ZERO,
            phase: 5 * SECOND,
        };
        assert_eq!(
            schedule.next(15 * SECOND, 15 * SECOND, 16 * SECOND),
            25 * SECOND
        );
        assert_eq!(
            schedule.next(15 * SECOND, 15 * SECOND, 47 * SECOND),
            47 * SECOND
        );
        assert_eq!(
            schedule.next(47 * SECOND, 47 * SECOND, 48 * SECOND),
            55 * SECOND
        );
    }

    proptest! {
        #[test]
        fn the_next_run_is_later_and_not_two_intervals_away(
            interval in 100_u64..1_000_000,
            due in 0_u64..10_000_000,
            late in 0_u64..10_000,
            lasted in 0_u64..10_000_000,
            name in "[a-z]{1,8}",
        ) {
            let ms = Duration::from_millis;
            let schedule = Schedule::new(&name, "realtime", ms(interval), SECOND);
            let next = schedule.next(ms(due), ms(due + late), ms(due + late + lasted));
            prop_assert!(next > ms(due + late));
            prop_assert!(next >= ms(due + late + lasted));
            prop_assert!(next <= ms(due + late + lasted.max(2 * interval)) + schedule.phase);
        }
    }
}
