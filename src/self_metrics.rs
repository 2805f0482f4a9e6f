//! The exporter's own instruments: what it does, as opposed to what the vendor says.

#[cfg(target_os = "linux")]
mod process;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use prometheus::{
    CounterVec, Error, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGaugeVec, Opts, Registry,
    core::{Collector, MetricVec, MetricVecBuilder},
    proto::MetricFamily,
};

use crate::{
    api::{Attempt, Endpoint, Observer},
    catalogue::{Family, exporter},
    shard::Shard,
};

/// Seconds; from an answer of a server nearby to one that took a generous time limit.
const API_BUCKETS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds; a scrape is answered from memory.
const SCRAPE_BUCKETS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/// Every instrument, and the registry that holds them.
#[derive(Debug)]
pub struct SelfMetrics {
    registry: Registry,
    api_requests: IntCounterVec,
    api_request_duration: HistogramVec,
    api_server_duration: HistogramVec,
    api_retries: IntCounterVec,
    api_throttled: CounterVec,
    api_clock_skew: GaugeVec,
    inconsistent_answers: IntCounterVec,
    scrapes: IntCounter,
    scrape_duration: Histogram,
    // Without labels, and vectors only because those show nothing until they are first set.
    config_loaded: IntGaugeVec,
    config_loaded_at: GaugeVec,
    state_ok: IntGaugeVec,
    shard_index: IntGaugeVec,
    shards: IntGaugeVec,
}

impl SelfMetrics {
    /// Instruments in a registry of their own, with the process metrics where the system has them.
    ///
    /// # Errors
    /// When the registry refuses an instrument: a defect in the catalogue.
    pub fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let register = Register(&registry);
        register.build_info()?;
        #[cfg(target_os = "linux")]
        registry.register(Box::new(process::ProcessMetrics::new()?))?;
        Ok(Self {
            api_requests: register.counters(&exporter::API_REQUESTS)?,
            api_request_duration: register.histograms(&exporter::API_REQUEST_DURATION)?,
            api_server_duration: register.histograms(&exporter::API_SERVER_DURATION)?,
            api_retries: register.counters(&exporter::API_RETRIES)?,
            api_throttled: register.instrument(CounterVec::new(
                options(&exporter::API_THROTTLED),
                exporter::API_THROTTLED.labels,
            )?)?,
            api_clock_skew: register.gauges(&exporter::API_CLOCK_SKEW)?,
            inconsistent_answers: register.counters(&exporter::INCONSISTENT_ANSWERS)?,
            scrapes: register.instrument(IntCounter::with_opts(options(&exporter::SCRAPES))?)?,
            scrape_duration: register.instrument(Histogram::with_opts(
                HistogramOpts::from(options(&exporter::SCRAPE_DURATION))
                    .buckets(SCRAPE_BUCKETS.to_vec()),
            )?)?,
            config_loaded: register.flags(&exporter::CONFIG_LAST_RELOAD_SUCCESSFUL)?,
            config_loaded_at: register.gauges(&exporter::CONFIG_LAST_RELOAD_SUCCESS)?,
            state_ok: register.flags(&exporter::STATE_OK)?,
            shard_index: register.flags(&exporter::SHARD_INDEX)?,
            shards: register.flags(&exporter::SHARDS)?,
            registry,
        })
    }

    /// Every family that has something to show, sorted by name.
    #[must_use]
    pub fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }

    /// Shows an application's known series at 0 before anything happened.
    pub fn register_app(&self, app: &str, endpoints: &[Endpoint]) {
        for endpoint in endpoints.iter().map(|endpoint| endpoint.as_str()) {
            self.api_requests.with_label_values(&[app, endpoint, "200"]);
            self.api_retries.with_label_values(&[app, endpoint]);
            self.api_request_duration.with_label_values(&[endpoint]);
            self.api_server_duration.with_label_values(&[endpoint]);
        }
        self.api_throttled.with_label_values(&[app]);
        self.inconsistent_answers.with_label_values(&[app]);
    }

    /// Removes an application's series; to be called after its last call ended.
    pub fn forget_app(&self, app: &str) {
        forget(&self.api_requests, app);
        forget(&self.api_retries, app);
        forget(&self.api_throttled, app);
        forget(&self.api_clock_skew, app);
        forget(&self.inconsistent_answers, app);
    }

    /// A daily answer's sums were not the sums of its days.
    pub fn inconsistent_answer(&self, app: &str) {
        self.inconsistent_answers.with_label_values(&[app]).inc();
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
    }

    /// The configuration could not be loaded; the earlier one stays in use.
    pub fn config_rejected(&self) {
        self.config_loaded.with_label_values::<&str>(&[]).set(0);
    }

    /// This process has that shard of the applications.
    pub fn sharded(&self, shard: Shard) {
        let set = |gauge: &IntGaugeVec, value| {
            gauge.with_label_values::<&str>(&[]).set(i64::from(value));
        };
        set(&self.shard_index, shard.index());
        set(&self.shards, shard.count());
    }

    /// The totals were written to where they are kept, or could not be.
    pub fn state_written(&self, ok: bool) {
        self.state_ok
            .with_label_values::<&str>(&[])
            .set(i64::from(ok));
    }
}

