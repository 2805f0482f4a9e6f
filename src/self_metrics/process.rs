//! The standard process metrics, read from `/proc` when somebody asks.
//!
//! The `prometheus` crate has a collector of its own, which cuts CPU seconds to whole ones: at the
//! few milliseconds a minute that the exporter needs, `rate()` would show nothing, and then a spike.

use procfs::{
    ProcResult,
    process::{LimitValue, Process},
};
use prometheus::{
    Error, Opts,
    core::{Collector, Desc, Describer},
    proto::{Counter, Gauge, Metric, MetricFamily, MetricType},
};

use crate::catalogue::{Family, Kind, process};

/// Reads the process it is in.
#[derive(Debug)]
pub(super) struct ProcessMetrics {
    descs: Vec<Desc>,
}

impl ProcessMetrics {
    /// A collector of every family the catalogue has about the process.
    pub(super) fn new() -> Result<Self, Error> {
        let descs = Readings::default()
            .values()
            .iter()
            .map(|(family, _)| Opts::new(family.name, family.help).describe())
            .collect::<Result<_, _>>()?;
        Ok(Self { descs })
    }
}

impl Collector for ProcessMetrics {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // Where `/proc` is closed to us there is nothing to show, and nothing is shown.
        let readings = Readings::of_this_process().unwrap_or_default();
        readings
            .values()
            .into_iter()
            .filter_map(|(family, value)| Some(shown(family, value?)))
            .collect()
    }
}

/// What the kernel said; what it did not say is missing.
#[derive(Debug, Default)]
struct Readings {
    /// Seconds, to the kernel's tick of 10 ms.
    cpu: Option<f64>,
    open_fds: Option<f64>,
    /// None where there is no limit.
    max_fds: Option<f64>,
    /// Bytes.
    virtual_memory: Option<f64>,
    /// Bytes.
    resident_memory: Option<f64>,
    /// UNIX seconds, to the tick.
    start: Option<f64>,
    threads: Option<f64>,
}

impl Readings {
    fn of_this_process() -> ProcResult<Self> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        let limits = process.limits().ok();
        Ok(Self {
            cpu: Some(seconds(stat.utime + stat.stime)),
            open_fds: process.fd_count().ok().map(|count| count as f64),
            max_fds: limits.and_then(|limits| match limits.max_open_files.soft_limit {
                LimitValue::Value(most) => Some(most as f64),
                LimitValue::Unlimited => None,
            }),
            virtual_memory: Some(stat.vsize as f64),
            resident_memory: Some(stat.rss as f64 * procfs::page_size() as f64),
            start: procfs::boot_time_secs()
                .ok()
                .map(|boot| boot as f64 + seconds(stat.starttime)),
            threads: Some(stat.num_threads as f64),
        })
    }

    fn values(&self) -> [(&'static Family, Option<f64>); 7] {
        [
            (&process::CPU, self.cpu),
            (&process::OPEN_FDS, self.open_fds),
            (&process::MAX_FDS, self.max_fds),
            (&process::VIRTUAL_MEMORY, self.virtual_memory),
            (&process::RESIDENT_MEMORY, self.resident_memory),
            (&process::START_TIME, self.start),
            (&process::THREADS, self.threads),
        ]
    }
}

fn shown(family: &Family, value: f64) -> MetricFamily {
    let mut metric = Metric::default();
    let mut shown = MetricFamily::default();
    if family.kind == Kind::Counter {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
        shown.set_field_type(MetricType::COUNTER);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
        shown.set_field_type(MetricType::GAUGE);
    }
    shown.set_name(family.name.to_owned());
    shown.set_help(family.help.to_owned());
    shown.set_metric(vec![metric]);
    shown
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    fn value(family: &Family) -> f64 {
        let collected = ProcessMetrics::new().unwrap().collect();
        let found = collected.iter().find(|found| found.name() == family.name);
        let metric = &found.unwrap().get_metric()[0];
        match family.kind {
            Kind::Counter => metric.get_counter().get_value(),
            _ => metric.get_gauge().get_value(),
        }
    }

    #[test]
    fn cpu_time_is_told_to_the_tick() {
        // Busy until the counter stands between two whole seconds.
        let ticked = |seconds: f64| (seconds * 100.0).round() % 100.0 != 0.0;
        let seen = std::iter::repeat_with(|| value(&process::CPU)).find(|cpu| ticked(*cpu));
        let seen = seen.unwrap();
        assert!(
            (seen * 100.0 - (seen * 100.0).round()).abs() < 1e-6,
            "{seen}"
        );
        assert!(value(&process::CPU) >= seen);
    }

    #[test]
    fn descriptors_are_counted() {
        let held: Vec<File> = (0..50).map(|_| File::open("/dev/null").unwrap()).collect();
        let open = value(&process::OPEN_FDS);
        assert!(open >= 50.0, "{open}");
        assert!(open < value(&process::MAX_FDS));
        drop(held);
    }

    #[test]
    fn memory_is_in_bytes_and_the_start_in_the_past() {
        let (resident, whole) = (
            value(&process::RESIDENT_MEMORY),
            value(&process::VIRTUAL_MEMORY),
        );
        assert!((1e6..1e11).contains(&resident), "{resident}");
        assert!(resident < whole, "{whole}");
        assert!(value(&process::THREADS) >= 1.0);
        let now = SystemClock::new().moment().wall.as_second() as f64;
        let age = now - value(&process::START_TIME);
        assert!((-5.0..86_400.0).contains(&age), "{age}");
    }
}
