//! Every fault, as the bytes that arrive.

use std::{collections::HashSet, io::Read as _, time::Duration};

use netease_meeting_exporter::simulator::{Endpoint, Fault, FaultKind, Simulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::served::{NOW, Reply, Served, request};

/// A server on which nothing but `fault` goes wrong.
async fn served(fault: &str) -> Served {
    let faults = vec![fault.parse().unwrap()];
    Served::start(Simulator::builder().meetings_per_day(60.0).faults(faults)).await
}

async fn ask(fault: &str, endpoint: Endpoint, body: &str) -> Reply {
    let served = served(fault).await;
    let reply = served.ask(endpoint, body).await;
    served.stop().await;
    reply
}

fn week() -> String {
    json!({"startTime": NOW * 1000 - 7 * 86_400_000, "endTime": NOW * 1000}).to_string()
}

#[tokio::test]
async fn every_documented_code_comes_with_a_message_and_without_ret() {
    for code in [
        300, 301, 302, 303, 401, 402, 501, 510, 512, 2000, 4000, 4001, 77777,
    ] {
        let reply = ask(&format!("code-{code}"), Endpoint::Realtime, "{}").await;
        assert_eq!((reply.status(), reply.code()), (200, code));
        assert!(reply.json().get("ret").is_none());
        assert!(!reply.json()["msg"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn http_errors_have_no_envelope() {
    for (status, retry_after) in [(500, None), (502, None), (503, Some("1")), (429, Some("1"))] {
        let reply = ask(&format!("http-{status}"), Endpoint::Realtime, "{}").await;
        assert_eq!(reply.status(), status);
        assert_eq!(reply.header("retry-after"), retry_after);
        assert!(serde_json::from_slice::<Value>(&reply.body).is_err());
    }
}

#[tokio::test]
async fn html_looks_like_success() {
    let reply = ask("html", Endpoint::Realtime, "{}").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html;charset=utf-8")
    );
    assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_truncated_body_is_an_intact_message() {
    let reply = ask("truncated", Endpoint::Realtime, "{}").await;
    let length = reply.header("content-length").unwrap();
    assert_eq!(length, reply.body.len().to_string());
    let error = serde_json::from_slice::<Value>(&reply.body).unwrap_err();
    assert!(error.is_eof() && !reply.reset, "{error}");
}

#[tokio::test]
async fn an_oversized_body_is_good_json_beyond_sixteen_megabytes() {
    let reply = ask("oversized", Endpoint::Realtime, "{}").await;
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    assert!(reply.header("content-length").is_none());
    assert!(reply.body.len() > 17 << 20, "{}", reply.body.len());
    assert!(
        reply.body.ends_with(b"\r\n0\r\n\r\n"),
        "the last chunk has arrived"
    );
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire() {
    let reply = ask("gzip-bomb", Endpoint::Realtime, "{}").await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.len() < 256 << 10, "{}", reply.body.len());
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(reply.body.as_slice())
        .read_to_end(&mut text)
        .unwrap();
    assert!(text.len() > 17 << 20);
    let envelope: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(envelope["code"], 200);
}

#[tokio::test]
async fn a_reset_ends_the_connection_without_an_answer() {
    let reply = ask("reset", Endpoint::Realtime, "{}").await;
    assert!(reply.reset && reply.head.is_empty(), "{reply:?}");
}

#[tokio::test]
async fn a_reset_halfway_leaves_half_of_a_body() {
    let reply = ask("reset-halfway", Endpoint::Realtime, "{}").await;
    let announced: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert!(reply.reset);
    assert_eq!(reply.body.len(), announced / 2);
}

#[tokio::test(start_paused = true)]
async fn hanging_lasts_until_the_server_ends() {
    let served = served("hang").await;
    let mut stream = served.connect().await;
    let path = Endpoint::Realtime.path();
    let question = request("POST", path, &served.headers(0), "{}", "close");
    stream.write_all(question.as_bytes()).await.unwrap();
    // The fault is decided after the request has been counted, so this waits for it to hang.
    while served.simulator.all_requests() == 0 {
        tokio::task::yield_now().await;
    }
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_secs(3600), stream.read(&mut byte)).await;
    assert!(early.is_err(), "no answer");
    served.shut_down();
    assert!(
        stream.read(&mut byte).await.is_err(),
        "a reset, not an answer"
    );
    served.stop().await;
}

#[tokio::test(start_paused = true)]
async fn slowness_and_latency_add_up() {
    let served = Served::start(
        Simulator::builder()
            .latency(Duration::from_secs(1))
            .faults(vec!["slow-2.5".parse().unwrap()]),
    )
    .await;
    let start = tokio::time::Instant::now();
    assert_eq!(served.ask(Endpoint::Realtime, "{}").await.code(), 200);
    assert_eq!(start.elapsed().as_millis() / 10, 350);
    served.simulator.clear_faults();
    served.simulator.set_latency(Duration::ZERO);
    let start = tokio::time::Instant::now();
    assert_eq!(served.ask(Endpoint::Realtime, "{}").await.code(), 200);
    assert_eq!(start.elapsed(), Duration::ZERO);
    served.stop().await;
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_and_refuses_good_signatures() {
    let reply = ask("clock-skew:300", Endpoint::Realtime, "{}").await;
    assert_eq!(reply.header("date"), Some("Wed, 15 May 2024 02:35:00 GMT"));
    assert_eq!(reply.code(), 401);
    let reply = ask("clock-skew:-30", Endpoint::Realtime, "{}").await;
    assert_eq!(reply.header("date"), Some("Wed, 15 May 2024 02:29:30 GMT"));
    assert_eq!(reply.code(), 200);
}

#[tokio::test]
async fn a_missing_ret_is_all_that_is_missing() {
    let reply = ask("missing-ret", Endpoint::Daily, &week()).await;
    let envelope = reply.json();
    assert_eq!(envelope["code"], 200);
    let fields: Vec<&String> = envelope.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["code", "costTime", "requestId"]);
}

#[tokio::test]
async fn a_list_can_come_for_realtime() {
    let reply = ask("list-for-realtime", Endpoint::Realtime, "{}").await;
    assert!(reply.json()["ret"]["list"].is_array());
    assert!(reply.json()["ret"].get("inMeetingCount").is_none());
}

#[tokio::test]
async fn numbers_can_come_as_strings() {
    let reply = ask("numbers-as-strings", Endpoint::List, &week()).await;
    let ret = &reply.json()["ret"];
    assert!(
        ret["query"]["totalCount"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .is_ok()
    );
    assert!(ret["list"][0]["meetingUniqueId"].is_string());
    assert_eq!(reply.code(), 200, "the envelope's own number stays one");
}

#[tokio::test]
async fn optional_fields_can_be_empty_absent_null_or_new() {
    let entries = async |fault: &str| {
        let reply = ask(fault, Endpoint::List, &week()).await;
        let list = reply.json()["ret"]["list"].as_array().unwrap().clone();
        assert_eq!(list.len(), 10);
        list
    };
    let empty = entries("empty-strings").await;
    assert!(empty.iter().all(|entry| entry["hostAccountId"].is_string()));
    let missing = entries("missing-optional").await;
    assert!(
        missing
            .iter()
            .all(|e| e.get("subject").is_none() && e.get("id").is_none())
    );
    assert!(
        missing
            .iter()
            .all(|e| e.as_object().unwrap().values().all(|value| value != ""))
    );
    assert!(
        missing
            .iter()
            .all(|e| e["meetingUniqueId"].is_u64() && e["status"].is_u64())
    );
    let nulls = entries("nulls").await;
    assert!(
        nulls
            .iter()
            .any(|entry| entry["reserveStartTime"].is_null())
    );
    let unknown = entries("unknown-fields").await;
    assert!(
        unknown
            .iter()
            .all(|entry| entry["newInThisVersion"].is_object())
    );
}

#[tokio::test]
async fn daily_figures_can_be_lowered_or_in_milliseconds() {
    let good = ask("hang:0", Endpoint::Daily, &week()).await.json();
    let lowered = ask("lowered-daily", Endpoint::Daily, &week()).await.json();
    let milliseconds = ask("milliseconds", Endpoint::Daily, &week()).await.json();
    for day in 0..7 {
        let figure = |answer: &Value, field| answer["ret"]["details"][day][field].as_u64();
        assert!(figure(&lowered, "meetingCount") < figure(&good, "meetingCount"));
        assert_eq!(
            figure(&milliseconds, "meetingDuration"),
            figure(&good, "meetingDuration").map(|seconds| seconds * 1000)
        );
    }
}

#[tokio::test]
async fn pages_can_shift_repeat_and_be_shorter_than_asked() {
    let good = pages("hang:0").await;
    let size = good[0].len();
    assert_eq!(size, 20);

    let shifted = pages("shifting-pages").await;
    assert_eq!(shifted[0], good[0], "nothing has happened yet");
    assert_eq!(shifted[1][0], good[0][size - 1], "pushed down by one");
    assert_eq!(shifted[1][1..], good[1][..size - 1]);

    let repeated = pages("duplicate-entries").await;
    assert_eq!(repeated[1][0], good[0][size - 1]);
    assert_eq!(repeated[1][1..], good[1][..]);

    let capped = pages("page-cap-7").await;
    assert!(
        capped[..capped.len() - 1]
            .iter()
            .all(|page| page.len() == 7)
    );

    let all: HashSet<u64> = good.iter().flatten().copied().collect();
    for pages in [shifted, repeated, capped] {
        assert_eq!(pages.iter().flatten().copied().collect::<HashSet<_>>(), all);
    }
}

/// The identifiers on every page of a week.
async fn pages(fault: &str) -> Vec<Vec<u64>> {
    let served = served(fault).await;
    let mut pages = Vec::new();
    let mut question: Value = serde_json::from_str(&week()).unwrap();
    question["pageSize"] = 20.into();
    for index in 1.. {
        question["pageIndex"] = index.into();
        let ret = served.ret(0, Endpoint::List, &question).await;
        let list = ret["list"].as_array().unwrap();
        pages.push(
            list.iter()
                .map(|e| e["meetingUniqueId"].as_u64().unwrap())
                .collect(),
        );
        if index >= ret["query"]["totalPageCount"].as_u64().unwrap() {
            break;
        }
    }
    served.stop().await;
    pages
}

#[tokio::test]
async fn faults_strike_by_rate_the_same_way_every_time() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let served = served("code-501:0.3").await;
        let mut struck = Vec::new();
        for _ in 0..100 {
            struck.push(served.ask(Endpoint::Realtime, "{}").await.code() == 501);
        }
        served.stop().await;
        runs.push(struck);
    }
    assert_eq!(runs[0], runs[1]);
    let struck = runs[0].iter().filter(|struck| **struck).count();
    assert!((15..45).contains(&struck), "{struck} of 100");
}

#[tokio::test]
async fn faults_can_be_aimed_and_changed_at_run_time() {
    let served = Served::start(Simulator::builder().apps(2)).await;
    let realtime = async |app| {
        let headers = served.headers(app);
        served
            .send("POST", Endpoint::Realtime.path(), &headers, "{}")
            .await
            .status()
    };
    let fault = Fault::always(FaultKind::Http(502));
    served.simulator.set_faults(vec![fault.for_app(1)]);
    assert_eq!((realtime(0).await, realtime(1).await), (200, 502));
    served
        .simulator
        .set_faults(vec![fault.for_endpoint(Endpoint::Daily)]);
    assert_eq!((realtime(0).await, realtime(1).await), (200, 200));
    assert_eq!(served.ask(Endpoint::Daily, &week()).await.status(), 502);
    served.simulator.clear_faults();
    assert_eq!(served.ask(Endpoint::Daily, &week()).await.code(), 200);
    served.stop().await;
}
