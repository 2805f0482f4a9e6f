//! What runs that fail leave behind: nothing that was not answered, and all that was.
//!
//! The simulated vendor and the exporter's parts have clocks of their own here, turned by hand.

use std::{sync::Arc, time::Duration};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use netease_meeting_exporter::{
    clock::{Clock as _, ManualClock, local_day},
    config::{Settings, Sources, load},
    ledger::Ledger,
    scheduler::App,
    self_metrics::SelfMetrics,
    simulator::{Endpoint, Fault, FaultKind, Simulator},
    snapshot::{AppSnapshot, Attendances, SnapshotCell},
};

use crate::support::{Vendor, application};

const FIRST: Date = date(2026, 1, 1);
/// Five minutes before a midnight.
const NOW: &str = "2026-03-20T23:55:00+08:00";
/// One detail is read at once, so that most stay in the queue.
const OF_APP: &str = "    retry: { attempts: 1 }
    collectors:
      meetings: { enabled: true, lookback: 3d }
      details: { enabled: true, max_per_minute: 1 }
";

struct Scene {
    vendor: Vendor,
    vendors_clock: Arc<ManualClock>,
    settings: Settings,
}

impl Scene {
    fn new(more: &str) -> Self {
        let vendors_clock = ManualClock::at(now());
        let vendor = Vendor::with(
            Simulator::builder()
                .meetings_per_day(80.0)
                .first_day(FIRST)
                .clock(vendors_clock.clone())
                .strict_nonces(false),
        );
        let secret = vendor.simulator.app_secret(0);
        let path = vendor.config_with(&secret, more, OF_APP);
        let sources = Sources::new(Some(path), Vec::<(String, String)>::new());
        let settings = load(&sources).expect("a configuration").settings;
        Self {
            vendor,
            vendors_clock,
            settings,
        }
    }

    /// An exporter with nothing counted yet, whose clock says so.
    fn exporter(&self, clock: &Arc<ManualClock>) -> Exporter {
        self.exporter_on(&Ledger::open(None).expect("a ledger"), clock)
    }

    fn exporter_on(&self, ledger: &Ledger, clock: &Arc<ManualClock>) -> Exporter {
        let metrics = Arc::new(SelfMetrics::new().expect("instruments"));
        let (app, cell) = application(&self.settings, 0, clock, ledger, &metrics);
        Exporter { app, cell }
    }
}

struct Exporter {
    app: App,
    cell: Arc<SnapshotCell>,
}

impl Exporter {
    async fn succeeds(&mut self) {
        assert!(self.app.run_once().await, "{:#?}", self.seen().collectors);
    }

    async fn fails(&mut self) {
        assert!(!self.app.run_once().await, "it worked");
    }

    fn seen(&self) -> Arc<AppSnapshot> {
        self.cell.load()
    }

    fn attendances(&self) -> Arc<Attendances> {
        Arc::clone(self.seen().attendances.as_ref().expect("counters"))
    }

    /// Everything that is counted, as a text.
    fn counted(&self) -> String {
        let seen = self.seen();
        format!("{:#?}\n{:#?}", seen.totals, seen.finished)
    }

    /// What is shown of days.
    fn days(&self) -> String {
        let seen = self.seen();
        let listed = seen.listed.as_ref().expect("a list");
        format!("{:#?}", listed.value)
    }
}

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn in_time<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(120), work).await })
        .expect("it takes far less")
}

/// A machine can boot with any time, before it is told the right one.
#[test]
fn a_clock_that_is_wrong_at_first_decides_nothing() {
    let scene = Scene::new("");
    in_time(async {
        let right = ManualClock::at(now());
        let mut other = scene.exporter(&right);
        other.succeeds().await;
        for years in [-56, 5] {
            let clock = ManualClock::at(now() + SignedDuration::from_hours(years * 8_766));
            let mut exporter = scene.exporter(&clock);
            exporter.fails().await;
            assert_eq!(exporter.seen().totals, None, "{years} years off");
            clock.set_wall(now());
            exporter.succeeds().await;
            assert_eq!(exporter.counted(), other.counted(), "{years} years off");
        }
    });
}

#[test]
fn a_clock_that_jumps_gives_no_detail_up_and_forgets_no_day() {
    let scene = Scene::new("");
    in_time(async {
        let clock = ManualClock::at(now());
        let mut exporter = scene.exporter(&clock);
        exporter.succeeds().await;
        let (queued, days) = (exporter.attendances().pending, exporter.days());
        assert!(queued > 10, "{queued} details wait");
        clock.set_wall(now() + SignedDuration::from_hours(3 * 24));
        exporter.fails().await;
        let left = exporter.attendances();
        assert_eq!(left.skipped.values().sum::<u64>(), 0, "{left:#?}");
        assert!(left.pending + 1 >= queued, "{left:#?}");
        clock.set_wall(now());
        exporter.succeeds().await;
        assert_eq!(exporter.days(), days);
    });
}

#[test]
fn a_day_that_nobody_has_read_yet_has_no_figures() {
    let scene = Scene::new("");
    in_time(async {
        let clock = ManualClock::at(now());
        let mut exporter = scene.exporter(&clock);
        exporter.succeeds().await;
        let days = exporter.days();
        for clock in [&clock, &scene.vendors_clock] {
            clock.advance(Duration::from_secs(360));
        }
        let broken = Fault::always(FaultKind::Http(503));
        scene.vendor.simulator.set_faults(vec![broken]);
        exporter.fails().await;
        assert_eq!(exporter.days(), days, "as before midnight");
        scene.vendor.simulator.clear_faults();
        exporter.succeeds().await;
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let today = local_day(clock.now(), &zone);
        assert!(
            exporter.days().contains(&format!("{today}:")),
            "{}",
            exporter.days()
        );
    });
}

/// Eleven weeks are read by several calls, of which some fail for good.
#[test]
fn a_past_that_cannot_be_read_hides_no_present_and_is_read_on_from_where_it_was() {
    let scene = Scene::new(&format!("counters_since: {FIRST}"));
    in_time(async {
        let ledger = Ledger::open(None).expect("a ledger");
        let clock = ManualClock::at(now());
        let refused = Fault::new(FaultKind::Code(300), 0.5).for_endpoint(Endpoint::Daily);
        scene.vendor.simulator.set_faults(vec![refused]);
        let mut shown_alone = 0;
        for _ in 0..100 {
            let mut exporter = scene.exporter_on(&ledger, &clock);
            let is_all = exporter.app.run_once().await;
            let seen = exporter.seen();
            if !is_all && seen.daily.is_some() {
                shown_alone += 1;
                assert_eq!(seen.totals, None, "not without the rest");
            }
            if is_all {
                break;
            }
        }
        assert!(shown_alone > 0, "it never failed in the past only");
        scene.vendor.simulator.clear_faults();
        let mut exporter = scene.exporter_on(&ledger, &clock);
        exporter.succeeds().await;
        let mut other = scene.exporter(&clock);
        other.succeeds().await;
        assert_eq!(exporter.seen().totals, other.seen().totals);
        assert!(
            exporter
                .seen()
                .totals
                .is_some_and(|totals| totals.meetings > 1000)
        );
    });
}
