//! `kill -9` at random moments, upstream faults, restarts: at the end every counter and histogram
//! equals the simulated truth, and on the way none ever went down.
//!
//! `make test` kills a dozen times with a fixed seed; `make soak` sets `KILLS` and kills more.

use std::{collections::BTreeMap, thread, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use netease_meeting_exporter::simulator::{Fault, FaultKind, Kind, MeetingTruth, Simulator, World};

use crate::support::{Exporter, Vendor, get, until};

const SEED: u64 = 20_261_124;
/// Days of history that are to be counted besides today.
const DAYS: i64 = 3;

/// What is counted, by series without the `app` label: `name{label="value"}`, milli-units for sums.
type Counted = BTreeMap<String, u64>;

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
        OF_APP,
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
    histograms: { participants: [2, 5, 20], duration: [600, 3600], start_delay: [0, 60], overrun: [0, 600], attendance: [600, 3600] }
    collectors:
      meetings: { enabled: true, interval: 500ms, hot_window: 6d }
      details: { enabled: true, interval: 200ms, max_per_minute: 6000 }
";

/// The families that the ledger keeps.
const KEPT: [&str; 11] = [
    "meetings_total",
    "duration_seconds_total",
    "participants_total",
    "finished_meetings_total",
    "finished_duration_seconds",
    "finished_participants",
    "start_delay_seconds",
    "overrun_seconds",
    "attendances_total",
    "attendance_duration_seconds",
    "finished_peak_participants",
];

fn scrape(exporter: &Exporter) -> Counted {
    let text = get(exporter.address(), "/metrics")
        .expect("an answer")
        .text();
    let kept = |name: &str| KEPT.iter().any(|family| name.starts_with(family));
    let mut counted = Counted::new();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("netease_meeting_"))
    {
        let (series, value) = line.rsplit_once(' ').expect("a sample");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        if !kept(name) {
            continue;
        }
        // The label `status` can change while nobody looks; how many there are of a kind cannot.
        let labels: Vec<&str> = labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.starts_with("app=") && !label.starts_with("status="))
            .collect();
        let labels = labels.join(",");
        let series = if labels.is_empty() {
            name.to_owned()
        } else {
            format!("{name}{{{labels}}}")
        };
        let value: f64 = value.parse().expect("a number");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole seconds"
        )]
        let value = value.round() as u64;
        *counted.entry(series).or_default() += value;
    }
    counted
}

fn assert_never_lower(highest: &mut Counted, seen: &Counted) {
    for (series, highest) in highest.iter() {
        let seen = seen.get(series);
        assert!(
            seen >= Some(highest),
            "{series} went from {highest} to {seen:?}"
        );
    }
    highest.extend(seen.iter().map(|(series, value)| (series.clone(), *value)));
}

fn differences(seen: &Counted, truth: &Counted) -> Vec<String> {
    let series = seen.keys().chain(truth.keys());
    let mut differing: Vec<String> = series
        .filter(|series| seen.get(*series).unwrap_or(&0) != truth.get(*series).unwrap_or(&0))
        .map(|series| {
            format!(
                "{series}: {:?}, truth {:?}",
                seen.get(series),
                truth.get(series)
            )
        })
        .collect();
    differing.sort();
    differing.dedup();
    differing
}

/// What must have been counted by `now`, from the meetings themselves.
fn truth(world: &World, first: Date, now: Timestamp) -> Counted {
    let today = world.day_at(now);
    let mut truth = Truth::default();
    let days = world.totals(0, first, today, now);
    truth.add("meetings_total", days.meetings);
    truth.add("duration_seconds_total", days.duration_seconds);
    truth.add("participants_total", days.participants);
    for meeting in world.finished(0, first, today, now) {
        // A meeting called off beforehand is listed once its time has come.
        let reserved = meeting.reserved.map(|(start, _)| start);
        if meeting.real_start.or(reserved).unwrap_or(meeting.created) <= now {
            truth.meeting(&meeting);
        }
    }
    truth.0
}

#[derive(Default)]
struct Truth(Counted);

impl Truth {
    fn add(&mut self, series: &str, value: u64) {
        *self.0.entry(series.to_owned()).or_default() += value;
    }

    fn observe(&mut self, name: &str, labels: &str, bounds: &[u64], value: u64) {
        let braced = |more: &str| match (labels, more) {
            ("", "") => String::new(),
            ("", one) | (one, "") => format!("{{{one}}}"),
            (one, other) => format!("{{{one},{other}}}"),
        };
        for bound in bounds {
            let within = u64::from(value <= *bound);
            self.add(
                &format!("{name}_bucket{}", braced(&format!("le=\"{bound}\""))),
                within,
            );
        }
        self.add(&format!("{name}_bucket{}", braced("le=\"+Inf\"")), 1);
        self.add(&format!("{name}_count{}", braced("")), 1);
        self.add(&format!("{name}_sum{}", braced("")), value);
    }

    fn meeting(&mut self, meeting: &MeetingTruth) {
        let kind = match meeting.kind {
            Kind::Instant => "instant",
            Kind::Scheduled => "scheduled",
        };
        self.add(&format!("finished_meetings_total{{kind=\"{kind}\"}}"), 1);
        let Some(duration) = meeting.duration_seconds() else {
            return;
        };
        self.observe("finished_duration_seconds", "", &[600, 3600], duration);
        self.observe(
            "finished_participants",
            "",
            &[2, 5, 20],
            meeting.participants,
        );
        if let Some(delay) = meeting.start_delay_seconds() {
            self.observe("start_delay_seconds", "", &[0, 60], delay);
        }
        if let Some(overrun) = meeting.overrun_seconds() {
            self.observe("overrun_seconds", "", &[0, 600], overrun);
        }
        self.observe(
            "finished_peak_participants",
            "",
            &[2, 5, 20],
            meeting.peak_participants,
        );
        for attendance in &meeting.attendances {
            let client = match attendance.client_type {
                1 => "tv",
                2 => "ios",
                3 => "android",
                4 => "windows",
                5 => "macos",
                6 => "web",
                7 => "sip",
                8 => "linux",
                _ => "unknown",
            };
            let label = format!("client_type=\"{client}\"");
            self.add(&format!("attendances_total{{{label}}}"), 1);
            let stayed = attendance.stayed_seconds().expect("the meeting is over");
            self.observe("attendance_duration_seconds", &label, &[600, 3600], stayed);
        }
    }
}
