//! What the single steps of a poll and of a scrape cost: signing, reading an answer, counting, writing.
//!
//! The answers are the vendor's own samples, as the fuzz targets have them. What a scrape costs once it
//! travels is measured by `load.py`.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement stops where something is wrong"
)]

use std::{collections::BTreeMap, hint::black_box, sync::Arc, time::Duration};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use netease_meeting_exporter::{
    api::{self, Endpoint, Meeting, MeetingUniqueId, fuzzing},
    clock::{Clock as _, ManualClock},
    config::{FinalStatus, Histograms},
    exposition::{Encoding, Exposition, Format, Selection, encode, families},
    ledger::{AppOptions, Ledger},
    self_metrics::SelfMetrics,
    snapshot::{
        AppSnapshot, Board, CollectorName, CollectorState, Daily, Figures, Finished, Histogram,
        Reading, Realtime, Run, SnapshotCell, Totals, Withheld,
    },
};

criterion_group!(benches, sign, read, count, write);
criterion_main!(benches);

/// 10 in the morning in Shanghai.
const NOW: &str = "2020-12-17T10:00:00+08:00";

fn sign(criterion: &mut Criterion) {
    let secret = "0123456789abcdef0123456789abcdef";
    criterion.bench_function("sign", |bencher| {
        bencher.iter(|| api::sign(black_box(secret), "12345678901234567890", "1608170400"));
    });
}

fn read(criterion: &mut Criterion) {
    let answers: [(Endpoint, &[u8]); 4] = [
        (
            Endpoint::Realtime,
            include_bytes!("../fuzz/seeds/answers/realtime"),
        ),
        (
            Endpoint::Daily,
            include_bytes!("../fuzz/seeds/answers/daily"),
        ),
        (Endpoint::List, include_bytes!("../fuzz/seeds/answers/list")),
        (
            Endpoint::Detail,
            include_bytes!("../fuzz/seeds/answers/detail"),
        ),
    ];
    let mut group = criterion.benchmark_group("read");
    for (endpoint, seed) in answers {
        // The seeds hold the fuzz target's arguments as well: some bytes before and after.
        let begin = seed.iter().position(|byte| *byte == b'{').unwrap();
        let end = seed.iter().rposition(|byte| *byte == b'}').unwrap();
        let body = &seed[begin..=end];
        fuzzing::answer(endpoint, 200, Some("application/json"), body).unwrap();
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(endpoint.as_str(), |bencher| {
            bencher.iter(|| {
                fuzzing::answer(endpoint, 200, Some("application/json"), black_box(body)).unwrap();
            });
        });
    }
}

/// A page of a hundred finished meetings, counted in memory: new ones, and ones that are known.
fn count(criterion: &mut Criterion) {
    let now: Timestamp = NOW.parse().unwrap();
    let page: Vec<_> = (0..100).map(|number| ended(number, now)).collect();
    let open = || Ledger::open(None).unwrap().app("hq", options()).unwrap();
    let mut group = criterion.benchmark_group("count");
    group.throughput(Throughput::Elements(100));
    group.bench_function("new meetings", |bencher| {
        bencher.iter_batched(
            open,
            |app| app.record_meetings(now, &page).unwrap(),
            BatchSize::SmallInput,
        );
    });
    let app = open();
    group.bench_function("known meetings", |bencher| {
        bencher.iter(|| app.record_meetings(now, black_box(&page)).unwrap());
    });
}

fn write(criterion: &mut Criterion) {
    let clock = ManualClock::at(NOW.parse().unwrap());
    let metrics = Arc::new(SelfMetrics::new().unwrap());
    let cells: Vec<_> = (0..100)
        .map(|app| SnapshotCell::new(known(app, &clock)))
        .collect();
    let board = Board::new(cells.clone());
    let exposition = Exposition::new(board.clone(), metrics, clock.clone());
    let all = Selection::default();
    let mut group = criterion.benchmark_group("write");
    let formats = [(Format::Text, "text"), (Format::OpenMetrics, "openmetrics")];
    let encodings = [(Encoding::Identity, "identity"), (Encoding::Gzip, "gzip")];
    for (format, name) in formats {
        // The plain way, which everything is held to.
        group.bench_function(format!("100 applications afresh, {name}"), |bencher| {
            bencher.iter(|| encode(&families(&board.load(), &clock.moment()), format));
        });
        for (encoding, encoded) in encodings {
            group.bench_function(
                format!("1 of 100 applications, {name}, {encoded}"),
                |bencher| {
                    bencher.iter(|| {
                        change(&cells[50]);
                        exposition.render(format, encoding, &all)
                    });
                },
            );
            group.bench_function(format!("100 applications, {name}, {encoded}"), |bencher| {
                bencher.iter(|| {
                    cells.iter().for_each(|cell| change(cell));
                    exposition.render(format, encoding, &all)
                });
            });
        }
    }
}

