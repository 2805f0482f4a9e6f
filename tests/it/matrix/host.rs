//! What the machine does to the process: it stops it, signals it, takes memory and descriptors
//! away, and sets its clock.

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{APP, LIVE, OF_APP, config, first_day, meddler::answer, small_vendor};
use crate::{
    support::{self, Exporter, Vendor, binary, eventually, get_after, sample, samples, until},
    tools,
};

/// The names of the tests below that are rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    JUMPS.iter().map(|(name, _)| *name).chain([
        "process stopped and continued",
        "signals all at once",
        "file descriptors used up",
        "memory limit, with bodies beyond it",
        "time zone of the machine changed",
    ])
}

/// Jumps of the machine's clock.
const JUMPS: &[(&str, &str)] = &[
    ("clock an hour ahead", "+1h"),
    ("clock an hour behind", "-1h"),
    ("clock three days ahead", "+3d"),
    ("clock three days behind", "-3d"),
];

pub(super) fn start(vendor: &Vendor, change: impl FnOnce(&mut Command)) -> Exporter {
    let config = config(vendor, &format!("http://{}", vendor.address), OF_APP);
    let mut command = Command::new(binary());
    command.args([
        "serve",
        "--web.listen-address=127.0.0.1:0",
        "--log.level=debug",
        "--config.file",
    ]);
    command.arg(config);
    change(&mut command);
    let exporter = Exporter::spawn(command).ready();
    until("a good start", &Some(1.0), || up(&exporter));
    exporter
}

fn up(exporter: &Exporter) -> Option<f64> {
    sample(&exporter.metrics(), "netease_meeting_up", &[APP])
}

pub(super) fn ends_true(vendor: &Vendor, exporter: &Exporter) {
    let world = vendor.simulator.world();
    until("figures that differ from the truth", &Vec::new(), || {
        let now = vendor.simulator.clock().now();
        support::differences(
            &super::scrape(exporter),
            &support::truth(world, first_day(vendor), now),
        )
    });
}

/// The process's clock is set, and the vendor's is not: the vendor refuses, which is said to be the
/// clock's fault; nothing old is shown, no day is closed, and all is well when the clock is.
#[test]
fn a_clock_that_jumps_costs_no_figure() {
    let vendor = Vendor::with(small_vendor());
    let clock = vendor.directory.path().join("clock");
    fs::write(&clock, "+0").expect("a file");
    let exporter = start(&vendor, |command| {
        command
            .env("LD_PRELOAD", tools::path("libfaketime.so"))
            .env("FAKETIME_TIMESTAMP_FILE", &clock)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    });
    ends_true(&vendor, &exporter);
    let mut counted = super::scrape(&exporter);
    for (name, offset) in JUMPS {
        let lines_before = exporter.log().len();
        fs::write(&clock, offset).expect("a file");
        eventually(&format!("{name}: a line"), || {
            let log = exporter.log().split_off(lines_before);
            log.iter()
                .any(|line| line.contains("level=warn"))
                .then_some(())
        });
        assert_eq!(up(&exporter), Some(0.0), "{name}");
        eventually("figures to vanish", || {
            let text = exporter.metrics();
            let gone = |name| samples(&text, name, &[APP]).is_empty();
            (gone("netease_meeting_active_meetings") && gone("netease_meeting_day_meetings"))
                .then_some(())
        });
        support::assert_never_lower(&mut counted, &super::scrape(&exporter));
        fs::write(&clock, "+0").expect("a file");
        until("recovery", &Some(1.0), || up(&exporter));
        let log = exporter.log().split_off(lines_before);
        let told: Vec<_> = log
            .iter()
            .filter(|line| line.contains("level=warn"))
            .collect();
        assert_eq!(told.len(), 1, "{name}: {told:#?}");
        assert!(
            told[0].contains("401") && told[0].contains("clock"),
            "{name}: {}",
            told[0]
        );
        ends_true(&vendor, &exporter);
    }
    println!("{} jumps survived", JUMPS.len());
}

/// The first figure of each collector, and how many seconds it may be shown without being read again.
const SHOWN: [(&str, &str, f64); 3] = [
    ("netease_meeting_active_meetings", "realtime", 1.0),
    ("netease_meeting_day_meetings", "daily", 2.0),
    ("netease_meeting_day_hosts", "meetings", 2.0),
];

