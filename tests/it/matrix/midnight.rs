//! The machine's clock, set a little ahead and back again around local midnight while the vendor
//! still answers: its signatures are good within a minute, and the day is another.
//!
//! Both clocks stand still between the steps, so that every step is on the side of midnight that it
//! is meant to be on, however slow the machine.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use netease_meeting_exporter::{clock::ManualClock, simulator::Endpoint};

use super::{
    APP, first_day,
    host::{ends_true, start},
    small_vendor,
};
use crate::{
    support::{self, Vendor, eventually, sample, until},
    tools,
};

/// The names of the test below, which is two rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [
        "clock ahead across midnight, the vendor still answering",
        "clock behind across midnight, the vendor still answering",
    ]
    .into_iter()
}

/// Where the two clocks stand, in seconds from midnight.
struct Step {
    what: &'static str,
    vendor: i64,
    exporter: i64,
    /// Whether the exporter can know all that the vendor does.
    is_all_known: bool,
}

const fn step(what: &'static str, vendor: i64, exporter: i64, is_all_known: bool) -> Step {
    Step {
        what,
        vendor,
        exporter,
        is_all_known,
    }
}

const STEPS: &[Step] = &[
    step("set ahead", -20, 20, true),
    step("set right", -20, -20, true),
    step("ahead again", -20, 25, true),
    step("behind when it is midnight", 20, -25, false),
    step("set right after midnight", 20, 20, true),
    step("set back", 20, -20, true),
    step("set ahead at last", 20, 40, true),
    step("a morning later", 30_000, 30_000, true),
];

#[test]
fn a_clock_off_around_midnight_loses_and_doubles_nothing() {
    let midnight: Timestamp = "2026-03-05T00:00:00+08:00".parse().expect("a time");
    let at = |seconds| midnight + SignedDuration::from_secs(seconds);
    let clock = ManualClock::at(at(-20));
    let vendor = Vendor::with(small_vendor().clock(clock.clone()));
    let file = vendor.directory.path().join("clock");
    let set = |seconds| {
        let time = at(seconds).strftime("%Y-%m-%d %H:%M:%S").to_string();
        // Whole or not at all: an empty file would be the machine's own time, months away.
        let next = file.with_extension("next");
        fs::write(&next, time).expect("a file");
        fs::rename(&next, &file).expect("a file");
    };
    set(-20);
    let exporter = start(&vendor, |command| {
        command
            .env("TZ", "UTC")
            .env("LD_PRELOAD", tools::path("libfaketime.so"))
            .env("FAKETIME_TIMESTAMP_FILE", &file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    });
    ends_true(&vendor, &exporter);
    let mut counted = super::scrape(&exporter);
    let first = counted.clone();
    for step in STEPS {
        let what = step.what;
        clock.set_wall(at(step.vendor));
        set(step.exporter);
        let asked = |endpoint| vendor.simulator.requests(0, endpoint);
        let before = [Endpoint::Daily, Endpoint::List].map(|endpoint| (endpoint, asked(endpoint)));
        // The first may have been on its way before; the fifth is asked when three were read by
        // this clock.
        for (endpoint, before) in before {
            eventually(what, || (asked(endpoint) > before + 4).then_some(()));
        }
        until(what, &Some(1.0), || {
            sample(&exporter.metrics(), "netease_meeting_up", &[APP])
        });
        let day = if step.exporter < 0 { -1 } else { 0 };
        let start = at(day * 86_400).as_second();
        let labels = [APP, ("day", "today")];
        #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
        until(what, &Some(start as f64), || {
            let name = "netease_meeting_day_start_timestamp_seconds";
            sample(&exporter.metrics(), name, &labels).or_else(|| {
                // A day of which the vendor knows nothing yet; the one before is yesterday.
                let labels = [APP, ("day", "yesterday")];
                sample(&exporter.metrics(), name, &labels).map(|start| start + 86_400.0)
            })
        });
        let seen = super::scrape(&exporter);
        support::assert_never_lower(&mut counted, &seen);
        if step.is_all_known {
            ends_true(&vendor, &exporter);
        } else {
            let now = vendor.simulator.clock().now();
            let truth = support::truth(vendor.simulator.world(), first_day(&vendor), now);
            // Not all of it can be known yet, but nothing is said beyond it.
            assert_eq!(
                support::beyond(&seen, &truth),
                Vec::<String>::new(),
                "{what}"
            );
        }
    }
    let grown = |series: &str| counted[series] - first[series];
    assert!(grown("meetings_total") > 0 && grown("finished_duration_seconds_count") > 0);
    assert_eq!(exporter.terminate().0.code(), Some(0));
}
