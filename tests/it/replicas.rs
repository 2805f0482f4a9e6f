//! Two replicas that started days apart, with outages of days and a restart, count the same.
//!
//! On an injected clock that the simulated vendor shares: three weeks pass in seconds.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use jiff::civil::{Date, date};
use netease_meeting_exporter::{
    clock::{Clock as _, ManualClock, start_of_day},
    config::{Settings, Sources, load},
    ledger::Ledger,
    scheduler::App,
    self_metrics::SelfMetrics,
    simulator::{Simulator, World},
    snapshot::{Attendances, Finished, Histogram, SnapshotCell, Totals},
};

use crate::support::{Vendor, application};

const FIRST: Date = date(2026, 3, 1);
const STEP: Duration = Duration::from_secs(3 * 3600);
const OF_APP: &str = "    collectors:
      meetings: { enabled: true, lookback: 7d }
      details: { enabled: true, max_per_minute: 6000 }
";

/// One application of an exporter, less its sockets.
pub(crate) struct Replica {
    app: App,
    cell: Arc<SnapshotCell>,
}

impl Replica {
    fn start(settings: &Settings, clock: &Arc<ManualClock>, state: Option<PathBuf>) -> Self {
        let ledger = Ledger::open(state.as_deref()).expect("a ledger");
        Self::on(&ledger, settings, 0, clock)
    }

    /// The application of that number, counted in that ledger.
    pub(crate) fn on(
        ledger: &Ledger,
        settings: &Settings,
        number: usize,
        clock: &Arc<ManualClock>,
    ) -> Self {
        let metrics = Arc::new(SelfMetrics::new().expect("instruments"));
        let (app, cell) = application(settings, number, clock, ledger, &metrics);
        Self { app, cell }
    }

    pub(crate) async fn collect(&mut self) {
        if !self.app.run_once().await {
            let errors = self.cell.load().collectors.clone();
            panic!("a round failed: {errors:#?}");
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        self.cell.load().totals.expect("totals")
    }

    /// The counters of finished meetings, less the status at which each was first seen: a replica
    /// that was away when a meeting changed status knows only the later one.
    pub(crate) fn finished(&self) -> (BTreeMap<&'static str, u64>, [Histogram; 4]) {
        let finished: Finished = (**self.cell.load().finished.as_ref().expect("counters")).clone();
        let mut kinds = BTreeMap::new();
        for ((_, kind), count) in &finished.meetings {
            *kinds.entry(*kind).or_default() += count;
        }
        let Finished {
            duration,
            participants,
            start_delay,
            overrun,
            ..
        } = finished;
        (kinds, [duration, participants, start_delay, overrun])
    }

    /// Attendances, once every detail has been read.
    fn attendances(&self) -> Option<Attendances> {
        let attendances = (**self.cell.load().attendances.as_ref().expect("counters")).clone();
        (attendances.pending == 0).then_some(attendances)
    }
}

#[test]
fn replicas_agree_to_the_last_unit() {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let clock = ManualClock::at(start_of_day(FIRST, &zone).unwrap());
    clock.advance(STEP / 2);
    let vendor = Vendor::with(
        Simulator::builder()
            .meetings_per_day(80.0)
            .first_day(FIRST)
            .clock(clock.clone())
            .strict_nonces(false),
    );
    let path = vendor.config_with(
        &vendor.simulator.app_secret(0),
        &format!("counters_since: {FIRST}\nwindows: [7d]"),
        OF_APP,
    );
    let settings = load(&Sources::new(Some(path), Vec::<(String, String)>::new()))
        .unwrap()
        .settings;
    let state = vendor.directory.path().join("state-of-a");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let world = vendor.simulator.world();
        let mut a = Some(Replica::start(&settings, &clock, Some(state.clone())));
        let mut b = None;
        let (mut compared, mut caught_up, mut attended) = (0, 0, 0_u64);
        for step in 0..21 * 8 {
            clock.advance(STEP);
            let day = step / 8;
            if step == 6 * 8 + 3 {
                b = Some(Replica::start(&settings, &clock, None));
            }
            if step == 16 * 8 {
                // One process at a time may hold the ledger.
                drop(a.take());
                a = Some(Replica::start(&settings, &clock, Some(state.clone())));
            }
            // A is away from day 5 to 8, B from day 11 to 14.
            for (replica, away) in [(&mut a, 5..9), (&mut b, 11..15)] {
                if let Some(replica) = replica.as_mut().filter(|_| !away.contains(&day)) {
                    replica.collect().await;
                }
            }
            let (Some(a), Some(b)) = (&a, &b) else {
                continue;
            };
            if (5..9).contains(&day) || (11..15).contains(&day) {
                continue;
            }
            compared += 1;
            assert_eq!(a.totals(), b.totals(), "step {step}");
            assert_eq!(a.finished(), b.finished(), "step {step}");
            assert_eq!(of_truth(&a.totals()), truth(world, &clock), "step {step}");
            // One that has just come back has more details to read than one run takes.
            if let (Some(of_a), Some(of_b)) = (a.attendances(), b.attendances()) {
                assert_eq!(of_a, of_b, "step {step}");
                attended = of_a.stays.values().map(|stays| stays.count).sum();
                caught_up += 1;
            }
        }
        assert!(compared > 50, "{compared} comparisons");
        assert!(caught_up > 40, "{caught_up} comparisons of attendances");
        let clients = world.attendances_by_client(0, FIRST, world.day_at(clock.now()), clock.now());
        assert_eq!(attended, clients.values().sum::<u64>(), "stays");
    });
}

fn of_truth(totals: &Totals) -> (u64, u64, u64) {
    (
        totals.meetings,
        totals.duration_ms / 1000,
        totals.participants,
    )
}

fn truth(world: &World, clock: &ManualClock) -> (u64, u64, u64) {
    let now = clock.now();
    let figures = world.totals(0, FIRST, world.day_at(now), now);
    (
        figures.meetings,
        figures.duration_seconds,
        figures.participants,
    )
}
