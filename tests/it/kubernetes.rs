//! The chart and the sidecar example: rendered by Helm, held to Kubernetes' schemas, and their
//! configurations tried on the binary.
//!
//! The Prometheus operator's kinds have no published schemas that could be installed here; those in
//! `kubernetes/operator.schema.json` are ours, of the fields in use, from its API reference.

mod rendered;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use self::rendered::{Manifests, checked};
use crate::{support::binary, tools};

const CHART: &str = "deploy/helm/netease-meeting-exporter";

#[test]
fn helm_and_kubernetes_accept_every_set_of_values() {
    for values in sets() {
        let output = helm(&["lint", "--strict", CHART], &values);
        assert!(output.status.success(), "{}: {output:?}", values.display());
        let manifests = render(&values);
        manifests.are_restricted();
        manifests.of("Service").expect("a service");
    }
    let output = run(helm_command().args(["lint", "--strict", CHART]));
    assert!(output.status.success(), "without values: {output:?}");
}

#[test]
fn the_check_of_manifests_can_fail() {
    let wrong = [
        (
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {a: 1}",
            "a number",
        ),
        (
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndatum: {}",
            "a field",
        ),
        (
            "kind: Nothing\napiVersion: v1\nmetadata: {name: a}",
            "a kind",
        ),
        (
            "kind: PodMonitor\napiVersion: monitoring.coreos.com/v1\nmetadata: {name: a}\nspec: {}",
            "an operator's kind",
        ),
    ];
    for (manifest, what) in wrong {
        checked(manifest).expect_err(what);
    }
    let open =
        "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}";
    let open = checked(open).expect("a valid pod");
    std::panic::catch_unwind(|| open.are_restricted()).expect_err("an unrestricted pod");
}

#[test]
fn the_binary_accepts_what_the_chart_configures() {
    for values in sets() {
        let manifests = render(&values);
        let workload = manifests
            .of("Deployment")
            .or(manifests.of("StatefulSet"))
            .expect("a workload");
        let container = &workload["spec"]["template"]["spec"]["containers"][0];
        let config = manifests.of("ConfigMap").expect("a configuration");
        accepts(container, &config["data"], &values.display().to_string());
    }
}

#[test]
fn many_applications_are_divided_among_pods_that_keep_their_own_totals() {
    let manifests = render(&chart("ci/sharded-values.yaml"));
    assert!(manifests.of("Deployment").is_none());
    let set = manifests.of("StatefulSet").expect("a StatefulSet");
    let spec = &set["spec"];
    let args = spec["template"]["spec"]["containers"][0]["args"].to_string();
    assert_eq!(spec["replicas"], 4);
    assert!(
        args.contains("\"--shard.index=auto\",\"--shard.count=4\""),
        "{args}"
    );
    assert_eq!(spec["volumeClaimTemplates"][0]["metadata"]["name"], "state");
    let service = manifests.of("Service").expect("a service");
    assert_eq!(service["spec"]["clusterIP"], "None");
    assert_eq!(spec["serviceName"], service["metadata"]["name"]);
}

#[test]
fn the_chart_carries_the_rules_and_the_dashboards() {
    let manifests = render(&chart("ci/operator-values.yaml"));
    let rules = &manifests.of("PrometheusRule").expect("rules")["spec"];
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.json");
    fs::write(&file, rules.to_string()).expect("a file");
    let output = run(Command::new(tools::path("promtool"))
        .args(["check", "rules"])
        .arg(&file));
    assert!(output.status.success(), "{output:?}");
    let found = String::from_utf8_lossy(&output.stdout);
    let own = ["alerts", "recording"].map(|name| format!("deploy/prometheus/{name}.rules.yml"));
    let own: usize = own
        .map(|path| {
            let text = read(&path);
            let is_rule = |line: &&str| {
                let line = line.trim_start().trim_start_matches("- ");
                line.starts_with("alert:") || line.starts_with("record:")
            };
            text.lines().filter(is_rule).count()
        })
        .iter()
        .sum();
    assert!(found.contains(&format!("{own} rules found")), "{found}");

    let dashboards = manifests
        .all("ConfigMap")
        .filter(|map| map["metadata"]["labels"]["grafana_dashboard"] == "1");
    let mut texts: Vec<String> = dashboards
        .flat_map(|map| map["data"].as_object().expect("data").values())
        .map(|text| text.as_str().expect("text").trim_end().to_owned())
        .collect();
    let folder = root().join("deploy/grafana/dashboards/zh-CN");
    let mut own: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a file"))
        .map(|text| text.trim_end().to_owned())
        .collect();
    texts.sort();
    own.sort();
    assert!(texts == own && !own.is_empty(), "one source for both");
}

