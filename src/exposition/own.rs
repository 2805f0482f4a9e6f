//! The exporter's own instruments as text.
//!
//! Those of the registry are gathered when an attempt at a call ended, else at most once a second:
//! reading the process's figures alone costs more than sending a whole exposition. What is counted
//! about scrapes is written for every scrape.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use prometheus::proto::MetricFamily;

use super::{Format, encode::encode_families, families::label, number, text::head};
use crate::{
    catalogue::exporter,
    clock::Moment,
    self_metrics::{SCRAPE_BOUNDS, Scrapes, SelfMetrics},
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

/// What is counted about scrapes, as text; and in OpenMetrics, the end. All but the numbers is
/// written once.
#[derive(Debug)]
pub(super) struct ScrapeText {
    /// What stands before the count of each bucket.
    buckets: [String; SCRAPE_BOUNDS.len() + 1],
    sum: String,
    count: String,
    scrapes: String,
    end: &'static str,
}

impl ScrapeText {
    pub(super) fn new(format: Format) -> Self {
        let name = exporter::SCRAPE_DURATION.name;
        let mut above = head(&exporter::SCRAPE_DURATION, format);
        let mut bounds = SCRAPE_BOUNDS.iter().map(|bound| format.bound(*bound));
        let buckets = std::array::from_fn(|_| {
            let bound = bounds.next().unwrap_or_else(|| "+Inf".to_owned());
            format!(
                "{}{name}_bucket{{le=\"{bound}\"}} ",
                std::mem::take(&mut above)
            )
        });
        Self {
            buckets,
            sum: format!("{name}_sum "),
            count: format!("{name}_count "),
            scrapes: format!(
                "{}{} ",
                head(&exporter::SCRAPES, format),
                exporter::SCRAPES.name
            ),
            end: match format {
                Format::Text => "",
                Format::OpenMetrics => OPEN_METRICS_END,
            },
        }
    }

    /// The end of an exposition; without anything about scrapes where that is not to be shown.
    pub(super) fn write(&self, scrapes: Option<&Scrapes>) -> String {
        let mut out = String::new();
        if let Some(scrapes) = scrapes {
            out.reserve(2048);
            for (before, count) in self.buckets.iter().zip(scrapes.within) {
                line(&mut out, before, |out| number::push_count(out, count));
            }
            line(&mut out, &self.sum, |out| {
                number::push_value(out, scrapes.seconds);
            });
            for before in [&self.count, &self.scrapes] {
                line(&mut out, before, |out| {
                    number::push_count(out, scrapes.count());
                });
            }
        }
        out.push_str(self.end);
        out
    }
}

fn line(out: &mut String, before: &str, value: impl FnOnce(&mut String)) {
    out.push_str(before);
    value(out);
    out.push('\n');
}
