//! The exporter's own instruments: what it does, as opposed to what the vendor says.

mod apps;
#[cfg(target_os = "linux")]
mod process;
mod refusal;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use prometheus::{
    Error, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, core::Collector, proto::MetricFamily,
};

pub use self::{
    apps::{AppCounters, AppCounts},
    refusal::Refusal,
};
use crate::{
    api::{Attempt, Endpoint, Observer},
    catalogue::{Family, exporter},
    shard::Shard,
};

/// Seconds; from an answer of a server nearby to one that took a generous time limit.
const API_BUCKETS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds; from a timer's own resolution to twice the default interval of daily figures.
const LAG_BUCKETS: [f64; 11] = [
    0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 300.0, 600.0,
];
/// Seconds; a scrape is answered from memory.
const SCRAPE_BUCKETS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/// Every instrument, the registry that holds them, and what is counted for each application.
#[derive(Debug)]
pub struct SelfMetrics {
    registry: Registry,
    apps: apps::Apps,
    /// How often something changed that the next scrape is to show.
    changes: AtomicU64,
    api_request_duration: HistogramVec,
    api_server_duration: HistogramVec,
    exposition_bytes: IntGauge,
    scrapes: IntCounter,
    scrape_duration: Histogram,
    // Without labels, and vectors only because those show nothing until they are first set.
    config_loaded: IntGaugeVec,
    config_loaded_at: GaugeVec,
    web_config_loaded: IntGaugeVec,
    web_config_loaded_at: GaugeVec,
    web_refusals: IntCounterVec,
    state_ok: IntGaugeVec,
    shard_index: IntGaugeVec,
    shards: IntGaugeVec,
    schedule_lag: HistogramVec,
}

impl SelfMetrics {
    /// Instruments in a registry of their own, with the process metrics where the system has them.
    ///
    /// # Errors
    /// When the registry refuses an instrument: a defect in the catalogue.
    pub fn new() -> Result<Self, Error> {
        Self::showing(true)
    }

    /// The same; `itself` says whether the process and the scrapes it answers are shown.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn showing(itself: bool) -> Result<Self, Error> {
        let registry = Registry::new();
        let register = Register(&registry);
        register.build_info()?;
        let scrapes = IntCounter::with_opts(options(&exporter::SCRAPES))?;
        let scrape_duration = options(&exporter::SCRAPE_DURATION);
        let scrape_duration = HistogramOpts::from(scrape_duration).buckets(SCRAPE_BUCKETS.into());
        let scrape_duration = Histogram::with_opts(scrape_duration)?;
        if itself {
            register.instrument(scrapes.clone())?;
            register.instrument(scrape_duration.clone())?;
            #[cfg(target_os = "linux")]
            registry.register(Box::new(process::ProcessMetrics::new()?))?;
        }
        Ok(Self {
            apps: apps::Apps::default(),
            changes: AtomicU64::new(0),
            api_request_duration: register
                .histograms(&exporter::API_REQUEST_DURATION, &API_BUCKETS)?,
            api_server_duration: register
                .histograms(&exporter::API_SERVER_DURATION, &API_BUCKETS)?,
            exposition_bytes: register
                .instrument(IntGauge::with_opts(options(&exporter::EXPOSITION_BYTES))?)?,
            scrapes,
            scrape_duration,
            config_loaded: register.flags(&exporter::CONFIG_LAST_RELOAD_SUCCESSFUL)?,
            config_loaded_at: register.gauges(&exporter::CONFIG_LAST_RELOAD_SUCCESS)?,
            web_config_loaded: register.flags(&exporter::WEB_CONFIG_LAST_RELOAD_SUCCESSFUL)?,
            web_config_loaded_at: register.gauges(&exporter::WEB_CONFIG_LAST_RELOAD_SUCCESS)?,
            web_refusals: register.refusals()?,
            state_ok: register.flags(&exporter::STATE_OK)?,
            shard_index: register.flags(&exporter::SHARD_INDEX)?,
            shards: register.flags(&exporter::SHARDS)?,
            schedule_lag: register.histograms(&exporter::SCHEDULE_LAG, &LAG_BUCKETS)?,
            registry,
        })
    }

    /// Every family of the registry that has something to show, sorted by name: all but what is
    /// counted for each application.
    #[must_use]
    pub fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }

    /// What is counted for an application, if anything is.
    #[must_use]
    pub fn app(&self, app: &str) -> Option<Arc<AppCounters>> {
        self.apps.get(app)
    }

    /// A number that grows whenever [`app`](Self::app) may find other counters than before.
    #[must_use]
    pub fn comings_and_goings(&self) -> u64 {
        self.apps.comings_and_goings()
    }

    /// A number that grows with every attempt at a call, with every application that comes or goes
    /// and with every reading of the configuration or the web configuration. Read it first: what is
    /// read afterwards is at least as new as the number.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Shows an application's known series at 0 before anything happened.
    pub fn register_app(&self, app: &str, endpoints: &[Endpoint]) {
        for endpoint in endpoints.iter().map(|endpoint| endpoint.as_str()) {
            self.api_request_duration.with_label_values(&[endpoint]);
            self.api_server_duration.with_label_values(&[endpoint]);
        }
        self.apps.register(app, endpoints);
        self.changed();
    }

    /// Removes an application's series; to be called after its last call ended.
    pub fn forget_app(&self, app: &str) {
        self.apps.forget(app);
        self.changed();
    }

    /// A daily answer's sums were not the sums of its days.
    pub fn inconsistent_answer(&self, app: &str) {
        self.apps.inconsistent_answer(app);
        self.changed();
    }

    /// Expositions that are kept ready take that many bytes.
    pub fn exposition_takes(&self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.exposition_bytes.set(bytes);
    }

    /// A scrape was answered, and took that long.
    pub fn scraped(&self, took: Duration) {
        self.scrapes.inc();
        self.scrape_duration.observe(took.as_secs_f64());
    }

    /// The configuration was loaded and is in use.
    pub fn config_loaded(&self, at: Timestamp) {
        self.config_loaded.with_label_values::<&str>(&[]).set(1);
        self.config_loaded_at
            .with_label_values::<&str>(&[])
            .set(at.as_millisecond() as f64 / 1000.0);
        self.changed();
    }

    /// The configuration could not be loaded; the earlier one stays in use.
    pub fn config_rejected(&self) {
        self.config_loaded.with_label_values::<&str>(&[]).set(0);
        self.changed();
    }

    /// A collector's run began that much after its place in the timetable.
    pub fn run_began(&self, collector: &str, late: Duration) {
        self.schedule_lag
            .with_label_values(&[collector])
            .observe(late.as_secs_f64());
    }

    /// This process has that shard of the applications.
    pub fn sharded(&self, shard: Shard) {
        let set = |gauge: &IntGaugeVec, value| {
            gauge.with_label_values::<&str>(&[]).set(i64::from(value));
        };
        set(&self.shard_index, shard.index());
        set(&self.shards, shard.count());
    }

    /// The web configuration file was loaded and is in use.
    pub fn web_config_loaded(&self, at: Timestamp) {
        self.web_config_loaded.with_label_values::<&str>(&[]).set(1);
        self.web_config_loaded_at
            .with_label_values::<&str>(&[])
            .set(at.as_millisecond() as f64 / 1000.0);
        self.changed();
    }

    /// The web configuration file could not be loaded; the earlier one stays in use.
    pub fn web_config_rejected(&self) {
        self.web_config_loaded.with_label_values::<&str>(&[]).set(0);
        self.changed();
    }

    /// The web server refused a request or a connection.
    pub fn web_refused(&self, why: Refusal) {
        self.web_refusals.with_label_values(&[why.as_str()]).inc();
    }

    /// The totals were written to where they are kept, or could not be.
    pub fn state_written(&self, ok: bool) {
        self.state_ok
            .with_label_values::<&str>(&[])
            .set(i64::from(ok));
    }
}

