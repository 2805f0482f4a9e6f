//! For how long what was written about an application is what would be written now.
//!
//! Time alone changes what may be shown: a figure gets too old, a collector is overdue, midnight
//! makes today yesterday. Both clocks count, and the wall clock can go back.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{clock::Moment, snapshot::AppSnapshot};

/// A stretch of time: from and until when on the wall clock, until when on the monotonic one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    wall_from: Timestamp,
    wall_until: Timestamp,
    monotonic_until: Duration,
}

impl Validity {
    /// All of time.
    pub(super) const ALWAYS: Self = Self {
        wall_from: Timestamp::MIN,
        wall_until: Timestamp::MAX,
        monotonic_until: Duration::MAX,
    };

    /// Around `now`, while what is written about the application stays the same.
    pub(super) fn of(snapshot: &AppSnapshot, now: &Moment, days: &mut Days) -> Self {
        let mut validity = Self::ALWAYS;
        for collector in &snapshot.collectors {
            if let Some(success) = &collector.last_success {
                validity.age(success, collector.stale_after, now);
            }
        }
        if let Some(known) = &snapshot.realtime {
            validity.age(&known.read_at, known.stale_after, now);
        }
        if let Some(known) = &snapshot.daily {
            validity.age(&known.read_at, known.stale_after, now);
        }
        if let Some(known) = &snapshot.listed {
            validity.age(&known.read_at, known.stale_after, now);
        }
        if snapshot.daily.is_some() || snapshot.listed.is_some() {
            let (from, until) = days.around(now.wall, &snapshot.timezone);
            validity.from(from);
            validity.until(until);
        }
        validity
    }

    /// Whether that moment is part of it.
    pub(super) fn holds(&self, now: &Moment) -> bool {
        self.wall_from <= now.wall
            && now.wall < self.wall_until
            && now.monotonic < self.monotonic_until
    }

    /// What is part of both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.from(other.wall_from);
        self.until(other.wall_until);
        self.monotonic_until = self.monotonic_until.min(other.monotonic_until);
        self
    }

    /// While something read then is, at `stale_after`, as fresh or as stale as it is `now`.
    fn age(&mut self, read_at: &Moment, stale_after: Duration, now: &Moment) {
        let monotonic_edge = read_at.monotonic.saturating_add(stale_after);
        if now.monotonic >= monotonic_edge {
            // The monotonic clock never goes back: stale for good.
            return;
        }
        let wall_edge = read_at.wall.saturating_add(stale_after);
        let wall_edge = wall_edge.unwrap_or(Timestamp::MAX);
        if now.wall >= wall_edge {
            // Stale by the wall clock alone, which can be set back.
            self.from(wall_edge);
        } else {
            self.until(wall_edge);
            self.monotonic_until = self.monotonic_until.min(monotonic_edge);
        }
    }

    fn from(&mut self, wall: Timestamp) {
        self.wall_from = self.wall_from.max(wall);
    }

    fn until(&mut self, wall: Timestamp) {
        self.wall_until = self.wall_until.min(wall);
    }
}

/// Local days; remembers the last one, because most applications share their zone.
#[derive(Debug, Default)]
pub(super) struct Days(Option<(TimeZone, Timestamp, Timestamp)>);

impl Days {
    /// A stretch around `now` in which the local date is the same: the local day, or the part of
    /// it in which the zone's clocks are not changed.
    fn around(&mut self, now: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
        if let Some((known, from, until)) = &self.0
            && known == zone
            && (*from..*until).contains(&now)
        {
            return (*from, *until);
        }
        let (from, until) = day_around(now, zone).unwrap_or((now, now));
        self.0 = Some((zone.clone(), from, until));
        (from, until)
    }
}

fn day_around(now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let offset = zone.to_offset(now);
    let date = offset.to_datetime(now).date();
    let midnight = |date: jiff::civil::Date| offset.to_timestamp(date.at(0, 0, 0, 0)).ok();
    let (mut from, mut until) = (midnight(date)?, midnight(date.tomorrow().ok()?)?);
    // A change at this very moment has happened already.
    let after_now = now.checked_add(1.nanosecond()).ok()?;
    if let Some(change) = zone.preceding(after_now).next() {
        from = from.max(change.timestamp());
    }
    if let Some(change) = zone.following(now).next() {
        until = until.min(change.timestamp());
    }
    Some((from, until))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::local_day;

    /// Clocks that change at midnight, just after it, and across the date line.
    const ZONES: [&str; 6] = [
        "Asia/Shanghai",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Pacific/Apia",
        "Europe/Berlin",
        "UTC",
    ];

    proptest! {
        #[test]
        fn within_a_stretch_the_date_stays(
            zone in prop::sample::select(&ZONES[..]),
            now in 946_684_800_i64..1_900_000_000,
            share in 0.0..1.0_f64,
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let now = Timestamp::from_second(now).unwrap();
            let (from, until) = Days::default().around(now, &zone);
            prop_assert!(from <= now && now < until, "{from} {now} {until}");
            let date = local_day(now, &zone);
            let length = (until.as_second() - from.as_second() - 1) as f64;
            #[expect(clippy::cast_possible_truncation, reason = "within a day")]
            let inside = from.as_second() + (length * share) as i64;
            for at in [from.as_second(), inside, until.as_second() - 1] {
                let at = Timestamp::from_second(at).unwrap();
                prop_assert_eq!(local_day(at, &zone), date);
            }
        }
    }

    /// In Newfoundland clocks were put back at 00:01, so that a day began twice.
    #[test]
    fn a_day_that_begins_twice_is_two_stretches() {
        let zone = TimeZone::get("America/St_Johns").unwrap();
        let first: Timestamp = "2006-10-29T00:00:30-02:30".parse().unwrap();
        let (from, until) = Days::default().around(first, &zone);
        assert_eq!(until.as_second() - from.as_second(), 60);
        let (from, _) = Days::default().around(until, &zone);
        assert_eq!(from, until);
        assert_ne!(local_day(from, &zone), local_day(first, &zone));
    }
}
