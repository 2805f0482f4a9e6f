//! Real readers: promtool, the reference parser of OpenMetrics, and a Prometheus that scrapes.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use netease_meeting_exporter::simulator::Simulator;
use serde_json::Value;

use crate::{
    support::{Exporter, Prometheus, Vendor, eventually, get_with, sample},
    tools::{self, Release},
};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0";

/// An exporter that has something to say in every family.
fn everything() -> (Vendor, Exporter) {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0).history_days(3));
    let config = vendor.config_with(
        &vendor.simulator.app_secret(0),
        "windows: [2d]",
        "    labels: { region: cn-east }\n    collectors:\n      meetings: { enabled: true, interval: 300ms }\n      \
         details: { enabled: true, interval: 300ms, max_per_minute: 6000 }\n",
    );
    let exporter = Exporter::serve(&config).ready();
    eventually("attendances", || {
        let name = "netease_meeting_finished_peak_participants_count";
        sample(&exporter.metrics(), name, &[]).filter(|count| *count > 0.0)
    });
    (vendor, exporter)
}

#[test]
fn promtool_has_nothing_to_say() {
    let (_vendor, exporter) = everything();
    let text = exporter.metrics();
    assert!(text.lines().count() > 200, "there is something to check");
    for release in Release::ALL {
        let mut promtool = Command::new(release.path("promtool"))
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("promtool starts");
        let mut pipe = promtool.stdin.take().expect("a pipe");
        pipe.write_all(text.as_bytes()).expect("promtool reads");
        drop(pipe);
        let said = promtool.wait_with_output().expect("promtool ends");
        assert!(said.status.success(), "{release:?}: {said:?}");
        let said = [said.stdout, said.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "{release:?}");
    }
}

/// Prints every sample as JSON: name, sorted labels, value. Bucket bounds are numbers: OpenMetrics
/// wants `1.0` where the text format has `1`.
const READER: &str = r#"
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
read = openmetrics if sys.argv[1] == "openmetrics" else text
def labels(sample):
    return sorted((k, float(v) if k == "le" else v) for k, v in sample.labels.items())
samples = [[s.name, str(labels(s)), float(s.value)]
           for family in read(sys.stdin.read()) for s in family.samples]
json.dump(sorted(samples), sys.stdout)
"#;

fn read_by_reference(format: &str, body: &str) -> Vec<Value> {
    let mut python = Command::new(tools::path("python3"))
        .args(["-c", READER, format])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut pipe = python.stdin.take().expect("a pipe");
    pipe.write_all(body.as_bytes()).expect("python reads");
    drop(pipe);
    let said = python.wait_with_output().expect("python ends");
    assert!(
        said.status.success(),
        "the reference parser refuses the {format} exposition"
    );
    serde_json::from_slice(&said.stdout).expect("JSON")
}

#[test]
fn the_reference_parser_reads_both_formats_alike() {
    let (_vendor, exporter) = everything();
    let accept = [("Accept", OPENMETRICS)];
    let answer = get_with("GET", exporter.address(), "/metrics", &accept).unwrap();
    assert!(
        answer.headers["content-type"].starts_with(OPENMETRICS),
        "{:?}",
        answer.headers
    );
    assert!(answer.text().ends_with("# EOF\n"));
    let openmetrics = read_by_reference("openmetrics", &answer.text());
    let text = read_by_reference("text", &exporter.metrics());
    assert!(openmetrics.len() > 200, "{} samples", openmetrics.len());
    // Between two scrapes numbers move, series do not.
    let series = |samples: &[Value]| -> Vec<String> {
        samples
            .iter()
            .map(|sample| format!("{}{}", sample[0], sample[1]))
            .collect()
    };
    let (openmetrics, text) = (series(&openmetrics), series(&text));
    let differing = openmetrics
        .iter()
        .zip(&text)
        .find(|(one, other)| one != other);
    assert_eq!(differing, None);
    assert_eq!(openmetrics.len(), text.len());
}

#[test]
fn a_real_prometheus_answers_with_the_truth() {
    answers_with_the_truth(Release::Stable);
}

#[test]
fn the_newest_prometheus_answers_with_the_truth() {
    answers_with_the_truth(Release::Newest);
}

fn answers_with_the_truth(release: Release) {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let exporter = Exporter::serve(&vendor.config("windows: [7d]")).ready();
    let prometheus = Prometheus::of(release, exporter.address(), vendor.directory.path());
    let up = r#"netease_meeting_up{app="demo"} and on(instance) up{job="netease-meeting"} == 1"#;
    eventually("the first scrape", || {
        prometheus.query(up).filter(|up| *up > 0.5)
    });

    let world = vendor.simulator.world();
    eventually("answers that equal the truth", || {
        let now = vendor.simulator.clock().now();
        let today = world.day_at(now);
        let yesterday = world.daily(0, today.yesterday().expect("a day before"), now);
        let week = world.totals(
            0,
            today.saturating_sub(jiff::Span::new().days(6)),
            today,
            now,
        );
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let as_wanted = |query: &str, truth: u64| prometheus.query(query) == Some(truth as f64);
        let right = as_wanted(
            r#"sum by (app) (netease_meeting_active_participants{app="demo"})"#,
            world.realtime(0, now).participants,
        ) && as_wanted(
            r#"netease_meeting_day_meetings{day="yesterday"}"#,
            yesterday.meetings,
        ) && as_wanted(
            r#"netease_meeting_day_duration_seconds{day="yesterday"}"#,
            yesterday.duration_seconds,
        ) && as_wanted("netease_meeting_window_meetings", week.meetings);
        right.then_some(())
    });
    // Scraped in the format it asks for, without a complaint about any sample.
    let bad = prometheus.query("scrape_samples_scraped - scrape_samples_post_metric_relabeling");
    assert_eq!(bad, Some(0.0));
}

/// The stable release's runs where the rules themselves are held to their documents.
#[test]
fn the_newest_promtool_tests_the_alerts_alike() {
    for (what, files) in [("check", "*.rules.yml"), ("test", "tests/*.test.yml")] {
        let promtool = Release::Newest.path("promtool");
        let said = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "{} {what} rules deploy/prometheus/{files}",
                promtool.display()
            ))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("a shell");
        assert!(said.status.success(), "{said:?}");
    }
}
