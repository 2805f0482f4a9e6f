use jiff::civil::date;

use super::*;

fn day_of(meetings: u64) -> DailyFigures {
    DailyFigures {
        meetings,
        duration_ms: meetings * 1500,
        participants: meetings * 3,
        peak_participants: meetings + 1,
    }
}

fn subject(first: Date, last: Date, counted_from: Option<Date>) -> Subject {
    Subject {
        app: "demo".into(),
        labels: BTreeMap::from([("job".to_owned(), "x".to_owned())]),
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        windows: Arc::new([2]),
        counted_from,
        days: DayRange::new(first, last).unwrap(),
    }
}

/// The history of a subject whose days have 1, 2, 3 … meetings, from the first one needed on.
fn history(subject: Subject) -> String {
    let days: Vec<Date> = subject.days_needed().days().collect();
    let figures = days.into_iter().zip((1..).map(day_of));
    let mut text = Vec::new();
    History::new(subject, figures).write(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn lines<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let sample = format!("{name}{{");
    text.lines()
        .filter(|line| line.starts_with(&sample))
        .collect()
}

#[test]
fn gauges_stand_in_each_days_last_second_as_live_ones_would() {
    let text = history(subject(date(2020, 12, 16), date(2020, 12, 17), None));
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("# HELP"))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    # TYPE netease_meeting_day_meetings gauge
    netease_meeting_day_meetings{app="demo",day="today",job="x"} 2 1608134399
    netease_meeting_day_meetings{app="demo",day="today",job="x"} 3 1608220799
    netease_meeting_day_meetings{app="demo",day="yesterday",job="x"} 1 1608134399
    netease_meeting_day_meetings{app="demo",day="yesterday",job="x"} 2 1608220799
    # TYPE netease_meeting_day_duration_seconds gauge
    # UNIT netease_meeting_day_duration_seconds seconds
    netease_meeting_day_duration_seconds{app="demo",day="today",job="x"} 3 1608134399
    netease_meeting_day_duration_seconds{app="demo",day="today",job="x"} 4.5 1608220799
    netease_meeting_day_duration_seconds{app="demo",day="yesterday",job="x"} 1.5 1608134399
    netease_meeting_day_duration_seconds{app="demo",day="yesterday",job="x"} 3 1608220799
    # TYPE netease_meeting_day_participants gauge
    netease_meeting_day_participants{app="demo",day="today",job="x"} 6 1608134399
    netease_meeting_day_participants{app="demo",day="today",job="x"} 9 1608220799
    netease_meeting_day_participants{app="demo",day="yesterday",job="x"} 3 1608134399
    netease_meeting_day_participants{app="demo",day="yesterday",job="x"} 6 1608220799
    # TYPE netease_meeting_day_peak_participants gauge
    netease_meeting_day_peak_participants{app="demo",day="today",job="x"} 3 1608134399
    netease_meeting_day_peak_participants{app="demo",day="today",job="x"} 4 1608220799
    netease_meeting_day_peak_participants{app="demo",day="yesterday",job="x"} 2 1608134399
    netease_meeting_day_peak_participants{app="demo",day="yesterday",job="x"} 3 1608220799
    # TYPE netease_meeting_day_start_timestamp_seconds gauge
    # UNIT netease_meeting_day_start_timestamp_seconds seconds
    netease_meeting_day_start_timestamp_seconds{app="demo",day="today",job="x"} 1608048000 1608134399
    netease_meeting_day_start_timestamp_seconds{app="demo",day="today",job="x"} 1608134400 1608220799
    netease_meeting_day_start_timestamp_seconds{app="demo",day="yesterday",job="x"} 1607961600 1608134399
    netease_meeting_day_start_timestamp_seconds{app="demo",day="yesterday",job="x"} 1608048000 1608220799
    # TYPE netease_meeting_window_meetings gauge
    netease_meeting_window_meetings{app="demo",window="2d",job="x"} 3 1608134399
    netease_meeting_window_meetings{app="demo",window="2d",job="x"} 5 1608220799
    # TYPE netease_meeting_window_duration_seconds gauge
    # UNIT netease_meeting_window_duration_seconds seconds
    netease_meeting_window_duration_seconds{app="demo",window="2d",job="x"} 4.5 1608134399
    netease_meeting_window_duration_seconds{app="demo",window="2d",job="x"} 7.5 1608220799
    # TYPE netease_meeting_window_participants gauge
    netease_meeting_window_participants{app="demo",window="2d",job="x"} 9 1608134399
    netease_meeting_window_participants{app="demo",window="2d",job="x"} 15 1608220799
    # TYPE netease_meeting_window_peak_participants gauge
    netease_meeting_window_peak_participants{app="demo",window="2d",job="x"} 3 1608134399
    netease_meeting_window_peak_participants{app="demo",window="2d",job="x"} 4 1608220799
    # EOF
    "#);
}

