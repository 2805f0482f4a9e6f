//! Snapshots as constant families: a pure function of what is known and of now.
//!
//! What is not known, or too old to be shown, is absent: never 0, never frozen.

mod by_day;
mod finished;
mod sink;

use std::sync::Arc;

use prometheus::proto::MetricFamily;

pub(super) use self::sink::label;
use self::sink::{Series, Sink};
use crate::{
    catalogue::{exporter, realtime},
    clock::Moment,
    snapshot::{AppSnapshot, CollectorState},
};

/// Everything the snapshots say at `now`: families sorted by name, none empty, the applications
/// of each in the order given.
///
/// Values become `f64`, as everywhere in Prometheus: whole numbers are exact up to 2^53 (nine
/// quadrillion), and rounded to 53 bits above; seconds are the nearest `f64` to the exact value.
#[must_use]
pub fn families(snapshots: &[Arc<AppSnapshot>], now: &Moment) -> Vec<MetricFamily> {
    let mut sink = Sink::default();
    for snapshot in snapshots {
        let mut series = sink.of(snapshot);
        health(&mut series, snapshot, now);
        if let Some(figures) = snapshot
            .realtime
            .as_ref()
            .and_then(|known| known.fresh(now))
        {
            series.whole(&realtime::ACTIVE_MEETINGS, &[], figures.meetings);
            series.whole(&realtime::ACTIVE_PARTICIPANTS, &[], figures.participants);
        }
        by_day::write(&mut series, snapshot, now);
        finished::write(&mut series, snapshot, now);
    }
    sink.into_families()
}

/// How the application's collectors fare; known from the start.
fn health(series: &mut Series<'_>, snapshot: &AppSnapshot, now: &Moment) {
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

fn run(series: &mut Series<'_>, collector: &CollectorState) {
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
