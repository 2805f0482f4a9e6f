//! `ret` of the list endpoint.

use serde::{Deserialize, de::IgnoredAny};

use super::{
    Problem, meeting::MeetingWire, object::Object, objects::Objects, parse_ret, scalar::Required,
};
use crate::{api::MeetingPage, config::ApiSettings};

/// Meetings of a page: a hundred times what the vendor gives at most.
const MOST_MEETINGS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ret {
    query: Option<Object<Query>>,
    list: Option<Objects<MeetingWire, MOST_MEETINGS>>,
    in_meeting_count: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    page_index: Required<u64>,
    page_size: Required<u64>,
    total_page_count: Required<u64>,
    total_count: Required<u64>,
}

/// One page of meetings.
pub(in crate::api) fn list(ret: &str, settings: &ApiSettings) -> Result<MeetingPage, Problem> {
    let ret: Ret = parse_ret(ret)?;
    if ret.in_meeting_count.is_some() && ret.list.is_none() {
        let reason =
            "it is realtime's answer (`ret.inMeetingCount` is there), not the list endpoint's";
        return Err(Problem::setting("paths.list", reason.to_owned()));
    }
    let missing = |name| Problem::field(format!("`ret.{name}` is missing"));
    let Object(query) = ret.query.ok_or_else(|| missing("query"))?;
    let total = query.total_count.0;
    let list = match ret.list {
        Some(Objects(list)) => list,
        None if total == 0 => Vec::new(),
        None => return Err(missing("list")),
    };
    let meetings = list.iter().enumerate();
    let meetings = meetings.map(|(at, it)| it.meeting(&format!("ret.list[{at}]"), settings));
    Ok(MeetingPage {
        page_index: small("pageIndex", &query.page_index)?,
        page_size: small("pageSize", &query.page_size)?,
        total_pages: small("totalPageCount", &query.total_page_count)?,
        total,
        meetings: meetings.collect::<Result<_, _>>()?,
    })
}

