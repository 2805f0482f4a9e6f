//! The exporter's own instruments as text.
//!
//! Those of the registry are gathered when an attempt at a call ended, else at most once a second:
//! reading the process's figures alone costs more than sending a whole exposition. What is counted
//! about scrapes is written for every scrape.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use prometheus::proto::{Histogram, MetricFamily};

use super::{Format, encode::encode_families, families::label, number, text::head};
use crate::{
    catalogue::{Family, exporter},
    clock::Moment,
    self_metrics::{Scrapes, SelfMetrics},
    snapshot::AppSnapshot,
};

/// The last line of OpenMetrics.
pub(super) const OPEN_METRICS_END: &str = "# EOF\n";

/// The age at which the registry is gathered again.
const GATHERED_FOR: Duration = Duration::from_secs(1);

/// What the registry said, and when.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) text: Bytes,
    pub(super) gathered_at: Moment,
    /// The instruments' number of changes.
    changes: u64,
}

impl Own {
    /// Gathers the registry.
    pub(super) fn gather(
        metrics: &SelfMetrics,
        changes: u64,
        snapshots: &[Arc<AppSnapshot>],
        format: Format,
        now: &Moment,
    ) -> Self {
        let mut families = metrics.gather();
        add_constant_labels(&mut families, snapshots);
        Self {
            text: encode_families(&families, format).into(),
            gathered_at: *now,
            changes,
        }
    }

    /// Whether it may still be shown.
    pub(super) fn is_right(&self, changes: u64, now: &Moment) -> bool {
        self.changes == changes && is_recent(&self.gathered_at, now)
    }
}

/// Whether what was gathered then may still be shown.
pub(super) fn is_recent(gathered_at: &Moment, now: &Moment) -> bool {
    now.since(gathered_at) < GATHERED_FOR
}

/// Gives the exporter's own series about an application that application's constant labels.
fn add_constant_labels(families: &mut [MetricFamily], snapshots: &[Arc<AppSnapshot>]) {
    let mut labelled: Option<HashMap<&str, &AppSnapshot>> = None;
    for metric in families.iter_mut().flat_map(MetricFamily::mut_metric) {
        let app = metric.get_label().iter().find(|pair| pair.name() == "app");
        let Some(app) = app else { continue };
        let labelled = labelled.get_or_insert_with(|| {
            let apps = snapshots
                .iter()
                .map(|snapshot| (&*snapshot.app, &**snapshot));
            apps.collect()
        });
        if let Some(snapshot) = labelled.get(app.value()) {
            let constant = snapshot
                .labels
                .iter()
                .map(|(name, value)| label(name, value));
            let mut labels = metric.take_label();
            labels.extend(constant);
            metric.set_label(labels);
        }
    }
}

/// What is counted about scrapes, as text; and in OpenMetrics, the end.
#[derive(Debug)]
pub(super) struct ScrapeText {
    format: Format,
    duration_head: String,
    count_head: String,
}

impl ScrapeText {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            duration_head: head(&exporter::SCRAPE_DURATION, format),
            count_head: head(&exporter::SCRAPES, format),
        }
    }

    /// The end of an exposition; without anything about scrapes where that is not to be shown.
    pub(super) fn write(&self, scrapes: Option<&Scrapes>) -> String {
        let mut out = String::with_capacity(2048);
        if let Some(scrapes) = scrapes {
            out.push_str(&self.duration_head);
            self.histogram(&mut out, &exporter::SCRAPE_DURATION, &scrapes.duration);
            out.push_str(&self.count_head);
            sample(&mut out, [exporter::SCRAPES.name, " "], |out| {
                number::push_count(out, scrapes.count);
            });
        }
        if self.format == Format::OpenMetrics {
            out.push_str(OPEN_METRICS_END);
        }
        out
    }

    fn histogram(&self, out: &mut String, family: &Family, histogram: &Histogram) {
        let count = histogram.get_sample_count();
        for bucket in histogram.get_bucket() {
            let bound = self.format.bound(bucket.upper_bound());
            let labels = [family.name, "_bucket{le=\"", &bound, "\"} "];
            sample(out, labels, |out| {
                number::push_count(out, bucket.cumulative_count());
            });
        }
        sample(out, [family.name, "_bucket{le=\"+Inf\"} "], |out| {
            number::push_count(out, count);
        });
        let sum = histogram.get_sample_sum();
        sample(out, [family.name, "_sum "], |out| {
            number::push_value(out, sum);
        });
        sample(out, [family.name, "_count "], |out| {
            number::push_count(out, count);
        });
    }
}

fn sample<const N: usize>(out: &mut String, name: [&str; N], value: impl FnOnce(&mut String)) {
    for part in name {
        out.push_str(part);
    }
    value(out);
    out.push('\n');
}
