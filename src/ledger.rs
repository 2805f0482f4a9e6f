//! What was counted, exactly once.
//!
//! The rules are functions over values (`days`, `meetings`, `attendances`); the store behind
//! them is one redb file. A round of one application is part of one transaction: what it counts,
//! what it remembers so as not to count it again, and what it queues reach the disk together or not
//! at all, and are published only afterwards. All of it may be recorded any number of times, so that the
//! answer to any failure is to do the round again.
//!
//! - **Where counting begins**: `counters_since`, else the local day of the first answer ever
//!   recorded (all of that day, from its midnight on). Configuring another `counters_since` than
//!   the one counted from starts the application's counters afresh, with a warning in the log and a
//!   new `counters_start`; taking the setting away changes nothing.
//! - **When the file fails**: opening it fails with an [`OpenError`] that says what to do; the file
//!   is never replaced. While running, a failed commit leaves everything published as it was,
//!   [`Ledger::health`] says so, and each further round opens the file again, until one succeeds.
//! - **What is kept**: open days, ids as far back as the look-back, the queue of details, and one
//!   record of counters per application. Applications that are no longer configured keep their
//!   records, so that they can come back.

mod adoption;
mod app;
mod attendances;
mod codec;
mod core;
mod days;
mod details;
mod error;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod histogram;
mod meeting_key;
mod meetings;
mod options;
mod plan;
mod state;
mod store;
mod transfer;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};

pub use app::AppLedger;
pub use codec::Malformed;
pub use details::{DetailOutcome, PendingDetail};
pub use error::{OpenError, StateHealth, StoreError};
pub use meetings::{MeetingsRecorded, Sweep};
pub use options::AppOptions;
pub use transfer::{Imported, KnownApp, TransferError, TransferFileError};

use self::{
    core::Core,
    store::{Store, unpoisoned},
};

#[cfg(any(test, fuzzing))]
mod testing;
#[cfg(test)]
mod tests;

/// The process's ledger. Cloning gives another handle to the same one.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<Store>,
    apps: Arc<Mutex<HashMap<Arc<str>, Arc<Core>>>>,
}

impl Ledger {
    /// The ledger in a directory, made where it is missing; without a directory, one in memory.
    ///
    /// # Errors
    /// If the file cannot be made, is not a sound ledger, or is in use by another process.
    pub fn open(directory: Option<&Path>) -> Result<Self, OpenError> {
        let store = match directory {
            None => Store::new(file::in_memory()?, None),
            Some(directory) => {
                let again = directory.to_owned();
                let reopen = Box::new(move || file::open(&again));
                Store::new(file::open_or_create(directory)?, Some(reopen))
            }
        };
        Ok(Self::on(store))
    }

    fn on(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            apps: Arc::default(),
        }
    }

    /// The ledger that is in a directory already.
    ///
    /// # Errors
    /// If there is none, or it cannot be used.
    pub fn open_existing(directory: &Path) -> Result<Self, OpenError> {
        let again = directory.to_owned();
        let reopen = Box::new(move || file::open(&again));
        Ok(Self::on(Store::new(file::open(directory)?, Some(reopen))))
    }

    /// The counters of one application. Asking again (after a change of configuration) gives
    /// another handle to the same counters, brought to the new options.
    ///
    /// # Errors
    /// If they cannot be read, or the options cannot be committed.
    pub fn app(&self, name: &str, options: AppOptions) -> Result<AppLedger, StoreError> {
        let mut apps = self.apps([(name, options)])?;
        let lost = || StoreError::Failed("an application is gone".into());
        apps.pop().ok_or_else(lost)
    }

    /// As [`app`](Self::app) for several applications, with one answer for each in the same order.
    /// All of them are brought to their options, or none is. No name may stand there twice.
    ///
    /// # Errors
    /// If one cannot be read, or the options cannot be committed: nothing was changed then.
    pub fn apps<'a>(
        &self,
        wanted: impl IntoIterator<Item = (&'a str, AppOptions)>,
    ) -> Result<Vec<AppLedger>, StoreError> {
        let mut apps = unpoisoned(&self.apps);
        let mut opened = Vec::new();
        for (name, options) in wanted {
            let core = match apps.get(name) {
                Some(core) => Arc::clone(core),
                None => {
                    let core = Core::open(Arc::clone(&self.store), name.into(), &options)?;
                    Arc::new(core)
                }
            };
            opened.push((core, options));
        }
        let names: Vec<_> = opened
            .iter()
            .map(|(core, _)| (Arc::from(core.app()), Arc::clone(core)))
            .collect();
        let ledgers = AppLedger::on(&self.store, opened)?;
        apps.extend(names);
        Ok(ledgers)
    }

    /// Lets go of what is kept in memory of an application that is no longer watched. Its counters
    /// stay in the file, and [`app`](Self::app) finds them there.
    pub fn release(&self, name: &str) {
        unpoisoned(&self.apps).remove(name);
    }

    /// Whether what is counted is being kept.
    #[must_use]
    pub fn health(&self) -> StateHealth {
        self.store.health()
    }
}
