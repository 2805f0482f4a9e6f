//! The Debian package: made of the binary under test, judged by lintian, and installed in a Debian
//! that has nothing else in it.

mod root;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use self::root::Root;
use crate::{support::binary, tools};

const NAME: &str = "netease-meeting-exporter";
const UNIT: &str = "usr/lib/systemd/system/netease-meeting-exporter.service";

#[test]
fn it_installs_starts_upgrades_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let older = packed(folder.path(), "0.0.1-1");
    let package = packed(folder.path(), &version());
    lintian_finds_nothing(&package);

    let root = Root::unpacked();
    let before = root.files();
    root.run(&["dpkg", "-i"], &[&older]);
    assert!(root.version().starts_with("0.0.1-1"), "{}", root.version());
    for document in ["README.Debian", "copyright", "changelog.Debian.gz"] {
        assert!(root.has(&format!("usr/share/doc/{NAME}/{document}")));
    }
    completions_and_manual_are_there(&root);
    systemd_accepts_the_unit(&root);
    the_configuration_waits_for_its_secret(&root);
    it_serves(&root);

    let changed = format!(
        "{}\nwindows: [7d]\n",
        root.read("etc/netease-meeting-exporter/exporter.yml")
    );
    root.write("etc/netease-meeting-exporter/exporter.yml", &changed);
    root.write(&format!("var/lib/private/{NAME}/ledger"), "totals");
    root.run(&["dpkg", "-i"], &[&package]);
    assert!(root.version().starts_with(&version()), "{}", root.version());
    assert_eq!(
        root.read("etc/netease-meeting-exporter/exporter.yml"),
        changed
    );

    root.run(&["dpkg", "--remove", NAME], &[]);
    assert!(!root.has(&format!("usr/bin/{NAME}")) && !root.has(UNIT));
    assert_eq!(
        root.read("etc/netease-meeting-exporter/exporter.yml"),
        changed
    );
    assert!(root.has("etc/netease-meeting-exporter/headquarters.secret"));
    assert!(root.has(&format!("var/lib/private/{NAME}/ledger")));

    root.run(&["dpkg", "--purge", NAME], &[]);
    assert_eq!(root.files(), before, "left: after, right: before");
}

#[test]
fn the_changelog_is_of_this_version() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let changelog = fs::read_to_string(root.join("deploy/debian/changelog")).expect("a changelog");
    let newest = format!("{NAME} ({}) ", version());
    assert!(changelog.starts_with(&newest), "{changelog}");
}

fn lintian_finds_nothing(package: &Path) {
    let output = run(Command::new(tools::path("lintian"))
        .args(["--allow-root", "--fail-on", "error,warning"])
        .arg(package));
    assert!(output.status.success(), "{output:?}");
}

fn completions_and_manual_are_there(root: &Root) {
    let scripts = [
        format!("bash-completion/completions/{NAME}"),
        format!("zsh/vendor-completions/_{NAME}"),
        format!("fish/vendor_completions.d/{NAME}.fish"),
    ];
    for script in scripts {
        let text = root.read(&format!("usr/share/{script}"));
        assert!(text.contains("--web.listen-address"), "{script}");
    }
    for page in ["", "-serve", "-ledger", "-ledger-list"] {
        assert!(root.has(&format!("usr/share/man/man1/{NAME}{page}.1.gz")));
    }
}

fn systemd_accepts_the_unit(root: &Root) {
    let verify = || {
        run(Command::new(tools::path("systemd-analyze"))
            .args(["verify", "--man=no", "--recursive-errors=no"])
            .arg(format!("--root={}", root.path().display()))
            .arg(root.path().join(UNIT)))
    };
    let output = verify();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "not a warning");
    let output = run(Command::new(tools::path("systemd-analyze"))
        .args(["security", "--offline=true", "--no-pager", "--threshold=20"])
        .arg(root.path().join(UNIT)));
    assert!(output.status.success(), "{output:?}");

    let (program, away) = (
        root.path().join("usr/bin").join(NAME),
        root.path().join("away"),
    );
    fs::rename(&program, &away).expect("a program");
    assert!(!verify().status.success(), "this check can fail");
    fs::rename(&away, &program).expect("a program");
}

/// The example names a secret, and starting before it is there would not help.
fn the_configuration_waits_for_its_secret(root: &Root) {
    let check = [
        "usr/bin/netease-meeting-exporter",
        "--config.check",
        "--config.file=/etc/netease-meeting-exporter/exporter.yml",
    ];
    assert_eq!(root.output(&check).status.code(), Some(64));
    root.write(
        "etc/netease-meeting-exporter/headquarters.secret",
        "0123456789abcdef\n",
    );
    let output = root.output(&check);
    assert!(output.status.success(), "{output:?}");
}

fn it_serves(root: &Root) {
    let mut command = root.command(&["usr/bin/netease-meeting-exporter", "demo"]);
    command.args(["--apps=1", "--web.listen-address=127.0.0.1:0"]);
    let exporter = crate::support::Exporter::spawn(command).ready();
    assert!(exporter.metrics().contains("netease_meeting_up{app="));
    let asked = root.output(&[
        "usr/bin/netease-meeting-exporter",
        "healthcheck",
        "--web.listen-address",
        exporter.address(),
    ]);
    assert!(asked.status.success(), "{asked:?}");
    let (status, log) = exporter.terminate();
    assert!(status.success(), "{log:?}");
}

/// The package of the binary under test, in some version.
fn packed(folder: &Path, version: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/package.sh");
    let output = run(Command::new(script)
        .args(["--fast", "--version", version])
        .args([&binary(), folder]));
    assert!(output.status.success(), "{output:?}");
    folder.join(format!("{NAME}_{version}_{}.deb", root::architecture()))
}

/// The version of the package: the crate's, and Debian's revision.
fn version() -> String {
    format!("{}-1", env!("CARGO_PKG_VERSION"))
}

fn run(command: &mut Command) -> Output {
    command
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program starts")
}
