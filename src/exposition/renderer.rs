//! The answer to a scrape.

use std::{collections::HashMap, fmt, io::Write as _, sync::Arc};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use prometheus::proto::MetricFamily;

use super::{Encoding, Format, Selection, encode, families, families::label};
use crate::{
    clock::SharedClock,
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, Board},
};

/// Where the applications' snapshots come from.
pub trait Snapshots: fmt::Debug + Send + Sync {
    /// The current snapshot of every application, in the order they are to be shown.
    fn all(&self) -> Vec<Arc<AppSnapshot>>;
}

impl Snapshots for Board {
    fn all(&self) -> Vec<Arc<AppSnapshot>> {
        self.load()
    }
}

/// Answers scrapes from memory.
#[derive(Debug)]
pub struct Exposition {
    snapshots: Arc<dyn Snapshots>,
    self_metrics: Arc<SelfMetrics>,
    clock: SharedClock,
}

impl Exposition {
    /// An exposition of those snapshots and those instruments.
    #[must_use]
    pub fn new(
        snapshots: Arc<dyn Snapshots>,
        self_metrics: Arc<SelfMetrics>,
        clock: SharedClock,
    ) -> Self {
        Self {
            snapshots,
            self_metrics,
            clock,
        }
    }

    /// The answer to one scrape, of what is selected; counted as one, after it was written.
    #[must_use]
    pub fn render(&self, format: Format, encoding: Encoding, selection: &Selection) -> Bytes {
        let begin = self.clock.moment();
        let text = encode(&self.gather(selection), format);
        let body = match encoding {
            Encoding::Identity => Bytes::from(text),
            Encoding::Gzip => gzip(text.as_bytes()),
        };
        self.self_metrics.scraped(self.clock.moment().since(&begin));
        body
    }

    /// Every family there is to show now of what is selected, sorted by name.
    #[must_use]
    pub fn gather(&self, selection: &Selection) -> Vec<MetricFamily> {
        let mut snapshots = self.snapshots.all();
        snapshots.retain(|snapshot| selection.has_app(&snapshot.app));
        let mut own = self.self_metrics.gather();
        add_constant_labels(&mut own, &snapshots);
        let mut all = families(&snapshots, &self.clock.moment());
        all.append(&mut own);
        selection.retain(&mut all);
        all.sort_by(|one, other| one.name().cmp(other.name()));
        all
    }
}

/// Gives the exporter's own series about an application that application's constant labels.
fn add_constant_labels(families: &mut [MetricFamily], snapshots: &[Arc<AppSnapshot>]) {
    let labelled: HashMap<&str, &AppSnapshot> = snapshots
        .iter()
        .filter(|snapshot| !snapshot.labels.is_empty())
        .map(|snapshot| (&*snapshot.app, &**snapshot))
        .collect();
    if labelled.is_empty() {
        return;
    }
    for metric in families.iter_mut().flat_map(MetricFamily::mut_metric) {
        let app = metric.get_label().iter().find(|pair| pair.name() == "app");
        if let Some(snapshot) = app.and_then(|pair| labelled.get(pair.value())) {
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

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    #[expect(clippy::expect_used, reason = "writing to memory cannot fail")]
    let compressed = encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("a vector takes every byte");
    Bytes::from(compressed)
}
