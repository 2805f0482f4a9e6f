//! What happens to an exporter, and the check that what it tells is what would be written afresh.

use std::{collections::BTreeMap, io::Read as _, time::Duration};

use flate2::read::MultiGzDecoder;
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use proptest::prelude::*;

use super::super::*;
use crate::{
    api::{Attempt, Endpoint, Observer as _},
    catalogue,
    clock::{Clock as _, ManualClock, local_day},
    exposition::encode::encode_families,
    snapshot::{
        CollectorName, CollectorState, Daily, Figures, Finished, Histogram, Listed, ListedDay,
        Reading, Realtime, Run, SnapshotCell, Withheld,
    },
};

/// Just before midnight in Shanghai.
pub(super) const START: &str = "2020-12-17T23:50:00+08:00";

/// Something that happens to an exporter.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Realtime {
        app: usize,
        meetings: u64,
    },
    Daily {
        app: usize,
        meetings: u64,
    },
    Finished {
        app: usize,
        meetings: u64,
    },
    Failed {
        app: usize,
    },
    Attempt {
        app: usize,
        code: &'static str,
    },
    Throttled {
        app: usize,
    },
    Restarted {
        app: usize,
    },
    /// Those applications are there now, in this order.
    Configured(Vec<usize>),
    Advanced(u64),
    WallSet(i64),
    Scraped(Format, Encoding),
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let app = 0..5_usize;
    let figure = prop_oneof![0..5_u64, Just(u64::MAX)];
    let format = prop::sample::select(&[Format::Text, Format::OpenMetrics][..]);
    let encoding = prop::sample::select(&[Encoding::Identity, Encoding::Gzip][..]);
    prop_oneof![
        2 => (app.clone(), figure.clone()).prop_map(|(app, meetings)| Event::Realtime { app, meetings }),
        2 => (app.clone(), figure.clone()).prop_map(|(app, meetings)| Event::Daily { app, meetings }),
        1 => (app.clone(), figure).prop_map(|(app, meetings)| Event::Finished { app, meetings }),
        1 => app.clone().prop_map(|app| Event::Failed { app }),
        2 => (app.clone(), prop::sample::select(&["200", "timeout"][..]))
            .prop_map(|(app, code)| Event::Attempt { app, code }),
        1 => app.clone().prop_map(|app| Event::Throttled { app }),
        1 => app.clone().prop_map(|app| Event::Restarted { app }),
        1 => prop::collection::vec(app, 0..5).prop_map(Event::Configured),
        3 => prop_oneof![0..90_u64, 500..1100_u64, 0..4000_u64, 0..200_000_u64].prop_map(Event::Advanced),
        1 => (-100_000..100_000_i64).prop_map(Event::WallSet),
        8 => (format, encoding).prop_map(|(format, encoding)| Event::Scraped(format, encoding)),
    ]
}

/// An exporter to which events happen.
pub(super) struct Exporter {
    pub(super) clock: Arc<ManualClock>,
    pub(super) metrics: Arc<SelfMetrics>,
    cells: Vec<Arc<SnapshotCell>>,
    pub(super) board: Arc<Board>,
    pub(super) exposition: Exposition,
}

impl Exporter {
    /// Five applications of which nothing is known, in groups of two.
    pub(super) fn new() -> Self {
        let clock = ManualClock::at(START.parse().unwrap());
        let metrics = Arc::new(SelfMetrics::new().unwrap());
        let cells: Vec<_> = (0..5).map(|app| SnapshotCell::new(unknown(app))).collect();
        let board = Board::new(cells[..4].to_vec());
        let mut exposition = Exposition::new(board.clone(), Arc::clone(&metrics), clock.clone());
        exposition.together = 2;
        Self {
            clock,
            metrics,
            cells,
            board,
            exposition,
        }
    }

    pub(super) fn happens(&self, event: Event) {
        let now = self.clock.moment();
        match event {
            Event::Realtime { app, meetings } => self.cells[app].update(|snapshot| {
                succeeded(snapshot, CollectorName::Realtime, now);
                let value = Realtime {
                    meetings,
                    participants: 2,
                };
                snapshot.realtime = Some(reading(value, now, 50));
            }),
            Event::Daily { app, meetings } => self.cells[app].update(|snapshot| {
                succeeded(snapshot, CollectorName::Daily, now);
                let today = local_day(now.wall, &snapshot.timezone);
                snapshot.daily = Some(reading(days(today, meetings), now, 1100));
                snapshot.listed = Some(reading(listed(today, meetings), now, 1000));
            }),
            Event::Finished { app, meetings } => self.cells[app].update(|snapshot| {
                snapshot.finished = Some(Arc::new(finished(meetings)));
            }),
            Event::Failed { app } => self.cells[app].update(|snapshot| {
                let state = snapshot.collector_mut(CollectorName::Realtime).unwrap();
                let error = Some("no answer".into());
                state.last_run = Some(Run {
                    started: now,
                    duration: Duration::ZERO,
                    error,
                });
            }),
            Event::Attempt { app, code } => self.metrics.attempt(&attempt(&name(app), code)),
            Event::Throttled { app } => {
                self.metrics.throttled(&name(app), Duration::from_millis(5));
            }
            Event::Restarted { app } => {
                self.metrics.forget_app(&name(app));
                self.metrics.register_app(&name(app), &[Endpoint::Realtime]);
            }
            Event::Configured(apps) => {
                let mut apps = apps;
                let mut seen = Vec::new();
                apps.retain(|app| {
                    !seen.contains(app) && {
                        seen.push(*app);
                        true
                    }
                });
                self.board.replace(
                    apps.iter()
                        .map(|app| Arc::clone(&self.cells[*app]))
                        .collect(),
                );
            }
            Event::Advanced(seconds) => self.clock.advance(Duration::from_secs(seconds)),
            Event::WallSet(by) => {
                self.clock.set_wall(
                    now.wall
                        .saturating_add(SignedDuration::from_secs(by))
                        .unwrap(),
                );
            }
            Event::Scraped(format, encoding) => self.check(format, encoding),
        }
    }

