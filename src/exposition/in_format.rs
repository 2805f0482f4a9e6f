//! What is kept of the exposition in one format, while somebody asks for it.

use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;

use super::{Encoding, Format, kept::Kept, ready::Ready};
use crate::clock::Moment;

/// A format that nobody asked for in that time is not kept.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// One format, and what is kept of it.
#[derive(Debug)]
pub(super) struct InFormat {
    pub(super) format: Format,
    kept: Mutex<Option<Kept>>,
    /// Bytes that are kept.
    size: AtomicUsize,
    /// Bytes that were copied for what is ready, by encoding.
    copies: [AtomicUsize; 2],
    /// Seconds on the monotonic clock.
    asked_at: AtomicU64,
    identity: ArcSwapOption<Ready>,
    gzip: ArcSwapOption<Ready>,
}

impl InFormat {
    /// Nothing yet.
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            kept: Mutex::default(),
            size: AtomicUsize::new(0),
            copies: Default::default(),
            asked_at: AtomicU64::new(0),
            identity: ArcSwapOption::empty(),
            gzip: ArcSwapOption::empty(),
        }
    }

    /// What is kept; nothing where writing it was not finished.
    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(|poisoned| {
            self.kept.clear_poison();
            let mut kept = poisoned.into_inner();
            *kept = None;
            kept
        })
    }

    /// What was last made ready.
    pub(super) fn ready(&self, encoding: Encoding) -> &ArcSwapOption<Ready> {
        match encoding {
            Encoding::Identity => &self.identity,
            Encoding::Gzip => &self.gzip,
        }
    }

    /// Notes how many bytes are kept.
    pub(super) fn keeps(&self, bytes: usize) {
        self.size.store(bytes, Ordering::Relaxed);
    }

    /// Notes how many bytes were copied for what is ready.
    pub(super) fn copied(&self, encoding: Encoding, bytes: usize) {
        let copies = &self.copies[usize::from(encoding == Encoding::Gzip)];
        copies.store(bytes, Ordering::Relaxed);
    }

    /// What all of it takes in memory.
    pub(super) fn size(&self) -> usize {
        let parts = self.copies.iter().chain([&self.size]);
        parts.map(|part| part.load(Ordering::Relaxed)).sum()
    }

    /// Notes that somebody asked for this format.
    pub(super) fn asked(&self, at: &Moment) {
        let at = at.monotonic.as_secs();
        // Mostly it is the same: many who write would wait for each other, many who read do not.
        if self.asked_at.load(Ordering::Relaxed) != at {
            self.asked_at.store(at, Ordering::Relaxed);
        }
    }

    /// Lets go of what is kept, if nobody asked for it lately.
    pub(super) fn drop_if_unused(&self, now: &Moment) {
        let asked_at = Duration::from_secs(self.asked_at.load(Ordering::Relaxed));
        if now.monotonic.saturating_sub(asked_at) < KEPT_FOR {
            return;
        }
        // Whoever holds it uses it.
        if let Ok(mut kept) = self.kept.try_lock()
            && kept.take().is_some()
        {
            for encoding in [Encoding::Identity, Encoding::Gzip] {
                self.ready(encoding).store(None);
                self.copied(encoding, 0);
            }
            self.keeps(0);
        }
    }
}
