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
    support::{self, Exporter, Vendor, binary, eventually, sample, samples, until},
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

fn start(vendor: &Vendor, change: impl FnOnce(&mut Command)) -> Exporter {
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

fn ends_true(vendor: &Vendor, exporter: &Exporter) {
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

/// Three seconds are longer than anything may be shown without being read again; `make soak` stops it
/// for minutes.
#[test]
fn a_process_that_was_stopped_shows_nothing_old() {
    let seconds = std::env::var("STOP_SECONDS").map_or(3, |text| text.parse().expect("a number"));
    let vendor = Vendor::with(small_vendor());
    let exporter = start(&vendor, |_| {});
    for _ in 0..3 {
        exporter.signal("STOP");
        // That nothing happens for so long is the fault; there is nothing to wait for.
        thread::sleep(Duration::from_secs(seconds));
        exporter.signal("CONT");
        let text = exporter.metrics();
        let seen = |name: &str, collector: &str| {
            let success = "netease_meeting_collector_last_success_timestamp_seconds";
            let at = sample(&text, success, &[APP, ("collector", collector)]).expect("a success");
            (samples(&text, name, &[APP]).is_empty(), at)
        };
        let now = vendor.simulator.clock().now().as_millisecond() as f64 / 1000.0;
        let (is_gone, read_at) = seen("netease_meeting_active_meetings", "realtime");
        assert!(
            is_gone || now - read_at < 10.0,
            "shown {} s after it was read",
            now - read_at
        );
        until("recovery", &Some(1.0), || up(&exporter));
    }
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
    let told = eventually("a line about descriptors", || {
        drop(std::net::TcpStream::connect(exporter.address()));
        exporter.log_with("Too many open files").pop()
    });
    assert!(!told.contains("panicked"), "{told}");
    // Nobody can ask it anything meanwhile: it cannot accept. It is still there afterwards.
    limit(1024);
    until("recovery", &Some(1.0), || up(&exporter));
    ends_true(&vendor, &exporter);
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
