//! What Prometheus is told to scrape.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use netease_meeting_exporter::web::WebState;
use serde_json::Value;

use super::{
    answers::ask,
    protected::{Protected, TLS},
    state, state_with,
};
use crate::exposition::fixture::{Fixed, known};

fn apps() -> Arc<Fixed> {
    let mut lab = known("lab");
    lab.labels = Arc::new([("region".to_owned(), "cn-\"east\"".to_owned())].into());
    Fixed::new([known("hq"), lab])
}

async fn targets(state: &WebState, host: &str) -> Value {
    let answer = ask(state, Method::GET, "/sd", &[("host", host)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn every_application_is_a_target() {
    let found = targets(&state(apps(), "/telemetry"), "exporter:10163").await;
    insta::assert_snapshot!(format!("{found:#}"), @r#"
    [
      {
        "labels": {
          "__meta_netease_meeting_app": "hq",
          "__metrics_path__": "/probe",
          "__param_app": "hq",
          "instance": "exporter:10163/hq"
        },
        "targets": [
          "exporter:10163"
        ]
      },
      {
        "labels": {
          "__meta_netease_meeting_app": "lab",
          "__meta_netease_meeting_label_region": "cn-\"east\"",
          "__metrics_path__": "/probe",
          "__param_app": "lab",
          "instance": "exporter:10163/lab"
        },
        "targets": [
          "exporter:10163"
        ]
      },
      {
        "labels": {
          "__metrics_path__": "/telemetry",
          "__param_collector": "exporter"
        },
        "targets": [
          "exporter:10163"
        ]
      }
    ]
    "#);
}

#[tokio::test]
async fn the_operator_knows_better_where_it_is_reached() {
    let url = "https://gateway.example.org/netease/".parse().unwrap();
    let state = state_with(apps(), "/metrics", |state| {
        state.with_external_url(Some(url))
    });
    let found = targets(&state, "ignored").await;
    let labels = &found[0]["labels"];
    assert_eq!(found[0]["targets"][0], "gateway.example.org");
    assert_eq!(labels["__scheme__"], "https");
    assert_eq!(labels["__metrics_path__"], "/netease/probe");
    assert_eq!(labels["instance"], "gateway.example.org/netease/hq");
    assert_eq!(found[2]["labels"]["__metrics_path__"], "/netease/metrics");
}

/// Who asked over TLS is told to scrape over TLS, in either version of HTTP.
#[test]
fn the_scheme_is_the_one_that_was_asked_by() {
    let server = Protected::start(TLS);
    for version in ["--http1.1", "--http2"] {
        let answer = server.curl(&[version, "/sd"]);
        let found: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(found[0]["labels"]["__scheme__"], "https", "{answer:?}");
        let target = found[0]["targets"][0].as_str().unwrap();
        assert!(
            server.url("/sd").contains(&format!("//{target}/")),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_host_that_is_none_is_not_handed_on() {
    let state = state(apps(), "/metrics");
    for hosts in [
        &[][..],
        &[("host", "a b")],
        &[("host", "user@a")],
        &[("host", "a"), ("host", "b")],
    ] {
        let answer = ask(&state, Method::GET, "/sd", hosts).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{hosts:?}");
        assert!(
            answer.text().contains("--web.external-url"),
            "{}",
            answer.text()
        );
    }
}
