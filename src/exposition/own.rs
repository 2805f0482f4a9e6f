//! The exporter's own instruments as text.
//!
//! They are gathered when an attempt at a call ended, else at most once a second: reading the
//! process's figures alone costs more than sending a whole exposition. So the number of scrapes is
//! that of a second ago at most, and a scrape by itself changes no byte of the next.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use prometheus::proto::MetricFamily;

use super::{Format, encode::encode_families, families::label};
use crate::{clock::Moment, self_metrics::SelfMetrics, snapshot::AppSnapshot};

/// The end of an exposition.
pub(super) fn end(format: Format) -> &'static str {
    match format {
        Format::Text => "",
        Format::OpenMetrics => "# EOF\n",
    }
}

/// The age at which the registry is gathered again.
const GATHERED_FOR: Duration = Duration::from_secs(1);

/// What the registry said, up to the end of the exposition, and when.
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
            text: (encode_families(&families, format) + end(format)).into(),
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