impl Observer for SelfMetrics {
    fn attempt(&self, attempt: &Attempt<'_>) {
        let endpoint = attempt.endpoint.as_str();
        self.api_requests
            .with_label_values(&[attempt.app, endpoint, attempt.code])
            .inc();
        if attempt.is_retry {
            self.api_retries
                .with_label_values(&[attempt.app, endpoint])
                .inc();
        }
        self.api_request_duration
            .with_label_values(&[endpoint])
            .observe(attempt.duration.as_secs_f64());
        if let Some(took) = attempt.server_duration {
            self.api_server_duration
                .with_label_values(&[endpoint])
                .observe(took.as_secs_f64());
        }
        if let Some(skew) = attempt.clock_skew {
            self.api_clock_skew
                .with_label_values(&[attempt.app])
                .set(skew.as_secs_f64());
        }
    }

    fn throttled(&self, app: &str, waited: Duration) {
        self.api_throttled
            .with_label_values(&[app])
            .inc_by(waited.as_secs_f64());
    }
}

/// Makes instruments as the catalogue has them, and registers them.
struct Register<'a>(&'a Registry);

impl Register<'_> {
    fn instrument<C: Collector + Clone + 'static>(&self, instrument: C) -> Result<C, Error> {
        self.0.register(Box::new(instrument.clone()))?;
        Ok(instrument)
    }

    fn counters(&self, family: &Family) -> Result<IntCounterVec, Error> {
        self.instrument(IntCounterVec::new(options(family), family.labels)?)
    }

    fn gauges(&self, family: &Family) -> Result<GaugeVec, Error> {
        self.instrument(GaugeVec::new(options(family), family.labels)?)
    }

    fn flags(&self, family: &Family) -> Result<IntGaugeVec, Error> {
        self.instrument(IntGaugeVec::new(options(family), family.labels)?)
    }

    fn histograms(&self, family: &Family) -> Result<HistogramVec, Error> {
        let options = HistogramOpts::from(options(family)).buckets(API_BUCKETS.to_vec());
        self.instrument(HistogramVec::new(options, family.labels)?)
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

/// Removes every series whose `app` label has that value.
fn forget<T: MetricVecBuilder>(vector: &MetricVec<T>, app: &str) {
    for metric in vector.collect().iter().flat_map(MetricFamily::get_metric) {
        let labels: HashMap<&str, &str> = metric
            .get_label()
            .iter()
            .map(|pair| (pair.name(), pair.value()))
            .collect();
        if labels.get("app") == Some(&app) {
            // An error says that it is gone already, which is what is wanted.
            drop(vector.remove(&labels));
        }
    }
}
