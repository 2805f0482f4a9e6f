//! An application about which everything is known.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{civil::date, tz::TimeZone};
use netease_meeting_exporter::{
    clock::Moment,
    exposition::{Format, Snapshots, encode, families},
    snapshot::{
        AppSnapshot, Attendances, CollectorName, CollectorState, Corrections, Daily, Figures,
        Finished, Histogram, ListSums, Listed, ListedDay, Reading, Realtime, Run, Stays, Totals,
        Withheld,
    },
};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A moment at that wall-clock time; the monotonic clock began on 2020-12-17 in Shanghai.
pub(crate) fn moment(wall: &str) -> Moment {
    let wall: jiff::Timestamp = wall.parse().unwrap();
    let start: jiff::Timestamp = "2020-12-17T00:00:00+08:00".parse().unwrap();
    let monotonic = Duration::try_from(wall.duration_since(start)).unwrap_or_default();
    Moment { wall, monotonic }
}

/// When everything in the fixture was read: 10 in the morning of 2020-12-17 in Shanghai.
pub(crate) fn read_at() -> Moment {
    moment("2020-12-17T10:00:00+08:00")
}

/// An application of which nothing is known yet.
pub(crate) fn unknown(app: &str) -> AppSnapshot {
    AppSnapshot {
        app: app.into(),
        labels: Arc::default(),
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        windows: [2, 7].into(),
        collectors: vec![
            waiting(CollectorName::Realtime, Duration::from_secs(15)),
            waiting(CollectorName::Daily, 5 * MINUTE),
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

fn waiting(name: CollectorName, interval: Duration) -> CollectorState {
    CollectorState {
        name,
        interval,
        stale_after: interval * 4,
        last_run: None,
        last_success: None,
    }
}

/// An application of which everything is known. Its realtime figures are shown for a minute, all
/// others for half an hour.
pub(crate) fn known(app: &str) -> AppSnapshot {
    let mut snapshot = unknown(app);
    for collector in &mut snapshot.collectors {
        let duration = Duration::from_millis(32);
        collector.last_run = Some(Run {
            started: read_at(),
            duration,
            error: None,
        });
        collector.last_success = Some(read_at());
    }
    snapshot.realtime = Some(reading(
        Realtime {
            meetings: 3,
            participants: 17,
        },
        MINUTE,
    ));
    snapshot.daily = Some(reading(daily(), 30 * MINUTE));
    snapshot.totals = Some(Totals {
        since: date(2020, 12, 1),
        meetings: 640,
        duration_ms: 5_790_001,
        participants: 1200,
        corrections: Corrections {
            meetings: 0,
            duration: 2,
            participants: 1,
        },
    });
    snapshot.finished = Some(Arc::new(finished()));
    snapshot.listed = Some(reading(listed(), 30 * MINUTE));
    snapshot.attendances = Some(Arc::new(attendances()));
    snapshot
}

fn reading<T>(value: T, stale_after: Duration) -> Reading<T> {
    Reading {
        value,
        read_at: read_at(),
        stale_after,
    }
}

/// The vendor's sample: 2020-12-16 and 2020-12-17.
fn daily() -> Daily {
    let figures = |meetings, duration_ms, participants, peak_participants| Figures {
        meetings,
        duration_ms,
        participants,
        peak_participants,
    };
    Daily {
        days: BTreeMap::from([
            (date(2020, 12, 16), figures(6, 279_000_500, 7, 4)),
            (date(2020, 12, 17), figures(58, 300_000_000, 57, 3)),
        ]),
    }
}

fn finished() -> Finished {
    let histogram = |bounds: &[f64], counts: &[u64], sum_milli| Histogram {
        bounds: bounds.into(),
        counts: counts.to_vec(),
        sum_milli,
    };
    Finished {
        meetings: BTreeMap::from([
            (("cancelled", "scheduled"), 0),
            (("ended", "instant"), 4),
            (("ended", "scheduled"), 2),
        ]),
        duration: histogram(&[60.0, 1800.0], &[2, 3, 1], 5_791_500),
        participants: histogram(&[2.0, 5.0], &[3, 2, 1], 31_000),
        start_delay: histogram(&[0.5, 300.0], &[1, 1, 0], 61_000),
        overrun: histogram(&[300.0], &[0, 0], 0),
    }
}

fn listed() -> Listed {
    let meetings = BTreeMap::from([("cancelled", 1), ("ended", 5), ("recycled", 0)]);
    Listed {
        days: BTreeMap::from([(date(2020, 12, 16), ListedDay { hosts: 3, meetings })]),
        sums: Some(ListSums {
            day: date(2020, 12, 16),
            meetings: 0,
            duration_ms: 223_200_400,
            participants: 0,
        }),
    }
}

fn attendances() -> Attendances {
    let stays = Stays {
        // Two were counted under other bounds.
        count: 7,
        length: Histogram {
            bounds: [60.0].into(),
            counts: vec![1, 4],
            sum_milli: 4_000_250,
        },
    };
    let none = Stays {
        count: 0,
        length: Histogram {
            counts: vec![0, 0],
            sum_milli: 0,
            ..stays.length.clone()
        },
    };
    let peak = Histogram {
        bounds: [2.0, 5.0].into(),
        counts: vec![3, 2, 1],
        sum_milli: 25_000,
    };
    Attendances {
        stays: BTreeMap::from([("ios", none), ("web", stays)]),
        peak_participants: peak,
        pending: 2,
        skipped: BTreeMap::from([("gone", 1)]),
    }
}

/// Snapshots that stay as they are.
#[derive(Debug)]
pub(crate) struct Fixed(pub(crate) Vec<Arc<AppSnapshot>>);

impl Fixed {
    pub(crate) fn new(snapshots: impl IntoIterator<Item = AppSnapshot>) -> Arc<Self> {
        Arc::new(Self(snapshots.into_iter().map(Arc::new).collect()))
    }
}

impl Snapshots for Fixed {
    fn all(&self) -> Vec<Arc<AppSnapshot>> {
        self.0.clone()
    }

    fn changes(&self) -> u64 {
        0
    }
}

/// The sample lines of one application in the text format.
pub(crate) fn samples(snapshot: AppSnapshot, now: &Moment) -> String {
    let text = encode(&families(&[Arc::new(snapshot)], now), Format::Text);
    lines(&text, |line| !line.starts_with('#'))
}

/// The lines that are wanted, without the namespace to keep them short.
pub(crate) fn lines(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let short = text.replace("netease_meeting_", "");
    short
        .lines()
        .filter(|line| wanted(line))
        .collect::<Vec<_>>()
        .join("\n")
}
