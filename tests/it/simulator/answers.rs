//! The four answers against the ground truth.

use std::{collections::HashSet, io::Read as _, time::Duration};

use jiff::{Timestamp, civil::date};
use netease_meeting_exporter::simulator::{Endpoint, Figures, Kind, Simulator, Status};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::served::{NOW, Served, request};

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// Every entry of a list, page by page.
async fn all_pages(served: &Served, app: usize, mut question: Value) -> (Value, Vec<Value>) {
    let mut entries = Vec::new();
    for page in 1.. {
        question["pageIndex"] = page.into();
        let mut ret = served.ret(app, Endpoint::List, &question).await;
        let Value::Array(list) = ret["list"].take() else {
            panic!("no list: {ret}");
        };
        let size = question["pageSize"].as_u64().unwrap();
        assert!(list.len() as u64 <= size);
        entries.extend(list);
        if page >= ret["query"]["totalPageCount"].as_u64().unwrap() {
            return (ret["query"].take(), entries);
        }
    }
    unreachable!("page numbers do not end");
}

#[tokio::test]
async fn realtime_tells_the_present() {
    let served = Served::start(Simulator::builder().meetings_per_day(300.0).apps(2)).await;
    for _ in 0..5 {
        let moment = netease_meeting_exporter::clock::Clock::now(&*served.clock);
        let truth = served.simulator.world().realtime(1, moment);
        let ret = served.ret(1, Endpoint::Realtime, &json!({})).await;
        assert_eq!(
            ret,
            json!({"inMeetingCount": truth.meetings, "inMeetingMemberCount": truth.participants})
        );
        served.clock.advance(Duration::from_secs(3600));
    }
    served.stop().await;
}

#[tokio::test]
async fn daily_tells_every_day_it_touches_that_had_meetings() {
    let served = Served::start(Simulator::builder().meetings_per_day(1.5).history_days(40)).await;
    let world = served.simulator.world();
    let first = date(2024, 4, 20);
    let start = world.midnight(first).as_millisecond() + 3_600_000;
    let question = json!({"startTime": start, "endTime": NOW * 1000});
    let ret = served.ret(0, Endpoint::Daily, &question).await;

    let (mut expected, mut sum) = (Vec::new(), Figures::default());
    for day in first.series(jiff::Span::new().days(1)).take(26) {
        let figures = world.daily(0, day, now());
        if figures.meetings > 0 {
            expected.push(json!({
                "date": world.midnight(day).as_millisecond(),
                "meetingCount": figures.meetings,
                "meetingDuration": figures.duration_seconds,
                "meetingMemberCount": figures.participants,
                "peakNum": figures.peak_participants,
            }));
            sum = sum.and(figures);
        }
    }
    assert!(
        (1..26).contains(&expected.len()),
        "some days are empty, some are not"
    );
    assert_eq!(ret["details"], Value::Array(expected));
    assert_eq!(ret["sumMeetingCount"], sum.meetings);
    assert_eq!(ret["sumMeetingDuration"], sum.duration_seconds);
    assert_eq!(ret["sumMeetingMemberCount"], sum.participants);

    let future = json!({"startTime": NOW * 1000 + 1, "endTime": NOW * 2000});
    let ret = served.ret(0, Endpoint::Daily, &future).await;
    assert!(ret["details"].as_array().unwrap().len() <= 1, "{ret}");
    served.stop().await;
}