#[test]
fn totals_are_stairs_that_rise_at_midnight() {
    let since = date(2020, 12, 15);
    let text = history(subject(date(2020, 12, 16), date(2020, 12, 17), Some(since)));
    let stairs = lines(&text, "netease_meeting_meetings_total");
    assert_eq!(stairs.len(), 2 * (2 * 24 + 1));
    let ends: Vec<_> = [0, 1, 2, 47, 48, 49, 95, 96, 97]
        .map(|place| stairs[place])
        .into();
    insta::assert_snapshot!(ends.join("\n"), @r#"
    netease_meeting_meetings_total{app="demo",job="x"} 1 1608048000
    netease_meeting_meetings_total{app="demo",job="x"} 1 1608048000.125
    netease_meeting_meetings_total{app="demo",job="x"} 1 1608051600
    netease_meeting_meetings_total{app="demo",job="x"} 1 1608130800.125
    netease_meeting_meetings_total{app="demo",job="x"} 3 1608134400
    netease_meeting_meetings_total{app="demo",job="x"} 3 1608134400.125
    netease_meeting_meetings_total{app="demo",job="x"} 3 1608217200.125
    netease_meeting_meetings_total{app="demo",job="x"} 6 1608220800
    netease_meeting_meetings_total{app="demo",job="x"} 6 1608220800.125
    "#);
}

#[test]
fn totals_begin_with_nothing_where_counting_begins() {
    let since = date(2020, 12, 17);
    let text = history(subject(date(2020, 12, 16), date(2020, 12, 17), Some(since)));
    let stairs = lines(&text, "netease_meeting_participants_total");
    insta::assert_snapshot!([stairs[0], stairs[stairs.len() - 1]].join("\n"), @r#"
    netease_meeting_participants_total{app="demo",job="x"} 0 1608134400
    netease_meeting_participants_total{app="demo",job="x"} 9 1608220800.125
    "#);
    let begun = lines(&text, "netease_meeting_counters_start_timestamp_seconds");
    insta::assert_snapshot!(begun.join("\n"), @r#"netease_meeting_counters_start_timestamp_seconds{app="demo",job="x"} 1608134400 1608220799"#);

    let late = history(subject(
        date(2020, 12, 16),
        date(2020, 12, 17),
        Some(date(2020, 12, 18)),
    ));
    assert_eq!(
        late,
        history(subject(date(2020, 12, 16), date(2020, 12, 17), None))
    );
}

#[test]
fn ranges_that_adjoin_tell_what_the_whole_range_does() {
    let since = Some(date(2020, 12, 1));
    let of = |first: i8, last: i8| {
        // The same figures whatever is asked for: the day of the month.
        let subject = subject(date(2020, 12, first), date(2020, 12, last), since);
        let days: Vec<Date> = subject.days_needed().days().collect();
        let figures = days
            .into_iter()
            .map(|day| (day, day_of(u64::from(day.day().unsigned_abs()))));
        let mut text = Vec::new();
        History::new(subject, figures).write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let parts: std::collections::BTreeSet<_> = of(4, 6).into_iter().chain(of(7, 9)).collect();
    assert_eq!(parts, of(4, 9));
}

#[test]
fn a_day_has_the_hours_its_zone_gives_it() {
    let spring = date(2024, 3, 31);
    let subject = Subject {
        timezone: TimeZone::get("Europe/Berlin").unwrap(),
        ..subject(spring, spring, Some(spring))
    };
    let stairs = lines(&history(subject), "netease_meeting_meetings_total").len();
    assert_eq!(stairs, 2 * (23 + 1));
}

#[test]
fn asked_for_is_what_windows_and_totals_need() {
    let (first, last) = (date(2020, 12, 16), date(2020, 12, 17));
    let needed = |windows: &[u16], counted_from| {
        let subject = Subject {
            windows: windows.into(),
            ..subject(first, last, counted_from)
        };
        let days = subject.days_needed();
        assert_eq!(days.last(), last);
        days.first().to_string()
    };
    assert_eq!(needed(&[], None), "2020-12-15", "yesterday");
    assert_eq!(needed(&[2, 7], None), "2020-12-10");
    assert_eq!(needed(&[7], Some(date(2020, 12, 1))), "2020-12-01");
    assert_eq!(needed(&[7], Some(date(2020, 12, 12))), "2020-12-10");
    assert_eq!(needed(&[7], Some(date(2021, 1, 1))), "2020-12-10");
}
