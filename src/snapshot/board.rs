//! Where snapshots stand to be read: one cell per application, one board per process.

use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use super::AppSnapshot;

/// The newest snapshot of one application. A reader gets a whole one and is never waited for.
#[derive(Debug)]
pub struct SnapshotCell {
    newest: RwLock<Arc<AppSnapshot>>,
    /// The board it was last put on, which is told of changes.
    board: Mutex<Option<Arc<Changes>>>,
}

/// How often something changed.
#[derive(Debug, Default)]
struct Changes(AtomicU64);

impl Changes {
    /// To be called after what changed can be read: whoever sees the number sees the change.
    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl SnapshotCell {
    /// A cell with a first snapshot.
    #[must_use]
    pub fn new(first: AppSnapshot) -> Arc<Self> {
        Arc::new(Self {
            newest: RwLock::new(Arc::new(first)),
            board: Mutex::default(),
        })
    }

    /// The newest snapshot.
    #[must_use]
    pub fn load(&self) -> Arc<AppSnapshot> {
        Arc::clone(&self.newest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the snapshot by a changed copy.
    pub fn update(&self, change: impl FnOnce(&mut AppSnapshot)) {
        let mut slot = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = AppSnapshot::clone(&slot);
        change(&mut next);
        *slot = Arc::new(next);
        drop(slot);
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = &*board {
            changes.add_one();
        }
    }

    fn tell(&self, changes: &Arc<Changes>) {
        *self.board.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(changes));
    }
}

/// Every application's cell, in the configured order.
#[derive(Debug, Default)]
pub struct Board {
    cells: RwLock<Arc<[Arc<SnapshotCell>]>>,
    changes: Arc<Changes>,
}

impl Board {
    /// A board of these cells.
    #[must_use]
    pub fn new(cells: Vec<Arc<SnapshotCell>>) -> Arc<Self> {
        let board = Arc::new(Self::default());
        board.replace(cells);
        board
    }

    /// The newest snapshot of every application.
    #[must_use]
    pub fn load(&self) -> Vec<Arc<AppSnapshot>> {
        let cells = Arc::clone(&self.cells.read().unwrap_or_else(PoisonError::into_inner));
        cells.iter().map(|cell| cell.load()).collect()
    }

    /// Replaces all cells at once.
    pub fn replace(&self, cells: Vec<Arc<SnapshotCell>>) {
        for cell in &cells {
            cell.tell(&self.changes);
        }
        *self.cells.write().unwrap_or_else(PoisonError::into_inner) = cells.into();
        self.changes.add_one();
    }

    /// A number that grows whenever [`load`](Self::load) may answer otherwise than before. Read it
    /// first: what is loaded afterwards is at least as new as the number.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.0.load(Ordering::Acquire)
    }
}
