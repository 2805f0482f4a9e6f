//! What is kept ready against what is written afresh.

mod events;

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use self::events::{Event, Exporter, START, event, text, unknown};
use super::*;
use crate::{
    api::Observer as _,
    catalogue,
    clock::{Clock as _, local_day},
    exposition::in_format::KEPT_FOR,
    snapshot::SnapshotCell,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Whatever happens, in whatever order, with the clocks moved as they may be: what is kept ready is
    /// what would be written afresh, byte for byte.
    #[test]
    fn what_is_kept_is_what_would_be_written(events in prop::collection::vec(event(), 1..40)) {
        let exporter = Exporter::new();
        for event in events {
            exporter.happens(event);
        }
        exporter.check(Format::Text, Encoding::Identity);
        exporter.check(Format::OpenMetrics, Encoding::Gzip);
    }
}

/// Each of the edges at which time alone changes what is shown, one second before it and on it.
#[test]
fn what_time_makes_wrong_is_written_again() {
    // The live figures' end, a collector's, midnight in Shanghai, the list's end, the days'.
    for edge in [50, 60, 600, 1000, 1100] {
        let exporter = Exporter::new();
        let (app, meetings) = (0, 1);
        exporter.happens(Event::Realtime { app, meetings });
        exporter.happens(Event::Daily { app, meetings });
        let shown = || {
            exporter.check(Format::Text, Encoding::Identity);
            let all = Selection::default();
            let body = exporter
                .exposition
                .render(Format::Text, Encoding::Identity, &all);
            let text = text(&body, Encoding::Identity);
            let of_apps = text.lines().filter(|line| line.contains("app=\"app-0\""));
            of_apps.map(str::to_owned).collect::<Vec<_>>()
        };
        shown();
        exporter.clock.advance(Duration::from_secs(edge - 1));
        let before = shown();
        exporter.clock.advance(Duration::from_secs(1));
        assert_ne!(shown(), before, "{edge} s");
    }
}

/// What a scrape is answered with now. As long as it is held, nothing else can be in its memory.
fn ready(exporter: &Exporter) -> Arc<[Bytes]> {
    let begin = exporter.clock.moment();
    let (format, encoding) = (Format::Text, Encoding::Identity);
    let ready = exporter.exposition.ready(format, encoding, &begin, None);
    ready.unwrap_or_else(|| exporter.exposition.write(format, encoding))
}

fn places(pieces: &[Bytes]) -> Vec<*const u8> {
    pieces.iter().map(|piece| piece.as_ptr()).collect()
}

#[test]
fn what_did_not_change_is_not_even_copied() {
    let exporter = Exporter::new();
    let before = ready(&exporter);
    assert_eq!(places(&ready(&exporter)), places(&before));
    // The instruments are gathered again; the applications' part stays.
    exporter.clock.advance(Duration::from_secs(2));
    let later = ready(&exporter);
    let of_apps = before.len() - 1;
    assert_eq!(places(&later)[..of_apps], places(&before)[..of_apps]);
    exporter.happens(Event::Realtime {
        app: 0,
        meetings: 1,
    });
    assert_ne!(places(&ready(&exporter))[0], places(&before)[0]);
}

#[test]
fn a_format_that_nobody_asks_for_is_not_kept() {
    let exporter = Exporter::new();
    let takes = || {
        let families = exporter.metrics.gather();
        let name = catalogue::exporter::EXPOSITION_BYTES.name;
        let family = families
            .iter()
            .find(|family| family.name() == name)
            .unwrap();
        family.get_metric()[0].get_gauge().get_value()
    };
    exporter.check(Format::Text, Encoding::Identity);
    let one = takes();
    assert!(one > 1000.0, "{one}");
    exporter.check(Format::OpenMetrics, Encoding::Gzip);
    assert!(takes() > 1.2 * one, "{} {one}", takes());
    exporter.clock.advance(KEPT_FOR);
    exporter.check(Format::Text, Encoding::Identity);
    assert!(takes() <= 1.1 * one, "{} {one}", takes());
    assert!(exporter.exposition.open_metrics.lock().is_none());
    exporter.check(Format::OpenMetrics, Encoding::Gzip);
}

#[test]
fn after_a_panic_everything_is_written_again() {
    let exporter = Exporter::new();
    exporter.check(Format::Text, Encoding::Identity);
    let exposition = &exporter.exposition;
    std::thread::scope(|scope| {
        let held = scope.spawn(|| {
            let _kept = exposition.text.lock();
            panic!("a defect");
        });
        held.join().unwrap_err();
    });
    exporter.happens(Event::Realtime {
        app: 0,
        meetings: 1,
    });
    exporter.check(Format::Text, Encoding::Identity);
}

/// With many applications, who comes while others wait finds it written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_scrapes_at_once_are_answered_from_few_writings() {
    let exporter = Exporter::new();
    let cells = (0..200)
        .map(|app| SnapshotCell::new(unknown(app)))
        .collect();
    exporter.board.replace(cells);
    let exposition = Arc::new(exporter.exposition);
    let first = exposition
        .scrape(Format::Text, Encoding::Gzip, Selection::default())
        .await;
    assert_eq!(exposition.apps.load(Ordering::Relaxed), 200);
    let before = exposition.begun.load(Ordering::Relaxed);
    exporter.metrics.throttled("app-3", Duration::from_secs(1));
    let mut scrapes = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let exposition = Arc::clone(&exposition);
        scrapes.spawn(async move {
            exposition
                .scrape(Format::Text, Encoding::Gzip, Selection::default())
                .await
        });
    }
    while let Some(scrape) = scrapes.join_next().await {
        let told = text(&scrape.unwrap().to_bytes(), Encoding::Gzip);
        assert!(
            told.contains("throttled_seconds_total{app=\"app-3\"} 1\n"),
            "{told}"
        );
    }
    assert_eq!(exposition.begun.load(Ordering::Relaxed), before + 1);
    assert_ne!(
        first.pieces,
        exposition
            .scrape(Format::Text, Encoding::Gzip, Selection::default())
            .await
            .pieces
    );
}

#[test]
fn the_start_is_before_midnight() {
    let start: Timestamp = START.parse().unwrap();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let later = start + Duration::from_secs(600);
    assert_ne!(local_day(start, &zone), local_day(later, &zone));
}
