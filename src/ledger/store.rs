//! The one open database of the process: a user at a time, opened again after a failure.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redb::Database;

use super::error::{OpenError, StateHealth, StoreError, sentence};

/// Opens the database again.
pub(super) type Reopen = Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>;

/// The database, and how it fares.
pub(super) struct Store {
    slot: Mutex<Slot>,
    /// None for a database in memory: closing that would lose it.
    reopen: Option<Reopen>,
    health: Mutex<StateHealth>,
}

struct Slot {
    database: Option<Database>,
    generation: u64,
}

/// The open database, for the length of one piece of work.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    /// The database.
    pub(super) database: &'a Database,
    /// How often it was opened again. A commit that failed may still have reached the disk, so
    /// what was read under another number has to be read again.
    pub(super) generation: u64,
}

impl Store {
    /// A store around an open database.
    pub(super) fn new(database: Database, reopen: Option<Reopen>) -> Self {
        Self {
            slot: Mutex::new(Slot {
                database: Some(database),
                generation: 0,
            }),
            reopen,
            health: Mutex::new(StateHealth::Good),
        }
    }

    /// Does a piece of work on the open database, alone. After an error the database is closed,
    /// because redb refuses to write on; the next piece of work opens it again.
    pub(super) fn run<T>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut slot = unpoisoned(&self.slot);
        let result = self
            .connect(&mut slot)
            .and_then(|connection| work(&connection));
        if let Err(error) = &result {
            *unpoisoned(&self.health) = StateHealth::Failing(sentence(error));
            if error.closes() && self.reopen.is_some() {
                slot.database = None;
            }
        }
        result
    }

    fn connect<'a>(&self, slot: &'a mut Slot) -> Result<Connection<'a>, StoreError> {
        let database = match (slot.database.take(), &self.reopen) {
            (Some(database), _) => database,
            (None, Some(reopen)) => {
                let database = reopen().map_err(StoreError::Closed)?;
                slot.generation += 1;
                database
            }
            (None, None) => return Err(StoreError::Failed("the ledger in memory is gone".into())),
        };
        Ok(Connection {
            database: slot.database.insert(database),
            generation: slot.generation,
        })
    }

    /// Notes that a commit succeeded.
    pub(super) fn committed(&self) {
        *unpoisoned(&self.health) = StateHealth::Good;
    }

    /// How it fares.
    pub(super) fn health(&self) -> StateHealth {
        unpoisoned(&self.health).clone()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

/// Takes a lock. Values behind the ledger's locks are replaced whole, so that a panic elsewhere
/// leaves none of them half done.
pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
