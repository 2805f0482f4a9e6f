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
    pub(super) fn first(&self) -> Next {
        Next {
            place: self.first,
            due: self.first,
        }
    }

    /// The run after one that began at `began` and ended at `ended`. A run that outlasts its
    /// interval delays the next, which then comes at once; those missed in between are not made up
    /// for.
    pub(super) fn next(&self, began: Duration, ended: Duration) -> Next {
        let past_phase = began.saturating_sub(self.phase).as_nanos();
        let whole = past_phase / self.interval.as_nanos().max(1);
        let mut place = self.phase;
        if began >= self.phase {
            let steps = u32::try_from(whole + 1).unwrap_or(u32::MAX);
            place = place.saturating_add(self.interval.saturating_mul(steps));
        }
        Next {
            place,
            due: place.max(ended),
        }
    }
}

/// When a run is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    /// Its place in the timetable, from which its delay counts.
    pub(super) place: Duration,
    /// When it can begin, which is later where the run before lasted too long.
    pub(super) due: Duration,
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

    /// Ten thousand applications, as they start and as they go on: no second has much more than its
    /// share, whatever the time of day, because no schedule knows it.
    #[test]
    fn there_is_no_herd_at_the_start_nor_later() {
        let startup = 100 * SECOND;
        for interval in [30, 300] {
            let schedules = (0..10_000).map(|number| {
                let name = format!("app-{number}");
                Schedule::new(&name, "daily", interval * SECOND, startup)
            });
            let (mut first, mut later) = ([0_u32; 300], [0_u32; 300]);
            for schedule in schedules {
                let begins = schedule.first().due;
                first[usize::try_from(begins.as_secs()).unwrap()] += 1;
                let second = schedule.next(begins, begins).due;
                let place = second.as_secs() % u64::from(interval);
                later[usize::try_from(place).unwrap()] += 1;
            }
            let share = 10_000 / interval.min(100);
            assert!(
                first.iter().all(|count| *count < share * 3 / 2),
                "{first:?}"
            );
            let share = 10_000 / interval;
            assert!(later.iter().all(|count| *count < share * 2), "{later:?}");
        }
    }

    #[test]
    fn first_run_is_early_and_later_ones_keep_their_place() {
        let schedule = Schedule::new("a", "daily", 300 * SECOND, 2 * SECOND);
        let first = schedule.first().due;
        assert!(first < 2 * SECOND);
        let second = schedule.next(first, first + SECOND).due;
        let third = schedule.next(second, second + SECOND).due;
        assert_eq!(third - second, 300 * SECOND);
    }

    #[test]
    fn a_long_run_delays_the_next_one_and_skips_the_missed() {
        let schedule = Schedule {
            interval: 10 * SECOND,
            first: Duration::ZERO,
            phase: 5 * SECOND,
        };
        let next = |began: u32, ended: u32| schedule.next(began * SECOND, ended * SECOND);
        let at = |place: u32, due: u32| Next {
            place: place * SECOND,
            due: due * SECOND,
        };
        assert_eq!(next(15, 16), at(25, 25));
        assert_eq!(next(15, 47), at(25, 47), "22 s late");
        assert_eq!(next(47, 48), at(55, 55));
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
            let Next { place, due: next } = schedule.next(ms(due + late), ms(due + late + lasted));
            prop_assert!(place <= next && next > ms(due + late));
            prop_assert!(next >= ms(due + late + lasted));
            prop_assert!(next <= ms(due + late + lasted.max(2 * interval)) + schedule.phase);
        }
    }
}
