//! What is shown, and what is absent.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{ToSpan, civil::date, tz::TimeZone};
use netease_meeting_exporter::snapshot::{AppSnapshot, Figures};

use super::fixture::{MINUTE, known, lines, moment, read_at, samples, unknown};

/// The sample lines whose name begins with one of those, without the namespace.
fn shown(snapshot: AppSnapshot, at: &str, names: &[&str]) -> String {
    let text = samples(snapshot, &moment(at));
    lines(&text, |line| {
        names.iter().any(|name| line.starts_with(name))
    })
}

#[test]
fn before_the_first_run_the_state_is_known_and_nothing_else() {
    insta::assert_snapshot!(samples(unknown("hq"), &read_at()), @r#"
    collector_interval_seconds{app="hq",collector="realtime"} 15
    collector_interval_seconds{app="hq",collector="daily"} 300
    collector_success{app="hq",collector="realtime"} 0
    collector_success{app="hq",collector="daily"} 0
    exporter_dropped_series{app="hq"} 0
    up{app="hq"} 0
    "#);
}

#[test]
fn a_stale_figure_is_absent_and_counters_remain() {
    let names = [
        "active",
        "day_meetings",
        "window_meetings",
        "meetings_total",
        "up",
        "collector_success",
    ];
    let fresh = shown(known("hq"), "2020-12-17T10:00:59+08:00", &names);
    let stale = shown(known("hq"), "2020-12-17T10:01:00+08:00", &names);
    let very_stale = shown(known("hq"), "2020-12-17T10:30:00+08:00", &names);
    insta::assert_snapshot!(fresh, @r#"
    active_meetings{app="hq"} 3
    active_participants{app="hq"} 17
    collector_success{app="hq",collector="realtime"} 1
    collector_success{app="hq",collector="daily"} 1
    day_meetings{app="hq",day="today"} 58
    day_meetings{app="hq",day="yesterday"} 6
    meetings_total{app="hq"} 640
    up{app="hq"} 1
    upstream_corrections_total{app="hq",field="meetings"} 0
    upstream_corrections_total{app="hq",field="duration"} 2
    upstream_corrections_total{app="hq",field="participants"} 1
    window_meetings{app="hq",window="2d"} 64
    "#);
    insta::assert_snapshot!(stale, @r#"
    collector_success{app="hq",collector="realtime"} 1
    collector_success{app="hq",collector="daily"} 1
    day_meetings{app="hq",day="today"} 58
    day_meetings{app="hq",day="yesterday"} 6
    meetings_total{app="hq"} 640
    up{app="hq"} 0
    upstream_corrections_total{app="hq",field="meetings"} 0
    upstream_corrections_total{app="hq",field="duration"} 2
    upstream_corrections_total{app="hq",field="participants"} 1
    window_meetings{app="hq",window="2d"} 64
    "#);
    insta::assert_snapshot!(very_stale, @r#"
    collector_success{app="hq",collector="realtime"} 1
    collector_success{app="hq",collector="daily"} 1
    meetings_total{app="hq"} 640
    up{app="hq"} 0
    upstream_corrections_total{app="hq",field="meetings"} 0
    upstream_corrections_total{app="hq",field="duration"} 2
    upstream_corrections_total{app="hq",field="participants"} 1
    "#);
}

#[test]
fn a_failed_run_is_told_at_once_while_its_last_figures_are_fresh() {
    let mut snapshot = known("hq");
    let run = snapshot.collectors[0].last_run.as_mut().unwrap();
    run.error = Some("no complete answer within 10s".into());
    let at = "2020-12-17T10:00:30+08:00";
    insta::assert_snapshot!(shown(snapshot, at, &["active", "up", "collector_success"]), @r#"
    active_meetings{app="hq"} 3
    active_participants{app="hq"} 17
    collector_success{app="hq",collector="realtime"} 0
    collector_success{app="hq",collector="daily"} 1
    up{app="hq"} 0
    upstream_corrections_total{app="hq",field="meetings"} 0
    upstream_corrections_total{app="hq",field="duration"} 2
    upstream_corrections_total{app="hq",field="participants"} 1
    "#);
}

/// Read a minute before midnight, looked at around it: yesterday's number never stands under today.
#[test]
fn days_change_at_local_midnight() {
    let mut snapshot = known("hq");
    snapshot.windows = [1, 2].into();
    snapshot.daily.as_mut().unwrap().read_at = moment("2020-12-17T23:59:00+08:00");
    let names = ["day_meetings", "day_start", "window_meetings"];
    let before = shown(snapshot.clone(), "2020-12-17T23:59:59+08:00", &names);
    let after = shown(snapshot.clone(), "2020-12-18T00:00:00+08:00", &names);
    insta::assert_snapshot!(before, @r#"
    day_meetings{app="hq",day="today"} 58
    day_meetings{app="hq",day="yesterday"} 6
    day_start_timestamp_seconds{app="hq",day="today"} 1608134400
    day_start_timestamp_seconds{app="hq",day="yesterday"} 1608048000
    window_meetings{app="hq",window="1d"} 58
    window_meetings{app="hq",window="2d"} 64
    "#);
    insta::assert_snapshot!(after, @r#"
    day_meetings{app="hq",day="yesterday"} 58
    day_start_timestamp_seconds{app="hq",day="yesterday"} 1608134400
    "#);

    let daily = snapshot.daily.as_mut().unwrap();
    daily.read_at = moment("2020-12-18T00:01:00+08:00");
    daily.value.days.insert(
        date(2020, 12, 18),
        Figures {
            meetings: 1,
            ..Figures::default()
        },
    );
    let next_reading = shown(snapshot, "2020-12-18T00:01:00+08:00", &names);
    insta::assert_snapshot!(next_reading, @r#"
    day_meetings{app="hq",day="today"} 1
    day_meetings{app="hq",day="yesterday"} 58
    day_start_timestamp_seconds{app="hq",day="today"} 1608220800
    day_start_timestamp_seconds{app="hq",day="yesterday"} 1608134400
    window_meetings{app="hq",window="1d"} 1
    window_meetings{app="hq",window="2d"} 59
    "#);
}

/// Clocks went forward at midnight in São Paulo on 2018-11-04: that day began at 01:00.
#[test]
fn a_day_begins_where_its_zone_says() {
    let mut snapshot = known("hq");
    snapshot.timezone = TimeZone::get("America/Sao_Paulo").unwrap();
    let daily = snapshot.daily.as_mut().unwrap();
    daily.value.days = BTreeMap::from([
        (date(2018, 11, 3), Figures::default()),
        (date(2018, 11, 4), Figures::default()),
    ]);
    daily.read_at = moment("2018-11-04T12:00:00-02:00");
    let shown = shown(snapshot, "2018-11-04T12:00:00-02:00", &["day_start"]);
    insta::assert_snapshot!(shown, @r#"
    day_start_timestamp_seconds{app="hq",day="today"} 1541300400
    day_start_timestamp_seconds{app="hq",day="yesterday"} 1541214000
    "#);
    let start = "2018-11-04T01:00:00-02:00"
        .parse::<jiff::Timestamp>()
        .unwrap();
    assert!(shown.contains(&format!("{}", start.as_second())));
}

#[test]
fn a_window_needs_every_one_of_its_days() {
    let at = "2020-12-17T10:00:00+08:00";
    let mut snapshot = known("hq");
    snapshot.windows = [1, 2, 3].into();
    insta::assert_snapshot!(shown(snapshot.clone(), at, &["window"]), @r#"
    window_duration_seconds{app="hq",window="1d"} 300000
    window_duration_seconds{app="hq",window="2d"} 579000.5
    window_meetings{app="hq",window="1d"} 58
    window_meetings{app="hq",window="2d"} 64
    window_participants{app="hq",window="1d"} 57
    window_participants{app="hq",window="2d"} 64
    window_peak_participants{app="hq",window="1d"} 3
    window_peak_participants{app="hq",window="2d"} 4
    "#);

    let days = &mut snapshot.daily.as_mut().unwrap().value.days;
    days.remove(&date(2020, 12, 16));
    days.insert(date(2020, 12, 15), Figures::default());
    let with_a_gap = shown(snapshot, at, &["window_meetings"]);
    insta::assert_snapshot!(with_a_gap, @r#"window_meetings{app="hq",window="1d"} 58"#);
}

#[test]
fn a_window_of_the_longest_length_counts_every_day() {
    let mut snapshot = known("hq");
    snapshot.windows = [366, 367].into();
    let today = date(2020, 12, 17);
    snapshot.daily.as_mut().unwrap().value.days = (0..366)
        .map(|back| {
            (
                today - back.days(),
                Figures {
                    meetings: 1,
                    ..Figures::default()
                },
            )
        })
        .collect();
    let shown = shown(snapshot, "2020-12-17T10:00:00+08:00", &["window_meetings"]);
    assert_eq!(shown, r#"window_meetings{app="hq",window="366d"} 366"#);
}

#[test]
fn a_clock_set_back_makes_no_figure_young() {
    let mut now = read_at();
    now.monotonic += 2 * MINUTE;
    now.wall -= Duration::from_secs(3600);
    let shown = lines(&samples(known("hq"), &now), |line| {
        line.starts_with("active")
    });
    assert_eq!(shown, "");
}

#[test]
fn a_ratio_to_nothing_is_absent() {
    let mut snapshot = known("hq");
    let sums = snapshot
        .listed
        .as_mut()
        .unwrap()
        .value
        .sums
        .as_mut()
        .unwrap();
    (sums.meetings, sums.duration_ms) = (6, 0);
    let shown = shown(snapshot, "2020-12-17T10:00:00+08:00", &["consistency"]);
    assert_eq!(shown, r#"consistency_ratio{app="hq",field="meetings"} 1"#);
}

/// Up to 139 years of meeting time, a second's thousandths can be told apart.
#[test]
fn milliseconds_become_seconds_without_loss() {
    for milli in [1_u64, 10, 999, 1_001, 5_790_001, 4_398_046_511_103] {
        let mut snapshot = known("hq");
        snapshot.totals.as_mut().unwrap().duration_ms = milli;
        let shown = shown(
            snapshot,
            "2020-12-17T10:00:00+08:00",
            &["duration_seconds_total"],
        );
        let seconds: f64 = shown.rsplit_once(' ').unwrap().1.parse().unwrap();
        assert_eq!((seconds * 1000.0).round(), milli as f64);
    }
}

#[test]
fn constant_labels_stand_on_every_series_of_their_application() {
    let mut labelled = known("hq");
    labelled.labels = Arc::new(BTreeMap::from([("region".into(), "cn-east".into())]));
    let text = samples(labelled, &read_at());
    assert_eq!(
        lines(&text, |line| !line.contains(r#"region="cn-east""#)),
        ""
    );
    assert!(text.lines().count() > 40, "{text}");
}