/// Three seconds are longer than anything may be shown without being read again; `make soak` stops it
/// for minutes. The scrape is asked for while it stands still, so that it is answered before anything
/// can have been read anew, or beside it.
#[test]
fn a_process_that_was_stopped_shows_nothing_old() {
    let seconds = std::env::var("STOP_SECONDS").map_or(3, |text| text.parse().expect("a number"));
    let still = Duration::from_secs(seconds);
    let vendor = Vendor::with(small_vendor());
    let exporter = start(&vendor, |_| {});
    let mut gone = 0;
    for _ in 0..3 {
        until("every figure", &true, || {
            let text = exporter.metrics();
            let is_there = |(name, ..): &(&str, _, _)| !samples(&text, name, &[APP]).is_empty();
            SHOWN.iter().all(is_there)
        });
        exporter.signal("STOP");
        eventually("the process to stand still", || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", exporter.id()));
            stat.expect("Linux").contains(") T ").then_some(())
        });
        let address = exporter.address().to_owned();
        let scrape = thread::spawn(move || {
            let answer = get_after(&address, "/metrics", still);
            answer.expect("an answer").text()
        });
        // That nothing happens for so long is the fault; there is nothing to wait for.
        thread::sleep(still);
        // No answer is older than this, so what it shows was no older than this makes it.
        let continued = vendor.simulator.clock().now().as_millisecond() as f64 / 1000.0;
        exporter.signal("CONT");
        let text = scrape.join().expect("an answer");
        for (name, collector, stale_after) in SHOWN {
            if samples(&text, name, &[APP]).is_empty() {
                gone += 1;
                continue;
            }
            let success = "netease_meeting_collector_last_success_timestamp_seconds";
            let read_at = sample(&text, success, &[APP, ("collector", collector)]);
            let age = continued - read_at.expect("a success");
            assert!(
                age < stale_after,
                "{name} is shown {age} s after it was read"
            );
        }
        until("recovery", &Some(1.0), || up(&exporter));
    }
    println!("{gone} of 9 figures were gone in the first scrape, the others read anew");
    ends_true(&vendor, &exporter);
}

#[test]
fn signals_all_at_once_end_it_well() {
    let vendor = Vendor::with(small_vendor());
    let exporter = start(&vendor, |_| {});
    for _ in 0..20 {
        for signal in ["HUP", "CONT", "WINCH", "URG", "HUP"] {
            exporter.signal(signal);
        }
    }
    until("still up", &Some(1.0), || up(&exporter));
    ends_true(&vendor, &exporter);
    for signal in ["HUP", "TERM", "HUP"] {
        exporter.signal(signal);
    }
    let (status, log) = exporter.stop_by("TERM");
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn descriptors_that_run_out_are_waited_for() {
    let vendor = Vendor::with(small_vendor());
    let exporter = start(&vendor, |_| {});
    // The soft limit alone: nobody but root may raise the hard one again.
    let limit = |limit: u64| {
        let status = Command::new("prlimit")
            .args([
                format!("--pid={}", exporter.id()),
                format!("--nofile={limit}:"),
            ])
            .status();
        assert!(status.expect("prlimit runs").success());
    };
    limit(3);
    // Calls may go on over connections that are open already; a new one has to be accepted.
    let told = || exporter.log_with("a connection could not be accepted");
    eventually("a line about descriptors", || {
        drop(std::net::TcpStream::connect(exporter.address()));
        (!told().is_empty()).then_some(())
    });
    // Nobody can ask it anything meanwhile: it cannot accept. It is still there afterwards.
    for _ in 0..20 {
        drop(std::net::TcpStream::connect(exporter.address()));
    }
    limit(1024);
    until("recovery", &Some(1.0), || up(&exporter));
    ends_true(&vendor, &exporter);
    let told = told();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("Too many open files"), "{}", told[0]);
    let calls = exporter.warnings();
    assert!(calls.len() <= 1, "calls may have failed too: {calls:#?}");
    assert_eq!(exporter.log_with("panicked"), Vec::<String>::new());
}

/// A limit a few times what it needs, and answers that would take many times more if they were read
/// to their end.
#[test]
fn bodies_beyond_the_memory_limit_are_not_read() {
    let vendor = Vendor::with(small_vendor());
    let meddler = super::Meddler::before(vendor.address);
    let config = config(&vendor, &format!("http://{}", meddler.address), OF_APP);
    let mut command = Command::new("prlimit");
    command.arg(format!("--data={}", 192 << 20)).arg(binary());
    command.args([
        "serve",
        "--web.listen-address=127.0.0.1:0",
        "--log.level=debug",
        "--config.file",
    ]);
    command.arg(config);
    let exporter = Exporter::spawn(command).ready();
    meddler.spoil(
        |_, stream| {
            stream.write_all(&answer("HTTP/1.1 200 OK\r\n", b"{\"ret\":"))?;
            let block = vec![b'['; 1 << 20];
            for _ in 0..512 {
                stream.write_all(&block)?;
            }
            Ok(())
        },
        LIVE,
    );
    until("bodies refused", &Some(0.0), || up(&exporter));
    eventually("many of them", || {
        (meddler.struck("realtime") > 20 && meddler.struck("daily") > 10).then_some(())
    });
    meddler.be_honest();
    until("recovery", &Some(1.0), || up(&exporter));
    ends_true(&vendor, &exporter);
}

#[test]
fn the_time_zone_of_the_machine_means_nothing() {
    let vendor = Vendor::with(small_vendor());
    for zone in ["Pacific/Kiritimati", "America/Adak", "Europe/Berlin"] {
        let exporter = start(&vendor, |command| {
            command.env("TZ", zone);
        });
        ends_true(&vendor, &exporter);
        assert_eq!(exporter.warnings(), Vec::<String>::new(), "{zone}");
        let began = Instant::now();
        assert_eq!(exporter.terminate().0.code(), Some(0), "{zone}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
