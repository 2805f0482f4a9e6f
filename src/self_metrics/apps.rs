//! What is counted for each application.
//!
//! These are not instruments of the registry: with thousands of applications, gathering all of them for
//! every scrape would cost far more than the scrape. They are plain numbers that say when they changed,
//! and are written down together with what else is known of their application.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;

use crate::api::{Attempt, Endpoint};

/// What the exporter counted for one application.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AppCounts {
    /// Attempts, by endpoint and outcome.
    pub requests: BTreeMap<(Endpoint, Arc<str>), u64>,
    /// Attempts that followed a failed one.
    pub retries: BTreeMap<Endpoint, u64>,
    /// Time spent waiting for the rate limit.
    pub throttled: Duration,
    /// Our clock minus the vendor's, when it was last said.
    pub clock_skew: Option<SignedDuration>,
    /// Daily answers whose sums were not the sums of their days.
    pub inconsistent_answers: u64,
}

impl AppCounts {
    fn attempt(&mut self, attempt: &Attempt<'_>) {
        self.add_request(attempt.endpoint, attempt.code, 1);
        if attempt.is_retry {
            *self.retries.entry(attempt.endpoint).or_default() += 1;
        }
        self.clock_skew = attempt.clock_skew.or(self.clock_skew);
    }

    fn add_request(&mut self, endpoint: Endpoint, code: &str, number: u64) {
        *self.requests.entry((endpoint, code.into())).or_default() += number;
    }
}

/// One application's counts, and how often they changed.
#[derive(Debug, Default)]
pub struct AppCounters {
    counts: Mutex<AppCounts>,
    changes: AtomicU64,
}

impl AppCounters {
    /// The counts now.
    #[must_use]
    pub fn load(&self) -> AppCounts {
        self.lock().clone()
    }

    /// A number that grows whenever the counts change. Read it first: what is loaded afterwards is
    /// at least as new as the number.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn change(&self, change: impl FnOnce(&mut AppCounts)) {
        change(&mut self.lock());
        self.changes.fetch_add(1, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, AppCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters of every application, by its name.
#[derive(Debug, Default)]
pub(super) struct Apps {
    counters: RwLock<HashMap<Arc<str>, Arc<AppCounters>>>,
    /// How often an application came or went.
    comings_and_goings: AtomicU64,
}

impl Apps {
    /// Begins an application's counts; known outcomes stand at 0 before anything happened.
    pub(super) fn register(&self, app: &str, endpoints: &[Endpoint]) {
        self.counters_of(app).change(|counts| {
            for endpoint in endpoints {
                counts.add_request(*endpoint, "200", 0);
                counts.retries.entry(*endpoint).or_default();
            }
        });
    }

    pub(super) fn forget(&self, app: &str) {
        let mut apps = self
            .counters
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        apps.remove(app);
        self.comings_and_goings.fetch_add(1, Ordering::Release);
    }

    pub(super) fn comings_and_goings(&self) -> u64 {
        self.comings_and_goings.load(Ordering::Acquire)
    }

    pub(super) fn get(&self, app: &str) -> Option<Arc<AppCounters>> {
        let apps = self.counters.read().unwrap_or_else(PoisonError::into_inner);
        apps.get(app).map(Arc::clone)
    }

    pub(super) fn attempt(&self, attempt: &Attempt<'_>) {
        let counters = self.counters_of(attempt.app);
        counters.change(|counts| counts.attempt(attempt));
    }

    pub(super) fn throttled(&self, app: &str, waited: Duration) {
        let counters = self.counters_of(app);
        counters.change(|counts| counts.throttled = counts.throttled.saturating_add(waited));
    }

    pub(super) fn inconsistent_answer(&self, app: &str) {
        let counters = self.counters_of(app);
        counters.change(|counts| counts.inconsistent_answers += 1);
    }

    fn counters_of(&self, app: &str) -> Arc<AppCounters> {
        self.get(app).unwrap_or_else(|| {
            let mut apps = self
                .counters
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let counters = Arc::clone(apps.entry(app.into()).or_default());
            self.comings_and_goings.fetch_add(1, Ordering::Release);
            counters
        })
    }
}