fn small(name: &str, number: &Required<u64>) -> Result<u32, Problem> {
    let beyond = |_| Problem::field(format!("`ret.query.{name}`: it is beyond 32 bits"));
    u32::try_from(number.0).map_err(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::settings;

    const QUERY: &str =
        r#"{"pageIndex": "1", "pageSize": 100, "totalPageCount": 1, "totalCount": 1}"#;

    fn check(ret: &str) -> String {
        match list(ret, &settings("http://127.0.0.1:1")) {
            Ok(page) => format!("{page:#?}"),
            Err(problem) => format!("{problem:?}"),
        }
    }

    fn one(meeting: &str) -> String {
        check(&format!(r#"{{"query": {QUERY}, "list": [{meeting}]}}"#))
    }

    #[test]
    fn a_meeting_that_never_began_can_lack_most() {
        let meeting = r#"{"meetingUniqueId": "98765432109876543210987", "status": "5", "reserveStartTime": null, "duration": ""}"#;
        insta::assert_snapshot!(one(meeting), @r#"
        MeetingPage {
            page_index: 1,
            page_size: 100,
            total_pages: 1,
            total: 1,
            meetings: [
                Meeting {
                    id: MeetingUniqueId(
                        "98765432109876543210987",
                    ),
                    status: Some(
                        Cancelled,
                    ),
                    created: None,
                    reserved_start: None,
                    reserved_end: None,
                    real_start: None,
                    real_end: None,
                    duration: None,
                    participants: 0,
                    peak_participants: 0,
                    host_digest: None,
                },
            ],
        }
        "#);
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        let lines = [
            check("{}"),
            check(r#"{"inMeetingCount": 0, "inMeetingMemberCount": 0}"#),
            check(&format!(r#"{{"query": {QUERY}}}"#)),
            check(r#"{"query": {"pageIndex": 1}, "list": []}"#),
            check(&format!(
                r#"{{"query": {}}}"#,
                QUERY.replace("100", "4294967296")
            )),
            one("7"),
            one(r#""hush""#),
            one(r#"{"status": 3}"#),
            one(r#"{"meetingUniqueId": 1}"#),
            one(r#"{"meetingUniqueId": "", "status": 3}"#),
            one(r#"{"meetingUniqueId": {}, "status": 3}"#),
            one(r#"{"meetingUniqueId": 1, "status": "hush"}"#),
            one(r#"{"meetingUniqueId": 1, "status": 3, "realStartTime": "hush"}"#),
            one(r#"{"meetingUniqueId": 1, "status": 3, "realStartTime": true}"#),
            one(
                r#"{"meetingUniqueId": 1, "status": 3, "realStartTime": "2020-12-16 20:08:13", "duration": 5}"#,
            ),
            one(r#"{"meetingUniqueId": 1, "status": 3, "duration": -5}"#),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Problem { reason: "`ret.query` is missing", setting: None }
        Problem { reason: "it is realtime's answer (`ret.inMeetingCount` is there), not the list endpoint's", setting: Some("paths.list") }
        Problem { reason: "`ret.list` is missing", setting: None }
        Problem { reason: "`ret.query.pageSize` is missing", setting: None }
        Problem { reason: "`ret.list` is missing", setting: None }
        Problem { reason: "`ret.list[0]`: a number where an object is expected", setting: None }
        Problem { reason: "`ret.list[0]`: a string where an object is expected", setting: None }
        Problem { reason: "`ret.list[0].meetingUniqueId` is missing", setting: None }
        Problem { reason: "`ret.list[0].status` is missing", setting: None }
        Problem { reason: "`ret.list[0].meetingUniqueId`: it is no id of 1 to 64 printable ASCII characters", setting: None }
        Problem { reason: "`ret.list[0].meetingUniqueId`: it is no id, which is a number or a string", setting: None }
        Problem { reason: "`ret.list[0].status`: it is not a whole number", setting: None }
        Problem { reason: "`ret.list[0].realStartTime`: it is not a time like 2020-12-16 20:06:46", setting: None }
        Problem { reason: "`ret.list[0].realStartTime`: a boolean where a time is expected", setting: None }
        Problem { reason: "`ret.list[0].memberCount` is missing", setting: None }
        Problem { reason: "`ret.list[0].duration`: it is negative", setting: None }
        "#);
    }

    #[test]
    fn a_status_that_is_not_final_is_none() {
        for status in ["0", "1", "2", "6", "-1", "300", "9223372036854775807"] {
            let meeting = format!(r#"{{"meetingUniqueId": 1, "status": {status}}}"#);
            assert!(one(&meeting).contains("status: None"), "{status}");
        }
    }

    #[test]
    fn no_list_is_an_empty_one_where_the_total_says_so() {
        let query = QUERY.replace(r#""totalCount": 1"#, r#""totalCount": 0"#);
        assert!(check(&format!(r#"{{"query": {query}, "list": null}}"#)).contains("meetings: []"));
    }

    #[test]
    fn hosts_are_told_apart_within_an_application_only() {
        let digest = |app_key: &str, accounts: &str| {
            let mut settings = settings("http://127.0.0.1:1");
            settings.app_key = app_key.to_owned();
            let ret = format!(
                r#"{{"query": {QUERY}, "list": [{{"meetingUniqueId": 1, "status": 3, {accounts}}}]}}"#
            );
            list(&ret, &settings).unwrap().meetings[0].host_digest
        };
        let host = digest("a", r#""hostAccountId": "7", "creatorAccountId": "8""#);
        assert!(host.is_some());
        assert_eq!(host, digest("a", r#""hostAccountId": 7"#));
        assert_eq!(
            host,
            digest("a", r#""hostAccountId": "", "creatorAccountId": "7""#)
        );
        assert_ne!(host, digest("a", r#""hostAccountId": 8"#));
        assert_ne!(host, digest("b", r#""hostAccountId": 7"#));
        assert_eq!(digest("a", r#""hostAccountId": null"#), None);
    }
}
