//! The pages for people and programs.

use std::{sync::Arc, time::Duration};

use hyper::StatusCode;
use netease_meeting_exporter::{exposition::Snapshots, snapshot::AppSnapshot};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    answers::{Answer, get},
    state,
};
use crate::exposition::fixture::{Fixed, known, unknown};

/// One application in each state.
fn four() -> Arc<dyn Snapshots> {
    let mut failing = known("failing");
    let run = failing.collectors[0].last_run.as_mut().unwrap();
    run.error = Some("the vendor answered code 401: \"<script>alert('x')</script> & more\"".into());
    failing.realtime = None;
    failing.labels = Arc::new([("note".to_owned(), "<b>\"&'".to_owned())].into());
    let mut overdue = known("overdue");
    overdue.collectors[0].stale_after = Duration::from_secs(1);
    Fixed::new([known("hq"), failing, overdue, unknown("lab")])
}

async fn page(apps: Arc<dyn Snapshots>) -> String {
    get(&state(apps, "/metrics"), "/").await.text().to_owned()
}

/// What a reader sees: a line for each row, cells between bars.
fn seen(html: &str) -> String {
    let body = html.split_once("<body>").unwrap().1;
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        text.push_str(before);
        match tag.split(' ').next().unwrap() {
            "/td" | "/th" | "/dt" | "/a" | "/h3" => text.push_str(" | "),
            "/tr" | "/p" | "/div" | "/summary" | "/h1" | "/h2" | "/caption" | "/nav" => {
                text.push('\n');
            }
            "/span" => text.push(' '),
            _ => {}
        }
        rest = after;
    }
    let lines = text.lines().map(|line| line.trim().trim_end_matches(" |"));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn the_page_tells_how_everything_fares() {
    let page = page(four()).await;
    let revision = page.split_once("class=\"revision\">").unwrap().1;
    let revision = revision.split_once('<').unwrap().0;
    let text = seen(&page).replace(revision, "REVISION");
    insta::assert_snapshot!(text, @r"
    NetEase Meeting exporter
    Version 0.1.0, revision REVISION , running for &lt; 1 s
    Metrics | JSON | Configuration | Targets | Health | Readiness
    Applications up | 1 of 4
    Meetings now | 6 2 of 4 known
    Participants now | 34 2 of 4 known
    Meetings today | 174 3 of 4 known
    Applications
    failing | failing note=&lt;b&gt;&quot;&amp;'   no live numbers
    Numbers of failing
    Period  | Meetings | Participants | Peak | Duration
    Now | – | – |  | 
    Today | 58 | 57 | 3 | 83 h
    Yesterday | 6 | 7 | 4 | 77 h
    Total since 2020-12-01  | 640 | 1,200 |  | 96 min
    Collectors of failing
    Collector | State | Age | Next run | Took
    realtime every 15 s | failing  | 5 s | within 10 s | 32 ms
    Last error of realtime:  the vendor answered code 401: &quot;&lt;script&gt;alert('x')&lt;/script&gt; &amp; more&quot;
    daily every 5 min | ok  | 5 s | within 5 min | 32 ms
    overdue | overdue 3 meetings, 17 participants now
    Numbers of overdue
    Period  | Meetings | Participants | Peak | Duration
    Now | 3 | 17 |  | 
    Today | 58 | 57 | 3 | 83 h
    Yesterday | 6 | 7 | 4 | 77 h
    Total since 2020-12-01  | 640 | 1,200 |  | 96 min
    Collectors of overdue
    Collector | State | Age | Next run | Took
    realtime every 15 s | overdue  | 5 s | within 10 s | 32 ms
    daily every 5 min | ok  | 5 s | within 5 min | 32 ms
    lab | waiting no live numbers
    Numbers of lab
    Period  | Meetings | Participants | Peak | Duration
    Now | – | – |  | 
    Today | – | – | – | –
    Yesterday | – | – | – | –
    Total | – | – |  | –
    Collectors of lab
    Collector | State | Age | Next run | Took
    realtime every 15 s | waiting  | – | due | –
    daily every 5 min | waiting  | – | due | –
    hq | up 3 meetings, 17 participants now
    Numbers of hq
    Period  | Meetings | Participants | Peak | Duration
    Now | 3 | 17 |  | 
    Today | 58 | 57 | 3 | 83 h
    Yesterday | 6 | 7 | 4 | 77 h
    Total since 2020-12-01  | 640 | 1,200 |  | 96 min
    Collectors of hq
    Collector | State | Age | Next run | Took
    realtime every 15 s | ok  | 5 s | within 10 s | 32 ms
    daily every 5 min | ok  | 5 s | within 5 min | 32 ms
    As of 2020-12-17 02:00:05 UTC. Load the page again for newer numbers.
    – is what is not known: not read yet, or too old to be shown. Days are those of the application's time zone.
    netease-meeting-exporter doctor examines a failing application and says what to do.
    ");
    assert!(
        page.contains("<title>1 of 4 up · NetEase Meeting exporter</title>"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
}

/// The names of a page's tags, and their attributes.
fn tags(page: &str) -> Vec<&str> {
    let ends = page.match_indices('<').map(|(at, _)| &page[at..]);
    ends.map(|rest| rest.split_inclusive('>').next().unwrap())
        .collect()
}

/// An application in trouble, with text from outside in every place there is.
fn troubled(name: &str, error: &str, label: &str) -> AppSnapshot {
    let mut app = known(name);
    let run = app.collectors[0].last_run.as_mut().unwrap();
    run.error = Some(error.into());
    app.labels = Arc::new([(label.to_owned(), label.to_owned())].into());
    app
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_gets_out_of_its_place(
        name in "\\PC{1,20}",
        error in "[\\PC<>&'\"\\n/!-]{1,60}",
        label in "[<>&'\"a/=]{1,20}",
    ) {
        let shown = |name: &str, error: &str, label: &str| {
            wait(page(Fixed::new([troubled(name, error, label)])))
        };
        let strange = shown(&name, &error, &label);
        let plain = shown("name", "error", "label");
        prop_assert_eq!(tags(&strange), tags(&plain));
        let text = strange
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        for written in [&name, &error, &format!("{label}={label}")] {
            prop_assert!(text.contains(written.as_str()), "{} is not in {}", written, strange);
        }
    }
}

#[tokio::test]
async fn the_page_links_to_everything_else_and_runs_nothing() {
    let state = state(four(), "/telemetry");
    let answer = get(&state, "/").await;
    let length = answer.body.len().to_string();
    insta::assert_snapshot!(answer.head().replace(&length, "LENGTH"), @r"
    200 OK
    cache-control: no-store
    content-length: LENGTH
    content-security-policy: default-src 'none'; style-src 'sha256-uOyT3m/Ef9lJeLE07n1OuVdJjbvQFFoVfnBxREnh2UU='; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    x-content-type-options: nosniff
    ");
    let page = answer.text();
    let linked: Vec<_> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap().0)
        .collect();
    assert_eq!(
        linked.join(" "),
        "./favicon.svg ./telemetry ./api/v1/status ./config ./sd ./-/healthy ./-/ready"
    );
    for link in linked {
        let path = link.strip_prefix('.').unwrap();
        let status = get(&state, path).await.status;
        let unready = path == "/-/ready" && status == StatusCode::SERVICE_UNAVAILABLE;
        // This server was given no configuration, and the request names no host.
        let known = matches!(path, "/config" | "/sd");
        assert!(
            status == StatusCode::OK || unready || known,
            "{path}: {status}"
        );
    }
}

/// The policy allows one style, by its hash; computed here from what is really sent.
#[tokio::test]
async fn the_page_may_use_its_own_style() {
    let answer = get(&state(four(), "/metrics"), "/").await;
    let style = answer.text().split_once("<style>").unwrap().1;
    let style = style.split_once("</style>").unwrap().0;
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256
        .tls13()
        .unwrap();
    let hash = suite.common.hash_provider.hash(style.as_bytes());
    let allowed = format!("style-src 'sha256-{}'", base64(hash.as_ref()));
    let policy = answer.header("content-security-policy");
    assert!(policy.contains(&allowed), "{allowed}");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * place) & 63];
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

/// Snapshots of more applications than a page should hold.
#[tokio::test]
async fn the_page_stays_bounded_and_shows_trouble_first() {
    let fine = (0..1000).map(|number| known(&format!("fine{number}")));
    let state = state(Fixed::new(fine.chain([unknown("lab")])), "/metrics");
    let page = get(&state, "/").await.text().to_owned();
    let names: Vec<_> = page
        .split("<h3>")
        .skip(1)
        .map(|rest| rest.split_once('<').unwrap().0)
        .collect();
    assert_eq!((names.len(), names[0], names[1]), (1000, "lab", "fine0"));
    assert!(!names.contains(&"fine999"));
    assert_eq!(page.matches("<details class=\"app\" open").count(), 12);
    assert!(page.contains("1 more are not shown here"));
    assert!(page.len() < 4_000_000, "{} bytes", page.len());

    let one = get(&state, "/?app=fine999").await.text().to_owned();
    assert!(one.contains("<h3>fine999</h3>"), "{one}");
    assert_eq!(one.matches("<h3>").count(), 1);
    assert_eq!(
        get(&state, "/?app=nobody").await.status,
        StatusCode::NOT_FOUND
    );
}

async fn json(path: &str) -> Value {
    let answer: Answer = get(&state(four(), "/metrics"), path).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut value: Value = serde_json::from_slice(&answer.body).unwrap();
    for build in ["version", "revision", "rust_version"] {
        assert!(value[build].is_string(), "{build}");
        value[build] = build.into();
    }
    value
}

#[tokio::test]
async fn programs_are_told_the_same() {
    let all = json("/api/v1/status").await;
    let apps = all["apps"].as_array().unwrap();
    let names: Vec<_> = apps
        .iter()
        .map(|app| app["app"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["hq", "failing", "overdue", "lab"]);
    let states: Vec<_> = apps
        .iter()
        .map(|app| app["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["ok", "failing", "overdue", "waiting"]);
    assert_eq!(apps[1]["now"], Value::Null);
    assert_eq!(apps[3]["totals"], Value::Null);
    let error = apps[1]["collectors"][0]["last_run"]["error"].as_str();
    assert!(error.unwrap().contains("<script>"), "JSON needs no escape");

    let one = json("/api/v1/status?app=hq").await;
    insta::assert_snapshot!(format!("{one:#}"), @r#"
    {
      "applications": 1,
      "applications_up": 1,
      "apps": [
        {
          "app": "hq",
          "collectors": [
            {
              "collector": "realtime",
              "data_age_seconds": 5.0,
              "interval_seconds": 15.0,
              "last_run": {
                "duration_seconds": 0.032,
                "error": null,
                "time": "2020-12-17T02:00:00.000Z"
              },
              "last_success_time": "2020-12-17T02:00:00.000Z",
              "next_run_seconds": 10.0,
              "stale_after_seconds": 60.0,
              "state": "ok"
            },
            {
              "collector": "daily",
              "data_age_seconds": 5.0,
              "interval_seconds": 300.0,
              "last_run": {
                "duration_seconds": 0.032,
                "error": null,
                "time": "2020-12-17T02:00:00.000Z"
              },
              "last_success_time": "2020-12-17T02:00:00.000Z",
              "next_run_seconds": 295.0,
              "stale_after_seconds": 1200.0,
              "state": "ok"
            }
          ],
          "labels": {},
          "now": {
            "age_seconds": 5.0,
            "meetings": 3,
            "participants": 17
          },
          "state": "ok",
          "timezone": "Asia/Shanghai",
          "today": {
            "age_seconds": 5.0,
            "date": "2020-12-17",
            "duration_seconds": 300000.0,
            "meetings": 58,
            "participants": 57,
            "peak_participants": 3
          },
          "totals": {
            "duration_seconds": 5790.001,
            "meetings": 640,
            "participants": 1200,
            "since": "2020-12-01"
          },
          "up": true,
          "yesterday": {
            "age_seconds": 5.0,
            "date": "2020-12-16",
            "duration_seconds": 279000.5,
            "meetings": 6,
            "participants": 7,
            "peak_participants": 4
          }
        }
      ],
      "revision": "revision",
      "rust_version": "rust_version",
      "time": "2020-12-17T02:00:05.000Z",
      "uptime_seconds": 0.0,
      "version": "version"
    }
    "#);
}

/// What programs rely on is written down, in both languages.
#[tokio::test]
async fn every_key_is_documented() {
    fn keys(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    found.push(key.clone());
                    keys(value, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    keys(&json("/api/v1/status").await, &mut found);
    found.retain(|key| key != "note");
    for file in ["docs/pages.md", "docs/pages.zh-CN.md"] {
        let document = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let document = std::fs::read_to_string(document).unwrap();
        for key in &found {
            assert!(
                document.contains(&format!("`{key}`")),
                "{key} is not in {file}"
            );
        }
    }
}
