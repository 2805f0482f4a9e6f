//! History: what it takes to have one, and every way in which there can be none.

mod half_a_year;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use jiff::Timestamp;
use netease_meeting_exporter::simulator::{Fault, FaultKind};

use crate::support::{Vendor, binary};

fn backfill(config: &Path, args: &[&str]) -> Output {
    Command::new(binary())
        .args(["backfill", "--app", "demo", "--config.file"])
        .arg(config)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

#[test]
fn the_same_range_gives_the_same_bytes_wherever_they_go() {
    let vendor = Vendor::start();
    let config = vendor.config("counters_since: 2026-01-01");
    let range = ["--from", "2026-01-30", "--to", "2026-02-02"];
    let said = backfill(&config, &range);
    assert!(said.status.success(), "{said:?}");
    assert!(said.stdout.ends_with(b"\n# EOF\n"));
    let log = warnings(&said);
    assert_eq!(log.len(), 1, "{log:#?}");
    assert!(log[0].contains("without --label for job and instance"));
    let file = vendor.directory.path().join("history.om");
    fs::write(&file, "an older one").unwrap();
    let again = backfill(
        &config,
        &[&range[..], &["--output", file.to_str().unwrap()]].concat(),
    );
    assert!(again.status.success(), "{again:?}");
    assert_eq!(fs::read(&file).unwrap(), said.stdout);
    assert_eq!(files(&vendor), ["exporter.yml", "history.om"]);
}

#[test]
fn totals_begin_where_counting_does_and_that_is_said() {
    let vendor = Vendor::start();
    let config = vendor.config("counters_since: 2026-02-01");
    let said = backfill(
        &config,
        &[
            "--from",
            "2026-01-31",
            "--to",
            "2026-02-01",
            "--label",
            "job=x",
            "--label",
            "instance=y",
        ],
    );
    assert!(said.status.success(), "{said:?}");
    let log = String::from_utf8_lossy(&said.stderr);
    assert!(log.contains("totals begin with 2026-02-01"), "{log}");
    let text = String::from_utf8(said.stdout).unwrap();
    let first = text
        .lines()
        .find(|line| line.starts_with("netease_meeting_meetings_total{"));
    let midnight = "2026-01-31T16:00:00Z"
        .parse::<Timestamp>()
        .unwrap()
        .as_second();
    let wanted = format!(
        "netease_meeting_meetings_total{{app=\"demo\",instance=\"y\",job=\"x\"}} 0 {midnight}"
    );
    assert_eq!(first, Some(&*wanted));
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_the_reason() {
    let vendor = Vendor::start();
    let today = vendor
        .simulator
        .world()
        .day_at(vendor.simulator.clock().now())
        .to_string();
    let with = vendor.config("counters_since: 2026-01-01");
    let range = ["--from", "2026-01-30", "--to", "2026-02-02"];
    let label = |label: &'static str| [&range[..], &["--label", label]].concat();
    for (args, reason) in [
        (
            vec!["--from", "2026-02-02", "--to", "2026-02-01"],
            "--to 2026-02-01 is before --from 2026-02-02",
        ),
        (
            vec!["--from", "2026-02-02", "--to", &today],
            "is not over in Asia/Shanghai",
        ),
        (
            vec!["--from", "yesterday", "--to", "2026-02-01"],
            "expected a day, such as 2026-01-31",
        ),
        (
            vec!["--from", "1999-01-01", "--to", "2026-02-01"],
            "more than twenty years before",
        ),
        (label("job"), "expected NAME=VALUE"),
        (label("job="), "expected NAME=VALUE"),
        (label("__name__=x"), "expected NAME=VALUE"),
        (label("day=x"), "the exporter's own series have a label day"),
        (
            [&label("a=1")[..], &["--label", "a=2"]].concat(),
            "a stands there twice",
        ),
        (
            [&range[..], &["--app", "other"]].concat(),
            "cannot be used multiple times",
        ),
    ] {
        refused(&backfill(&with, &args), 64, reason);
    }
    refused(
        &backfill(&vendor.config(""), &range),
        64,
        "`counters_since` is not set",
    );
    let gauges = backfill(&vendor.config(""), &[&range[..], &["--no-totals"]].concat());
    assert!(gauges.status.success(), "{gauges:?}");
    let text = String::from_utf8(gauges.stdout).unwrap();
    assert!(text.contains("netease_meeting_day_meetings{") && !text.contains("_total"));
    assert_eq!(
        vendor.simulator.all_requests(),
        2,
        "nothing is asked in vain"
    );
}

#[test]
fn a_vendor_or_a_disk_that_fails_leaves_no_half_of_a_history() {
    let vendor = Vendor::start();
    let config = vendor.config("counters_since: 2026-01-01");
    let range = [
        "--from",
        "2026-01-30",
        "--to",
        "2026-02-02",
        "--label",
        "job=x",
        "--label",
        "instance=y",
    ];
    let file = vendor.directory.path().join("history.om");
    fs::write(&file, "an older one").unwrap();
    vendor
        .simulator
        .set_faults(vec![Fault::new(FaultKind::Code(402), 1.0)]);
    let to_file = backfill(
        &config,
        &[&range[..], &["--output", file.to_str().unwrap()]].concat(),
    );
    refused(&to_file, 1, "code 402");
    refused(&backfill(&config, &range), 1, "code 402");
    assert_eq!(fs::read(&file).unwrap(), b"an older one");
    assert_eq!(files(&vendor), ["exporter.yml", "history.om"]);

    vendor.simulator.clear_faults();
    let requests = vendor.simulator.all_requests();
    let nowhere = backfill(
        &config,
        &[&range[..], &["--output", "/proc/history.om"]].concat(),
    );
    refused(&nowhere, 1, "cannot write /proc/history.om");
    assert_eq!(
        vendor.simulator.all_requests(),
        requests,
        "said before a call"
    );
    let full = Command::new(binary())
        .args(["backfill", "--app", "demo", "--config.file"])
        .arg(&config)
        .args(range)
        .stdout(fs::File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    refused(&full, 1, "cannot write to standard output");
}

fn refused(said: &Output, status: i32, reason: &str) {
    let error = String::from_utf8_lossy(&said.stderr);
    assert!(error.contains(reason), "{reason:?} is not in {error:?}");
    assert_eq!(
        (said.status.code(), said.stdout.len()),
        (Some(status), 0),
        "{error}"
    );
}

/// The log, but for warnings about the configuration: a test's intervals are short.
fn warnings(said: &Output) -> Vec<String> {
    let log = String::from_utf8_lossy(&said.stderr);
    let lines = log.lines().filter(|line| !line.contains("configuration:"));
    lines.map(str::to_owned).collect()
}

fn files(vendor: &Vendor) -> Vec<String> {
    let entries = fs::read_dir(vendor.directory.path()).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().display().to_string())
        .collect();
    names.sort();
    names
}
