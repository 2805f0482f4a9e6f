//! Half a year of history in a real Prometheus: day by day what really happened, and on into what
//! is scraped.

use std::{path::Path, process::Command};

use jiff::{ToSpan as _, civil::Date};
use netease_meeting_exporter::simulator::{Figures, Simulator};

use super::{backfill, warnings};
use crate::{
    support::{Exporter, JOB, Prometheus, Vendor, eventually},
    tools::{self, Release},
};

const DAYS: i64 = 180;
const DAY: i64 = 86_400;

/// The totals, and which figure of a day each one sums.
type Total = (&'static str, fn(&Figures) -> u64);
const TOTALS: [Total; 3] = [
    ("meetings_total", |day| day.meetings),
    ("duration_seconds_total", |day| day.duration_seconds),
    ("participants_total", |day| day.participants),
];

#[test]
fn half_a_year_is_day_by_day_what_happened_and_goes_on_into_the_present() {
    half_a_year_in(Release::Stable, 0.0);
}

/// Prometheus 3 leaves the first moment of a window out, and answers with a millionth more.
#[test]
fn half_a_year_is_the_same_to_the_unit_in_the_newest_prometheus() {
    half_a_year_in(Release::Newest, 0.125);
}

/// `lost` is how many seconds a window loses at its beginning: Prometheus stretches the rest over them.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn half_a_year_in(release: Release, lost: f64) {
    let read = |increase: f64| match lost > 0.0 {
        true => (increase * (1.0 - lost / DAY as f64)).round(),
        false => increase,
    };
    let vendor = Vendor::with(
        Simulator::builder()
            .meetings_per_day(60.0)
            .history_days(u32::try_from(DAYS).expect("few")),
    );
    let world = vendor.simulator.world();
    let now = || vendor.simulator.clock().now();
    let today = world.day_at(now());
    let (first, last) = (
        today.saturating_sub(DAYS.days()),
        today.yesterday().expect("a day"),
    );
    let config = vendor.config_with(
        &vendor.simulator.app_secret(0),
        &format!("counters_since: {first}\nwindows: [7d]"),
        "    labels: { region: cn-east }\n",
    );
    let exporter = Exporter::serve(&config).ready();
    // Meetings that began yesterday can still be going on: the day is between these two.
    let truth = |day: Date| world.daily(0, day, now());
    let before = truth(last);
    let history = vendor.directory.path().join("history.om");
    let instance = format!("instance={}", exporter.address());
    let said = backfill(
        &config,
        &[
            "--from",
            &first.to_string(),
            "--to",
            &last.to_string(),
            "--label",
            &format!("job={JOB}"),
            "--label",
            &instance,
            "--output",
            history.to_str().expect("UTF-8"),
        ],
    );
    assert!(said.status.success(), "{said:?}");
    assert_eq!(
        (said.stdout.len(), warnings(&said).len()),
        (0, 0),
        "{said:?}"
    );
    let after = truth(last);

    let blocks = Command::new(release.path("promtool"))
        .args([
            "tsdb",
            "create-blocks-from",
            "--max-block-duration=168h",
            "openmetrics",
        ])
        .arg(&history)
        .arg(vendor.directory.path().join("tsdb"))
        .output()
        .expect("promtool runs");
    assert!(blocks.status.success(), "{blocks:?}");
    reference_parser_reads(&history);
    let prometheus = Prometheus::of(release, exporter.address(), vendor.directory.path());
    let all = format!("{}d", DAYS + 1);
    let latest = eventually("a scrape", || {
        prometheus.query("max(timestamp(netease_meeting_meetings_total))")
    });

    let midnight = |day: Date| world.midnight(day).as_second();
    let days: Vec<Date> = (0..DAYS)
        .map(|day| first.saturating_add(day.days()))
        .collect();
    let ends: Vec<i64> = days.iter().map(|day| midnight(*day) + DAY).collect();
    for (name, field) in TOTALS {
        let series = format!("netease_meeting_{name}");
        let truth: Vec<f64> = days.iter().map(|day| field(&truth(*day)) as f64).collect();
        let per_day = || -> Vec<f64> {
            let query = format!("increase({series}[1d])");
            let (start, end) = (ends[0], ends[ends.len() - 1]);
            let values = prometheus.query_range(&query, start, end, DAY);
            assert_eq!(values.len(), days.len(), "{query}");
            values.into_iter().map(|(_, value)| read(value)).collect()
        };
        let settled = days.len() - 1;
        // From midnight to midnight, exactly.
        let exact = per_day();
        assert_eq!(exact[..settled], truth[..settled], "{name}");
        let of_last = field(&before) as f64..=field(&after) as f64;
        assert!(
            of_last.contains(&exact[settled]),
            "{name}: {}",
            exact[settled]
        );
        // From one full hour to another: the day that ended in between.
        let shifted = prometheus.query_range(
            &format!("increase({series}[1d])"),
            ends[0] + 8 * 3600,
            ends[settled - 1] + 8 * 3600,
            DAY,
        );
        let shifted: Vec<f64> = shifted.into_iter().map(|(_, value)| read(value)).collect();
        assert_eq!(shifted, truth[..settled], "{name}, eight hours later");

        // Across the seam: one series, no reset, and what both sides hold.
        let one = format!("count(count_over_time({series}[{all}]))");
        assert_eq!(prometheus.query(&one), Some(1.0), "{name}");
        assert_eq!(
            prometheus.query(&format!("resets({series}[{all}])")),
            Some(0.0),
            "{name}"
        );
        let live = prometheus.query_at(&series, latest).expect("a total");
        let since = |second: i64| {
            let range = (latest - second as f64) * 1000.0;
            prometheus
                .query_at(&format!("increase({series}[{range:.0}ms])"), latest)
                .expect("an increase")
        };
        let counted: f64 = exact.iter().sum();
        for (day, wanted) in [
            (first, live),
            (last, live - counted + exact[settled]),
            (today, live - counted),
        ] {
            let seconds = latest - midnight(day) as f64;
            let (seen, slack) = (since(midnight(day)), wanted * lost / (seconds - lost));
            assert!(
                (seen - wanted).abs() <= slack * 1.01,
                "{name} since {day}: {seen}, not {wanted}"
            );
        }
        assert!(
            live - counted
                <= field(&world.totals(0, today, today, now())) as f64 + field(&after) as f64
        );
    }
    for (name, range, field) in GAUGES {
        let gauge = |query: &str| {
            let values = prometheus.query_range(query, ends[0] - 1, ends[ends.len() - 2] - 1, DAY);
            values
                .into_iter()
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        };
        let truth: Vec<f64> = days[..days.len() - 1]
            .iter()
            .map(|day| {
                let from = day.saturating_sub((range - 1).days());
                field(&world.totals(0, from, *day, now())) as f64
            })
            .collect();
        assert_eq!(gauge(&format!("netease_meeting_{name}")), truth, "{name}");
    }
}

