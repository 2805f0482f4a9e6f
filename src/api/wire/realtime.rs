//! `ret` of the realtime endpoint.

use serde::{Deserialize, de::IgnoredAny};

use super::{Problem, parse_ret, scalar::Required};
use crate::api::Realtime;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ret {
    in_meeting_count: Option<Required<u64>>,
    in_meeting_member_count: Option<Required<u64>>,
    list: Option<IgnoredAny>,
}

/// Meetings and people in right now.
pub(in crate::api) fn realtime(ret: &str) -> Result<Realtime, Problem> {
    let ret: Ret = parse_ret(ret)?;
    if ret.list.is_some() {
        // Both endpoints share one path, and the body tells them apart; this server does not.
        let reason = "it is the list endpoint's answer (`ret.list` is there), not realtime's";
        return Err(Problem::setting("paths.realtime", reason.to_owned()));
    }
    let count = |name, count: Option<Required<u64>>| {
        let missing = || Problem::field(format!("`ret.{name}` is missing"));
        count.map(|Required(count)| count).ok_or_else(missing)
    };
    Ok(Realtime {
        meetings: count("inMeetingCount", ret.in_meeting_count)?,
        participants: count("inMeetingMemberCount", ret.in_meeting_member_count)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ret: &str) -> String {
        format!("{:?}", realtime(ret))
    }

    #[test]
    fn answers() {
        let rets = [
            r#"{"inMeetingCount": 3, "inMeetingMemberCount": "17", "new": {}}"#,
            r#"{"inMeetingCount": 3}"#,
            r#"{"inMeetingCount": null, "inMeetingMemberCount": 1}"#,
            r#"{"inMeetingCount": "", "inMeetingMemberCount": 1}"#,
            r#"{"query": {}, "list": []}"#,
            "[]",
            r#""hush""#,
        ];
        insta::assert_snapshot!(rets.map(check).join("\n"), @r#"
        Ok(Realtime { meetings: 3, participants: 17 })
        Err(Problem { reason: "`ret.inMeetingMemberCount` is missing", setting: None })
        Err(Problem { reason: "`ret.inMeetingCount` is missing", setting: None })
        Err(Problem { reason: "`ret.inMeetingCount`: it is empty", setting: None })
        Err(Problem { reason: "it is the list endpoint's answer (`ret.list` is there), not realtime's", setting: Some("paths.realtime") })
        Err(Problem { reason: "`ret`: an array where an object is expected", setting: None })
        Err(Problem { reason: "`ret`: a string where an object is expected", setting: None })
        "#);
    }
}
