//! `ret` of the detail endpoint.

use std::time::Duration;

use super::{
    Problem,
    meeting::{MeetingWire, MemberWire, time},
    objects::Objects,
    parse,
};
use crate::{
    api::{Attendance, ClientType, MeetingDetail, MeetingUniqueId},
    config::ApiSettings,
};

/// Meetings in the answer: one is asked for.
const MOST_MEETINGS: usize = 10;

/// The meeting that was asked for, and who was in it.
pub(in crate::api) fn detail(
    ret: &str,
    asked: &MeetingUniqueId,
    settings: &ApiSettings,
) -> Result<MeetingDetail, Problem> {
    let meetings: Objects<MeetingWire, MOST_MEETINGS> =
        parse("ret", ret).map_err(Problem::field)?;
    for (at, wire) in meetings.0.iter().enumerate() {
        let at = format!("ret[{at}]");
        let meeting = wire.meeting(&at, settings)?;
        if meeting.id != *asked {
            continue;
        }
        let members = match &wire.members {
            Some(Objects(members)) => members.as_slice(),
            None if meeting.participants == 0 => &[],
            None => return Err(Problem::field(format!("`{at}.members` is missing"))),
        };
        let members = members.iter().enumerate();
        let members = members
            .map(|(number, it)| attendance(&format!("{at}.members[{number}]"), it, settings))
            .collect::<Result<_, _>>()?;
        return Ok(MeetingDetail { meeting, members });
    }
    let reason = "`ret` does not have the meeting that was asked for";
    Err(Problem::field(reason.to_owned()))
}

fn attendance(
    at: &str,
    member: &MemberWire,
    settings: &ApiSettings,
) -> Result<Attendance, Problem> {
    let zone = &settings.timezone;
    let client_type = member.client_type.0;
    Ok(Attendance {
        joined: time(at, "joinTime", &member.join_time, zone)?,
        left: time(at, "exitTime", &member.exit_time, zone)?,
        duration: member.duration.0.map(Duration::from_secs),
        client_type: client_type.map_or(ClientType::Unknown, ClientType::from_number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::settings;

    fn check(ret: &str) -> String {
        let id = MeetingUniqueId::new("7").unwrap();
        match detail(ret, &id, &settings("http://127.0.0.1:1")) {
            Ok(detail) => format!("{:?}", detail.members),
            Err(problem) => problem.reason,
        }
    }

    #[test]
    fn answers() {
        let rets = [
            r#"[{"meetingUniqueId": 7, "status": 4}]"#,
            r#"[{"meetingUniqueId": 6, "status": 4}, {"meetingUniqueId": "7", "status": 3, "memberCount": 1,
                "members": [{"joinTime": 1608120406000, "exitTime": "", "duration": "60", "clientType": "3"}, {"clientType": 99}]}]"#,
            r#"[{"meetingUniqueId": 7, "status": 3, "memberCount": 2}]"#,
            r#"[{"meetingUniqueId": 8, "status": 3}]"#,
            "[]",
            "{}",
            r#"[{"meetingUniqueId": 7, "status": 3, "members": [{"joinTime": "hush"}]}]"#,
            r#"[{"meetingUniqueId": 7, "status": 3, "members": [{}, {"exitTime": "9999-12-31 23:59:59"}]}]"#,
        ];
        insta::assert_snapshot!(rets.map(check).join("\n"), @"
        []
        [Attendance { joined: Some(2020-12-16T12:06:46Z), left: None, duration: Some(60s), client_type: Android }, Attendance { joined: None, left: None, duration: None, client_type: Unknown }]
        `ret[0].members` is missing
        `ret` does not have the meeting that was asked for
        `ret` does not have the meeting that was asked for
        `ret`: an object where an array is expected
        `ret[0].members[0].joinTime`: it is not a time like 2020-12-16 20:06:46
        `ret[0].members[1].exitTime`: it is beyond the calendar
        ");
    }
}
