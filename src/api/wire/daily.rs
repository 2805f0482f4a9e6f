//! `ret` of the daily endpoint.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{
    Problem,
    objects::Objects,
    parse_ret,
    scalar::{Optional, Required},
    time,
};
use crate::{
    api::{DailyFigures, DailyReport, DayRange},
    config::{ApiSettings, DurationUnit},
};

/// Days in the answer: 27 years.
const MOST_DAYS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ret {
    #[serde(default)]
    sum_meeting_count: Optional<u64>,
    #[serde(default)]
    sum_meeting_duration: Optional<u64>,
    #[serde(default)]
    sum_meeting_member_count: Optional<u64>,
    details: Option<Objects<Day, MOST_DAYS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    date: Required<u64>,
    meeting_count: Required<u64>,
    meeting_duration: Required<u64>,
    meeting_member_count: Required<u64>,
    peak_num: Required<u64>,
}

/// The figures of every day of `range`. A day that the vendor omits has zeros, one outside of
/// `range` is ignored, and one that stands there twice must say the same twice.
pub(in crate::api) fn daily(
    ret: &str,
    range: &DayRange,
    settings: &ApiSettings,
) -> Result<DailyReport, Problem> {
    let ret: Ret = parse_ret(ret)?;
    let details = match (&ret.details, ret.sum_meeting_count.0) {
        (Some(Objects(details)), _) => details.as_slice(),
        // No list at all is believed where the vendor says besides that it would be empty.
        (None, Some(0)) => &[],
        (None, _) => return Err(Problem::field("`ret.details` is missing".to_owned())),
    };
    let mut days = BTreeMap::new();
    for (at, detail) in details.iter().enumerate() {
        let (day, figures) = read(at, detail, settings)?;
        if *days.entry(day).or_insert(figures) != figures {
            let reason = format!("`ret.details[{at}]` contradicts an earlier entry of {day}");
            return Err(Problem::field(reason));
        }
    }
    let sums_agree = sums_agree(&ret, days.values(), settings.duration_unit);
    let figures = |day| days.get(&day).copied().unwrap_or_default();
    Ok(DailyReport {
        range: *range,
        days: range.days().map(|day| (day, figures(day))).collect(),
        sums_agree,
    })
}

fn read(at: usize, detail: &Day, settings: &ApiSettings) -> Result<(Date, DailyFigures), Problem> {
    let zone = &settings.timezone;
    let day = time::day(detail.date.0, zone).ok_or_else(|| {
        let zone = zone.iana_name().unwrap_or("the zone configured");
        let reason = format!("`ret.details[{at}].date` is no local midnight in {zone}");
        Problem::setting("timezone", reason)
    })?;
    let duration = milliseconds(detail.meeting_duration.0, settings.duration_unit);
    let duration_ms = duration.ok_or_else(|| {
        let reason = format!("`ret.details[{at}].meetingDuration`: it is beyond 64 bits");
        Problem::field(reason)
    })?;
    let figures = DailyFigures {
        meetings: detail.meeting_count.0,
        duration_ms,
        participants: detail.meeting_member_count.0,
        peak_participants: detail.peak_num.0,
    };
    Ok((day, figures))
}

fn milliseconds(duration: u64, unit: DurationUnit) -> Option<u64> {
    match unit {
        DurationUnit::Seconds => duration.checked_mul(1000),
        DurationUnit::Milliseconds => Some(duration),
    }
}

