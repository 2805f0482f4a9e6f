//! What was asked: counts and the latest requests, for tests to look at.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use hyper::HeaderMap;

use super::endpoint::Endpoint;

/// The latest requests that are kept.
const KEPT: usize = 256;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    /// The application its AppKey belongs to, verified or not.
    pub app: Option<usize>,
    /// What it asked; none for a path the vendor does not have.
    pub endpoint: Option<Endpoint>,
    /// Its path.
    pub path: String,
    /// Its headers, secrets included: the vendor sees them too.
    pub headers: HeaderMap,
    /// Its body, as text.
    pub body: String,
}

impl SeenRequest {
    /// A header's text, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Counts by application and endpoint, and the latest requests.
#[derive(Debug)]
pub(super) struct Records {
    counts: Box<[[AtomicU64; 4]]>,
    unknown: AtomicU64,
    all: AtomicU64,
    latest: Mutex<VecDeque<SeenRequest>>,
}

impl Records {
    pub(super) fn new(apps: usize) -> Self {
        Self {
            counts: (0..apps).map(|_| Default::default()).collect(),
            unknown: AtomicU64::new(0),
            all: AtomicU64::new(0),
            latest: Mutex::default(),
        }
    }

    /// Counts a request; returns how many like it came before.
    pub(super) fn note(&self, request: SeenRequest) -> u64 {
        self.all.fetch_add(1, Ordering::Relaxed);
        let count = request
            .app
            .zip(request.endpoint)
            .and_then(|(app, endpoint)| Some(&self.counts.get(app)?[endpoint.index()]))
            .unwrap_or(&self.unknown);
        let before = count.fetch_add(1, Ordering::Relaxed);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == KEPT {
            latest.pop_front();
        }
        latest.push_back(request);
        before
    }

    pub(super) fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, app: usize, endpoint: Endpoint) -> u64 {
        let counts = self.counts.get(app);
        counts.map_or(0, |counts| counts[endpoint.index()].load(Ordering::Relaxed))
    }

    pub(super) fn latest(&self) -> Vec<SeenRequest> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().cloned().collect()
    }
}
