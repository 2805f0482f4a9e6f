//! What is left out when an application has too many series.

use std::collections::BTreeSet;

use netease_meeting_exporter::{
    cardinality::{Quotas, series, withheld},
    snapshot::{AppSnapshot, ListSums},
};

use super::fixture::{known, moment, samples, unknown};

/// An application about which everything is known, the agreement of the two endpoints included.
fn everything() -> AppSnapshot {
    let mut snapshot = known("a");
    let listed = snapshot.listed.as_mut().unwrap();
    listed.value.sums = listed.value.sums.map(|sums| ListSums {
        meetings: 6,
        participants: 7,
        ..sums
    });
    snapshot
}

/// The sample lines with at most `most` series.
fn shown(mut snapshot: AppSnapshot, most: usize) -> Vec<String> {
    snapshot.withheld = withheld(&snapshot, most);
    let text = samples(snapshot, &moment("2020-12-17T10:00:30+08:00"));
    text.lines().map(str::to_owned).collect()
}

/// The names before the labels, without what a histogram's series have behind.
fn families(lines: &[String]) -> BTreeSet<String> {
    let names = lines.iter().filter_map(|line| line.split('{').next());
    names
        .map(|name| {
            let plain = |suffix| name.strip_suffix(suffix);
            let family = plain("_bucket").or(plain("_sum")).or(plain("_count"));
            family.unwrap_or(name).to_owned()
        })
        .collect()
}

#[test]
fn series_are_counted_as_they_are_written() {
    for snapshot in [everything(), unknown("a")] {
        let lines = shown(snapshot.clone(), usize::MAX);
        // What has never run has no duration and no last success yet.
        let waiting = snapshot
            .collectors
            .iter()
            .filter(|it| it.last_run.is_none())
            .count();
        assert_eq!(series(&snapshot), lines.len() + 2 * waiting, "{lines:#?}");
    }
}

#[test]
fn a_limit_is_kept_down_to_what_is_essential() {
    let all = series(&everything());
    let least = shown(everything(), 0).len();
    for most in 0..=all {
        let lines = shown(everything(), most);
        assert!(lines.len() <= most.max(least), "{most}: {}", lines.len());
        let withheld = withheld(&everything(), most);
        assert_eq!(withheld.series, all - lines.len(), "{most}");
        assert_eq!(
            withheld.series == 0,
            most >= all,
            "nothing is left out needlessly"
        );
        let told = format!("exporter_dropped_series{{app=\"a\"}} {}", withheld.series);
        assert!(lines.contains(&told), "{lines:#?}");
    }
}

#[test]
fn whole_families_go_in_their_order() {
    let mut before = families(&shown(everything(), usize::MAX));
    let mut order = String::new();
    for most in (0..series(&everything())).rev() {
        let now = families(&shown(everything(), most));
        let gone: Vec<&str> = before.difference(&now).map(String::as_str).collect();
        if !gone.is_empty() {
            order.push_str(&format!("{}\n", gone.join(" ")));
        }
        before = now;
    }
    order.push_str(&format!(
        "left: {}",
        before.into_iter().collect::<Vec<_>>().join(" ")
    ));
    insta::assert_snapshot!(order, @r"
    attendance_duration_seconds
    overrun_seconds start_delay_seconds
    finished_participants finished_peak_participants
    finished_duration_seconds
    day_hosts day_listed_meetings
    window_duration_seconds window_meetings window_participants window_peak_participants
    attendances_total
    day_duration_seconds day_meetings day_participants day_peak_participants day_start_timestamp_seconds
    consistency_ratio finished_meetings_total
    left: active_meetings active_participants collector_duration_seconds collector_interval_seconds collector_last_success_timestamp_seconds collector_success counters_start_timestamp_seconds details_pending details_skipped_total duration_seconds_total exporter_dropped_series meetings_total participants_total up upstream_corrections_total
    ");
}

#[test]
fn a_limit_on_all_takes_from_the_largest() {
    let (large, small) = (everything(), unknown("b"));
    let quotas = Quotas::new(series(&large) + series(&small) - 1);
    let (of_large, of_small) = (quotas.app(1000), quotas.app(1000));
    assert_eq!(of_large.decide(&large).steps, 0, "alone it fits");
    assert_eq!(of_small.decide(&small).steps, 0);
    assert_eq!(of_large.decide(&large).steps, 1, "together they do not");
    drop(of_small);
    assert_eq!(of_large.decide(&large).steps, 0);
    assert_eq!(
        quotas.app(3).decide(&large).steps,
        9,
        "the application's own limit"
    );
}
