//! Meetings that are over, and who was in them.

use super::{Series, by_day::named_days};
use crate::{
    catalogue::{attendances, finished},
    clock::Moment,
    snapshot::{AppSnapshot, Attendances, Finished, Listed},
};

/// Writes what is known of finished meetings.
pub(super) fn write(series: &mut impl Series, snapshot: &AppSnapshot, now: &Moment) {
    if let Some(known) = &snapshot.finished {
        meetings(series, known);
    }
    if let Some(listed) = snapshot.listed.as_ref().and_then(|known| known.fresh(now)) {
        for (name, date) in named_days(&snapshot.timezone, now) {
            listed_day(series, listed, name, date);
        }
    }
    if let Some(known) = &snapshot.attendances {
        stays(series, known);
    }
}

fn meetings(series: &mut impl Series, known: &Finished) {
    for ((status, kind), count) in &known.meetings {
        series.whole(&finished::FINISHED_MEETINGS, &[status, kind], *count);
    }
    series.histogram(&finished::FINISHED_DURATION, &[], &known.duration);
    series.histogram(&finished::FINISHED_PARTICIPANTS, &[], &known.participants);
    series.histogram(&finished::START_DELAY, &[], &known.start_delay);
    series.histogram(&finished::OVERRUN, &[], &known.overrun);
}

fn listed_day(
    series: &mut impl Series,
    listed: &Listed,
    name: &'static str,
    date: jiff::civil::Date,
) {
    let Some(day) = listed.days.get(&date) else {
        return;
    };
    series.whole(&finished::DAY_HOSTS, &[name], day.hosts);
    for (status, count) in &day.meetings {
        series.whole(&finished::DAY_LISTED_MEETINGS, &[name, status], *count);
    }
}

fn stays(series: &mut impl Series, known: &Attendances) {
    for (client_type, stays) in &known.stays {
        series.whole(&attendances::ATTENDANCES, &[client_type], stays.count);
        series.histogram(
            &attendances::ATTENDANCE_DURATION,
            &[client_type],
            &stays.length,
        );
    }
    series.histogram(
        &attendances::FINISHED_PEAK_PARTICIPANTS,
        &[],
        &known.peak_participants,
    );
    series.whole(&attendances::DETAILS_PENDING, &[], known.pending);
    for (reason, count) in &known.skipped {
        series.whole(&attendances::DETAILS_SKIPPED, &[reason], *count);
    }
}
