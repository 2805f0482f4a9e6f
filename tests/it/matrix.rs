//! The fault matrix: everything that was thought of that can go wrong, one row each.
//!
//! The real exporter watches the simulated vendor through a [`Meddler`] that spoils answers byte by
//! byte. Of every row it is asked: is the process alive, is there one clear line, is nothing shown
//! that is not true, and does it recover by itself? In the end every counter equals the truth.
//! `docs/reliability.md` has a line for each row, and a test sees to it.

mod answers;
mod counted;
mod cut_off;
mod disk;
mod figures;
mod host;
mod lists;
mod meddler;
mod midnight;
mod page;
mod tls;
mod wire;

use self::meddler::{Meddler, Spoil};
use crate::support::{self, Exporter, Vendor, eventually, sample, samples, until};
use netease_meeting_exporter::simulator::Simulator;

const APP: (&str, &str) = ("app", "demo");

/// One way to go wrong.
struct Row {
    /// What the page calls it.
    name: &'static str,
    /// The endpoints whose answers are spoiled.
    endpoints: &'static [&'static str],
    /// What is to come of it.
    outcome: Outcome,
    spoil: Spoil,
}

/// What is to come of a spoiled answer.
enum Outcome {
    /// It is no answer: counted under this code, and told in a line with these words.
    Refused(&'static str, &'static [&'static str]),
    /// It is as good as an honest one.
    Read,
}

/// The endpoints that gauges come from.
const LIVE: &[&str] = &["realtime", "daily"];
const REALTIME: &[&str] = &["realtime"];
const DAILY: &[&str] = &["daily"];
const LIST: &[&str] = &["list"];
const DETAIL: &[&str] = &["detail"];

const OF_APP: &str = "    timeout: 4s
    collectors:
      realtime: { interval: 200ms, stale_after: 1s }
      daily: { interval: 300ms, stale_after: 2s }
      meetings: { enabled: true, interval: 300ms, stale_after: 2s, hot_window: 6d, page_size: 20 }
      details: { enabled: true, interval: 200ms, max_per_minute: 6000 }
";

/// The same without details, of which each takes a call.
const WITHOUT_DETAILS: &str = "    timeout: 4s
    collectors:
      realtime: { interval: 200ms, stale_after: 1s }
      daily: { interval: 300ms, stale_after: 2s }
      meetings: { enabled: true, interval: 300ms, stale_after: 2s, hot_window: 6d }
";

/// The exporter, the vendor, and what stands between them.
struct Scene {
    vendor: Vendor,
    meddler: Meddler,
    exporter: Exporter,
    first: jiff::civil::Date,
}

impl Scene {
    /// A small vendor, watched through a meddler, all well.
    fn start() -> Self {
        Self::with(OF_APP)
    }

    fn with(of_app: &str) -> Self {
        let scene = Self::spoiled(of_app, &[], |_, _| Ok(()));
        until("a good start", &Some(1.0), || scene.up());
        scene
    }

    /// One whose answers are spoiled from the beginning.
    fn spoiled(of_app: &str, endpoints: &'static [&'static str], spoil: Spoil) -> Self {
        let vendor = Vendor::with(small_vendor());
        let meddler = Meddler::before(vendor.address);
        meddler.spoil(spoil, endpoints);
        let first = first_day(&vendor);
        let host = format!("http://{}", meddler.address);
        let config = config(&vendor, &host, of_app);
        let exporter = Exporter::serve(&config).ready();
        Self {
            vendor,
            meddler,
            exporter,
            first,
        }
    }

    fn up(&self) -> Option<f64> {
        sample(&self.exporter.metrics(), "netease_meeting_up", &[APP])
    }

    /// Lets a row happen.
    fn suffer(&self, row: &Row) {
        let name = row.name;
        let lines_before = self.exporter.log().len();
        let counted_before = scrape(&self.exporter);
        self.meddler.spoil(row.spoil, row.endpoints);
        match row.outcome {
            Outcome::Read => {
                for endpoint in row.endpoints {
                    eventually(&format!("{name}: {endpoint}"), || {
                        (self.meddler.struck(endpoint) > 3).then_some(())
                    });
                }
                until(&format!("{name}: up"), &Some(1.0), || self.up());
                // By now nothing is shown but what came spoiled.
                self.see_true_figures(name);
            }
            Outcome::Refused(code, _) => self.see_absence(name, row.endpoints, code),
        }
        self.meddler.be_honest();
        until(&format!("{name}: recovery"), &Some(1.0), || self.up());
        for endpoint in row.endpoints {
            eventually(&format!("{name}: {endpoint} again"), || {
                self.shows(endpoint).then_some(())
            });
        }
        self.see_true_figures(name);
        support::assert_never_lower(&mut counted_before.clone(), &scrape(&self.exporter));
        self.see_lines(row, lines_before);
    }

    fn see_absence(&self, name: &str, endpoints: &[&str], code: &str) {
        let spoiled = |endpoint: &str| {
            let labels = [APP, ("endpoint", endpoint), ("code", code)];
            let counted = sample(
                &self.exporter.metrics(),
                "netease_meeting_api_requests_total",
                &labels,
            );
            counted.unwrap_or_default()
        };
        let before: Vec<f64> = endpoints.iter().map(|endpoint| spoiled(endpoint)).collect();
        until(&format!("{name}: up"), &Some(0.0), || self.up());
        for (endpoint, before) in endpoints.iter().zip(before) {
            eventually(&format!("{name}: {endpoint} counted as {code}"), || {
                (spoiled(endpoint) > before).then_some(())
            });
            eventually(&format!("{name}: {endpoint} to vanish"), || {
                (*endpoint == "detail" || !self.shows(endpoint)).then_some(())
            });
        }
        let totals = samples(
            &self.exporter.metrics(),
            "netease_meeting_meetings_total",
            &[APP],
        );
        assert_eq!(totals.len(), 1, "{name}: what was counted stays");
    }

    /// Every gauge is what the vendor knows, sooner or later.
    fn see_true_figures(&self, name: &str) {
        until(
            &format!("{name}: gauges that are untrue"),
            &Vec::new(),
            || figures::untrue(&self.vendor, || self.exporter.metrics()),
        );
    }

    /// Whether a figure of an endpoint is there.
    fn shows(&self, endpoint: &str) -> bool {
        let name = match endpoint {
            "realtime" => "netease_meeting_active_meetings",
            "daily" => "netease_meeting_day_meetings",
            "list" => "netease_meeting_day_hosts",
            _ => "netease_meeting_attendances_total",
        };
        !samples(&self.exporter.metrics(), name, &[APP]).is_empty()
    }

    fn see_lines(&self, row: &Row, lines_before: usize) {
        let name = row.name;
        let log = self.exporter.log().split_off(lines_before);
        let of = |part: &str| -> Vec<&String> {
            log.iter().filter(|line| line.contains(part)).collect()
        };
        let (bad, healed) = (
            [of("level=warn"), of("level=error")].concat(),
            of("collecting works again"),
        );
        match row.outcome {
            Outcome::Read => assert!(bad.is_empty(), "{name}: {bad:#?}"),
            Outcome::Refused(_, says) => {
                assert_eq!(bad.len(), 1, "{name}: one line: {bad:#?}");
                assert_eq!(healed.len(), 1, "{name}: one end: {healed:#?}");
                for part in says.iter().chain(&["demo"]) {
                    assert!(bad[0].contains(part), "{name}: {part:?} in {}", bad[0]);
                }
            }
        }
    }

    /// Every counter equals the truth, after all that happened; and the process ends well.
    fn end(self) {
        let world = self.vendor.simulator.world();
        until("figures that differ from the truth", &Vec::new(), || {
            let now = self.vendor.simulator.clock().now();
            support::differences(
                &scrape(&self.exporter),
                &support::truth(world, self.first, now),
            )
        });
        let (status, log) = self.exporter.terminate();
        assert_eq!(status.code(), Some(0), "{log:#?}");
    }
}

/// Lets every row happen to one process, and compares everything it counted in the end.
fn suffer_all(rows: &[Row]) {
    let scene = Scene::start();
    for row in rows {
        scene.suffer(row);
    }
    scene.end();
}

fn small_vendor() -> netease_meeting_exporter::simulator::Builder {
    // Uncompressed, so that the meddler can write between the lines.
    Simulator::builder()
        .meetings_per_day(100.0)
        .history_days(3)
        .gzip(false)
        .strict_nonces(false)
}

/// Every counter that an exporter shows.
fn scrape(exporter: &Exporter) -> support::Counted {
    support::counted(&exporter.metrics())
}

/// What an exporter counts that reads no details.
fn without_details(mut counted: support::Counted) -> support::Counted {
    counted.retain(|series, _| {
        !series.starts_with("attendance") && !series.starts_with("finished_peak")
    });
    counted
}

/// The lines that somebody is to see.
fn loud(log: &[String]) -> Vec<&String> {
    let is_loud = |line: &&String| line.contains("level=warn") || line.contains("level=error");
    log.iter().filter(is_loud).collect()
}

fn top_level(vendor: &Vendor, first: jiff::civil::Date) -> String {
    let state = vendor.directory.path().join("state");
    format!(
        "state_dir: {}\ncounters_since: {first}\nwindows: [2d]",
        state.display()
    )
}

fn first_day(vendor: &Vendor) -> jiff::civil::Date {
    vendor.simulator.world().config().first_day
}

fn config(vendor: &Vendor, host: &str, of_app: &str) -> std::path::PathBuf {
    let top_level = top_level(vendor, first_day(vendor));
    let of_app = format!("    {}\n{of_app}", support::HISTOGRAMS);
    vendor.config_for(host, &vendor.simulator.app_secret(0), &top_level, &of_app)
}
