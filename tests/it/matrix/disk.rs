//! Disks that are full or cannot be written, and state files that are not what was written.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{OF_APP, config, first_day, small_vendor};
use crate::support::{self, Exporter, Vendor, binary, eventually, sample, until};

/// The names of the tests below that are rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [
        "disk full at the start",
        "disk full while running",
        "disk read-only at the start",
        "state file cut off at a dozen lengths",
        "state file of something else",
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
    let of_app = "    collectors:
      realtime: { interval: 200ms, stale_after: 1s }
      daily: { interval: 300ms, stale_after: 2s }
      meetings: { enabled: true, interval: 300ms, hot_window: 6d }
";
    let config = config(&vendor, &format!("http://{}", vendor.address), of_app);
    let state = state(&vendor);
    fs::create_dir(&state).expect("a directory");
    let prepare = format!("mount -t tmpfs -o size=100k tmpfs {}", state.display());
    let exporter = Exporter::spawn(apart(&prepare, &config));
    let ok = || {
        sample(
            &exporter.metrics(),
            "netease_meeting_exporter_state_ok",
            &[],
        )
    };
    until("a disk too small", &Some(0.0), ok);
    let line = eventually("a line", || exporter.log_with("no space is left").pop());
    assert!(line.contains("demo"), "{line}");
    let finished = || {
        let seen = super::scrape(&exporter);
        seen.get("finished_duration_seconds_count")
            .copied()
            .unwrap_or_default()
    };
    let kept = finished();
    let truth = || {
        let now = vendor.simulator.clock().now();
        let mut truth = support::truth(vendor.simulator.world(), first_day(&vendor), now);
        truth.retain(|series, _| {
            !series.starts_with("attendance") && !series.starts_with("finished_peak")
        });
        truth
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
    until("room again", &Some(1.0), ok);
    until("figures that differ from the truth", &Vec::new(), || {
        let mut seen = super::scrape(&exporter);
        seen.retain(|series, _| {
            !series.starts_with("attendance") && !series.starts_with("finished_peak")
        });
        support::differences(&seen, &truth())
    });
    let (status, log) = exporter.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn a_state_file_that_was_cut_off_is_refused_or_whole() {
    let vendor = Vendor::with(small_vendor());
    let config = config(&vendor, &format!("http://{}", vendor.address), OF_APP);
    let exporter = Exporter::serve(&config).ready();
    let world = vendor.simulator.world();
    until("figures that differ from the truth", &Vec::new(), || {
        let now = vendor.simulator.clock().now();
        support::differences(
            &super::scrape(&exporter),
            &support::truth(world, first_day(&vendor), now),
        )
    });
    let mut counted = super::scrape(&exporter);
    assert_eq!(exporter.terminate().0.code(), Some(0));
    let file = state(&vendor).join("ledger.redb");
    let sound = fs::read(&file).expect("a ledger");

    // The library's own test cuts at many more lengths; here the whole program is asked.
    let lengths = (0..12).map(|part| sound.len() * part / 12 + usize::from(part > 0));
    let mut refused = 0;
    for length in lengths {
        fs::write(&file, &sound[..length]).expect("a file");
        let mut command = Command::new(binary());
        command.args(["collect", "--config.file"]).arg(&config);
        let (status, line) = failed(command);
        if status == Some(1) {
            assert!(
                line.contains("is damaged") || line.contains("is not a ledger"),
                "{length}: {line}"
            );
            assert_eq!(
                fs::read(&file).expect("a file").len(),
                length,
                "it is left as it was"
            );
            refused += 1;
        }
    }
    assert!(refused > 8, "{refused} of 12 refused");
    fs::write(&file, "totals: 7\n").expect("a file");
    let mut command = Command::new(binary());
    command.args(["collect", "--config.file"]).arg(&config);
    let (status, line) = failed(command);
    assert!(
        status == Some(1) && line.contains("is not a ledger of this exporter"),
        "{line}"
    );

    fs::write(&file, &sound).expect("a file");
    let exporter = Exporter::serve(&config).ready();
    support::assert_never_lower(&mut counted, &super::scrape(&exporter));
}
