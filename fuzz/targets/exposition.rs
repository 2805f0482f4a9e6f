//! What is written of a snapshot can be read back, in both formats, and says what the snapshot says:
//! every figure of it, and no other.
#![no_main]

mod expected;
mod reader;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arbitrary::Arbitrary;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
    tz::TimeZone,
};
use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::{
    clock::Moment,
    exposition::{Format, encode, families},
    snapshot::{
        AppSnapshot, Attendances, CollectorName, CollectorState, Corrections, Daily, Figures,
        Finished, Histogram, Listed, ListedDay, Reading, Realtime, Run, Stays, Totals, Withheld,
    },
};

use crate::reader::{Samples, read};

/// Buckets of a histogram, the last without a bound, and the sum in thousandths.
#[derive(Debug, Arbitrary)]
pub struct Observed([u16; 4], u32);

#[derive(Debug, Arbitrary)]
pub struct World {
    label: String,
    live: Option<[u32; 2]>,
    /// The days up to today, the last one first.
    days: Option<[[u32; 4]; 3]>,
    totals: Option<([u32; 3], [u8; 3])>,
    finished: Option<([u16; 3], [Observed; 4])>,
    /// Hosts, and meetings of two statuses; today and yesterday.
    listed: Option<[[u16; 3]; 2]>,
    /// For two client types; then the peaks, those that wait, and those that were skipped.
    attendances: Option<([(u32, Observed); 2], Observed, u16, [u16; 2])>,
    error: Option<String>,
    age_seconds: u16,
}

const BOUNDS: [f64; 3] = [60.0, 600.5, 3600.0];
const STATUSES: [&str; 2] = ["ended", "cancelled"];
const CLIENTS: [&str; 2] = ["ios", "web"];
const SKIPPED: [&str; 2] = ["gone", "given_up"];
/// The first day counted.
const SINCE: Date = date(2020, 12, 1);
/// The day of the snapshot, in the vendor's zone.
const TODAY: Date = date(2020, 12, 17);
/// Gauges are shown for so many seconds.
const SHOWN: u16 = 60;

fuzz_target!(|world: World| {
    // No midnight comes between: what happens then has tests of its own.
    let world = World {
        age_seconds: world.age_seconds % 3600,
        ..world
    };
    let now = moment(u64::from(world.age_seconds));
    let snapshot = Arc::new(snapshot(&world));
    let families = families(&[snapshot], &now);
    let text = read(&encode(&families, Format::Text), false);
    let open_metrics = read(&encode(&families, Format::OpenMetrics), true);
    assert_eq!(text, open_metrics);
    let figures: Samples = text
        .into_iter()
        .filter(|((name, _), _)| !is_about_itself(name))
        .collect();
    assert_eq!(figures, expected::samples(&world));
});

/// How the exporter fares, as opposed to what it knows of meetings.
fn is_about_itself(name: &str) -> bool {
    let name = name.strip_prefix("netease_meeting_").unwrap_or(name);
    name == "up" || name.starts_with("collector_") || name.starts_with("exporter_")
}

fn moment(after_seconds: u64) -> Moment {
    let monotonic = Duration::from_secs(after_seconds);
    let start = Timestamp::from_second(1_608_170_400).expect("10:00 in the vendor's zone");
    Moment {
        wall: start + monotonic,
        monotonic,
    }
}

fn reading<T>(value: T) -> Reading<T> {
    Reading {
        value,
        read_at: moment(0),
        stale_after: Duration::from_secs(SHOWN.into()),
    }
}

fn histogram(Observed(counts, sum_milli): &Observed) -> Histogram {
    Histogram {
        bounds: BOUNDS.into(),
        counts: counts.iter().map(|count| u64::from(*count)).collect(),
        sum_milli: (*sum_milli).into(),
    }
}

fn snapshot(world: &World) -> AppSnapshot {
    AppSnapshot {
        app: "hq".into(),
        labels: Arc::new(BTreeMap::from([("site".to_owned(), world.label.clone())])),
        timezone: TimeZone::fixed(jiff::tz::offset(8)),
        windows: [2, 3, 4].into(),
        collectors: vec![CollectorState {
            name: CollectorName::Realtime,
            interval: Duration::from_secs(15),
            stale_after: Duration::from_secs(60),
            last_run: Some(Run {
                started: moment(0),
                duration: Duration::from_millis(32),
                error: world.error.as_deref().map(Into::into),
            }),
            last_success: Some(moment(0)),
        }],
        realtime: world.live.map(|[meetings, participants]| {
            reading(Realtime {
                meetings: meetings.into(),
                participants: participants.into(),
            })
        }),
        daily: world.days.as_ref().map(daily),
        totals: world.totals.map(totals),
        finished: world.finished.as_ref().map(finished),
        listed: world.listed.map(listed),
        attendances: world
            .attendances
            .as_ref()
            .map(|(stays, peaks, pending, skipped)| {
                let stays = CLIENTS.into_iter().zip(stays);
                let skipped = SKIPPED.into_iter().zip(skipped);
                Arc::new(Attendances {
                    stays: stays
                        .map(|(client, (count, length))| {
                            let count = (*count).into();
                            let length = histogram(length);
                            (client, Stays { count, length })
                        })
                        .collect(),
                    peak_participants: histogram(peaks),
                    pending: (*pending).into(),
                    skipped: skipped.map(|(why, count)| (why, (*count).into())).collect(),
                })
            }),
        withheld: Withheld::default(),
    }
}

fn daily(days: &[[u32; 4]; 3]) -> Reading<Daily> {
    let figures = |[meetings, duration_ms, participants, peak]: [u32; 4]| Figures {
        meetings: meetings.into(),
        duration_ms: duration_ms.into(),
        participants: participants.into(),
        peak_participants: peak.into(),
    };
    let days = (0..)
        .zip(days)
        .map(|(ago, day)| (TODAY.saturating_sub(i64::from(ago).days()), figures(*day)));
    reading(Daily {
        days: days.collect(),
    })
}

fn totals((sums, lowered): ([u32; 3], [u8; 3])) -> Totals {
    Totals {
        since: SINCE,
        meetings: sums[0].into(),
        duration_ms: sums[1].into(),
        participants: sums[2].into(),
        corrections: Corrections {
            meetings: lowered[0].into(),
            duration: lowered[1].into(),
            participants: lowered[2].into(),
        },
    }
}

fn finished((counts, observed): &([u16; 3], [Observed; 4])) -> Arc<Finished> {
    let kinds = [
        ("ended", "instant"),
        ("ended", "scheduled"),
        ("cancelled", "scheduled"),
    ];
    let counts = counts.iter().map(|count| u64::from(*count));
    let [duration, participants, start_delay, overrun] = observed.each_ref().map(histogram);
    Arc::new(Finished {
        meetings: kinds.into_iter().zip(counts).collect(),
        duration,
        participants,
        start_delay,
        overrun,
    })
}

fn listed(days: [[u16; 3]; 2]) -> Reading<Listed> {
    let day = |[hosts, ended, cancelled]: [u16; 3]| ListedDay {
        hosts: hosts.into(),
        meetings: BTreeMap::from([(STATUSES[0], ended.into()), (STATUSES[1], cancelled.into())]),
    };
    let [today, yesterday] = days.map(day);
    reading(Listed {
        days: BTreeMap::from([(TODAY, today), (TODAY.saturating_sub(1.days()), yesterday)]),
        sums: None,
    })
}
