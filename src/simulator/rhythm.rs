//! When people meet: the weight of apps, weekdays and hours.

use super::{calendar::Day, dice::Dice};

/// Meetings per hour of a working day, relative to each other: mornings and afternoons, a dip for
/// lunch, a floor through the night (other time zones, operations).
const WORKDAY_HOURS: [u32; 24] = [
    6, 5, 4, 4, 4, 5, 8, 14, 45, 110, 120, 75, 20, 40, 105, 115, 100, 70, 35, 30, 28, 22, 14, 9,
];

/// The same at weekends: later, flatter.
const WEEKEND_HOURS: [u32; 24] = [
    6, 5, 4, 4, 4, 4, 5, 8, 15, 25, 32, 28, 18, 20, 28, 30, 26, 20, 16, 18, 24, 24, 14, 9,
];

/// Sizes of applications relative to the configured one: a few small, a few large.
const SIZES: [f64; 10] = [0.3, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0, 1.2, 1.6, 2.5];

/// From this many meetings on a working day, an application has rooms that are open round the
/// clock, so that there is something to see at any hour.
const ROUND_THE_CLOCK_FROM: f64 = 48.0;

/// Hours at which the round-the-clock rooms change shifts.
pub(super) const SHIFTS: [i32; 6] = [0, 4, 8, 12, 16, 20];

/// More meetings than this in one day of one application do not fit its identifiers.
pub(super) const MOST_PER_DAY: u32 = 1 << 20;

/// How busy one application is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rhythm {
    workday_mean: f64,
}

impl Rhythm {
    /// The first application is exactly as busy as configured, so that a single one behaves as
    /// asked; the others differ in size.
    pub(super) fn of(app: u32, meetings_per_day: f64, dice: &mut Dice) -> Self {
        let size = match app {
            0 => 1.0,
            _ => SIZES[dice.weighted(&[1; SIZES.len()])],
        };
        Self {
            workday_mean: meetings_per_day * size,
        }
    }

    /// Mean number of meetings on an ordinary working day.
    pub(super) fn workday_mean(self) -> f64 {
        self.workday_mean
    }

    /// Whether rooms stay open round the clock.
    pub(super) fn round_the_clock(self) -> bool {
        self.workday_mean >= ROUND_THE_CLOCK_FROM
    }

    /// How many ordinary meetings `day` gets.
    pub(super) fn meetings(self, day: Day, dice: &mut Dice) -> u32 {
        let mean = self.workday_mean
            * match weekday(day) {
                1 => 1.10,
                2 | 4 => 1.05,
                3 => 1.0,
                5 => 0.85,
                6 => 0.25,
                _ => 0.15,
            };
        about(mean, dice).min(MOST_PER_DAY - 64)
    }

    /// A moment of `day` at which a meeting is likely to begin, in seconds since midnight.
    pub(super) fn moment(self, day: Day, dice: &mut Dice) -> i32 {
        let hours = if matches!(weekday(day), 6 | 7) {
            &WEEKEND_HOURS
        } else {
            &WORKDAY_HOURS
        };
        let hour = i32::try_from(dice.weighted(hours)).unwrap_or(0);
        hour * 3600 + dice.between(0, 3599)
    }
}

/// 1 Monday to 7 Sunday; day 0, 1970-01-01, was a Thursday.
fn weekday(day: Day) -> i32 {
    (day + 3).rem_euclid(7) + 1
}

/// A count with mean `mean` and about the spread of independent arrivals, from additions and one
/// (correctly rounded) square root, so that every platform computes the same.
fn about(mean: f64, dice: &mut Dice) -> u32 {
    if mean < 32.0 {
        // Binomial over many small chances.
        let trials = 256;
        let hit = mean / f64::from(trials);
        return (0..trials).map(|_| u32::from(dice.fraction() < hit)).sum();
    }
    let bell = (0..12).map(|_| dice.fraction()).sum::<f64>() - 6.0;
    let count = (mean + bell * mean.sqrt()).clamp(0.0, f64::from(MOST_PER_DAY));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of u32 one line above"
    )]
    let whole = count as u32;
    whole
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::{super::calendar::day_number, *};

    #[test]
    fn weekdays_follow_the_calendar() {
        let monday = day_number(Date::constant(2024, 1, 1));
        assert_eq!(
            (0..8)
                .map(|step| weekday(monday + step))
                .collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 1]
        );
    }

    #[test]
    fn counts_lie_around_their_mean() {
        let mut dice = Dice::new(3);
        for mean in [0.0, 0.5, 5.0, 31.9, 100.0, 14_000.0] {
            let sum: u32 = (0..400).map(|_| about(mean, &mut dice)).sum();
            let average = f64::from(sum) / 400.0;
            // Five standard deviations of the average of 400 counts, and half a meeting for rounding.
            let spread = (mean / 400.0).sqrt() * 5.0 + 0.5;
            assert!((average - mean).abs() <= spread, "{average} for {mean}");
        }
    }
}
