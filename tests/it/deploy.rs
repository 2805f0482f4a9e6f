//! What an operator installs: checked by the programs that will read it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::tools;

const UNIT: &str = "netease-meeting-exporter.service";

#[test]
fn systemd_accepts_the_unit_with_its_drop_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = installed(folder.path());
    let output = verify(&path);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "not a warning");

    let drop_in = folder.path().join(format!("{UNIT}.d/credentials.conf"));
    fs::write(&drop_in, "[Service]\nLoadCredentials=a:/b\n").expect("a file");
    let said = String::from_utf8(verify(&path).stderr).expect("UTF-8");
    assert!(
        said.contains("LoadCredentials"),
        "the drop-in is read, and this check can fail: {said}"
    );
}

#[test]
fn systemd_finds_the_unit_confined() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = installed(folder.path());
    // In tenths: 2.0 of 10, where 10 is a service that may do anything.
    let output = security(&path, 20);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(!security(&path, 0).status.success(), "this check can fail");
}

#[test]
fn prometheus_accepts_the_examples() {
    let mut checked = 0;
    for entry in fs::read_dir(deploy("prometheus")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let output = run(Command::new(tools::path("promtool"))
            .args(["check", "config"])
            .arg(&path));
        assert!(output.status.success(), "{output:?}");
        checked += 1;
    }
    assert!(checked > 0);
}

fn verify(unit: &Path) -> Output {
    run(Command::new(tools::path("systemd-analyze"))
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(unit))
}

fn security(unit: &Path, threshold: u8) -> Output {
    run(Command::new(tools::path("systemd-analyze"))
        .args(["security", "--offline=true", "--no-pager"])
        .arg(format!("--threshold={threshold}"))
        .arg(unit))
}

/// The unit and its drop-in as they stand on a machine, with a binary that exists here.
fn installed(folder: &Path) -> PathBuf {
    let unit = fs::read_to_string(deploy("systemd").join(UNIT)).expect("the unit");
    let binary = env!("CARGO_BIN_EXE_netease-meeting-exporter");
    let unit = unit.replace("/usr/local/bin/netease-meeting-exporter", binary);
    assert!(unit.contains(binary), "the unit starts the binary");
    let path = folder.join(UNIT);
    fs::write(&path, unit).expect("a file");
    let drop_ins = folder.join(format!("{UNIT}.d"));
    fs::create_dir(&drop_ins).expect("a folder");
    fs::copy(
        deploy("systemd").join("credentials.conf"),
        drop_ins.join("credentials.conf"),
    )
    .expect("the drop-in");
    path
}

fn deploy(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(folder)
}

fn run(command: &mut Command) -> Output {
    command
        .env("LC_ALL", "C")
        .output()
        .expect("the program starts")
}
