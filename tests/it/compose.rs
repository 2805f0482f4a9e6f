//! The compose files: read by docker-compose, their parts by the programs that they are for.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{support::binary, tools};

const DEMO: [&str; 1] = ["compose.yaml"];
const SERVE: [&str; 2] = ["compose.yaml", "serve.yaml"];

#[test]
fn docker_compose_accepts_the_files() {
    for files in [&DEMO[..], &SERVE] {
        let services = config(files)["services"].clone();
        let services = services.as_object().expect("services");
        assert_eq!(
            services.keys().collect::<Vec<_>>(),
            ["alertmanager", "exporter", "grafana", "prometheus"]
        );
        for (name, service) in services {
            let image = service["image"].as_str().expect("an image");
            let (_, tag) = image.rsplit_once(':').expect("a tag");
            assert!(tag != "latest" && tag.contains('.'), "{name}: {image}");
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(service["cap_drop"][0], "ALL", "{name}");
            for port in service["ports"].as_array().expect("ports") {
                let port = port.to_string();
                assert!(port.contains("127.0.0.1"), "{name}: {port}");
            }
        }
    }
}

#[test]
fn what_they_mount_is_there() {
    let mut seen = 0;
    for service in config(&DEMO)["services"]
        .as_object()
        .expect("services")
        .values()
    {
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let volume = volume.as_str().expect("text");
            if let Some((source, _)) = volume.split_once(':')
                && source.starts_with('/')
            {
                assert!(Path::new(source).exists(), "{source}");
                seen += 1;
            }
        }
    }
    assert!(seen > 4, "{seen}");
}

#[test]
fn the_binary_accepts_what_they_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("exporter.yml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("config/minimal.example.yml"), &file).expect("a copy");
    let secret = folder.path().join("headquarters.secret");
    fs::write(secret, "0123456789abcdef\n").expect("a file");
    let exporter = &config(&SERVE)["services"]["exporter"];
    let words = exporter["command"].as_array().expect("a command").iter();
    let words = words.map(|word| word.as_str().expect("text"));
    let words = words.map(|word| match word.strip_prefix("--config.file=") {
        Some(_) => format!("--config.file={}", file.display()),
        None => word.to_owned(),
    });
    let output = run(Command::new(binary())
        .args(words)
        .arg("--config.check")
        .env("CREDENTIALS_DIRECTORY", folder.path()));
    assert!(output.status.success(), "{output:?}");

    let exporter = &config(&DEMO)["services"]["exporter"];
    assert_eq!(exporter["command"][0], "demo");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        exporter["image"],
        format!("netease-meeting-exporter:{version}")
    );
}

#[test]
fn prometheus_and_alertmanager_accept_their_configurations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/compose");
    // The rules stand elsewhere in the container.
    let rules = folder.parent().expect("a parent").join("prometheus");
    let text = fs::read_to_string(folder.join("prometheus.yml")).expect("a file");
    let moved = text.replace("/etc/prometheus/rules", rules.to_str().expect("UTF-8"));
    assert_ne!(text, moved);
    let here = tempfile::tempdir().expect("a folder");
    let file = here.path().join("prometheus.yml");
    fs::write(&file, moved).expect("a file");
    let output = run(Command::new(tools::path("promtool"))
        .args(["check", "config"])
        .arg(file));
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("rule files found"), "{said}");
    let output = run(Command::new(tools::path("amtool"))
        .arg("check-config")
        .arg(folder.join("alertmanager.yml")));
    assert!(output.status.success(), "{output:?}");
}

/// The configuration that docker-compose makes of some files.
fn config(files: &[&str]) -> Value {
    let mut command = Command::new(tools::path("docker-compose"));
    for file in files {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/compose");
        command.arg("--file").arg(folder.join(file));
    }
    let output = run(command.arg("config"));
    assert!(output.status.success(), "{output:?}");
    // As it is YAML, a reader of YAML turns it into JSON.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.yaml");
    fs::write(&file, output.stdout).expect("a file");
    let convert = "import json, sys; from ruamel.yaml import YAML; \
                   print(json.dumps(YAML(typ='safe', pure=True).load(open(sys.argv[1]))))";
    let output = run(Command::new(tools::path("python3"))
        .args(["-c", convert])
        .arg(file));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}
