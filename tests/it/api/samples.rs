//! Every sample of the vendor's document, verbatim.

use jiff::{Timestamp, civil::date};
use netease_meeting_exporter::api::{DayRange, Endpoint, MeetingQuery, MeetingUniqueId};

use super::{
    client, fixture,
    server::{Server, json},
    settings,
};

async fn serve(name: &str) -> Server {
    let body = std::fs::read_to_string(fixture("vendor").join(name)).unwrap();
    Server::start([json(&body)]).await
}

#[tokio::test]
async fn realtime() {
    let server = serve("realtime.json").await;
    let answer = client(&settings(&server.url)).realtime().await.unwrap();
    insta::assert_snapshot!(format!("{answer:?}"), @"Realtime { meetings: 0, participants: 0 }");
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1/statistic/meeting/list HTTP/1.1\r\n"));
    assert!(request.ends_with("\r\n\r\n{}"), "{request}");
}

#[tokio::test]
async fn daily() {
    let server = serve("daily.json").await;
    let range = DayRange::new(date(2020, 12, 15), date(2020, 12, 17)).unwrap();
    let report = client(&settings(&server.url)).daily(range).await.unwrap();
    insta::assert_debug_snapshot!(report.days, @"
    [
        (
            2020-12-15,
            DailyFigures {
                meetings: 0,
                duration_ms: 0,
                participants: 0,
                peak_participants: 0,
            },
        ),
        (
            2020-12-16,
            DailyFigures {
                meetings: 6,
                duration_ms: 279000000,
                participants: 7,
                peak_participants: 3,
            },
        ),
        (
            2020-12-17,
            DailyFigures {
                meetings: 58,
                duration_ms: 300000000,
                participants: 57,
                peak_participants: 3,
            },
        ),
    ]
    ");
    assert!(report.sums_agree);
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1/statistic/meeting/getByTimeRange HTTP/1.1\r\n"));
    assert!(request.ends_with(r#"{"startTime":1607961600000,"endTime":1608220799999}"#));
}

#[tokio::test]
async fn list() {
    let server = serve("list.json").await;
    let query = MeetingQuery {
        from: "2020-12-16T00:00:00+08:00".parse().unwrap(),
        until: "2020-12-17T00:00:00+08:00".parse().unwrap(),
        page_index: 1,
        page_size: 10,
    };
    let page = client(&settings(&server.url)).list(&query).await.unwrap();
    let (index, size, pages, total) = (
        page.page_index,
        page.page_size,
        page.total_pages,
        page.total,
    );
    assert_eq!((index, size, pages, total), (1, 10, 1, 6));
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
    let lines: Vec<_> = page
        .meetings
        .iter()
        .map(|it| {
            format!(
                "{} {:?} created {} reserved {}..{} real {}..{} {:?} {} {} scheduled {}",
                it.id.as_str(),
                it.status,
                time(it.created),
                time(it.reserved_start),
                time(it.reserved_end),
                time(it.real_start),
                time(it.real_end),
                it.duration.unwrap(),
                it.participants,
                it.peak_participants,
                it.is_scheduled(),
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    21908 None created 2020-12-16T12:06:46Z reserved 2020-12-16T12:30:00Z..2020-12-16T13:00:00Z real 2020-12-16T12:08:13Z..2020-12-16T12:11:06Z 173s 2 0 scheduled true
    21907 Some(Cancelled) created 2020-12-16T11:56:46Z reserved -..- real 2020-12-16T12:00:54Z..2020-12-16T12:02:09Z 75s 1 0 scheduled false
    21906 Some(Cancelled) created 2020-12-16T11:20:34Z reserved -..- real 2020-12-16T11:20:34Z..2020-12-16T11:20:40Z 6s 1 0 scheduled false
    21904 Some(Cancelled) created 2020-12-16T10:49:21Z reserved -..- real 2020-12-16T10:49:21Z..2020-12-16T10:49:48Z 27s 2 0 scheduled false
    21903 Some(Cancelled) created 2020-12-16T10:19:44Z reserved -..- real 2020-12-16T10:19:44Z..2020-12-16T10:46:17Z 1593s 3 0 scheduled false
    21902 Some(Cancelled) created 2020-12-16T10:19:30Z reserved -..- real 2020-12-16T10:19:30Z..2020-12-16T10:19:36Z 6s 1 0 scheduled false
    ");
    assert!(page.meetings.iter().all(|meeting| meeting.took_place()));
    // Six meetings, three of them by one account.
    let hosts: std::collections::BTreeSet<_> = page
        .meetings
        .iter()
        .map(|meeting| meeting.host_digest.unwrap())
        .collect();
    assert_eq!(hosts.len(), 4);
}

#[tokio::test]
async fn detail() {
    let server = serve("detail.json").await;
    let id = MeetingUniqueId::new("21908").unwrap();
    let detail = client(&settings(&server.url)).detail(&id).await.unwrap();
    insta::assert_debug_snapshot!(detail, @r#"
    MeetingDetail {
        meeting: Meeting {
            id: MeetingUniqueId(
                "21908",
            ),
            status: None,
            created: Some(
                2020-12-16T12:06:46Z,
            ),
            reserved_start: Some(
                2020-12-16T12:30:00Z,
            ),
            reserved_end: Some(
                2020-12-16T13:00:00Z,
            ),
            real_start: Some(
                2020-12-16T12:08:13Z,
            ),
            real_end: Some(
                2020-12-16T12:11:06Z,
            ),
            duration: Some(
                173s,
            ),
            participants: 2,
            peak_participants: 0,
            host_digest: None,
        },
        members: [
            Attendance {
                joined: Some(
                    2020-12-16T12:06:46Z,
                ),
                left: Some(
                    2020-12-16T12:11:06Z,
                ),
                duration: Some(
                    260s,
                ),
                client_type: Android,
            },
            Attendance {
                joined: Some(
                    2020-12-16T12:08:13Z,
                ),
                left: Some(
                    2020-12-16T12:09:28Z,
                ),
                duration: Some(
                    75s,
                ),
                client_type: Android,
            },
            Attendance {
                joined: Some(
                    2020-12-16T12:06:46Z,
                ),
                left: Some(
                    2020-12-16T12:11:06Z,
                ),
                duration: Some(
                    260s,
                ),
                client_type: Android,
            },
        ],
    }
    "#);
    assert!(server.requests()[0].ends_with(r#"{"meetingUniqueId":21908}"#));
}

#[tokio::test]
async fn failed() {
    for endpoint in Endpoint::ALL {
        let server = serve(&format!("{endpoint}.failed.json")).await;
        let client = client(&settings(&server.url));
        let day = DayRange::new(date(2020, 12, 16), date(2020, 12, 16)).unwrap();
        let query = MeetingQuery {
            from: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            page_index: 1,
            page_size: 10,
        };
        let id = MeetingUniqueId::new("21908").unwrap();
        let error = match endpoint {
            Endpoint::Realtime => client.realtime().await.unwrap_err(),
            Endpoint::Daily => client.daily(day).await.unwrap_err(),
            Endpoint::List => client.list(&query).await.unwrap_err(),
            Endpoint::Detail => client.detail(&id).await.unwrap_err(),
        };
        assert_eq!(
            error.to_string(),
            format!(
                "application \"hq\": endpoint {endpoint}: the vendor answered code 401 \
                 (request failed verification): \"请求未通过验证\" \
                 (request id mc_e4e56f6182de42ef8edc03b023f91cdb); check `app_key`, \
                 `app_secret` and `account_id`, and this machine's clock"
            )
        );
        assert_eq!(
            server.requests().len(),
            1,
            "a permanent failure is not tried again"
        );
    }
}
