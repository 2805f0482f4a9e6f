//! Collects series, one family at a time for every application.

use std::collections::BTreeMap;

use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram as ProtoHistogram, LabelPair, Metric, MetricFamily,
    MetricType,
};

use super::{Series, units};
use crate::{
    cardinality,
    catalogue::{Family, Kind},
    snapshot::{AppSnapshot, Histogram},
};

/// Families under construction, by name.
#[derive(Debug, Default)]
pub(super) struct Sink {
    families: BTreeMap<&'static str, (&'static Family, Vec<Metric>)>,
}

impl Sink {
    /// Takes series of that application.
    pub(super) fn of<'a>(&'a mut self, snapshot: &'a AppSnapshot) -> AppSink<'a> {
        AppSink {
            sink: self,
            snapshot,
        }
    }

    /// The families that have series.
    pub(super) fn into_families(self) -> Vec<MetricFamily> {
        self.families
            .into_values()
            .map(|(family, metrics)| {
                let mut proto = MetricFamily::default();
                proto.set_name(family.name.to_owned());
                proto.set_help(family.help.to_owned());
                proto.set_field_type(match family.kind {
                    Kind::Counter => MetricType::COUNTER,
                    Kind::Gauge | Kind::Info => MetricType::GAUGE,
                    Kind::Histogram => MetricType::HISTOGRAM,
                });
                proto.set_metric(metrics);
                proto
            })
            .collect()
    }
}

/// Takes the series of one application.
#[derive(Debug)]
pub(super) struct AppSink<'a> {
    sink: &'a mut Sink,
    snapshot: &'a AppSnapshot,
}

impl Series for AppSink<'_> {
    fn value(&mut self, family: &'static Family, labels: &[&str], value: f64) {
        if !value.is_finite() {
            return;
        }
        let mut metric = self.metric(family, labels);
        match family.kind {
            Kind::Counter => {
                let mut counter = Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
            Kind::Gauge | Kind::Info => {
                let mut gauge = Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
            Kind::Histogram => debug_assert!(false, "{} is a histogram", family.name),
        }
        self.push(family, metric);
    }

    fn histogram(&mut self, family: &'static Family, labels: &[&str], histogram: &Histogram) {
        let mut count = 0;
        let mut buckets = Vec::with_capacity(histogram.bounds.len());
        let mut counts = histogram.counts.iter();
        for bound in histogram.bounds.iter() {
            count += counts.next().unwrap_or(&0);
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(count);
            buckets.push(bucket);
        }
        count += counts.sum::<u64>();
        let mut proto = ProtoHistogram::default();
        proto.set_bucket(buckets);
        proto.set_sample_count(count);
        proto.set_sample_sum(units(histogram.sum_milli));
        let mut metric = self.metric(family, labels);
        metric.set_histogram(proto);
        self.push(family, metric);
    }
}

impl AppSink<'_> {
    fn metric(&self, family: &'static Family, labels: &[&str]) -> Metric {
        debug_assert_eq!(labels.len() + 1, family.labels.len(), "{}", family.name);
        let values = std::iter::once(&*self.snapshot.app).chain(labels.iter().copied());
        let own = family.labels.iter().copied().zip(values);
        let constant = self
            .snapshot
            .labels
            .iter()
            .map(|(name, value)| (&**name, &**value));
        Metric::from_label(
            own.chain(constant)
                .map(|(name, value)| label(name, value))
                .collect(),
        )
    }

    fn push(&mut self, family: &'static Family, metric: Metric) {
        if !cardinality::shows(self.snapshot.withheld, family) {
            return;
        }
        let (_, metrics) = self
            .sink
            .families
            .entry(family.name)
            .or_insert_with(|| (family, Vec::new()));
        metrics.push(metric);
    }
}

/// A label pair.
pub(in crate::exposition) fn label(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}
