//! `ret` of the list endpoint.

use serde::{Deserialize, de::IgnoredAny};

use super::{Problem, meeting::MeetingWire, parse_ret, scalar::Required};
use crate::{api::MeetingPage, config::ApiSettings};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct Ret {
    query: Option<Query>,
    list: Option<Vec<MeetingWire>>,
    in_meeting_count: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
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
        let reason = "the server took the call for one of realtime (`ret.inMeetingCount` is there)";
        return Err(Problem::setting("paths.list", reason.to_owned()));
    }
    let missing = |name| Problem::field(format!("`ret.{name}` is missing"));
    let query = ret.query.ok_or_else(|| missing("query"))?;
    let total = query.total_count.0;
    let list = match ret.list {
        Some(list) => list,
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
        insta::assert_snapshot!(one(meeting), @"");
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
        insta::assert_snapshot!(lines.join("\n"), @"");
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
