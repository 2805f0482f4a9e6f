//! Parts of the exposition: one application's, one collector's, the exporter's own.

use std::{collections::BTreeSet, sync::Arc};

use hyper::StatusCode;
use netease_meeting_exporter::web::WebState;

use super::{
    answers::{ask, get},
    state,
};
use crate::exposition::fixture::{Fixed, known, unknown};

fn three() -> Arc<WebState> {
    let mut labelled = known("lab");
    labelled.labels = Arc::new([("region".to_owned(), "cn-east".to_owned())].into());
    state(
        Fixed::new([known("hq"), labelled, unknown("hq2")]),
        "/metrics",
    )
}

/// The series of an answer, without their values.
async fn series(state: &WebState, path: &str) -> BTreeSet<String> {
    let answer = get(state, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    let lines = answer.text().lines().filter(|line| !line.starts_with('#'));
    let series = lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned());
    series.collect()
}

#[tokio::test]
async fn a_probe_is_all_of_one_application_and_nothing_else() {
    let state = three();
    let everything = series(&state, "/metrics").await;
    let of_hq: BTreeSet<_> = everything
        .iter()
        .filter(|series| series.contains("{app=\"hq\""))
        .cloned()
        .collect();
    let probed = series(&state, "/probe?app=hq").await;
    assert_eq!(probed, of_hq);
    assert!(probed.contains("netease_meeting_up{app=\"hq\"}"));
    assert!(
        probed.contains("netease_meeting_collector_success{app=\"hq\",collector=\"daily\"}"),
        "{probed:#?}"
    );
    assert!(!probed.iter().any(|series| series.starts_with("process_")));
    assert_eq!(series(&state, "/metrics?app=hq").await, of_hq);
}

/// Whoever scrapes the parts gets what `/metrics` has, and nothing twice.
#[tokio::test]
async fn the_parts_are_the_whole() {
    let state = three();
    let mut parts = Vec::new();
    for part in [
        "/probe?app=hq",
        "/probe?app=hq2",
        "/probe?app=lab",
        "/metrics?collector=exporter",
    ] {
        parts.extend(series(&state, part).await);
    }
    let number = parts.len();
    let parts: BTreeSet<_> = parts.into_iter().collect();
    assert_eq!(parts.len(), number, "a series stands in two parts");
    assert_eq!(parts, series(&state, "/metrics").await);
    assert!(
        parts
            .iter()
            .any(|series| series.contains("app=\"lab\",region=\"cn-east\""))
    );
}

#[tokio::test]
async fn collectors_can_be_scraped_apart() {
    let state = three();
    let names = |found: BTreeSet<String>| {
        let short = found.iter().map(|series| {
            let series = series.replace("netease_meeting_", "");
            series
                .replace("app=\"hq\",", "")
                .replace("{app=\"hq\"}", "")
        });
        short.collect::<Vec<_>>().join("\n")
    };
    let realtime = series(&state, "/metrics?app=hq&collector=realtime").await;
    insta::assert_snapshot!(names(realtime), @r#"
    active_meetings
    active_participants
    collector_duration_seconds{collector="realtime"}
    collector_interval_seconds{collector="realtime"}
    collector_last_success_timestamp_seconds{collector="realtime"}
    collector_success{collector="realtime"}
    consistency_ratio{field="duration"}
    exporter_dropped_series
    up
    "#);
    let both = series(&state, "/metrics?collector=daily&collect[]=exporter").await;
    assert!(both.iter().any(|series| series.contains("day_meetings{")));
    assert!(both.iter().any(|series| series.contains("build_info{")));
    assert!(!both.iter().any(|series| series.contains("realtime")));
}

#[tokio::test]
async fn only_what_is_configured_can_be_asked_for() {
    let state = three();
    let mut answers = String::new();
    for path in [
        "/probe",
        "/probe?app=nowhere",
        "/probe?app=",
        "/probe?app=hq&app=lab",
        "/probe?app=hq&collector=daily",
        "/probe?app=http%3A%2F%2F127.0.0.1%2F%0Ax",
        "/metrics?app=hq&app=nowhere",
        "/metrics?collector=weekly",
    ] {
        let answer = get(&state, path).await;
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        let status = answer.status.as_u16();
        answers.push_str(&format!("{path}: {status} {}", answer.text()));
    }
    insta::assert_snapshot!(answers, @r#"
    /probe: 400 name the application that is asked about: ?app=NAME
    /probe?app=nowhere: 404 no application is called "nowhere"
    /probe?app=: 404 no application is called ""
    /probe?app=hq&app=lab: 400 app is given more than once: one application is answered for at a time
    /probe?app=hq&collector=daily: 400 unknown parameter "collector": only app can be given
    /probe?app=http%3A%2F%2F127.0.0.1%2F%0Ax: 404 no application is called "http://127.0.0.1/\nx"
    /metrics?app=hq&app=nowhere: 404 no application is called "nowhere"
    /metrics?collector=weekly: 400 no collector is called "weekly"; there are realtime, daily, meetings, details, and exporter for the series about the exporter itself
    "#);
}

#[tokio::test]
async fn parts_are_negotiated_like_the_whole() {
    let asked = [("accept", "application/openmetrics-text;version=1.0.0")];
    let answer = ask(&three(), hyper::Method::GET, "/probe?app=hq", &asked).await;
    assert_eq!(
        answer.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert_eq!(answer.header("vary"), "Accept, Accept-Encoding");
    assert!(answer.text().ends_with("\n# EOF\n"), "{}", answer.text());
}