#[tokio::test]
async fn a_closed_day_of_the_list_adds_up_to_its_daily_figures() {
    let served = Served::start(Simulator::builder().meetings_per_day(150.0).apps(4)).await;
    let world = served.simulator.world();
    let day = date(2024, 5, 13);
    let (start, end) = (world.midnight(day), world.midnight(date(2024, 5, 14)));
    for app in 0..4 {
        let question = json!({
            "startTime": start.as_millisecond(),
            "endTime": end.as_millisecond() - 1,
            "pageSize": 37,
            "status": "3,4,5",
        });
        let (query, entries) = all_pages(&served, app, question).await;
        assert_eq!(query["totalCount"], entries.len());
        let ids: HashSet<u64> = entries
            .iter()
            .map(|e| e["meetingUniqueId"].as_u64().unwrap())
            .collect();
        assert_eq!(ids.len(), entries.len(), "no entry twice");

        let sum = |field: &str| {
            entries
                .iter()
                .map(|e| e[field].as_u64().unwrap())
                .sum::<u64>()
        };
        let held = entries.iter().filter(|e| e["realStartTime"] != "").count();
        let daily = world.daily(app, day, now());
        assert_eq!(held as u64, daily.meetings);
        assert_eq!(sum("duration"), daily.duration_seconds);
        assert_eq!(sum("memberCount"), daily.participants);

        let truth = world.finished(app, day, day, now());
        assert_eq!(ids, truth.iter().map(|m| m.unique_id).collect());
        let listed_at = |e: &Value| {
            let field = if e["realStartTime"] == "" {
                "reserveStartTime"
            } else {
                "realStartTime"
            };
            e[field].as_str().unwrap().to_owned()
        };
        assert!(entries.is_sorted_by(|newer, older| listed_at(newer) >= listed_at(older)));
    }
    served.stop().await;
}

#[tokio::test]
async fn a_list_has_what_was_asked_for_and_nothing_else() {
    let served = Served::start(Simulator::builder().meetings_per_day(400.0)).await;
    let world = served.simulator.world();
    let (first, last) = (date(2024, 5, 12), date(2024, 5, 15));
    let start = world.midnight(first).as_millisecond();
    for status in Status::ALL {
        let question = json!({
            "startTime": start, "endTime": NOW * 1000, "pageSize": 100,
            "status": status.number().to_string(),
        });
        let (_, entries) = all_pages(&served, 0, question).await;
        let expected: HashSet<u64> = world
            .meetings(0, first, last, now())
            .iter()
            .filter(|m| m.status == status)
            // A meeting later today is beyond the end of the range.
            .filter(|m| {
                m.real_start
                    .or(m.reserved.map(|r| r.0))
                    .is_none_or(|t| t <= now())
            })
            .map(|m| m.unique_id)
            .collect();
        assert!(entries.iter().all(|e| e["status"] == status.number()));
        let listed: HashSet<u64> = entries
            .iter()
            .map(|e| e["meetingUniqueId"].as_u64().unwrap())
            .collect();
        assert_eq!(listed, expected, "{status:?}");
    }

    let beyond = json!({"startTime": start, "endTime": NOW * 1000, "pageIndex": 9999});
    let ret = served.ret(0, Endpoint::List, &beyond).await;
    assert_eq!(ret["list"], json!([]));
    assert_eq!(ret["query"]["pageSize"], 10, "the default");
    assert_eq!(ret["query"]["DEFAULT_PAGE_SIZE"], 10);
    served.stop().await;
}

