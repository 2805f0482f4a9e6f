//! One meeting, as both `list` and `detail` write it.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use sha1::{Digest, Sha1};

use super::{
    Problem,
    objects::Objects,
    scalar::{Id, Optional, Required},
    time::Moment,
};
use crate::{
    api::{Meeting, MeetingUniqueId},
    config::ApiSettings,
};

/// Members of a meeting, one for each time that somebody was in it.
const MOST_MEMBERS: usize = 100_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeetingWire {
    meeting_unique_id: Id,
    status: Required<i64>,
    #[serde(default)]
    creator_account_id: Id,
    #[serde(default)]
    host_account_id: Id,
    #[serde(default)]
    meeting_create_time: Optional<Moment>,
    #[serde(default)]
    reserve_start_time: Optional<Moment>,
    #[serde(default)]
    reserve_end_time: Optional<Moment>,
    #[serde(default)]
    real_start_time: Optional<Moment>,
    #[serde(default)]
    real_end_time: Optional<Moment>,
    #[serde(default)]
    duration: Optional<u64>,
    #[serde(default)]
    member_count: Optional<u64>,
    #[serde(default)]
    peak_num: Optional<u64>,
    pub(super) members: Option<Objects<MemberWire, MOST_MEMBERS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberWire {
    #[serde(default)]
    pub(super) join_time: Optional<Moment>,
    #[serde(default)]
    pub(super) exit_time: Optional<Moment>,
    #[serde(default)]
    pub(super) duration: Optional<u64>,
    #[serde(default)]
    pub(super) client_type: Optional<i64>,
}

impl MeetingWire {
    /// The meeting; `at` is its path, for error messages.
    ///
    /// The vendor leaves out fields that are null, so a meeting that never began can lack most. One
    /// that took place must say how many people were in it: no silent zero.
    pub(super) fn meeting(&self, at: &str, settings: &ApiSettings) -> Result<Meeting, Problem> {
        let id = MeetingUniqueId::new(&self.meeting_unique_id.0).ok_or_else(|| {
            let what = "it is no id of 1 to 64 printable ASCII characters";
            Problem::field(format!("`{at}.meetingUniqueId`: {what}"))
        })?;
        let zone = &settings.timezone;
        let time = |name, moment: &Optional<Moment>| time(at, name, moment, zone);
        let status = u8::try_from(self.status.0).ok();
        let meeting = Meeting {
            id,
            status: status.and_then(|number| settings.status_names.get(number)),
            created: time("meetingCreateTime", &self.meeting_create_time)?,
            reserved_start: time("reserveStartTime", &self.reserve_start_time)?,
            reserved_end: time("reserveEndTime", &self.reserve_end_time)?,
            real_start: time("realStartTime", &self.real_start_time)?,
            real_end: time("realEndTime", &self.real_end_time)?,
            duration: self.duration.0.map(Duration::from_secs),
            participants: self.member_count.0.unwrap_or(0),
            peak_participants: self.peak_num.0.unwrap_or(0),
            host_digest: self.host_digest(&settings.app_key),
        };
        if meeting.took_place() && self.member_count.0.is_none() {
            return Err(Problem::field(format!("`{at}.memberCount` is missing")));
        }
        Ok(meeting)
    }

    /// Tells hosts of one application apart without keeping who they are.
    fn host_digest(&self, app_key: &str) -> Option<u64> {
        let (host, creator) = (&self.host_account_id.0, &self.creator_account_id.0);
        let account = if host.is_empty() { creator } else { host };
        if account.is_empty() {
            return None;
        }
        let mut hash = Sha1::new();
        hash.update(app_key);
        hash.update([0]);
        hash.update(account);
        hash.finalize()
            .first_chunk()
            .copied()
            .map(u64::from_be_bytes)
    }
}

/// The moment in the vendor's zone; an error only at the ends of the calendar.
pub(super) fn time(
    at: &str,
    name: &str,
    moment: &Optional<Moment>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, Problem> {
    let Some(moment) = moment.0 else {
        return Ok(None);
    };
    let beyond = || Problem::field(format!("`{at}.{name}`: it is beyond the calendar"));
    moment.at(zone).map(Some).ok_or_else(beyond)
}
