//! The one open database of the process: read by many, written to in groups, opened again after a
//! failure.

mod group;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use redb::Database;

use self::group::Group;
use super::error::{OpenError, StateHealth, StoreError, sentence};

pub(super) use self::group::Write;

/// Opens the database again.
pub(super) type Reopen = Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>;

/// The database, and how it fares.
pub(super) struct Store {
    /// Taken for writing only to close and to open again.
    slot: RwLock<Slot>,
    /// None for a database in memory: closing that would lose it.
    reopen: Option<Reopen>,
    health: Mutex<StateHealth>,
    /// Rounds that wait for their transaction.
    group: Group,
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
            slot: RwLock::new(Slot {
                database: Some(database),
                generation: 0,
            }),
            reopen,
            health: Mutex::new(StateHealth::Good),
            group: Group::default(),
        }
    }

    /// Reads from the open database, beside others.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connected(work)
    }

    /// Writes rounds that were decided on what was read under `generation`, all of them or none,
    /// and answers what each of `writes` does. When this returns, they are on the disk.
    ///
    /// Rounds that come while another transaction is on its way to the disk wait for it, and then
    /// share one: so many applications cost no more waiting for the disk than a few. They succeed or
    /// fail together, and whoever fails does the round again.
    pub(super) fn commit(
        &self,
        generation: u64,
        writes: Vec<Write>,
    ) -> Result<Vec<u32>, StoreError> {
        self.group.commit(generation, writes, |rounds| {
            let numbers = self.connected(|connection| group::write(connection, rounds))?;
            *unpoisoned(&self.health) = StateHealth::Good;
            Ok(numbers)
        })
    }

    /// Does a piece of work on the open database. After an error the database is closed, because
    /// redb refuses to write on; the next piece of work opens it again.
    fn connected<T>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut generation = None;
        let result = self.open().and_then(|slot| {
            let database = slot.database.as_ref();
            let database =
                database.ok_or_else(|| StoreError::Failed("the ledger is gone".into()))?;
            generation = Some(slot.generation);
            work(&Connection {
                database,
                generation: slot.generation,
            })
        });
        if let Err(error) = &result {
            *unpoisoned(&self.health) = StateHealth::Failing(sentence(error));
            if let (Some(generation), true) = (generation, error.closes()) {
                self.close(generation);
            }
        }
        result
    }

    /// The slot with an open database in it, opened again where it was closed.
    fn open(&self) -> Result<std::sync::RwLockReadGuard<'_, Slot>, StoreError> {
        loop {
            let slot = self.slot.read().unwrap_or_else(PoisonError::into_inner);
            if slot.database.is_some() {
                return Ok(slot);
            }
            drop(slot);
            let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
            if slot.database.is_none() {
                let reopen = self.reopen.as_ref();
                let reopen = reopen
                    .ok_or_else(|| StoreError::Failed("the ledger in memory is gone".into()))?;
                slot.database = Some(reopen().map_err(StoreError::Closed)?);
                slot.generation += 1;
            }
        }
    }

    /// Closes what was opened as `generation`; something newer is left alone.
    fn close(&self, generation: u64) {
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        if slot.generation == generation && self.reopen.is_some() {
            slot.database = None;
        }
    }

    /// How many rounds wait for a transaction.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.group.waiting()
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