/// Whether the vendor's sums, where there are any, are those of the days it lists.
fn sums_agree<'a>(
    ret: &Ret,
    days: impl Iterator<Item = &'a DailyFigures> + Clone,
    unit: DurationUnit,
) -> bool {
    let agrees = |stated: Option<u64>, field: fn(&DailyFigures) -> u64| {
        let sum: u128 = days.clone().map(|day| u128::from(field(day))).sum();
        stated.is_none_or(|stated| u128::from(stated) == sum)
    };
    let stated = ret.sum_meeting_duration.0;
    let duration = stated.map(|stated| milliseconds(stated, unit).unwrap_or(u64::MAX));
    agrees(ret.sum_meeting_count.0, |day| day.meetings)
        && agrees(duration, |day| day.duration_ms)
        && agrees(ret.sum_meeting_member_count.0, |day| day.participants)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::api::testing::settings;

    const FIRST: &str = r#"{"date": 1608048000000, "meetingCount": "6", "meetingDuration": 279000.0, "meetingMemberCount": 7, "peakNum": 3}"#;
    const SECOND: &str = r#"{"date": "1608134400000", "meetingCount": 58, "meetingDuration": 300000, "meetingMemberCount": 57, "peakNum": 3}"#;

    fn check(ret: &str, unit: DurationUnit) -> String {
        let range = DayRange::new(date(2020, 12, 16), date(2020, 12, 18)).unwrap();
        let mut settings = settings("http://127.0.0.1:1");
        settings.duration_unit = unit;
        match daily(ret, &range, &settings) {
            Err(problem) => format!("{problem:?}"),
            Ok(report) => {
                let days = report.days.iter().map(|(day, it)| {
                    let DailyFigures {
                        meetings,
                        duration_ms,
                        participants,
                        peak_participants,
                    } = it;
                    format!("{day}: {meetings} {duration_ms} {participants} {peak_participants}\n")
                });
                format!(
                    "{}sums agree: {}",
                    days.collect::<String>(),
                    report.sums_agree
                )
            }
        }
    }

    fn seconds(ret: &str) -> String {
        check(ret, DurationUnit::Seconds)
    }

    #[test]
    fn days_omitted_are_zero_and_repeated_ones_count_once() {
        let ret = format!(r#"{{"details": [{SECOND}, {FIRST}, {FIRST}]}}"#);
        insta::assert_snapshot!(seconds(&ret), @"
        2020-12-16: 6 279000000 7 3
        2020-12-17: 58 300000000 57 3
        2020-12-18: 0 0 0 0
        sums agree: true
        ");
        let outside = FIRST.replace("1608048000000", "1607961600000");
        let ret = format!(r#"{{"sumMeetingCount": 12, "details": [{outside}, {FIRST}]}}"#);
        insta::assert_snapshot!(seconds(&ret), @"
        2020-12-16: 6 279000000 7 3
        2020-12-17: 0 0 0 0
        2020-12-18: 0 0 0 0
        sums agree: true
        ");
    }

    #[test]
    fn sums_are_compared_where_they_are_stated() {
        let agree = |sums: &str, unit| {
            let ret = format!(r#"{{{sums} "details": [{FIRST}, {SECOND}]}}"#);
            check(&ret, unit).ends_with("true")
        };
        let (s, ms) = (DurationUnit::Seconds, DurationUnit::Milliseconds);
        assert!(agree("", s));
        assert!(agree(
            r#""sumMeetingCount": 64, "sumMeetingDuration": "579000", "sumMeetingMemberCount": 64,"#,
            s
        ));
        assert!(agree(r#""sumMeetingDuration": 579000,"#, ms));
        assert!(!agree(r#""sumMeetingCount": 63,"#, s));
        assert!(!agree(r#""sumMeetingDuration": 579001,"#, s));
        assert!(!agree(r#""sumMeetingDuration": 18446744073709551615,"#, s));
        assert!(!agree(r#""sumMeetingMemberCount": 0,"#, s));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let rets = [
            "{}".to_owned(),
            r#"{"details": null, "sumMeetingCount": 1}"#.to_owned(),
            r#"{"inMeetingCount": 0, "inMeetingMemberCount": 0}"#.to_owned(),
            r#"{"details": {}}"#.to_owned(),
            r#"{"details": ["hush"]}"#.to_owned(),
            format!(r#"{{"details": [{FIRST}, {{"date": 1608134400000}}]}}"#),
            format!(
                r#"{{"details": [{}]}}"#,
                FIRST.replace("279000.0", "18446744073709551615")
            ),
            format!(
                r#"{{"details": [{}]}}"#,
                FIRST.replace("048000000", "048000001")
            ),
            format!(r#"{{"details": [{}]}}"#, FIRST.replace("\"6\"", "\"hush\"")),
            format!(
                r#"{{"details": [{FIRST}, {}]}}"#,
                FIRST.replace("\"6\"", "7")
            ),
        ];
        let lines: Vec<_> = rets.iter().map(|ret| seconds(ret)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Problem { reason: "`ret.details` is missing", setting: None }
        Problem { reason: "`ret.details` is missing", setting: None }
        Problem { reason: "`ret.details` is missing", setting: None }
        Problem { reason: "`ret.details`: an object where an array is expected", setting: None }
        Problem { reason: "`ret.details[0]`: a string where an object is expected", setting: None }
        Problem { reason: "`ret.details[1].meetingCount` is missing", setting: None }
        Problem { reason: "`ret.details[0].meetingDuration`: it is beyond 2^53, more than there can be", setting: None }
        Problem { reason: "`ret.details[0].date` is no local midnight in Asia/Shanghai", setting: Some("timezone") }
        Problem { reason: "`ret.details[0].meetingCount`: it is not a whole number", setting: None }
        Problem { reason: "`ret.details[1]` contradicts an earlier entry of 2020-12-16", setting: None }
        "#);
    }

    #[test]
    fn no_list_is_an_empty_one_where_the_sum_says_so() {
        insta::assert_snapshot!(seconds(r#"{"sumMeetingCount": "0"}"#), @"
        2020-12-16: 0 0 0 0
        2020-12-17: 0 0 0 0
        2020-12-18: 0 0 0 0
        sums agree: true
        ");
    }
}
