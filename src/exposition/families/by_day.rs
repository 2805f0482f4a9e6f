//! Figures by local day, windows over days, and totals.
//!
//! Which day is today is decided when asked, by the wall clock in the vendor's zone: after local
//! midnight and before the next reading, today is absent and yesterday is what today was.

use jiff::{Span, civil::Date, tz::TimeZone};

use super::Series;
use crate::{
    catalogue::by_day,
    clock::Moment,
    snapshot::{AppSnapshot, Daily, Figures, Totals},
};

/// Writes what the daily figures and the totals say.
pub(super) fn write(series: &mut impl Series, snapshot: &AppSnapshot, now: &Moment) {
    let zone = &snapshot.timezone;
    if let Some(daily) = snapshot.daily.as_ref().and_then(|known| known.fresh(now)) {
        days(series, daily, zone, now);
        windows(series, daily, &snapshot.windows, today(zone, now));
    }
    if let Some(known) = &snapshot.totals {
        totals(series, known, zone);
    }
}

/// The days that have a name, with their names.
pub(super) fn named_days(
    zone: &TimeZone,
    now: &Moment,
) -> impl Iterator<Item = (&'static str, Date)> + use<> {
    let today = today(zone, now);
    std::iter::once(("today", today)).chain(today.yesterday().ok().map(|day| ("yesterday", day)))
}

fn today(zone: &TimeZone, now: &Moment) -> Date {
    zone.to_datetime(now.wall).date()
}

fn days(series: &mut impl Series, daily: &Daily, zone: &TimeZone, now: &Moment) {
    for (name, date) in named_days(zone, now) {
        let Some(figures) = daily.days.get(&date) else {
            continue;
        };
        series.whole(&by_day::DAY_MEETINGS, &[name], figures.meetings);
        series.milli(&by_day::DAY_DURATION, &[name], figures.duration_ms);
        series.whole(&by_day::DAY_PARTICIPANTS, &[name], figures.participants);
        series.whole(
            &by_day::DAY_PEAK_PARTICIPANTS,
            &[name],
            figures.peak_participants,
        );
        if let Ok(start) = date.to_zoned_datetime(zone.clone()) {
            series.timestamp(&by_day::DAY_START, &[name], start.timestamp());
        }
    }
}

fn windows(series: &mut impl Series, daily: &Daily, lengths: &[u16], today: Date) {
    for length in lengths {
        let Some(figures) = window(daily, *length, today) else {
            continue;
        };
        let name = format!("{length}d");
        series.whole(&by_day::WINDOW_MEETINGS, &[&name], figures.meetings);
        series.milli(&by_day::WINDOW_DURATION, &[&name], figures.duration_ms);
        series.whole(&by_day::WINDOW_PARTICIPANTS, &[&name], figures.participants);
        series.whole(
            &by_day::WINDOW_PEAK_PARTICIPANTS,
            &[&name],
            figures.peak_participants,
        );
    }
}

/// The figures of the last `length` days together, today included; none unless every day is known.
fn window(daily: &Daily, length: u16, today: Date) -> Option<Figures> {
    let before = i64::from(length).checked_sub(1).filter(|days| *days >= 0)?;
    let first = today.checked_sub(Span::new().days(before)).ok()?;
    let mut sum = Figures::default();
    let mut known = 0;
    for figures in daily.days.range(first..=today).map(|(_, figures)| figures) {
        sum.meetings = sum.meetings.saturating_add(figures.meetings);
        sum.duration_ms = sum.duration_ms.saturating_add(figures.duration_ms);
        sum.participants = sum.participants.saturating_add(figures.participants);
        sum.peak_participants = sum.peak_participants.max(figures.peak_participants);
        known += 1;
    }
    (known == usize::from(length)).then_some(sum)
}

fn totals(series: &mut impl Series, totals: &Totals, zone: &TimeZone) {
    series.whole(&by_day::MEETINGS, &[], totals.meetings);
    series.milli(&by_day::DURATION, &[], totals.duration_ms);
    series.whole(&by_day::PARTICIPANTS, &[], totals.participants);
    let corrections = &totals.corrections;
    for (field, count) in [
        ("meetings", corrections.meetings),
        ("duration", corrections.duration),
        ("participants", corrections.participants),
    ] {
        series.whole(&by_day::UPSTREAM_CORRECTIONS, &[field], count);
    }
    if let Ok(start) = totals.since.to_zoned_datetime(zone.clone()) {
        series.timestamp(&by_day::COUNTERS_START, &[], start.timestamp());
    }
}
