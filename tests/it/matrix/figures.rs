//! What an exporter shows of the present, held against what the simulated vendor knows of it.

use jiff::ToSpan as _;

use super::APP;
use crate::support::{Vendor, sample};

/// The gauges that are not what is true at this moment. Both sides move on while they are read, so
/// that a caller looks until they are of one moment.
pub(super) fn untrue(vendor: &Vendor, metrics: impl FnOnce() -> String) -> Vec<String> {
    let now = vendor.simulator.clock().now();
    let text = metrics();
    let world = vendor.simulator.world();
    let live = world.realtime(0, now);
    let today = world.day_at(now);
    let yesterday = today.saturating_sub(1.days());
    let mut wanted = vec![
        ("active_meetings", None, live.meetings),
        ("active_participants", None, live.participants),
    ];
    for (day, date) in [("today", today), ("yesterday", yesterday)] {
        let (day, figures) = (Some(("day", day)), world.daily(0, date, now));
        wanted.extend([
            ("day_meetings", day, figures.meetings),
            ("day_duration_seconds", day, figures.duration_seconds),
            ("day_participants", day, figures.participants),
            ("day_peak_participants", day, figures.peak_participants),
        ]);
    }
    let (window, figures) = (
        Some(("window", "2d")),
        world.totals(0, yesterday, today, now),
    );
    wanted.extend([
        ("window_meetings", window, figures.meetings),
        ("window_duration_seconds", window, figures.duration_seconds),
        ("window_participants", window, figures.participants),
        (
            "window_peak_participants",
            window,
            figures.peak_participants,
        ),
    ]);
    let differing = wanted.into_iter().filter_map(|(name, label, truth)| {
        let labels: Vec<_> = [APP].into_iter().chain(label).collect();
        let seen = sample(&text, &format!("netease_meeting_{name}"), &labels);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let truth = Some(truth as f64);
        (seen != truth).then(|| format!("{name}{label:?}: {seen:?}, truth {truth:?}"))
    });
    differing.collect()
}
