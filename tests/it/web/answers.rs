//! What is answered, without a socket.

use std::{io::Read as _, sync::Arc};

use http_body_util::BodyExt as _;
use hyper::{Method, Request, StatusCode, header::HeaderMap};
use netease_meeting_exporter::web::{WebState, handle};

use super::state;
use crate::exposition::fixture::{Fixed, known, unknown};

pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The status line and the headers, sorted by name.
    pub(super) fn head(&self) -> String {
        let mut lines: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort_unstable();
        lines.insert(0, self.status.to_string());
        lines.join("\n")
    }
}

pub(super) async fn ask(
    state: &WebState,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, body) = handle(state, &request.body(()).unwrap().into_parts().0)
        .await
        .into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

pub(super) async fn get(state: &WebState, path: &str) -> Answer {
    ask(state, Method::GET, path, &[]).await
}

fn usual() -> Arc<WebState> {
    state(Fixed::new([known("hq")]), "/metrics")
}

#[tokio::test]
async fn a_scrape_gets_text() {
    let answer = get(&usual(), "/metrics").await;
    let length = answer.body.len();
    insta::assert_snapshot!(answer.head().replace(&length.to_string(), "LENGTH"), @r"
    200 OK
    content-length: LENGTH
    content-type: text/plain; version=0.0.4; charset=utf-8
    vary: Accept, Accept-Encoding
    x-content-type-options: nosniff
    ");
    assert!(
        answer
            .text()
            .contains("\nnetease_meeting_up{app=\"hq\"} 1\n")
    );
}

#[tokio::test]
async fn a_scrape_gets_what_it_asks_for() {
    let asked = [
        (
            "accept",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
        ),
        ("accept-encoding", "gzip"),
    ];
    let answer = ask(&usual(), Method::GET, "/metrics", &asked).await;
    let length = answer.body.len();
    insta::assert_snapshot!(answer.head().replace(&length.to_string(), "LENGTH"), @r"
    200 OK
    content-encoding: gzip
    content-length: LENGTH
    content-type: application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8
    vary: Accept, Accept-Encoding
    x-content-type-options: nosniff
    ");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&*answer.body)
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let state = usual();
    for path in ["/metrics", "/", "/-/healthy", "/-/ready", "/nowhere"] {
        let head = ask(&state, Method::HEAD, path, &[]).await;
        let get = get(&state, path).await;
        assert_eq!(head.body, b"", "{path}");
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            get.header("content-length"),
            get.body.len().to_string(),
            "{path}"
        );
        // The exporter's own numbers can change a scrape's length from one to the next.
        let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&head), names(&get), "{path}");
        if path != "/metrics" {
            assert_eq!(head.headers, get.headers, "{path}");
        }
    }
}

#[tokio::test]
async fn other_paths_are_told_where_to_look() {
    let state = state(Fixed::new([]), "/telemetry");
    for path in ["/metrics", "/-/restart", "/telemetry/", "/favicon.ico"] {
        let answer = get(&state, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.text(),
            "nothing is here; look at /telemetry, /, /-/healthy or /-/ready\n"
        );
    }
    assert_eq!(
        get(&state, "/telemetry?name[]=x").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn other_methods_are_told_which_are_allowed() {
    let state = usual();
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let answer = ask(&state, method.clone(), "/metrics", &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD", "{method}");
    }
    let elsewhere = ask(&state, Method::POST, "/nowhere", &[]).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ready_when_every_application_had_its_first_round() {
    let ready = get(&usual(), "/-/ready").await;
    assert_eq!((ready.status, ready.text()), (StatusCode::OK, "ready\n"));

    let mut half = known("half");
    half.collectors[1].last_run = None;
    let mut failed = known("failed");
    failed.collectors[0].last_run.as_mut().unwrap().error = Some("no".into());
    let waiting = Fixed::new([failed, half, unknown("lab")]);
    let answer = get(&state(waiting, "/metrics"), "/-/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    insta::assert_snapshot!(answer.text(), @r"
    not ready: 2 of 3 applications have not had their first round
    half: daily
    lab: realtime, daily
    ");
}

#[tokio::test]
async fn readiness_names_no_more_than_fit_a_screen() {
    let many = Fixed::new((0..12).map(|number| unknown(&format!("app{number}"))));
    let answer = get(&state(many, "/metrics"), "/-/ready").await;
    assert!(
        answer
            .text()
            .starts_with("not ready: 12 of 12 applications"),
        "{}",
        answer.text()
    );
    assert!(
        answer
            .text()
            .ends_with("app9: realtime, daily\nand 2 more\n"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn healthy_whatever_else_is_the_matter() {
    let state = state(Fixed::new([unknown("hq")]), "/metrics");
    let answer = get(&state, "/-/healthy").await;
    assert_eq!(
        (answer.status, answer.text()),
        (StatusCode::OK, "healthy\n")
    );
}