    /// Compares a scrape with everything written afresh.
    pub(super) fn check(&self, format: Format, encoding: Encoding) {
        let all = Selection::default();
        let told = text(&self.exposition.render(format, encoding, &all), encoding);
        let again = text(&self.exposition.render(format, encoding, &all), encoding);
        let families = self.exposition.gather();
        let is_of_apps = |family: &&MetricFamily| {
            catalogue::find(family.name()).unwrap().labels.first() == Some(&"app")
        };
        let of_apps: Vec<_> = families.iter().filter(is_of_apps).cloned().collect();
        let expected = encode_families(&of_apps, format);
        assert!(
            told.starts_with(&expected),
            "told:\n{told}\nexpected:\n{expected}"
        );
        let rest = &told[expected.len()..];
        assert!(!rest.contains("app=\""), "{rest}");
        assert!(rest.contains("_exporter_build_info{"), "{rest}");
        assert_eq!(told.ends_with("# EOF\n"), format == Format::OpenMetrics);
        assert_eq!(told, again, "nothing changed, but the bytes did");
    }
}

fn name(app: usize) -> String {
    format!("app-{app}")
}

pub(super) fn unknown(app: usize) -> AppSnapshot {
    let waiting = |name, interval| CollectorState {
        name,
        interval: Duration::from_secs(interval),
        stale_after: Duration::from_secs(interval * 4),
        last_run: None,
        last_success: None,
    };
    // Two zones, one label that has to be escaped.
    let zone = ["Asia/Shanghai", "America/St_Johns"][app % 2];
    let labels = BTreeMap::from([("region".to_owned(), "a\"b".to_owned())]);
    AppSnapshot {
        app: name(app).into(),
        labels: Arc::new(if app == 1 { labels } else { BTreeMap::new() }),
        timezone: TimeZone::get(zone).unwrap(),
        windows: [2, 3].into(),
        collectors: vec![
            waiting(CollectorName::Realtime, 15),
            waiting(CollectorName::Daily, 300),
        ],
        realtime: None,
        daily: None,
        totals: None,
        finished: None,
        listed: None,
        attendances: None,
        withheld: Withheld::default(),
    }
}

fn succeeded(snapshot: &mut AppSnapshot, name: CollectorName, now: Moment) {
    let state = snapshot.collector_mut(name).unwrap();
    state.last_success = Some(now);
    let duration = Duration::from_micros(1234);
    state.last_run = Some(Run {
        started: now,
        duration,
        error: None,
    });
}

fn reading<T>(value: T, read_at: Moment, seconds: u64) -> Reading<T> {
    Reading {
        value,
        read_at,
        stale_after: Duration::from_secs(seconds),
    }
}

fn days(today: Date, meetings: u64) -> Daily {
    let figures = Figures {
        meetings,
        duration_ms: 1500,
        participants: 2,
        peak_participants: 1,
    };
    let days = [today.yesterday().unwrap(), today];
    Daily {
        days: days.map(|day| (day, figures)).into(),
    }
}

fn listed(today: Date, hosts: u64) -> Listed {
    let day = ListedDay {
        hosts,
        meetings: BTreeMap::from([("ended", 3)]),
    };
    Listed {
        days: BTreeMap::from([(today, day)]),
        sums: None,
    }
}

fn finished(meetings: u64) -> Finished {
    let bounds: Arc<[f64]> = [0.5, 2.0, 1e6].into();
    let histogram = Histogram {
        bounds,
        counts: vec![1, 0, 2, 3],
        sum_milli: 12_345,
    };
    Finished {
        meetings: BTreeMap::from([(("ended", "instant"), meetings)]),
        duration: histogram.clone(),
        participants: histogram.clone(),
        start_delay: histogram.clone(),
        overrun: histogram,
    }
}

fn attempt<'a>(app: &'a str, code: &'a str) -> Attempt<'a> {
    Attempt {
        app,
        endpoint: Endpoint::Realtime,
        code,
        is_retry: code != "200",
        duration: Duration::from_millis(43),
        server_duration: None,
        clock_skew: Some(SignedDuration::from_millis(-1500)),
    }
}

pub(super) fn text(body: &Bytes, encoding: Encoding) -> String {
    let mut text = String::new();
    match encoding {
        Encoding::Identity => (&**body).read_to_string(&mut text),
        Encoding::Gzip => MultiGzDecoder::new(&**body).read_to_string(&mut text),
    }
    .unwrap();
    text
}
