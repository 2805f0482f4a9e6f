//! Reloads without end, under load: nothing may pile up, and nothing may be lost.
//!
//! `make test` reloads a hundred times; `make soak` sets `RELOADS` and reloads more.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
};

use super::site::Site;
use crate::support::{Exporter, get, sample, until};

/// What may grow by itself: the allocator keeps what it once had.
const GROWTH: u64 = 24 << 20;

/// What a process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    memory: u64,
    descriptors: usize,
    threads: usize,
    tasks: u64,
}

#[test]
fn nothing_piles_up_and_nothing_is_lost() {
    let reloads: u32 =
        std::env::var("RELOADS").map_or(100, |count| count.parse().expect("a number"));
    let site = Site::new(5);
    let top = "windows: [7d]\ncounters_since: 2026-11-20\n";
    // Every second time b is changed and c is exchanged for d; a and e are never touched.
    let write = |odd: bool| match odd {
        true => site.write_each(
            top,
            &[("a", ""), ("b", "    timeout: 29s\n"), ("d", ""), ("e", "")],
        ),
        false => site.write_each(top, &[("a", ""), ("b", ""), ("c", ""), ("e", "")]),
    };
    write(false);
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();

    let (done, scrapes) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut first = None;
    thread::scope(|scope| {
        for app in ["a", "b", "e"] {
            let (exporter, done, scrapes) = (&exporter, &done, &scrapes);
            scope.spawn(move || scrape(exporter, app, done, scrapes));
        }
        for number in 1..=reloads {
            write(number % 2 == 1);
            let answer = exporter.post("/-/reload");
            assert_eq!(
                answer.text(),
                "applications: 1 added, 1 removed, 1 changed, 2 unchanged\n"
            );
            if number == reloads / 5 {
                first = Some(held(&exporter));
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    write(false);
    exporter.post("/-/reload");
    let (first, last) = (first.expect("many reloads"), held(&exporter));
    println!(
        "{reloads} reloads, {scrapes:?} scrapes, after a fifth {first:?}, at the end {last:?}"
    );
    assert!(
        last.memory < first.memory + GROWTH,
        "{first:?}, then {last:?}"
    );
    assert!(
        last.descriptors < first.descriptors + 16,
        "{first:?}, then {last:?}"
    );
    assert!(
        last.threads < first.threads + 16,
        "{first:?}, then {last:?}"
    );
    assert!(last.tasks < first.tasks + 16, "{first:?}, then {last:?}");

    let simulator = &site.vendor.simulator;
    let since = "2026-11-20".parse().unwrap();
    // The world moves on while we look, so both are read until they are of one moment.
    until(
        "totals that differ from the truth",
        &Vec::<&str>::new(),
        || {
            let now = simulator.clock().now();
            let text = exporter.metrics();
            let differs = |(index, app): &(usize, &str)| {
                let truth =
                    simulator
                        .world()
                        .totals(*index, since, simulator.world().day_at(now), now);
                let total = |name| sample(&text, name, &[("app", app)]);
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let wanted = (Some(truth.meetings as f64), Some(truth.participants as f64));
                wanted
                    != (
                        total("netease_meeting_meetings_total"),
                        total("netease_meeting_participants_total"),
                    )
            };
            let apps = [(0, "a"), (1, "b"), (2, "c"), (4, "e")];
            apps.into_iter()
                .filter(differs)
                .map(|(_, app)| app)
                .collect()
        },
    );
    assert_eq!(exporter.warnings(), Vec::<String>::new());
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

/// Scrapes until told to stop: an application that stays is always there, and its counters never
/// go down.
fn scrape(exporter: &Exporter, app: &str, done: &AtomicBool, scrapes: &AtomicU32) {
    let mut highest = (0.0, 0.0);
    while !done.load(Ordering::Relaxed) {
        let text = get(exporter.address(), "/metrics").unwrap().text();
        let total = sample(&text, "netease_meeting_meetings_total", &[("app", app)]);
        let labels = [("app", app), ("endpoint", "realtime"), ("code", "200")];
        let requests = sample(&text, "netease_meeting_api_requests_total", &labels);
        let (Some(total), Some(requests)) = (total, requests) else {
            panic!("{app} is missing: {text}");
        };
        assert!(
            total >= highest.0 && requests >= highest.1,
            "{app}: {highest:?}, then {total}, {requests}"
        );
        highest = (total, requests);
        assert!(sample(&text, "netease_meeting_active_meetings", &[("app", app)]).is_some());
        scrapes.fetch_add(1, Ordering::Relaxed);
    }
}

fn held(exporter: &Exporter) -> Held {
    let entries = |folder: &str| {
        fs::read_dir(format!("/proc/{}/{folder}", exporter.pid()))
            .unwrap()
            .count()
    };
    let text = exporter.metrics();
    let memory = sample(&text, "process_resident_memory_bytes", &[]).unwrap();
    let lines = exporter.log_with("tasks alive after a reload");
    let tasks = lines.last().and_then(|line| {
        let (_, rest) = line.split_once("tasks=")?;
        rest.split(' ').next()?.trim_matches('"').parse().ok()
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bytes"
    )]
    let memory = memory as u64;
    Held {
        memory,
        descriptors: entries("fd"),
        threads: entries("task"),
        tasks: tasks.expect("it is logged"),
    }
}