/// OpenMetrics' own parser is strict about order and grouping, and promtool is not.
fn reference_parser_reads(history: &Path) {
    let script = "import sys; from prometheus_client.openmetrics import parser; \
                  families = parser.text_fd_to_metric_families(open(sys.argv[1])); \
                  print(sum(len(family.samples) for family in families))";
    let said = Command::new(tools::path("python3"))
        .args(["-c", script])
        .arg(history)
        .output()
        .expect("python starts");
    assert!(said.status.success(), "{said:?}");
    let samples: usize = String::from_utf8_lossy(&said.stdout)
        .trim()
        .parse()
        .expect("a number");
    assert!(samples > 3 * 2 * 24 * 180, "{samples} samples");
}

/// Gauges, the days that each one spans, and which figure it shows.
type Gauge = (&'static str, i64, fn(&Figures) -> u64);
const GAUGES: [Gauge; 4] = [
    ("day_meetings{day=\"today\"}", 1, |day| day.meetings),
    ("day_peak_participants{day=\"today\"}", 1, |day| {
        day.peak_participants
    }),
    ("window_duration_seconds{window=\"7d\"}", 7, |days| {
        days.duration_seconds
    }),
    ("window_participants{window=\"7d\"}", 7, |days| {
        days.participants
    }),
];
