//! `kill -9` at random moments, upstream faults, restarts: at the end every counter and histogram
//! equals the simulated truth, and on the way none ever went down.
//!
//! `make test` kills a dozen times with a fixed seed; `make soak` sets `KILLS` and kills more.

use std::{collections::BTreeMap, thread, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use netease_meeting_exporter::simulator::{Fault, FaultKind, Simulator, World};

use crate::support::{
    Counted, Exporter, HISTOGRAMS, Vendor, assert_never_lower, counted, differences, truth, until,
};

const SEED: u64 = 20_261_124;
/// Days of history that are to be counted besides today.
const DAYS: i64 = 3;

#[test]
fn nothing_is_lost_and_nothing_counted_twice() {
    let kills: u32 = std::env::var("KILLS").map_or(12, |kills| kills.parse().expect("a number"));
    let mut random = fastrand::Rng::with_seed(SEED);
    let today = World::day_at(Simulator::builder().build().unwrap().world(), now());
    let first = today.saturating_sub(DAYS.days());
    let vendor = Vendor::with(
        // Eight random digits meet again by chance at this many requests.
        Simulator::builder()
            .seed(SEED)
            .meetings_per_day(1_000.0)
            .first_day(first)
            .strict_nonces(false),
    );
    vendor.simulator.set_faults(faults());
    let config = vendor.config_with(
        &vendor.simulator.app_secret(0),
        &top_level(&vendor, first),
        &format!("    {HISTOGRAMS}\n{OF_APP}"),
    );

    let mut highest = Counted::new();
    let mut lives = BTreeMap::<&str, u32>::new();
    for _ in 0..kills {
        let exporter = Exporter::serve(&config);
        assert_never_lower(&mut highest, &scrape(&exporter));
        // The moment of the kill is the fault that is injected; nothing is waited for here.
        thread::sleep(Duration::from_millis(random.u64(20..1_200)));
        let end = match random.u32(0..10) {
            0 => "TERM",
            1 => {
                exporter.signal("STOP");
                thread::sleep(Duration::from_millis(random.u64(1..300)));
                exporter.signal("CONT");
                "STOP, CONT and KILL"
            }
            _ => "KILL",
        };
        assert_never_lower(&mut highest, &scrape(&exporter));
        *lives.entry(end).or_default() += 1;
        exporter.stop_by(end.rsplit(' ').next().unwrap());
    }
    println!(
        "ended by {lives:?}, {} requests",
        vendor.simulator.all_requests()
    );

    let exporter = Exporter::serve(&config);
    assert_never_lower(&mut highest, &scrape(&exporter));
    vendor.simulator.clear_faults();
    let world = vendor.simulator.world();
    // The world moves on while we look, so both are read until they are of one moment.
    let mut seen = Counted::new();
    until("figures that differ from the truth", &Vec::new(), || {
        let now = vendor.simulator.clock().now();
        seen = scrape(&exporter);
        differences(&seen, &truth(world, first, now))
    });
    assert_never_lower(&mut highest, &seen);
    let meetings = seen["finished_duration_seconds_count"];
    println!(
        "{} figures equal the truth, {meetings} meetings that took place",
        seen.len()
    );
    assert!(meetings > 500, "{meetings}: there was something to lose");
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

fn now() -> Timestamp {
    use netease_meeting_exporter::clock::{Clock as _, SystemClock};
    SystemClock::new().now()
}

/// Everything but lowered figures, which change what the truth is.
fn faults() -> Vec<Fault> {
    [
        (FaultKind::Code(501), 0.04),
        (FaultKind::Code(512), 0.02),
        (FaultKind::Http(503), 0.02),
        (FaultKind::Html, 0.01),
        (FaultKind::Reset, 0.02),
        (FaultKind::ResetHalfway, 0.02),
        (FaultKind::Truncated, 0.01),
        (FaultKind::MissingRet, 0.01),
        (FaultKind::NumbersAsStrings, 0.2),
        (FaultKind::EmptyStrings, 0.2),
        (FaultKind::ShiftingPages, 0.2),
        (FaultKind::DuplicateEntries, 0.2),
        (FaultKind::PageCap(40), 0.1),
        (FaultKind::Slow(Duration::from_millis(100)), 0.05),
    ]
    .map(|(kind, rate)| Fault::new(kind, rate))
    .to_vec()
}

fn top_level(vendor: &Vendor, first: Date) -> String {
    let state = vendor.directory.path().join("state");
    format!(
        "state_dir: {}\ncounters_since: {first}\nwindows: [2d]",
        state.display()
    )
}

const OF_APP: &str = "    retry: { attempts: 4, base: 5ms, max: 20ms }
    collectors:
      meetings: { enabled: true, interval: 500ms, hot_window: 6d }
      details: { enabled: true, interval: 200ms, max_per_minute: 6000 }
";

fn scrape(exporter: &Exporter) -> Counted {
    counted(&exporter.metrics())
}
