//! Everything the ledger counts, as it is scraped and as it must be.
//!
//! Both sides are written as `name{label="value"}` without the labels `app` and `status`, in whole
//! units: with the bucket bounds below, and with vendors' whole seconds.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use netease_meeting_exporter::simulator::{Kind, MeetingTruth, World};

/// What is counted, by series.
pub(crate) type Counted = BTreeMap<String, u64>;

/// The bucket bounds that the truth is told in.
pub(crate) const HISTOGRAMS: &str = "histograms: { participants: [2, 5, 20], duration: [600, 3600], start_delay: [0, 60], overrun: [0, 600], attendance: [600, 3600] }";

/// The families that the ledger keeps.
const KEPT: [&str; 11] = [
    "meetings_total",
    "duration_seconds_total",
    "participants_total",
    "finished_meetings_total",
    "finished_duration_seconds",
    "finished_participants",
    "start_delay_seconds",
    "overrun_seconds",
    "attendances_total",
    "attendance_duration_seconds",
    "finished_peak_participants",
];

/// What an exposition in the text format says was counted.
pub(crate) fn counted(text: &str) -> Counted {
    let kept = |name: &str| KEPT.iter().any(|family| name.starts_with(family));
    let mut counted = Counted::new();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("netease_meeting_"))
    {
        let (series, value) = line.rsplit_once(' ').expect("a sample");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        if !kept(name) {
            continue;
        }
        // The label `status` can change while nobody looks; how many there are of a kind cannot.
        let labels: Vec<&str> = labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.starts_with("app=") && !label.starts_with("status="))
            .collect();
        let labels = labels.join(",");
        let series = if labels.is_empty() {
            name.to_owned()
        } else {
            format!("{name}{{{labels}}}")
        };
        let value: f64 = value.parse().expect("a number");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole seconds"
        )]
        let value = value.round() as u64;
        *counted.entry(series).or_default() += value;
    }
    counted
}

/// Notes what was seen, and panics where it is less than before.
pub(crate) fn assert_never_lower(highest: &mut Counted, seen: &Counted) {
    for (series, highest) in highest.iter() {
        let seen = seen.get(series);
        assert!(
            seen >= Some(highest),
            "{series} went from {highest} to {seen:?}"
        );
    }
    highest.extend(seen.iter().map(|(series, value)| (series.clone(), *value)));
}

/// The series that say more than is true: what is not known yet is left out.
pub(crate) fn beyond(seen: &Counted, truth: &Counted) -> Vec<String> {
    let too_high = seen.iter().filter(|(series, value)| {
        let true_value = truth.get(*series).unwrap_or(&0);
        *value > true_value
    });
    too_high
        .map(|(series, value)| format!("{series}: {value}, truth {:?}", truth.get(series)))
        .collect()
}

/// The series that are not as they must be.
pub(crate) fn differences(seen: &Counted, truth: &Counted) -> Vec<String> {
    let series = seen.keys().chain(truth.keys());
    let mut differing: Vec<String> = series
        .filter(|series| seen.get(*series).unwrap_or(&0) != truth.get(*series).unwrap_or(&0))
        .map(|series| {
            format!(
                "{series}: {:?}, truth {:?}",
                seen.get(series),
                truth.get(series)
            )
        })
        .collect();
    differing.sort();
    differing.dedup();
    differing
}

/// What must have been counted by `now`, from the meetings themselves.
pub(crate) fn truth(world: &World, first: Date, now: Timestamp) -> Counted {
    let today = world.day_at(now);
    let mut truth = Truth::default();
    let days = world.totals(0, first, today, now);
    truth.add("meetings_total", days.meetings);
    truth.add("duration_seconds_total", days.duration_seconds);
    truth.add("participants_total", days.participants);
    for meeting in world.finished(0, first, today, now) {
        // A meeting called off beforehand is listed once its time has come.
        let reserved = meeting.reserved.map(|(start, _)| start);
        if meeting.real_start.or(reserved).unwrap_or(meeting.created) <= now {
            truth.meeting(&meeting);
        }
    }
    truth.0
}

/// The same with further meetings that are over.
pub(crate) fn with_meetings(truth: Counted, meetings: &[MeetingTruth]) -> Counted {
    let mut truth = Truth(truth);
    for meeting in meetings {
        truth.meeting(meeting);
    }
    truth.0
}

#[derive(Default)]
struct Truth(Counted);

impl Truth {
    fn add(&mut self, series: &str, value: u64) {
        *self.0.entry(series.to_owned()).or_default() += value;
    }

    fn observe(&mut self, name: &str, labels: &str, bounds: &[u64], value: u64) {
        let braced = |more: &str| match (labels, more) {
            ("", "") => String::new(),
            ("", one) | (one, "") => format!("{{{one}}}"),
            (one, other) => format!("{{{one},{other}}}"),
        };
        for bound in bounds {
            let within = u64::from(value <= *bound);
            self.add(
                &format!("{name}_bucket{}", braced(&format!("le=\"{bound}\""))),
                within,
            );
        }
        self.add(&format!("{name}_bucket{}", braced("le=\"+Inf\"")), 1);
        self.add(&format!("{name}_count{}", braced("")), 1);
        self.add(&format!("{name}_sum{}", braced("")), value);
    }

    fn meeting(&mut self, meeting: &MeetingTruth) {
        let kind = match meeting.kind {
            Kind::Instant => "instant",
            Kind::Scheduled => "scheduled",
        };
        self.add(&format!("finished_meetings_total{{kind=\"{kind}\"}}"), 1);
        let Some(duration) = meeting.duration_seconds() else {
            return;
        };
        self.observe("finished_duration_seconds", "", &[600, 3600], duration);
        self.observe(
            "finished_participants",
            "",
            &[2, 5, 20],
            meeting.participants,
        );
        if let Some(delay) = meeting.start_delay_seconds() {
            self.observe("start_delay_seconds", "", &[0, 60], delay);
        }
        if let Some(overrun) = meeting.overrun_seconds() {
            self.observe("overrun_seconds", "", &[0, 600], overrun);
        }
        self.observe(
            "finished_peak_participants",
            "",
            &[2, 5, 20],
            meeting.peak_participants,
        );
        for attendance in &meeting.attendances {
            let client = match attendance.client_type {
                1 => "tv",
                2 => "ios",
                3 => "android",
                4 => "windows",
                5 => "macos",
                6 => "web",
                7 => "sip",
                8 => "linux",
                _ => "unknown",
            };
            let label = format!("client_type=\"{client}\"");
            self.add(&format!("attendances_total{{{label}}}"), 1);
            let stayed = attendance.stayed_seconds().expect("the meeting is over");
            self.observe("attendance_duration_seconds", &label, &[600, 3600], stayed);
        }
    }
}
