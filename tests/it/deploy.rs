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
fn systemd_accepts_the_socket_with_the_service() {
    let folder = tempfile::tempdir().expect("a folder");
    installed(folder.path());
    let name = "netease-meeting-exporter.socket";
    let socket = fs::read_to_string(deploy("systemd").join(name)).expect("the unit");
    let path = folder.path().join(name);
    fs::write(&path, &socket).expect("a file");
    let output = verify(&path);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "not a warning");

    fs::write(
        &path,
        socket.replace("ListenStream=10163", "ListenStream=x:y"),
    )
    .expect("a file");
    assert!(!verify(&path).status.success(), "this check can fail");
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
fn the_service_starts_as_the_unit_says() {
    let unit = fs::read_to_string(deploy("systemd").join(UNIT)).expect("the unit");
    let flags = fs::read_to_string(deploy("systemd").join("netease-meeting-exporter.default"));
    let flags = flags.expect("the environment file");
    let flags = flags
        .lines()
        .find_map(|line| line.strip_prefix("ARGS="))
        .expect("flags");
    let command = setting(&unit, "ExecStart").replace("$ARGS", flags.trim_matches('"'));
    let credentials = tempfile::tempdir().expect("a folder");
    let check = |config: &str| {
        let config = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("config")
            .join(config);
        let command = command.replace(
            "/etc/netease-meeting-exporter/exporter.yml",
            config.to_str().expect("a UTF-8 path"),
        );
        let mut command = command.split_whitespace();
        assert_eq!(
            command.next(),
            Some("/usr/local/bin/netease-meeting-exporter")
        );
        run(Command::new(env!("CARGO_BIN_EXE_netease-meeting-exporter"))
            .args(command)
            .arg("--config.check")
            .env("CREDENTIALS_DIRECTORY", credentials.path())
            .env(
                "NETEASE_MEETING__STATE_DIR",
                "/var/lib/netease-meeting-exporter",
            ))
    };
    let wrong = check("minimal.example.yml")
        .status
        .code()
        .expect("an exit status");
    assert_eq!(
        setting(&unit, "RestartPreventExitStatus"),
        wrong.to_string(),
        "no secret"
    );

    let credential = setting(&unit, "LoadCredential");
    let (name, _) = credential.split_once(':').expect("a name and a path");
    fs::write(credentials.path().join(name), "0123456789abcdef\n").expect("a file");
    for config in ["minimal.example.yml", "exporter.example.yml"] {
        let output = check(config);
        assert!(output.status.success(), "{config}: {output:?}");
    }
}

#[test]
fn prometheus_accepts_the_examples() {
    let mut checked = 0;
    for entry in fs::read_dir(deploy("prometheus")).expect("a folder") {
        let path = entry.expect("an entry").path();
        // Rules stand beside the examples and are checked as rules.
        if !path.to_string_lossy().ends_with(".example.yml") {
            continue;
        }
        let output = run(Command::new(tools::path("promtool"))
            .args(["check", "config"])
            .arg(&path));
        assert!(output.status.success(), "{output:?}");
        checked += 1;
    }
    assert!(checked > 0);
}

/// What the unit says of a setting that it says once.
fn setting<'a>(unit: &'a str, key: &str) -> &'a str {
    let mut values = unit
        .lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let value = values
        .next()
        .unwrap_or_else(|| panic!("the unit has no {key}"));
    assert!(values.next().is_none(), "the unit has {key} twice");
    value
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
