//! Local days and what the clock on the wall shows.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A local day, as days since 1970-01-01: small, ordered and cheap to step.
pub(super) type Day = i32;

const SECONDS_PER_DAY: i64 = 86_400;

/// The vendor's zone, in which days begin and times are written.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The local day at `second` (UNIX time).
    pub(super) fn day_at(&self, second: i64) -> Day {
        let local = second + i64::from(self.zone.to_offset(timestamp(second)).seconds());
        i32::try_from(local.div_euclid(SECONDS_PER_DAY)).unwrap_or(0)
    }

    /// When `day` begins: local midnight, or the first second after a gap that swallows it.
    pub(super) fn start(&self, day: Day) -> i64 {
        let midnight = date(day).at(0, 0, 0, 0);
        self.zone.to_timestamp(midnight).map_or_else(
            |_| i64::from(day) * SECONDS_PER_DAY,
            |instant| instant.as_second(),
        )
    }

    /// How many seconds `day` has: 82,800 to 90,000 in zones that change their clocks.
    pub(super) fn length(&self, day: Day) -> i32 {
        i32::try_from(self.start(day + 1) - self.start(day)).unwrap_or(86_400)
    }

    /// `YYYY-MM-DD HH:MM:SS`, as the vendor writes times.
    pub(super) fn text(&self, second: i64) -> String {
        let local = self.zone.to_datetime(timestamp(second));
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second()
        )
    }
}

/// The number of a civil date.
pub(super) fn day_number(date: Date) -> Day {
    let seconds = TimeZone::UTC
        .to_timestamp(date.at(0, 0, 0, 0))
        .map_or(0, |midnight| midnight.as_second());
    i32::try_from(seconds.div_euclid(SECONDS_PER_DAY)).unwrap_or(0)
}

/// The civil date with a number.
pub(super) fn date(day: Day) -> Date {
    TimeZone::UTC
        .to_datetime(timestamp(i64::from(day) * SECONDS_PER_DAY))
        .date()
}

/// A whole UNIX second as an instant; outside of the years -9999 to 9999 the epoch.
pub(super) fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_length_their_zone_gives_them() {
        let shanghai = Calendar::new(TimeZone::get("Asia/Shanghai").unwrap());
        // REFERENCE.md: 1608048000000 ms is 2020-12-16 00:00 +08:00.
        let day = day_number(Date::constant(2020, 12, 16));
        assert_eq!(shanghai.start(day), 1_608_048_000);
        assert_eq!(shanghai.day_at(1_608_048_000), day);
        assert_eq!(shanghai.day_at(1_608_047_999), day - 1);
        assert_eq!(shanghai.text(1_608_048_000), "2020-12-16 00:00:00");
        assert_eq!(date(day), Date::constant(2020, 12, 16));

        let berlin = Calendar::new(TimeZone::get("Europe/Berlin").unwrap());
        let spring = day_number(Date::constant(2024, 3, 31));
        let autumn = day_number(Date::constant(2024, 10, 27));
        assert_eq!(
            [spring, autumn, autumn + 1].map(|day| berlin.length(day)),
            [82_800, 90_000, 86_400]
        );
    }
}
