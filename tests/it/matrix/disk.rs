//! Disks that are full or cannot be written.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{OF_APP, WITHOUT_DETAILS, config, first_day, loud, small_vendor, without_details};
use crate::support::{self, Exporter, Vendor, binary, eventually, sample, until};

/// The names of the tests below that are rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [
        "disk full at the start",
        "disk full while running",
        "disk read-only at the start",
    ]
    .into_iter()
}

/// The exporter with mounts of its own, which a shell makes beforehand.
pub(super) fn apart(prepare: &str, config: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-ec"])
        .arg(format!("{prepare}\nexec \"$0\" \"$@\""))
        .arg(binary())
        .args([
            "serve",
            "--web.listen-address=127.0.0.1:0",
            "--log.level=debug",
            "--config.file",
        ])
        .arg(config);
    command
}

/// A start that is to fail: its status, and its last line.
fn failed(mut command: Command) -> (Option<i32>, String) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    eventually("the end of a start that must fail", || {
        child.try_wait().expect("a child")
    });
    let said = child.wait_with_output().expect("it ended");
    let error = String::from_utf8_lossy(&said.stderr);
    let last = error.lines().last().unwrap_or_default().to_owned();
    (said.status.code(), last)
}

fn state(vendor: &Vendor) -> std::path::PathBuf {
    vendor.directory.path().join("state")
}

#[test]
fn a_start_on_a_bad_disk_says_so_and_the_next_one_is_good() {
    let vendor = Vendor::with(small_vendor());
    let config = config(&vendor, &format!("http://{}", vendor.address), OF_APP);
    let state = state(&vendor);
    fs::create_dir(&state).expect("a directory");
    let mount = |options: &str| format!("mount -t tmpfs -o {options} tmpfs {}", state.display());
    for (options, says) in [("size=8k", "no space is left"), ("ro", "cannot be written")] {
        let (status, line) = failed(apart(&mount(options), &config));
        assert_eq!(status, Some(1), "{options}: {line}");
        assert!(
            line.contains(says) && line.contains("ledger.redb"),
            "{options}: {line}"
        );
    }
    let exporter = Exporter::serve(&config).ready();
    assert_eq!(
        sample(
            &exporter.metrics(),
            "netease_meeting_exporter_state_ok",
            &[]
        ),
        Some(1.0)
    );
}

#[test]
fn a_disk_that_fills_up_shows_nothing_that_is_not_kept() {
    // More meetings than the disk has room for, and no details: one call each would take long.
    let vendor = Vendor::with(small_vendor().meetings_per_day(3_000.0));
    let host = format!("http://{}", vendor.address);
    let config = config(&vendor, &host, WITHOUT_DETAILS);
    let state = state(&vendor);
    fs::create_dir(&state).expect("a directory");
    let prepare = format!("mount -t tmpfs -o size=100k tmpfs {}", state.display());
    let exporter = Exporter::spawn(apart(&prepare, &config));
    let mut highest = support::Counted::new();
    // Whenever it is looked at, no counter has fallen.
    let mut look = || {
        let text = exporter.metrics();
        support::assert_never_lower(&mut highest, &support::counted(&text));
        text
    };
    let ok = |text: &str| sample(text, "netease_meeting_exporter_state_ok", &[]);
    until("a disk too small", &Some(0.0), || ok(&look()));
    let told = || {
        let log = exporter.log();
        let told = loud(&log).into_iter().cloned();
        told.filter(|line| !line.contains("configuration:"))
            .collect::<Vec<_>>()
    };
    eventually("a line", || (!told().is_empty()).then_some(()));
    let finished = || {
        let seen = super::scrape(&exporter);
        seen.get("finished_duration_seconds_count")
            .copied()
            .unwrap_or_default()
    };
    let kept = finished();
    let truth = || {
        let now = vendor.simulator.clock().now();
        without_details(support::truth(
            vendor.simulator.world(),
            first_day(&vendor),
            now,
        ))
    };
    assert!(
        kept < truth()["finished_duration_seconds_count"],
        "{kept}: not all had room"
    );
    let live = sample(
        &exporter.metrics(),
        "netease_meeting_active_meetings",
        &[super::APP],
    );
    assert!(live.is_some(), "what needs no disk is shown");

    exporter.enter(&[
        "mount",
        "-o",
        "remount,size=64m",
        state.to_str().expect("UTF-8"),
    ]);
    until("room again", &Some(1.0), || ok(&look()));
    until("figures that differ from the truth", &Vec::new(), || {
        support::differences(&support::counted(&look()), &truth())
    });
    let told = told();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].contains("no space is left") && told[0].contains("demo"),
        "{}",
        told[0]
    );
    let over = exporter.log_with("collecting works again");
    assert_eq!(over.len(), 1, "{over:#?}");
    let (status, log) = exporter.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}
