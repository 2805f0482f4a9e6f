//! One run of one collector, and the record of it.

use std::{sync::Arc, time::Duration};

use tracing::Instrument as _;

use super::health::Health;
use crate::{
    cardinality::Quota,
    clock::SharedClock,
    collector::Collector,
    ledger::Ledger,
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, CollectorName, Run, SnapshotCell},
};

/// What the runs of one application's collectors are recorded in.
#[derive(Debug)]
pub struct Crank {
    app: Arc<str>,
    cell: Arc<SnapshotCell>,
    clock: SharedClock,
    metrics: Arc<SelfMetrics>,
    ledger: Ledger,
    health: Health,
    quota: Option<Quota>,
}

impl Crank {
    /// A crank that writes what is found to `cell`, and how it went to `metrics` and the log.
    #[must_use]
    pub fn new(
        app: Arc<str>,
        cell: Arc<SnapshotCell>,
        clock: SharedClock,
        metrics: Arc<SelfMetrics>,
        ledger: Ledger,
    ) -> Self {
        Self {
            app,
            cell,
            clock,
            metrics,
            ledger,
            health: Health::default(),
            quota: None,
        }
    }

    /// The same, for an application with a limit on its series.
    #[must_use]
    pub fn limited(mut self, quota: Quota) -> Self {
        self.cell
            .update(|snapshot| withhold(&self.app, &quota, snapshot));
        self.quota = Some(quota);
        self
    }

    /// The application's name.
    pub(super) fn app(&self) -> &str {
        &self.app
    }

    /// Notes how much later than its place in the timetable a run begins.
    pub(super) fn late(&self, collector: CollectorName, by: Duration) {
        self.metrics.run_began(collector.as_str(), by);
    }

    /// Runs a collector once and records how it went; whether it succeeded.
    pub(super) async fn turn(&self, collector: &mut dyn Collector) -> bool {
        let name = collector.name();
        let span =
            tracing::debug_span!("collector.run", app = &*self.app, collector = name.as_str());
        let started = self.clock.moment();
        let collected = collector.run(started).instrument(span).await;
        let ended = self.clock.moment();
        let duration = ended.monotonic.saturating_sub(started.monotonic);

        self.metrics.state_written(self.ledger.health().is_good());
        for _ in 0..collected.inconsistent_answers {
            self.metrics.inconsistent_answer(&self.app);
        }
        self.health
            .record(&self.app, name, collected.error.as_ref(), ended);

        let succeeded = collected.error.is_none();
        let error = collected.error.map(|error| Arc::from(error.to_string()));
        self.cell.update(|snapshot| {
            if let Some(update) = collected.update {
                update.apply(snapshot);
            }
            if let Some(state) = snapshot.collector_mut(name) {
                if succeeded {
                    state.last_success = Some(started);
                }
                state.last_run = Some(Run {
                    started,
                    duration,
                    error,
                });
            }
            if let Some(quota) = &self.quota {
                withhold(&self.app, quota, snapshot);
            }
        });
        let agreement = self.cell.load().consistency(&ended);
        self.health.check_units(
            &self.app,
            agreement.and_then(|agreement| agreement.duration),
        );
        succeeded
    }
}

/// Decides what is left out of the exposition, and logs when that begins and ends.
fn withhold(app: &str, quota: &Quota, snapshot: &mut AppSnapshot) {
    let (before, now) = (snapshot.withheld, quota.decide(snapshot));
    snapshot.withheld = now;
    if before.steps == 0 && now.steps > 0 {
        tracing::warn!(
            app,
            dropped = now.series,
            "too many series: optional families are left out; raise `max_series` or configure fewer \
             buckets and windows"
        );
    } else if before.steps > 0 && now.steps == 0 {
        tracing::info!(app, "all series are shown again");
    }
}
