//! The rules for Prometheus: accepted and tested by promtool, documented, on metrics that exist.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use netease_meeting_exporter::catalogue;

use crate::tools;

const ALERTS: &str = "deploy/prometheus/alerts.rules.yml";
const RECORDING: &str = "deploy/prometheus/recording.rules.yml";
const TESTS: [&str; 2] = [
    "deploy/prometheus/tests/alerts.test.yml",
    "deploy/prometheus/tests/weeks.test.yml",
];

#[test]
fn promtool_accepts_the_rules() {
    promtool(&["check", "rules", ALERTS, RECORDING]);
}

#[test]
fn every_alert_fires_stays_quiet_and_resolves() {
    let tests: String = TESTS.into_iter().map(read).collect();
    for alert in alerts() {
        let (_, case) = tests
            .split_once(&format!("  - name: {alert}\n"))
            .unwrap_or_else(|| panic!("{alert} has no test"));
        let case = case.split("\n  - name: ").next().expect("a case");
        let fires: Vec<bool> = case
            .lines()
            .filter_map(|line| line.trim().strip_prefix("exp_alerts:"))
            .map(str::is_empty)
            .collect();
        assert_eq!(
            fires,
            [false, true, false],
            "{alert}: quiet, firing, resolved"
        );
    }
    promtool(&["test", "rules", TESTS[0], TESTS[1]]);
}

#[test]
fn every_alert_speaks_both_languages() {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let rules = read(ALERTS);
    for (key, chinese) in [
        ("summary", false),
        ("description", false),
        ("summary_zh", true),
        ("description_zh", true),
    ] {
        let texts: Vec<&str> = rules
            .lines()
            .filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "))
            .collect();
        assert_eq!(texts.len(), alerts().len(), "{key}");
        for text in texts {
            assert_eq!(is_chinese(text), chinese, "{key}: {text}");
        }
    }
}

#[test]
fn every_alert_is_in_both_runbooks() {
    let alerts = alerts();
    let rules = read(ALERTS);
    for runbook in ["docs/runbook.md", "docs/runbook.zh-CN.md"] {
        let text = read(runbook);
        let sections: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(sections, alerts, "{runbook}");
    }
    for alert in &alerts {
        let anchor = format!("docs/runbook.md#{}\"", alert.to_lowercase());
        assert!(rules.contains(&anchor), "{alert} points to its section");
    }
}

#[test]
fn rules_and_runbooks_name_only_metrics_that_exist() {
    let mut seen = BTreeSet::new();
    for file in [
        ALERTS,
        RECORDING,
        "docs/runbook.md",
        "docs/runbook.zh-CN.md",
    ] {
        let text = read(file);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let names = text.split(|c| !is_part(c));
        for name in names.filter(|name| name.starts_with("netease_meeting_")) {
            let family = ["_bucket", "_count", "_sum"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name);
            assert!(catalogue::find(family).is_some(), "{file} has {name}");
            seen.insert(family.to_owned());
        }
    }
    assert!(seen.len() >= 10, "metrics were found: {seen:?}");
}

fn alerts() -> Vec<String> {
    let alerts: Vec<String> = read(ALERTS)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .map(str::to_owned)
        .collect();
    assert!(alerts.len() >= 10, "alerts were found: {alerts:?}");
    alerts
}

fn promtool(arguments: &[&str]) {
    let said = Command::new(tools::path("promtool"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("promtool runs");
    assert!(said.status.success(), "{arguments:?}: {said:?}");
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
