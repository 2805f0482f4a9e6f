//! Where snapshots stand to be read: one cell per application, one board per process.

use std::sync::{Arc, PoisonError, RwLock};

use super::AppSnapshot;

/// The newest snapshot of one application. A reader gets a whole one and is never waited for.
#[derive(Debug)]
pub struct SnapshotCell(RwLock<Arc<AppSnapshot>>);

impl SnapshotCell {
    /// A cell with a first snapshot.
    #[must_use]
    pub fn new(first: AppSnapshot) -> Arc<Self> {
        Arc::new(Self(RwLock::new(Arc::new(first))))
    }

    /// The newest snapshot.
    #[must_use]
    pub fn load(&self) -> Arc<AppSnapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the snapshot by a changed copy.
    pub fn update(&self, change: impl FnOnce(&mut AppSnapshot)) {
        let mut slot = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = AppSnapshot::clone(&slot);
        change(&mut next);
        *slot = Arc::new(next);
    }
}

/// Every application's cell, in the configured order.
#[derive(Debug, Default)]
pub struct Board(RwLock<Arc<[Arc<SnapshotCell>]>>);

impl Board {
    /// A board of these cells.
    #[must_use]
    pub fn new(cells: Vec<Arc<SnapshotCell>>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(cells.into())))
    }

    /// The newest snapshot of every application.
    #[must_use]
    pub fn load(&self) -> Vec<Arc<AppSnapshot>> {
        let cells = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        cells.iter().map(|cell| cell.load()).collect()
    }

    /// Replaces all cells at once.
    pub fn replace(&self, cells: Vec<Arc<SnapshotCell>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = cells.into();
    }
}