impl SelfMetrics {
    /// To be called after what changed can be read.
    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

impl Observer for SelfMetrics {
    fn attempt(&self, attempt: &Attempt<'_>) {
        let endpoint = attempt.endpoint.as_str();
        self.api_request_duration
            .with_label_values(&[endpoint])
            .observe(attempt.duration.as_secs_f64());
        if let Some(took) = attempt.server_duration {
            self.api_server_duration
                .with_label_values(&[endpoint])
                .observe(took.as_secs_f64());
        }
        self.apps.attempt(attempt);
        self.changed();
    }

    fn throttled(&self, app: &str, waited: Duration) {
        self.apps.throttled(app, waited);
        self.changed();
    }
}

/// Makes instruments as the catalogue has them, and registers them.
struct Register<'a>(&'a Registry);

impl Register<'_> {
    fn instrument<C: Collector + Clone + 'static>(&self, instrument: C) -> Result<C, Error> {
        self.0.register(Box::new(instrument.clone()))?;
        Ok(instrument)
    }

    fn gauges(&self, family: &Family) -> Result<GaugeVec, Error> {
        self.instrument(GaugeVec::new(options(family), family.labels)?)
    }

    fn flags(&self, family: &Family) -> Result<IntGaugeVec, Error> {
        self.instrument(IntGaugeVec::new(options(family), family.labels)?)
    }

    fn histograms(&self, family: &Family, bounds: &[f64]) -> Result<HistogramVec, Error> {
        let options = HistogramOpts::from(options(family)).buckets(bounds.to_vec());
        self.instrument(HistogramVec::new(options, family.labels)?)
    }

    /// With every reason at 0.
    fn refusals(&self) -> Result<IntCounterVec, Error> {
        let family = &exporter::WEB_REFUSALS;
        let counters = IntCounterVec::new(options(family), family.labels)?;
        let counters = self.instrument(counters)?;
        for why in Refusal::ALL {
            counters.with_label_values(&[why.as_str()]);
        }
        Ok(counters)
    }

    fn build_info(&self) -> Result<(), Error> {
        let values = [
            env!("CARGO_PKG_VERSION"),
            env!("BUILD_REVISION"),
            env!("BUILD_RUSTVERSION"),
        ];
        self.flags(&exporter::BUILD_INFO)?
            .with_label_values(&values)
            .set(1);
        Ok(())
    }
}

fn options(family: &Family) -> Opts {
    Opts::new(family.name, family.help)
}
