//! The way of an alert: a fault of the vendor's, the exporter, Prometheus with the rules as they are shipped,
//! Alertmanager with the example's routes, a receiver.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
};

use netease_meeting_exporter::simulator::{Fault, FaultKind};
use serde_json::Value;

use crate::{
    support::{Exporter, JOB, Prometheus, Vendor, Webhook, eventually, free_address, get},
    tools::Release,
};

const EXAMPLE: &str = "deploy/alertmanager/alertmanager.example.yml";
const RUNBOOKS: &str = "https://runbooks.example";

#[test]
fn amtool_accepts_the_example() {
    for release in Release::ALL {
        let said = Command::new(release.path("amtool"))
            .args(["check-config", EXAMPLE])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("amtool starts");
        assert!(said.status.success(), "{release:?}: {said:?}");
    }
}

#[test]
fn an_alert_reaches_its_receiver_and_resolves() {
    an_alert_travels(Release::Stable);
}

#[test]
fn an_alert_reaches_its_receiver_by_the_newest_programs() {
    an_alert_travels(Release::Newest);
}

fn an_alert_travels(release: Release) {
    let vendor = Vendor::start();
    let exporter = Exporter::serve(&vendor.config("")).ready();
    let webhook = Webhook::start();
    let directory = vendor.directory.path();
    let alertmanager = Alertmanager::start(release, &webhook, directory);
    let config = prometheus_config(exporter.address(), &alertmanager.address, directory);
    let prometheus = Prometheus::configured(release, &config, directory);
    eventually("all to be well", || {
        prometheus
            .query("netease_meeting_up")
            .filter(|up| *up > 0.5)
    });

    vendor
        .simulator
        .set_faults(vec![Fault::always(FaultKind::Http(503))]);
    let fired = delivered(&webhook, "NeteaseMeetingApplicationDown", "firing");
    assert_eq!(fired["labels"]["app"], "demo");
    assert_eq!(fired["labels"]["severity"], "critical");
    let annotations = &fired["annotations"];
    assert_eq!(annotations["summary"], "Application demo cannot be watched");
    assert_eq!(annotations["summary_zh"], "无法监测应用 demo");
    let runbook = format!("{RUNBOOKS}/docs/runbook.md#neteasemeetingapplicationdown");
    assert_eq!(annotations["runbook_url"], *runbook);

    vendor.simulator.clear_faults();
    delivered(&webhook, "NeteaseMeetingApplicationDown", "resolved");

    // A cause that is known keeps back what follows from it.
    vendor
        .simulator
        .set_faults(vec![Fault::always(FaultKind::Code(4000))]);
    let fired = delivered(&webhook, "NeteaseMeetingServiceExpired", "firing");
    assert_eq!(fired["labels"]["app"], "demo");
    eventually("the consequence to be kept back", || {
        alertmanager.inhibits("NeteaseMeetingApplicationDown")
    });
    let paths: Vec<String> = webhook
        .messages()
        .into_iter()
        .map(|message| message.path)
        .collect();
    assert!(
        paths.iter().all(|path| path == "/netease-meeting"),
        "{paths:?}"
    );
}

/// The alert of that name, once a message says that it is so.
fn delivered(webhook: &Webhook, name: &str, status: &str) -> Value {
    eventually(&format!("{name} {status}"), || {
        webhook.messages().into_iter().find_map(|message| {
            let alerts = message.body["alerts"].as_array().expect("alerts").clone();
            let wanted =
                |alert: &Value| alert["labels"]["alertname"] == name && alert["status"] == status;
            alerts.into_iter().find(wanted)
        })
    })
}

/// The rules as they are shipped, but for how long a trouble must last: nobody waits for a quarter of an hour here.
fn prometheus_config(exporter: &str, alertmanager: &str, directory: &Path) -> String {
    for name in ["alerts.rules.yml", "recording.rules.yml"] {
        let shipped = fs::read_to_string(shipped("deploy/prometheus").join(name)).expect("rules");
        let impatient = with_value(&shipped, "for", "1s");
        assert_eq!(impatient.contains("for: 1s"), name.starts_with("alerts"));
        fs::write(directory.join(name), impatient).expect("a file");
    }
    format!(
        "global:\n  scrape_interval: 500ms\n  evaluation_interval: 500ms\n  external_labels: {{ runbook_base: {RUNBOOKS} }}\n\
         rule_files: [\"*.rules.yml\"]\n\
         alerting: {{ alertmanagers: [ {{ static_configs: [ {{ targets: [\"{alertmanager}\"] }} ] }} ] }}\n\
         scrape_configs:\n  - job_name: {JOB}\n    static_configs: [ {{ targets: [\"{exporter}\"] }} ]\n"
    )
}

/// A YAML text with another value for every `key: value` line.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let changed = text.lines().map(|line| match line.split_once(':') {
        Some((before, _)) if before.trim_start() == key => format!("{before}: {value}\n"),
        _ => format!("{line}\n"),
    });
    changed.collect()
}

fn shipped(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

struct Alertmanager {
    child: Child,
    address: String,
}

impl Alertmanager {
    /// The example's routes and inhibitions, without its patience, to the receiver.
    fn start(release: Release, webhook: &Webhook, directory: &Path) -> Self {
        let example = fs::read_to_string(shipped(EXAMPLE)).expect("the example");
        let config = example.replace("127.0.0.1:8060", &webhook.address.to_string());
        assert_ne!(config, example, "the example has a receiver");
        let config = with_value(
            &with_value(&config, "group_wait", "100ms"),
            "group_interval",
            "500ms",
        );
        let file = directory.join("alertmanager.yml");
        fs::write(&file, config).expect("a file");
        let address = free_address();
        let child = Command::new(release.path("prometheus-alertmanager"))
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.path={}",
                directory.join("alertmanager").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            // It has no peers.
            .args(["--cluster.listen-address=", "--log.level=error"])
            .spawn()
            .expect("Alertmanager starts");
        Self { child, address }
    }

    /// Whether it knows of the alert, and sends no message because of another.
    fn inhibits(&self, name: &str) -> Option<()> {
        let answer = get(&self.address, "/api/v2/alerts").ok()?;
        let alerts: Vec<Value> = serde_json::from_slice(&answer.body).ok()?;
        let alert = alerts
            .iter()
            .find(|alert| alert["labels"]["alertname"] == name)?;
        (alert["status"]["inhibitedBy"] != Value::Array(Vec::new())).then_some(())
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
