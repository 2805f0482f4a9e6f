//! What a snapshot's samples must be, worked out from what it was made of and from the catalogue in
//! the README; shares nothing with the writer.

use std::collections::BTreeMap;

use crate::{BOUNDS, CLIENTS, Observed, SHOWN, SKIPPED, STATUSES, World, reader::Samples};

/// 2020-12-17, 2020-12-16 and 2020-12-01 at 00:00 in the vendor's zone.
const MIDNIGHTS: [f64; 3] = [1_608_134_400.0, 1_608_048_000.0, 1_606_752_000.0];

/// Samples being put together.
struct Writer<'a> {
    site: &'a str,
    samples: Samples,
}

impl Writer<'_> {
    fn put(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let own = [("app", "hq"), ("site", self.site)];
        let labels: BTreeMap<String, String> = own
            .iter()
            .chain(labels)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let name = format!("netease_meeting_{name}");
        assert!(self.samples.insert((name, labels), value).is_none());
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], observed: &Observed) {
        let Observed(counts, sum_milli) = observed;
        let mut so_far = 0.0;
        let bounds = BOUNDS.iter().chain([&f64::INFINITY]);
        for (count, bound) in counts.iter().zip(bounds) {
            so_far += f64::from(*count);
            let bound = bound.to_string();
            let labels = [labels, &[("le", bound.as_str())]].concat();
            self.put(&format!("{name}_bucket"), &labels, so_far);
        }
        self.put(&format!("{name}_count"), labels, so_far);
        self.put(
            &format!("{name}_sum"),
            labels,
            f64::from(*sum_milli) / 1000.0,
        );
    }
}

/// Every sample about meetings that a world's snapshot must have.
pub fn samples(world: &World) -> Samples {
    let mut to = Writer {
        site: &world.label,
        samples: Samples::new(),
    };
    if world.age_seconds < SHOWN {
        gauges(&mut to, world);
    }
    counters(&mut to, world);
    to.samples
}

fn gauges(to: &mut Writer<'_>, world: &World) {
    if let Some([meetings, participants]) = world.live {
        to.put("active_meetings", &[], meetings.into());
        to.put("active_participants", &[], participants.into());
    }
    if let Some(days) = &world.days {
        for (at, name) in ["today", "yesterday"].into_iter().enumerate() {
            let day = [("day", name)];
            put_figures(to, "day", &day, days[at].map(f64::from));
            to.put("day_start_timestamp_seconds", &day, MIDNIGHTS[at]);
        }
        // Of four days one is not known.
        for length in [2, 3] {
            let within = days[..length].iter().map(|day| day.map(f64::from));
            let sums = within.fold([0.0_f64; 4], |[a, b, c, d], [e, f, g, h]| {
                [a + e, b + f, c + g, d.max(h)]
            });
            let name = format!("{length}d");
            put_figures(to, "window", &[("window", name.as_str())], sums);
        }
    }
    if let Some(days) = &world.listed {
        for (day, name) in days.iter().zip(["today", "yesterday"]) {
            to.put("day_hosts", &[("day", name)], day[0].into());
            for (status, count) in STATUSES.into_iter().zip(&day[1..]) {
                let labels = [("day", name), ("status", status)];
                to.put("day_listed_meetings", &labels, (*count).into());
            }
        }
    }
}

fn put_figures(to: &mut Writer<'_>, of: &str, labels: &[(&str, &str)], figures: [f64; 4]) {
    let [meetings, ms, participants, peak] = figures;
    to.put(&format!("{of}_meetings"), labels, meetings);
    to.put(&format!("{of}_duration_seconds"), labels, ms / 1000.0);
    to.put(&format!("{of}_participants"), labels, participants);
    to.put(&format!("{of}_peak_participants"), labels, peak);
}

fn counters(to: &mut Writer<'_>, world: &World) {
    if let Some(([meetings, ms, participants], lowered)) = world.totals {
        to.put("meetings_total", &[], meetings.into());
        to.put("duration_seconds_total", &[], f64::from(ms) / 1000.0);
        to.put("participants_total", &[], participants.into());
        let fields = ["meetings", "duration", "participants"];
        for (field, count) in fields.into_iter().zip(lowered) {
            to.put(
                "upstream_corrections_total",
                &[("field", field)],
                count.into(),
            );
        }
        to.put("counters_start_timestamp_seconds", &[], MIDNIGHTS[2]);
    }
    if let Some((counts, observed)) = &world.finished {
        let kinds = [
            ("ended", "instant"),
            ("ended", "scheduled"),
            ("cancelled", "scheduled"),
        ];
        for ((status, kind), count) in kinds.into_iter().zip(counts) {
            let labels = [("status", status), ("kind", kind)];
            to.put("finished_meetings_total", &labels, (*count).into());
        }
        let names = [
            "finished_duration_seconds",
            "finished_participants",
            "start_delay_seconds",
            "overrun_seconds",
        ];
        for (name, observed) in names.into_iter().zip(observed) {
            to.histogram(name, &[], observed);
        }
    }
    if let Some((stays, peaks, pending, skipped)) = &world.attendances {
        for (client, (count, length)) in CLIENTS.into_iter().zip(stays) {
            let labels = [("client_type", client)];
            to.put("attendances_total", &labels, (*count).into());
            to.histogram("attendance_duration_seconds", &labels, length);
        }
        to.histogram("finished_peak_participants", &[], peaks);
        to.put("details_pending", &[], (*pending).into());
        for (why, count) in SKIPPED.into_iter().zip(skipped) {
            to.put("details_skipped_total", &[("reason", why)], (*count).into());
        }
    }
}
