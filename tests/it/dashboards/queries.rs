//! Every query of every dashboard and rule, put to a real Prometheus that scraped the demo.

use std::{collections::BTreeSet, fs, process::Command};

use netease_meeting_exporter::clock::SystemClock;
use serde_json::Value;

use super::files::{Dashboard, of_language, root};
use crate::{
    support::{Exporter, JOB, Prometheus, binary, eventually, free_address, until},
    tools::Release,
};

/// Parts of queries that the demo cannot answer, each with the reason.
const EMPTY: &str = include_str!("may_be_empty.txt");

/// In seconds.
const DAY: i64 = 86_400;

struct Question {
    /// Where it stands, for people.
    place: String,
    expr: String,
    instant: bool,
}

#[test]
fn every_query_and_rule_answers_in_every_prometheus() {
    let address = free_address();
    let folders = Release::ALL.map(|_| tempfile::tempdir().expect("a folder"));
    let servers = [0, 1].map(|place| {
        let config = config(&address);
        Prometheus::configured(Release::ALL[place], &config, folders[place].path())
    });
    // They look before there is anything to see, so that they see the counters begin at 0 and grow.
    for server in &servers {
        eventually("a first scrape", || {
            server.query("up").filter(|up| *up < 0.5)
        });
    }
    let _demo = demo(&address);

    let questions = questions();
    assert!(questions.len() > 100, "{} queries", questions.len());
    let excused: Vec<&str> = EMPTY
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(part, _)| part)
        .collect();
    for server in &servers {
        let mut open: Vec<&Question> = questions.iter().collect();
        let (mut waived, mut unanswered) = (BTreeSet::new(), Vec::new());
        until("queries without an answer", &Vec::<String>::new(), || {
            open.retain(|question| !answers(server, question));
            unanswered.clear();
            waived.clear();
            for question in &open {
                match excused.iter().find(|part| question.expr.contains(**part)) {
                    Some(part) => drop(waived.insert(*part)),
                    None => unanswered.push(format!("{}: {}", question.place, question.expr)),
                }
            }
            unanswered.clone()
        });
        let waived: Vec<&str> = waived.into_iter().collect();
        let mut listed = excused.clone();
        listed.sort_unstable();
        assert_eq!(waived, listed, "what is listed as empty is empty");
        rules_are_healthy(server);
        what_is_exposed_is_documented(server);
    }
}

/// Scrapes often, and evaluates the rules as they are shipped.
fn config(exporter: &str) -> String {
    let rules = root().join("deploy/prometheus/*.rules.yml");
    format!(
        "global: {{ scrape_interval: 500ms, evaluation_interval: 1s }}\nrule_files: [\"{}\"]\nscrape_configs:\n  \
         - job_name: {JOB}\n    static_configs: [{{ targets: [\"{exporter}\"] }}]\n",
        rules.display()
    )
}

/// The demo with a vendor that sometimes fails, is not the fastest, and corrects itself.
fn demo(address: &str) -> Exporter {
    let mut command = Command::new(binary());
    command.args([
        "demo",
        "--web.listen-address",
        address,
        "--meetings-per-day",
        "150",
    ]);
    command.args(["--latency", "30ms", "--log.level", "debug"]);
    for fault in [
        "code-510:0.2@realtime",
        "http-503:0.2@realtime",
        "lowered-daily:0.5@daily",
    ] {
        command.args(["--fault", fault]);
    }
    Exporter::spawn(command)
}

/// Those of the dashboards, as Grafana would send them, and those that rules record. Alerts are no questions:
/// that they have no answer is what they are for, and their own tests have them fire.
fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for dashboard in of_language("en") {
        questions.extend(of_dashboard(&dashboard));
    }
    let rules =
        fs::read_to_string(root().join("deploy/prometheus/recording.rules.yml")).expect("rules");
    for line in rules.lines() {
        if let Some(name) = line.trim().strip_prefix("- record: ") {
            questions.push(Question {
                place: "recording rule".to_owned(),
                expr: name.to_owned(),
                instant: true,
            });
        }
    }
    questions
}

fn of_dashboard(dashboard: &Dashboard) -> Vec<Question> {
    let queries = dashboard.queries().into_iter();
    queries
        .map(|query| Question {
            place: format!("{}, {}", dashboard.name, query.title),
            expr: substituted(&query.expr),
            instant: query.instant,
        })
        .collect()
}

/// With every variable's value: all jobs, all instances; an application where only one can be chosen.
fn substituted(expr: &str) -> String {
    let mut expr = expr.to_owned();
    for (variable, value) in [
        ("$__rate_interval", "20s"),
        ("$__range", "5m"),
        ("$job", ".+"),
        ("$instance", ".+"),
        ("$app", ".+"),
    ] {
        expr = expr.replace(variable, value);
    }
    assert!(!expr.contains('$'), "{expr}");
    expr
}

/// Whether there is a number in the answer; a quantile of nothing is none.
fn answers(server: &Prometheus, question: &Question) -> bool {
    let mut now = SystemClock::shared().now().as_second();
    if question.expr.contains("offset -1d") {
        // What is asked from the future is known for the time a day ago.
        now -= DAY;
    }
    let (now, before) = (now.to_string(), (now - 10).to_string());
    let found = if question.instant {
        server.ask("query", &question.expr, &[("time", &now)])
    } else {
        let more = [("start", &*before), ("end", &*now), ("step", "5")];
        server.ask("query_range", &question.expr, &more)
    };
    let is_number = |pair: &Value| pair[1] != "NaN";
    found.is_some_and(|series| {
        series.iter().any(|one| {
            let values = one["values"].as_array();
            is_number(&one["value"]) && values.is_none_or(|values| values.iter().any(is_number))
        })
    })
}

fn rules_are_healthy(server: &Prometheus) {
    let groups = server.data("rules")["groups"].clone();
    let rules: Vec<Value> = groups
        .as_array()
        .expect("groups")
        .iter()
        .flat_map(|group| group["rules"].as_array().cloned().expect("rules"))
        .collect();
    assert!(rules.len() > 15, "{} rules", rules.len());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

/// No metric is exposed that a reader would not find.
fn what_is_exposed_is_documented(server: &Prometheus) {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let names = server.data(&format!(
        "label/__name__/values?match[]=%7Bjob%3D%22{JOB}%22%7D"
    ));
    let mut ours = 0;
    for name in names
        .as_array()
        .expect("names")
        .iter()
        .filter_map(Value::as_str)
    {
        // Prometheus's own, and what its rules record.
        if name == "up"
            || name.starts_with("scrape_")
            || name.contains(':')
            || name.starts_with("ALERTS")
        {
            continue;
        }
        let documented = |name: &str| readme.contains(&format!("| `{name}` |"));
        let found = documented(name)
            || ["_bucket", "_count", "_sum"]
                .iter()
                .any(|suffix| name.strip_suffix(suffix).is_some_and(documented));
        assert!(found, "{name} is exposed, and the README does not say so");
        ours += 1;
    }
    assert!(ours > 60, "{ours} metrics were found");
}
