//! Schedules on paused time: a run never overlaps itself, whatever it does.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    clock::{ManualClock, Moment},
    collector::{Collected, Update, first_states},
    ledger::Ledger,
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, CollectorName, Reading, Realtime, SnapshotCell, Withheld},
};

const INTERVAL: Duration = Duration::from_secs(10);

/// Takes as long as told, and writes down when it began.
#[derive(Debug)]
struct Slow {
    lasts: Vec<u64>,
    began: Arc<Mutex<Vec<Duration>>>,
    busy: AtomicBool,
    origin: Instant,
}

impl Collector for Slow {
    fn name(&self) -> CollectorName {
        CollectorName::Realtime
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    fn stale_after(&self) -> Duration {
        INTERVAL * 4
    }

    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>> {
        Box::pin(async move {
            assert!(!self.busy.swap(true, Ordering::SeqCst), "two runs at once");
            let number = {
                let mut began = self.began.lock().unwrap();
                began.push(self.origin.elapsed());
                began.len()
            };
            let lasts = self.lasts.get(number - 1).copied().unwrap_or_default();
            tokio::time::sleep(Duration::from_secs(lasts)).await;
            self.busy.store(false, Ordering::SeqCst);
            let value = Realtime {
                meetings: number as u64,
                participants: 0,
            };
            let reading = Reading {
                value,
                read_at: now,
                stale_after: INTERVAL * 4,
            };
            Collected {
                update: Some(Update::Realtime(reading)),
                inconsistent_answers: 0,
                error: None,
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn runs_keep_their_place_and_never_overlap() {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let began = Arc::new(Mutex::new(Vec::new()));
    let slow = Slow {
        lasts: vec![0, 0, 35, 0, 0],
        began: Arc::clone(&began),
        busy: AtomicBool::new(false),
        origin: Instant::now(),
    };
    let collectors: Vec<Box<dyn Collector>> = vec![Box::new(slow)];
    let cell = SnapshotCell::new(AppSnapshot {
        app: "a".into(),
        labels: Arc::default(),
        timezone: TimeZone::UTC,
        windows: Arc::from([7]),
        collectors: first_states(&collectors),
        realtime: None,
        daily: None,
        totals: None,
        finished: None,
        listed: None,
        attendances: None,
        withheld: Withheld::default(),
    });
    let metrics = Arc::new(SelfMetrics::new().unwrap());
    let ledger = Ledger::open(None).unwrap();
    let crank = Crank::new("a".into(), Arc::clone(&cell), clock, metrics, ledger);
    let stop = CancellationToken::new();
    let running = App::new(crank, collectors).run_until(stop.clone(), Duration::ZERO);
    let watching = async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        stop.cancel();
    };
    tokio::join!(running, watching);

    let began = began.lock().unwrap().clone();
    assert_eq!(began[0], Duration::ZERO, "the first run comes at once");
    let gaps: Vec<u64> = began
        .windows(2)
        .map(|two| (two[1] - two[0]).as_secs())
        .collect();
    assert_eq!(gaps[1], 10, "{gaps:?}");
    assert_eq!(
        gaps[2], 35,
        "the run after a long one comes at once: {gaps:?}"
    );
    assert!(
        gaps[3] < 10,
        "and then they are back in their place: {gaps:?}"
    );
    assert!(gaps[4..].iter().all(|gap| *gap == 10), "{gaps:?}");
    let snapshot = cell.load();
    assert_eq!(
        snapshot.realtime.as_ref().unwrap().value.meetings,
        began.len() as u64
    );
    assert!(snapshot.collectors[0].last_success.is_some());
}
