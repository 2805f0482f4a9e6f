//! Snapshots as constant families: a pure function of what is known and of now.
//!
//! What is not known, or too old to be shown, is absent: never 0, never frozen.

mod by_day;
mod calls;
mod finished;
mod series;
mod sink;

use std::sync::Arc;

use prometheus::proto::MetricFamily;

use self::sink::Sink;
pub(super) use self::{
    series::{Series, units},
    sink::label,
};
use crate::{
    catalogue::{exporter, realtime},
    clock::Moment,
    self_metrics::AppCounts,
    snapshot::{AppSnapshot, CollectorState},
};

/// Everything the snapshots say at `now`: families sorted by name, none empty, the applications
/// of each in the order given.
///
/// Values become `f64`, as everywhere in Prometheus: whole numbers are exact up to 2^53 (nine
/// quadrillion), and rounded to 53 bits above; seconds are the nearest `f64` to the exact value.
#[must_use]
pub fn families(snapshots: &[Arc<AppSnapshot>], now: &Moment) -> Vec<MetricFamily> {
    families_with(snapshots, |_| None, now)
}

/// The same with what was counted about each application's calls.
pub(super) fn families_with(
    snapshots: &[Arc<AppSnapshot>],
    counts_of: impl Fn(&str) -> Option<AppCounts>,
    now: &Moment,
) -> Vec<MetricFamily> {
    let mut sink = Sink::default();
    for snapshot in snapshots {
        let counts = counts_of(&snapshot.app);
        application(&mut sink.of(snapshot), snapshot, counts.as_ref(), now);
    }
    sink.into_families()
}

/// Everything about one application: what its snapshot says at `now`, and what was counted about
/// its calls.
pub(super) fn application(
    series: &mut impl Series,
    snapshot: &AppSnapshot,
    counts: Option<&AppCounts>,
    now: &Moment,
) {
    health(series, snapshot, now);
    if let Some(figures) = snapshot
        .realtime
        .as_ref()
        .and_then(|known| known.fresh(now))
    {
        series.whole(&realtime::ACTIVE_MEETINGS, &[], figures.meetings);
        series.whole(&realtime::ACTIVE_PARTICIPANTS, &[], figures.participants);
    }
    by_day::write(series, snapshot, now);
    finished::write(series, snapshot, now);
    if let Some(counts) = counts {
        calls::write(series, counts);
    }
}

/// How the application's collectors fare; known from the start.
fn health(series: &mut impl Series, snapshot: &AppSnapshot, now: &Moment) {
    series.flag(&exporter::UP, &[], snapshot.is_up(now));
    let dropped = u64::try_from(snapshot.withheld.series).unwrap_or(u64::MAX);
    series.whole(&exporter::DROPPED_SERIES, &[], dropped);
    for collector in &snapshot.collectors {
        run(series, collector);
    }
    if let Some(agreement) = snapshot.consistency(now) {
        let fields = [
            ("meetings", agreement.meetings),
            ("duration", agreement.duration),
            ("participants", agreement.participants),
        ];
        for (field, ratio) in fields
            .into_iter()
            .filter_map(|(field, ratio)| Some((field, ratio?)))
        {
            series.value(&exporter::CONSISTENCY_RATIO, &[field], ratio);
        }
    }
}

fn run(series: &mut impl Series, collector: &CollectorState) {
    let labels = [collector.name.as_str()];
    let succeeded = collector
        .last_run
        .as_ref()
        .is_some_and(|run| run.error.is_none());
    series.flag(&exporter::COLLECTOR_SUCCESS, &labels, succeeded);
    series.value(
        &exporter::COLLECTOR_INTERVAL,
        &labels,
        collector.interval.as_secs_f64(),
    );
    if let Some(run) = &collector.last_run {
        series.value(
            &exporter::COLLECTOR_DURATION,
            &labels,
            run.duration.as_secs_f64(),
        );
    }
    if let Some(success) = collector.last_success {
        series.timestamp(&exporter::COLLECTOR_LAST_SUCCESS, &labels, success.wall);
    }
}
