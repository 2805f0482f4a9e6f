//! What answers do to a call: retries, refusals, clocks.

use std::{sync::Arc, time::Duration};

use netease_meeting_exporter::{
    api::{CallLimit, Client, HttpClients, NoObserver, Random, sign},
    clock::ManualClock,
};

use super::{
    Heard, SECRET, client, observed,
    server::{Reply, Server, answer, coded, good, json},
    settings,
};

/// The value of a header in a request's text.
fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request
        .lines()
        .find(|line| line.starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name}"))
        .split_once(": ")
        .unwrap()
        .1
}

#[tokio::test]
async fn every_attempt_is_signed_afresh() {
    let server = Server::start([coded(501), coded(512), good()]).await;
    let heard = Arc::new(Heard::default());
    let answer = observed(&settings(&server.url), heard.clone())
        .realtime()
        .await
        .unwrap();
    assert_eq!((answer.meetings, answer.participants), (3, 17));
    assert_eq!(
        heard.attempts(),
        ["realtime 501", "realtime 512 retry", "realtime 200 retry"]
    );
    let costs: Vec<_> = heard
        .attempts
        .lock()
        .unwrap()
        .iter()
        .map(|it| it.server_duration.unwrap().as_millis())
        .collect();
    assert_eq!(costs, [25, 25, 32]);

    let requests = server.requests();
    let mut nonces = Vec::new();
    for request in &requests {
        let (nonce, time) = (header(request, "nonce"), header(request, "curtime"));
        assert_eq!(nonce.len(), 8);
        assert_eq!(header(request, "checksum"), sign(SECRET, nonce, time));
        assert_eq!(header(request, "appkey"), "key");
        assert_eq!(header(request, "appsecret"), SECRET);
        assert_eq!(header(request, "accountid"), "1160033511272363");
        assert_eq!(
            header(request, "content-type"),
            "application/json;charset=utf-8"
        );
        assert!(header(request, "user-agent").starts_with("netease-meeting-exporter/"));
        nonces.push(nonce);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
    assert_eq!(server.connections(), 1, "one connection serves them all");
}

#[tokio::test]
async fn the_secret_stays_here_where_it_is_told_to() {
    let server = Server::start([good()]).await;
    let mut settings = settings(&server.url);
    settings.send_app_secret = false;
    client(&settings).realtime().await.unwrap();
    assert!(!server.requests()[0].contains(SECRET));
}

#[tokio::test]
async fn attempts_are_counted_and_come_to_an_end() {
    let server = Server::start([coded(501)]).await;
    let error = client(&settings(&server.url)).realtime().await.unwrap_err();
    assert_eq!(server.requests().len(), 3);
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: the vendor answered code 501 (internal error): "不行" (request id mc_1, 3 attempts); the vendor's own trouble: it is tried again"#);
}

#[tokio::test]
async fn the_envelope_decides_whatever_the_http_status() {
    let body = r#"{"code":200,"ret":{"inMeetingCount":1,"inMeetingMemberCount":2}}"#;
    let server = Server::start([Reply::Keep(answer("500 Oops", body))]).await;
    assert_eq!(
        client(&settings(&server.url))
            .realtime()
            .await
            .unwrap()
            .participants,
        2
    );

    let body = r#"{"code":402,"msg":"no","requestId":"mc_2"}"#;
    let server = Server::start([Reply::Keep(answer("503 Oops", body))]).await;
    let error = client(&settings(&server.url)).realtime().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: the vendor answered code 402 (service not enabled): "no" (HTTP status 503, request id mc_2); have NetEase enable the statistics service for this AppKey"#);
}

#[tokio::test]
async fn http_errors_without_an_envelope() {
    let mut lines = Vec::new();
    for (status, attempts) in [(502, 3), (429, 3), (408, 3), (404, 1), (302, 1)] {
        let head = format!(
            "{status} X\ncontent-type: text/html\nlocation: https://u:p@elsewhere.example/x?y"
        );
        let server = Server::start([Reply::Keep(answer(&head, "<html>hush</html>"))]).await;
        let heard = Arc::new(Heard::default());
        let error = observed(&settings(&server.url), heard.clone())
            .realtime()
            .await
            .unwrap_err();
        assert_eq!(server.requests().len(), attempts, "{status}");
        assert_eq!(heard.attempts()[0], format!("realtime http_{status}"));
        lines.push(error.to_string());
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    application "hq": endpoint realtime: HTTP status 502 without the vendor's JSON envelope: text/html, 17 bytes (3 attempts); the server, or a gateway before it, is in trouble: it is tried again
    application "hq": endpoint realtime: HTTP status 429 without the vendor's JSON envelope: text/html, 17 bytes (3 attempts); lower `rate_limit.requests_per_second`, or raise the intervals
    application "hq": endpoint realtime: HTTP status 408 without the vendor's JSON envelope: text/html, 17 bytes (3 attempts); the server, or a gateway before it, is in trouble: it is tried again
    application "hq": endpoint realtime: HTTP status 404 without the vendor's JSON envelope: text/html, 17 bytes; check `host` and `paths.realtime`
    application "hq": endpoint realtime: HTTP status 302 without the vendor's JSON envelope: a redirect to host elsewhere.example, which is not followed; check `host` and `paths.realtime`
    "#);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::start([good()]).await;
    let head = format!("307 Temporary Redirect\nlocation: {}/v1", target.url);
    let server = Server::start([Reply::Keep(answer(&head, ""))]).await;
    let error = client(&settings(&server.url)).realtime().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a redirect to host 127.0.0.1, which is not followed"),
        "{error}"
    );
    assert_eq!((server.requests().len(), target.connections()), (1, 0));
}

#[tokio::test]
async fn too_frequent_slows_the_application_down() {
    let server = Server::start([coded(510), good()]).await;
    let heard = Arc::new(Heard::default());
    let mut settings = settings(&server.url);
    settings.rate_limit.requests_per_second = 10.0;
    observed(&settings, heard.clone()).realtime().await.unwrap();
    assert_eq!(heard.attempts(), ["realtime 510", "realtime 200 retry"]);
    // The burst is gone and the rate halved: a token takes 200 ms instead of none.
    let waits = heard.waits.lock().unwrap();
    assert!(
        matches!(waits[..], [wait] if wait > Duration::from_millis(150)),
        "{waits:?}"
    );
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let busy = Reply::Keep(answer("503 Busy\nretry-after: 1", ""));
    let server = Server::start([busy, good()]).await;
    let begun = std::time::Instant::now();
    client(&settings(&server.url)).realtime().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_that_is_too_long_gives_up() {
    let server = Server::start([Reply::Keep(answer("429 Slow\nretry-after: 3600", ""))]).await;
    let error = client(&settings(&server.url)).realtime().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: HTTP status 429 without the vendor's JSON envelope: no content type, 0 bytes (asked to wait 3600 s); lower `rate_limit.requests_per_second`, or raise the intervals"#);
}

#[tokio::test]
async fn a_401_says_what_the_date_header_shows_of_the_clock() {
    // The vendor's clock stands at 08:49:37; ours 5 minutes later, at it, and 5 minutes earlier.
    let body = r#"{"code":401,"msg":"no","requestId":"mc_3"}"#;
    let refused = answer("200 OK\ndate: Sun, 06 Nov 1994 08:49:37 GMT", body);
    let server = Server::start([Reply::Keep(refused)]).await;
    let mut lines = Vec::new();
    for ours in [
        "1994-11-06T08:54:37.5Z",
        "1994-11-06T08:49:37.5Z",
        "1994-11-06T08:44:37.5Z",
    ] {
        let client = Client::new(
            &settings(&server.url),
            &mut HttpClients::new(),
            CallLimit::new(1),
            ManualClock::at(ours.parse().unwrap()),
            Random::seeded(1),
            Arc::new(NoObserver),
        );
        let error = client.unwrap().realtime().await.unwrap_err();
        lines.push(format!("{:?} {error}", error.clock_skew));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Some(5m) application "hq": endpoint realtime: the vendor answered code 401 (request failed verification): "no" (request id mc_3); our clock is 300 s ahead of the vendor's, and it refuses more than 60 s: fix NTP
    Some(0s) application "hq": endpoint realtime: the vendor answered code 401 (request failed verification): "no" (request id mc_3); check `app_key`, `app_secret` and `account_id` (the clock is right)
    Some(5m ago) application "hq": endpoint realtime: the vendor answered code 401 (request failed verification): "no" (request id mc_3); our clock is 300 s behind the vendor's, and it refuses more than 60 s: fix NTP
    "#);
}

#[tokio::test]
async fn a_list_for_realtime_names_the_setting() {
    let body = std::fs::read_to_string(super::fixture("vendor/list.json")).unwrap();
    let server = Server::start([json(&body)]).await;
    let error = client(&settings(&server.url)).realtime().await.unwrap_err();
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: the answer is not what the contract says: it is the list endpoint's answer (`ret.list` is there), not realtime's (request id mc_72f0704fa3bf45d6910523a04880df49); check the setting `paths.realtime`"#);
}

#[tokio::test]
async fn skew_is_observed_with_every_answer() {
    let body = r#"{"code":200,"ret":{"inMeetingCount":1,"inMeetingMemberCount":2}}"#;
    let dated = answer("200 OK\ndate: Sun, 06 Nov 1994 08:49:37 GMT", body);
    let server = Server::start([Reply::Keep(dated)]).await;
    let heard = Arc::new(Heard::default());
    observed(&settings(&server.url), heard.clone())
        .realtime()
        .await
        .unwrap();
    let skew = heard.attempts.lock().unwrap()[0].clock_skew.unwrap();
    assert!(
        skew.as_hours() > 24 * 365,
        "our clock is years ahead: {skew:?}"
    );
}
