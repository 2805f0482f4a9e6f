//! Who is let in, as seen on the wire.

use netease_meeting_exporter::simulator::{Endpoint, Simulator};

use super::served::{NOW, Served};

#[tokio::test]
async fn a_signed_request_is_answered_in_the_documented_envelope() {
    let served = Served::start(Simulator::builder()).await;
    let reply = served.ask(Endpoint::Realtime, "{}").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(
        reply.header("content-type"),
        Some("application/json;charset=utf-8")
    );
    assert_eq!(reply.header("date"), Some("Wed, 15 May 2024 02:30:00 GMT"));
    let envelope = reply.json();
    assert_eq!(envelope["code"], 200);
    assert!(envelope.get("msg").is_none());
    let request_id = envelope["requestId"].as_str().unwrap();
    let digits = request_id.strip_prefix("mc_").unwrap();
    assert_eq!(digits.len(), 32);
    assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let cost = envelope["costTime"].as_str().unwrap();
    assert!(cost.strip_suffix("ms").unwrap().parse::<u32>().is_ok());
    served.stop().await;
}

#[tokio::test]
async fn a_bad_request_is_refused_with_the_documented_code() {
    let served = Served::start(Simulator::builder().apps(2)).await;
    let late = (NOW - 61).to_string();
    let other_account = served.simulator.account_id(1);
    let cases = [
        ("CheckSum", "05baebde4fd0a638d0ad485014f0ad8aea3d94ab", 401),
        ("CheckSum", "", 302),
        ("AppKey", "0123456789abcdef0123456789abcdef", 401),
        ("CurTime", &late, 401),
        ("CurTime", "now", 302),
        ("Nonce", "", 302),
        ("accountId", &other_account, 401),
        ("Content-Type", "text/plain", 302),
        ("Content-Type", "application/json;charset=gbk", 303),
        ("AppSecret", "not-the-secret", 401),
    ];
    for (name, value, code) in cases {
        let mut headers = served.headers(0);
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value.to_owned()));
        let path = Endpoint::Realtime.path();
        let reply = served.send("POST", path, &headers, "{}").await;
        assert_eq!(
            (reply.status(), reply.code()),
            (200, code),
            "{name}: {value}"
        );
        let envelope = reply.json();
        assert!(
            envelope.get("ret").is_none() && envelope["msg"].is_string(),
            "{envelope}"
        );
    }
    served.stop().await;
}

#[tokio::test]
async fn a_signature_of_a_skewed_clock_or_seen_before_is_refused() {
    let served = Served::start(Simulator::builder()).await;
    let path = Endpoint::Realtime.path();
    let headers = served.headers(0);
    let code = async || served.send("POST", path, &headers, "{}").await.code();
    assert_eq!([code().await, code().await], [200, 401], "a replay");

    let signed = served.headers(0);
    served.clock.advance(std::time::Duration::from_secs(61));
    let reply = served.send("POST", path, &signed, "{}").await;
    assert_eq!(reply.code(), 401, "a minute and a second late");
    assert_eq!(reply.json()["msg"], "请求未通过验证");
    served.stop().await;
}

#[tokio::test]
async fn what_is_not_in_the_document_is_not_answered() {
    let served = Served::start(Simulator::builder()).await;
    let headers = served.headers(0);
    let get = served
        .send("GET", Endpoint::Daily.path(), &headers, "")
        .await;
    assert_eq!((get.status(), get.header("allow")), (405, Some("POST")));
    let lost = served
        .send("POST", "/v1/statistic/meeting", &headers, "{}")
        .await;
    assert_eq!(lost.status(), 404);
    let long = "x".repeat(65 * 1024);
    let large = served
        .send("POST", Endpoint::Daily.path(), &headers, &long)
        .await;
    assert_eq!(large.status(), 413);
    let empty = served.ask(Endpoint::Daily, "{}").await;
    assert_eq!(empty.code(), 301);
    served.stop().await;
}

#[tokio::test]
async fn requests_are_counted_and_remembered() {
    let served = Served::start(Simulator::builder().apps(2)).await;
    let mut headers = served.headers(1);
    headers.push(("AppSecret", served.simulator.app_secret(1)));
    let path = Endpoint::Realtime.path();
    assert_eq!(served.send("POST", path, &headers, "{}").await.code(), 200);
    assert_eq!(served.ask(Endpoint::Detail, "{}").await.code(), 301);

    let simulator = &served.simulator;
    assert_eq!(simulator.requests(1, Endpoint::Realtime), 1);
    assert_eq!(simulator.requests(0, Endpoint::Detail), 1);
    assert_eq!(simulator.requests(0, Endpoint::Realtime), 0);
    assert_eq!(simulator.all_requests(), 2);
    let seen = simulator.latest_requests();
    assert_eq!(
        seen[0].header("AppSecret"),
        Some(simulator.app_secret(1).as_str())
    );
    assert_eq!(
        (seen[0].app, seen[0].endpoint),
        (Some(1), Some(Endpoint::Realtime))
    );
    assert_eq!(
        (seen[1].header("appsecret"), seen[1].body.as_str()),
        (None, "{}")
    );
    served.stop().await;
}