/// What a poll of the live figures changes.
fn change(cell: &SnapshotCell) {
    cell.update(|snapshot| {
        let realtime = snapshot.realtime.as_mut().unwrap();
        realtime.value.participants += 1;
    });
}

fn ended(number: u32, now: Timestamp) -> Meeting {
    let end = now - SignedDuration::from_mins(i64::from(number));
    Meeting {
        id: MeetingUniqueId::new(&number.to_string()).unwrap(),
        status: Some(FinalStatus::Ended),
        created: None,
        reserved_start: None,
        reserved_end: None,
        real_start: Some(end - SignedDuration::from_mins(25)),
        real_end: Some(end),
        duration: Some(Duration::from_mins(25)),
        participants: 7,
        peak_participants: 0,
        host_digest: None,
    }
}

fn options() -> AppOptions {
    AppOptions {
        since: None,
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        settle_days: 7,
        lookback: Duration::from_hours(7 * 24),
        give_up_after: None,
        histograms: Histograms {
            duration: vec![60.0, 300.0, 900.0, 1800.0, 3600.0],
            participants: vec![1.0, 2.0, 5.0, 10.0, 50.0],
            start_delay: vec![0.0, 60.0, 600.0],
            overrun: vec![0.0, 60.0, 600.0],
            attendance: vec![60.0, 600.0, 3600.0],
        },
    }
}

/// An application whose collectors have all had their first round.
fn known(app: u32, clock: &ManualClock) -> AppSnapshot {
    let now = clock.moment();
    let hour = Duration::from_hours(1);
    let state = |name| CollectorState {
        name,
        interval: Duration::from_mins(1),
        stale_after: hour,
        last_run: Some(Run {
            started: now,
            duration: Duration::from_millis(32),
            error: None,
        }),
        last_success: Some(now),
    };
    let names = [
        CollectorName::Realtime,
        CollectorName::Daily,
        CollectorName::Meetings,
    ];
    let figures = Figures {
        meetings: 58,
        duration_ms: 300_000,
        participants: 57,
        peak_participants: 3,
    };
    let today = date(2020, 12, 17);
    let days = (0..30).map(|back| (today - jiff::Span::new().days(back), figures));
    let histogram = Histogram {
        bounds: [60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0].into(),
        counts: vec![12, 40, 77, 31, 9, 2, 0],
        sum_milli: 123_456_789,
    };
    AppSnapshot {
        app: format!("application-{app}").into(),
        labels: Arc::default(),
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        windows: [7, 30].into(),
        collectors: names.map(state).into(),
        realtime: Some(Reading {
            value: Realtime {
                meetings: 3,
                participants: 17,
            },
            read_at: now,
            stale_after: hour,
        }),
        daily: Some(Reading {
            value: Daily {
                days: days.collect(),
            },
            read_at: now,
            stale_after: hour,
        }),
        totals: Some(Totals {
            since: date(2020, 1, 1),
            meetings: 6400,
            duration_ms: 57_900_010,
            participants: 12_000,
            corrections: netease_meeting_exporter::snapshot::Corrections::default(),
        }),
        finished: Some(Arc::new(Finished {
            meetings: BTreeMap::from([(("ended", "instant"), 40), (("ended", "scheduled"), 24)]),
            duration: histogram.clone(),
            participants: histogram.clone(),
            start_delay: histogram.clone(),
            overrun: histogram,
        })),
        listed: None,
        attendances: None,
        withheld: Withheld::default(),
    }
}
