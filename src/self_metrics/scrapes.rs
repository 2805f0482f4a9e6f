//! What is counted about scrapes.
//!
//! Not instruments of the registry: they are counted and read for every scrape, and a registry's
//! histogram cannot be read without building a copy of all that describes it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use prometheus::proto::{Bucket, Counter, Histogram, Metric, MetricFamily, MetricType};

use crate::catalogue::exporter;

/// Upper bounds of the buckets, in seconds; a scrape is answered from memory.
pub const SCRAPE_BOUNDS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/// How many scrapes took how long; one bucket more than there are bounds.
#[derive(Debug, Default)]
pub(super) struct ScrapeCounters {
    buckets: [AtomicU64; SCRAPE_BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scrapes {
    /// Scrapes that took no longer than each of [`SCRAPE_BOUNDS`], and all of them.
    pub within: [u64; SCRAPE_BOUNDS.len() + 1],
    /// How long all of them took, in seconds.
    pub seconds: f64,
}

impl ScrapeCounters {
    pub(super) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = SCRAPE_BOUNDS
            .iter()
            .filter(|bound| **bound < seconds)
            .count();
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(super) fn load(&self) -> Scrapes {
        let mut so_far = 0;
        Scrapes {
            within: self.buckets.each_ref().map(|bucket| {
                so_far += bucket.load(Ordering::Relaxed);
                so_far
            }),
            seconds: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}

impl Scrapes {
    /// How many scrapes there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.within[SCRAPE_BOUNDS.len()]
    }

    /// The same as families.
    pub(super) fn families(&self) -> [MetricFamily; 2] {
        let buckets = SCRAPE_BOUNDS.iter().zip(self.within).map(|(bound, count)| {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(count);
            bucket
        });
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(self.count());
        histogram.set_sample_sum(self.seconds);
        let mut durations = Metric::default();
        durations.set_histogram(histogram);
        let mut counter = Counter::default();
        counter.set_value(self.count() as f64);
        let mut count = Metric::default();
        count.set_counter(counter);
        [
            (&exporter::SCRAPE_DURATION, MetricType::HISTOGRAM, durations),
            (&exporter::SCRAPES, MetricType::COUNTER, count),
        ]
        .map(|(family, kind, metric)| {
            let mut shown = MetricFamily::default();
            shown.set_name(family.name.to_owned());
            shown.set_help(family.help.to_owned());
            shown.set_field_type(kind);
            shown.set_metric(vec![metric]);
            shown
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_is_in_every_bucket_from_its_own_on() {
        let counters = ScrapeCounters::default();
        for micros in [0, 500, 501, 100_000, 100_001, 9_000_000] {
            counters.observe(Duration::from_micros(micros));
        }
        let scrapes = counters.load();
        assert_eq!(scrapes.within, [2, 3, 3, 3, 3, 3, 4, 5, 5, 6]);
        assert_eq!(scrapes.count(), 6);
        assert!((scrapes.seconds - 9.201_002).abs() < 1e-9);
    }
}
