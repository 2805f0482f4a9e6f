//! The bodies of requests: a JSON object each, as the contract writes them; times in milliseconds.

use bytes::Bytes;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{DayRange, MeetingQuery, MeetingUniqueId};
use crate::config::StatusNames;

/// No parameters.
pub(super) fn realtime() -> Bytes {
    Bytes::from_static(b"{}")
}

/// From the first day's local midnight to the last millisecond of the last day.
pub(super) fn daily(range: &DayRange, zone: &TimeZone) -> Bytes {
    let start = start_of(Some(range.first()), zone).as_millisecond();
    let end = start_of(range.last().tomorrow().ok(), zone).as_millisecond() - 1;
    format!(r#"{{"startTime":{start},"endTime":{end}}}"#).into()
}

/// A page of the meetings with a final status.
pub(super) fn list(query: &MeetingQuery, statuses: &StatusNames) -> Bytes {
    let (start, end) = (query.from.as_millisecond(), query.until.as_millisecond());
    let statuses: Vec<_> = statuses
        .numbers()
        .map(|number| number.to_string())
        .collect();
    format!(
        r#"{{"startTime":{start},"endTime":{end},"pageIndex":{},"pageSize":{},"status":"{}"}}"#,
        query.page_index,
        query.page_size,
        statuses.join(",")
    )
    .into()
}

/// One meeting: its id as a number, to the last digit, where it is one.
pub(super) fn detail(id: &MeetingUniqueId) -> Bytes {
    let id = id.as_str();
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    let id = match digits && (id == "0" || !id.starts_with('0')) {
        true => id.to_owned(),
        false => serde_json::Value::from(id).to_string(),
    };
    format!(r#"{{"meetingUniqueId":{id}}}"#).into()
}

/// When a local day begins; the end of time for a day beyond the calendar.
fn start_of(day: Option<Date>, zone: &TimeZone) -> Timestamp {
    day.and_then(|day| day.to_zoned_datetime(zone.clone()).ok())
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn text(body: &Bytes) -> &str {
        std::str::from_utf8(body).unwrap()
    }

    fn days(zone: &str, first: Date, last: Date) -> String {
        let range = DayRange::new(first, last).unwrap();
        let body = daily(&range, &TimeZone::get(zone).unwrap());
        text(&body).to_owned()
    }

    #[test]
    fn days_are_local_from_midnight_to_the_last_millisecond() {
        let shanghai = days("Asia/Shanghai", date(2020, 12, 16), date(2020, 12, 17));
        insta::assert_snapshot!(shanghai, @r#"{"startTime":1608048000000,"endTime":1608220799999}"#);
        // 23 hours, and 25 hours.
        let spring = days("Europe/Berlin", date(2024, 3, 31), date(2024, 3, 31));
        insta::assert_snapshot!(spring, @r#"{"startTime":1711839600000,"endTime":1711922399999}"#);
        let autumn = days("Europe/Berlin", date(2024, 10, 27), date(2024, 10, 27));
        insta::assert_snapshot!(autumn, @r#"{"startTime":1729980000000,"endTime":1730069999999}"#);
        // A day that begins at 01:00, because midnight was skipped.
        let gap = days("America/Sao_Paulo", date(2018, 11, 4), date(2018, 11, 4));
        insta::assert_snapshot!(gap, @r#"{"startTime":1541300400000,"endTime":1541383199999}"#);
    }

    #[test]
    fn days_at_the_ends_of_the_calendar_do_not_panic() {
        let body = days("Asia/Shanghai", Date::MIN, Date::MAX);
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn a_page_names_its_range_and_the_final_statuses() {
        let query = MeetingQuery {
            from: "2020-12-16T00:00:00+08:00".parse().unwrap(),
            until: "2020-12-17T00:00:00.5+08:00".parse().unwrap(),
            page_index: 2,
            page_size: 100,
        };
        let body = list(&query, &StatusNames::default());
        insta::assert_snapshot!(text(&body), @r#"{"startTime":1608048000000,"endTime":1608134400500,"pageIndex":2,"pageSize":100,"status":"3,4,5"}"#);
    }

    #[test]
    fn ids_are_numbers_to_the_last_digit_where_they_can_be() {
        let ids = ["21908", "98765432109876543210987", "007", "0", "mc_\"1"].map(|id| {
            let body = detail(&MeetingUniqueId::new(id).unwrap());
            text(&body).to_owned()
        });
        insta::assert_snapshot!(ids.join("\n"), @r#"
        {"meetingUniqueId":21908}
        {"meetingUniqueId":98765432109876543210987}
        {"meetingUniqueId":"007"}
        {"meetingUniqueId":0}
        {"meetingUniqueId":"mc_\"1"}
        "#);
    }
}