#[tokio::test]
async fn detail_tells_a_meeting_and_its_members() {
    let served = Served::start(Simulator::builder().meetings_per_day(200.0).apps(3)).await;
    let world = served.simulator.world();
    let today = date(2024, 5, 15);
    let meetings = world.meetings(2, today, today, now());
    let mut in_progress = 0;
    for truth in meetings.iter().step_by(7) {
        let question = json!({"meetingUniqueId": truth.unique_id});
        let ret = served.ret(2, Endpoint::Detail, &question).await;
        let [meeting] = ret.as_array().unwrap().as_slice() else {
            panic!("not one meeting: {ret}");
        };
        assert_eq!(meeting["meetingUniqueId"].as_u64(), Some(truth.unique_id));
        assert!(
            truth.unique_id > 1 << 53,
            "application 2 counts beyond what a double can"
        );
        assert_eq!(meeting["status"], truth.status.number());
        assert_eq!(meeting["duration"], truth.duration_seconds().unwrap_or(0));
        assert_eq!(
            meeting["reserveStartTime"] != "",
            truth.kind == Kind::Scheduled
        );
        assert_eq!(meeting["hostAccountId"].as_str(), truth.host.as_deref());
        assert_eq!(meeting["memberCount"], truth.participants);
        let members = meeting["members"].as_array().unwrap();
        assert_eq!(members.len(), truth.attendances.len());
        for (member, stay) in members.iter().zip(&truth.attendances) {
            assert_eq!(member["clientType"], stay.client_type);
            assert_eq!(member["exitTime"] == "", stay.left.is_none());
            if let Some(seconds) = stay.stayed_seconds() {
                assert_eq!(member["duration"], seconds);
            }
        }
        in_progress += usize::from(members.iter().any(|member| member["exitTime"] == ""));

        let body = question.to_string();
        assert_eq!(
            served.ask(Endpoint::Detail, &body).await.code(),
            2000,
            "of another application"
        );
    }
    assert!(in_progress > 0, "some members have not left");
    let unknown = served
        .ask(Endpoint::Detail, r#"{"meetingUniqueId":21908}"#)
        .await;
    assert_eq!(unknown.code(), 2000);
    served.stop().await;
}

#[tokio::test]
async fn a_longer_range_than_allowed_is_refused() {
    let served = Served::start(Simulator::builder().max_range_days(30)).await;
    let question = |days: i64| {
        json!({"startTime": NOW * 1000 - days * 86_400_000, "endTime": NOW * 1000}).to_string()
    };
    assert_eq!(served.ask(Endpoint::Daily, &question(30)).await.code(), 200);
    assert_eq!(served.ask(Endpoint::Daily, &question(31)).await.code(), 300);
    assert_eq!(served.ask(Endpoint::List, &question(31)).await.code(), 300);
    served.stop().await;
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let served = Served::start(Simulator::builder()).await;
    let mut stream = served.connect().await;
    for _ in 0..3 {
        let path = Endpoint::Realtime.path();
        let request = request("POST", path, &served.headers(0), "{}", "keep-alive");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"}") {
            stream.read_buf(&mut seen).await.unwrap();
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    drop(stream);
    served.stop().await;
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_accept_it() {
    for gzip in [true, false] {
        let served = Served::start(Simulator::builder().gzip(gzip)).await;
        let mut headers = served.headers(0);
        headers.push(("Accept-Encoding", "br, gzip".to_owned()));
        let body = json!({"startTime": NOW * 1000 - 86_400_000, "endTime": NOW * 1000});
        let path = Endpoint::List.path();
        let reply = served.send("POST", path, &headers, &body.to_string()).await;
        assert_eq!(reply.header("content-encoding"), gzip.then_some("gzip"));
        let mut text = String::new();
        if gzip {
            let mut decoder = flate2::read::GzDecoder::new(reply.body.as_slice());
            decoder.read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(reply.body).unwrap();
        }
        let envelope: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(envelope["ret"]["list"].as_array().map(Vec::len), Some(10));
        served.stop().await;
    }
}

#[tokio::test]
async fn a_given_answer_is_sent_byte_for_byte() {
    let served = Served::start(Simulator::builder()).await;
    let sample = "{ \"code\": 200,\n \"ret\": {\"inMeetingCount\": 0} }";
    served.simulator.set_answer(Endpoint::Realtime, sample);
    assert_eq!(
        served.ask(Endpoint::Realtime, "{}").await.body,
        sample.as_bytes()
    );
    let mut headers = served.headers(0);
    headers[1].1 = "0".repeat(40);
    let refused = served
        .send("POST", Endpoint::Realtime.path(), &headers, "{}")
        .await;
    assert_eq!(refused.code(), 401, "only for those who are let in");
    served.simulator.clear_answers();
    assert_ne!(
        served.ask(Endpoint::Realtime, "{}").await.body,
        sample.as_bytes()
    );
    served.stop().await;
}
