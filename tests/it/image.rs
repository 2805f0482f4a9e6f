//! The container image: built without an engine, looked into, and started as a container.

mod bundle;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use self::bundle::{Bundle, network};
use crate::support::{Exporter, binary};

#[test]
fn it_holds_one_program_and_belongs_to_nobody() {
    let bundle = Bundle::built();
    let expected = BTreeMap::from([
        ("etc".to_owned(), (0o755, 0)),
        ("etc/nsswitch.conf".to_owned(), (0o644, 0)),
        ("netease-meeting-exporter".to_owned(), (0o555, 0)),
        ("var".to_owned(), (0o755, 0)),
        ("var/lib".to_owned(), (0o755, 0)),
        (
            "var/lib/netease-meeting-exporter".to_owned(),
            (0o755, 65532),
        ),
    ]);
    assert_eq!(bundle.files(), expected);
    let process = &bundle.config()["process"];
    assert_eq!(process["user"]["uid"], 65532);
    assert_eq!(process["user"]["gid"], 65532);
    assert_eq!(process["args"][0], "/netease-meeting-exporter");
    let labels = bundle.labels();
    assert_eq!(
        labels["org.opencontainers.image.version"],
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(labels["org.opencontainers.image.licenses"], "Apache-2.0");
}

#[test]
fn it_is_of_the_sources_under_test() {
    let said = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        String::from_utf8(output.expect("it starts").stdout).expect("UTF-8")
    };
    for arguments in [&["--version"][..], &["man", "serve"]] {
        assert_eq!(
            said(&bundle::static_binary(), arguments),
            said(&binary(), arguments),
            "run `scripts/static.sh dev`"
        );
    }
}

#[test]
fn it_starts_without_a_privilege_on_a_root_that_cannot_be_written() {
    let bundle = Bundle::built();
    let demo = ["demo", "--apps=1", "--web.listen-address=127.0.0.1:0"];
    let exporter = Exporter::spawn(bundle.command(&demo)).ready();
    assert!(exporter.metrics().contains("netease_meeting_up{app="));
    let output = bundle.exec(&[
        "/netease-meeting-exporter",
        "healthcheck",
        "--web.listen-address",
        exporter.address(),
    ]);
    assert!(output.status.success(), "{output:?}");
    let (status, log) = exporter.terminate();
    assert!(status.success(), "{log:?}");
    assert!(log.iter().any(|line| line.contains("stopped")), "{log:?}");
}

#[test]
fn it_finds_names_in_files_and_by_name_servers() {
    let bundle = Bundle::built();
    bundle.provide("etc/resolv.conf", "nameserver 127.0.0.1\n");
    bundle.provide("etc/hosts", "127.0.0.2 listed.test\n");
    let hosts = ["vendor.test", "listed.test", "unknown.test"];
    let apps = hosts.map(|host| {
        format!(
            "  - {{name: {host}, host: 'http://{host}:9', allow_insecure_http: true, \
             app_key: \"0123456789abcdef\", app_secret: 0123456789abcdef, account_id: \"1\", \
             timeout: 2s, retry: {{attempts: 1}}}}\n"
        )
    });
    bundle.provide("etc/exporter.yml", &format!("apps:\n{}", apps.concat()));
    let doctor = bundle.command(&["doctor", "--config.file=/etc/exporter.yml"]);
    let output = network(&doctor).output().expect("unshare starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in [
        "vendor.test:9 is 127.0.0.1",
        "listed.test:9 is 127.0.0.2",
        "unknown.test",
    ] {
        assert!(said.contains(line), "{said} {output:?}");
    }
    assert!(!said.contains("unknown.test:9 is"), "{said}");
}

#[test]
fn the_dockerfile_pulls_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("deploy/docker/Dockerfile")).expect("a file");
    let from: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("FROM "))
        .collect();
    assert_eq!(from, ["FROM scratch"]);
    assert!(!text.lines().any(|line| line.starts_with("RUN ")));
    let user = text.lines().find_map(|line| line.strip_prefix("USER "));
    assert_eq!(user, Some("65532:65532"));
    let values = root.join("deploy/helm/netease-meeting-exporter/values.yaml");
    let values = fs::read_to_string(values).expect("a file");
    assert!(
        values.contains("runAsUser: 65532\n"),
        "the chart has the same"
    );
}