#[test]
fn what_cannot_work_is_refused_with_a_sentence() {
    let cases = [
        (vec!["config.apps=null"], "config.apps is empty"),
        (vec!["config.state_dir=/data"], "persistence.enabled"),
        (vec!["existingSecret=a"], "give one of them"),
        (
            vec!["serviceMonitor.enabled=true", "podMonitor.enabled=true"],
            "scraped twice",
        ),
        (
            vec!["shards=2", "persistence.existingClaim=a"],
            "each of several shards needs its own",
        ),
        (vec!["shards=0"], "minimum"),
        (vec!["replicas=3"], "additional properties"),
    ];
    for (sets, sentence) in cases {
        let mut command = helm_command();
        command.args(["template", "release", CHART, "--values"]);
        command.arg(chart("ci/minimal-values.yaml"));
        for set in sets {
            command.args(["--set", set]);
        }
        let output = run(&mut command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(sentence),
            "{said}"
        );
    }
}

#[test]
fn the_sidecar_example_is_valid_and_restricted() {
    let manifests = checked(&read("deploy/kubernetes/sidecar.yaml")).expect("valid manifests");
    manifests.are_restricted();
    let set = manifests.of("StatefulSet").expect("a StatefulSet");
    let container = &set["spec"]["template"]["spec"]["containers"][1];
    let config = manifests.of("ConfigMap").expect("a configuration");
    accepts(container, &config["data"], "sidecar.yaml");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prometheus.yml");
    let text = config["data"]["prometheus.yml"].as_str().expect("text");
    fs::write(&file, text).expect("a file");
    let output = run(Command::new(tools::path("promtool"))
        .args(["check", "config"])
        .arg(&file));
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn versions_are_the_crates() {
    let version = env!("CARGO_PKG_VERSION");
    let chart = read(&format!("{CHART}/Chart.yaml"));
    assert!(
        chart.contains(&format!("appVersion: \"{version}\"")),
        "{chart}"
    );
    let sidecar = read("deploy/kubernetes/sidecar.yaml");
    assert!(sidecar.contains(&format!("netease-meeting-exporter:{version}\n")));
}

/// Tries a container's arguments, environment and configuration on the binary.
fn accepts(container: &Value, data: &Value, what: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("exporter.yml");
    let text = data["exporter.yml"].as_str().expect("a configuration");
    let authority = folder.path().join("ca.pem");
    fs::write(&config, text.replace("/etc/private-ca/ca.pem", "ca.pem")).expect("a file");
    fs::write(&authority, include_str!("../fixtures/tls/ca.pem")).expect("a file");
    for name in ["headquarters.secret", "branch.secret"] {
        fs::write(folder.path().join(name), "0123456789abcdef\n").expect("a file");
    }
    let args = container["args"].as_array().expect("arguments").iter();
    let args = args.map(|arg| arg.as_str().expect("text"));
    let args = args.map(|arg| match arg.strip_prefix("--config.file=") {
        Some(_) => format!("--config.file={}", config.display()),
        None => arg.to_owned(),
    });
    let mut command = Command::new(binary());
    command.args(args).arg("--config.check").env_clear();
    for variable in container["env"].as_array().expect("an environment") {
        let name = variable["name"].as_str().expect("a name");
        let value = match name {
            "CREDENTIALS_DIRECTORY" => folder.path().to_str(),
            "POD_NAME" => Some("release-netease-meeting-exporter-2"),
            _ => variable["value"].as_str(),
        };
        command.env(name, value.expect("a value"));
    }
    let output = run(&mut command);
    assert!(output.status.success(), "{what}: {output:?}");
}

/// Every documented set of values.
fn sets() -> Vec<PathBuf> {
    let entries = fs::read_dir(chart("ci")).expect("a folder");
    let sets: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert!(sets.len() > 2, "{sets:?}");
    sets
}

fn render(values: &Path) -> Manifests {
    let output = helm(&["template", "release", CHART], values);
    assert!(output.status.success(), "{}: {output:?}", values.display());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    checked(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", values.display()))
}

fn helm(args: &[&str], values: &Path) -> Output {
    run(helm_command().args(args).arg("--values").arg(values))
}

fn helm_command() -> Command {
    let mut command = Command::new(tools::path("helm"));
    command.current_dir(root());
    command
}

fn chart(path: &str) -> PathBuf {
    root().join(CHART).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}
