//! What is written of a snapshot can be read back, in both formats, and says what the snapshot says.
#![no_main]

mod reader;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arbitrary::Arbitrary;
use jiff::{Timestamp, civil::date, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::{
    clock::Moment,
    exposition::{Format, encode, families},
    snapshot::{
        AppSnapshot, CollectorName, CollectorState, Corrections, Finished, Histogram, Reading,
        Realtime, Run, Totals, Withheld,
    },
};

use crate::reader::{Samples, read};

#[derive(Debug, Arbitrary)]
struct World {
    label: String,
    meetings: u32,
    participants: u32,
    totals: Option<[u32; 3]>,
    finished: Option<([u16; 4], u32)>,
    error: Option<String>,
    age_seconds: u16,
}

fuzz_target!(|world: World| {
    let now = moment(u64::from(world.age_seconds));
    let snapshot = Arc::new(snapshot(&world));
    let families = families(&[snapshot], &now);
    let text = read(&encode(&families, Format::Text), false);
    let open_metrics = read(&encode(&families, Format::OpenMetrics), true);
    assert_eq!(text, open_metrics);
    check(&world, &text);
});

/// The figures that the world was made of, found in what was read.
fn check(world: &World, samples: &Samples) {
    let value = |name: &str| {
        let found = samples.iter().find(|((found, _), _)| found == name);
        found.map(|(_, value)| *value)
    };
    let fresh = world.age_seconds < 60;
    let live = |number: u32| fresh.then_some(f64::from(number));
    assert_eq!(
        value("netease_meeting_active_meetings"),
        live(world.meetings)
    );
    assert_eq!(
        value("netease_meeting_active_participants"),
        live(world.participants)
    );
    let total = |at: usize| world.totals.map(|totals| f64::from(totals[at]));
    assert_eq!(value("netease_meeting_meetings_total"), total(0));
    assert_eq!(
        value("netease_meeting_duration_seconds_total"),
        total(1).map(|ms| ms / 1000.0)
    );
    assert_eq!(value("netease_meeting_participants_total"), total(2));
    let finished = world.finished.as_ref();
    let count = finished.map(|(counts, _)| counts.iter().map(|count| f64::from(*count)).sum());
    assert_eq!(
        value("netease_meeting_finished_duration_seconds_count"),
        count
    );
    let sum = finished.map(|(_, milli)| f64::from(*milli) / 1000.0);
    assert_eq!(value("netease_meeting_finished_duration_seconds_sum"), sum);
    for ((_, labels), _) in samples {
        let app = labels.get("app").map(String::as_str);
        assert!(app.is_none_or(|app| app == "hq"));
        assert!(app.is_none() || labels.get("site") == Some(&world.label));
    }
}

fn moment(after_seconds: u64) -> Moment {
    let monotonic = Duration::from_secs(after_seconds);
    let start = Timestamp::from_second(1_608_170_400).expect("a moment of 2020");
    Moment {
        wall: start + monotonic,
        monotonic,
    }
}

fn snapshot(world: &World) -> AppSnapshot {
    let read_at = moment(0);
    let bounds: Arc<[f64]> = [60.0, 600.0, 3600.0].into();
    let histogram = |counts: Vec<u64>, sum_milli| Histogram {
        bounds: Arc::clone(&bounds),
        counts,
        sum_milli,
    };
    let empty = || histogram(vec![0; 4], 0);
    let since = date(2020, 12, 1);
    AppSnapshot {
        app: "hq".into(),
        labels: Arc::new(BTreeMap::from([("site".to_owned(), world.label.clone())])),
        timezone: TimeZone::fixed(jiff::tz::offset(8)),
        windows: [7].into(),
        collectors: vec![CollectorState {
            name: CollectorName::Realtime,
            interval: Duration::from_secs(15),
            stale_after: Duration::from_secs(60),
            last_run: Some(Run {
                started: read_at,
                duration: Duration::from_millis(32),
                error: world.error.as_deref().map(Into::into),
            }),
            last_success: Some(read_at),
        }],
        realtime: Some(Reading {
            value: Realtime {
                meetings: world.meetings.into(),
                participants: world.participants.into(),
            },
            read_at,
            stale_after: Duration::from_secs(60),
        }),
        daily: None,
        totals: world
            .totals
            .map(|[meetings, duration_ms, participants]| Totals {
                since,
                meetings: meetings.into(),
                duration_ms: duration_ms.into(),
                participants: participants.into(),
                corrections: Corrections::default(),
            }),
        finished: world.finished.as_ref().map(|(counts, milli)| {
            Arc::new(Finished {
                meetings: BTreeMap::from([(("ended", "instant"), 1)]),
                duration: histogram(
                    counts.iter().map(|count| u64::from(*count)).collect(),
                    (*milli).into(),
                ),
                participants: empty(),
                start_delay: empty(),
                overrun: empty(),
            })
        }),
        listed: None,
        attendances: None,
        withheld: Withheld::default(),
    }
}
