//! A disk that keeps one waiting.

use std::{
    io::{Error, ErrorKind},
    path::Path,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use redb::{StorageBackend, backends::InMemoryBackend};

use crate::ledger::{Ledger, OpenError, file, store::Store};

/// A disk whose syncs wait while it is held, whose reads can be made to wait, and that can be told
/// to fail.
#[derive(Debug, Clone)]
pub(super) struct Gated(pub(super) Arc<Gate>);

#[derive(Debug)]
pub(super) struct Gate {
    disk: InMemoryBackend,
    syncs: AtomicU32,
    pub(super) fails: AtomicBool,
    held: Mutex<bool>,
    /// How many reads are yet to wait, and how many do.
    stalls: Mutex<(u32, u32)>,
    released: Condvar,
    answered: Condvar,
}

impl Default for Gated {
    fn default() -> Self {
        Self(Arc::new(Gate {
            disk: InMemoryBackend::new(),
            syncs: AtomicU32::new(0),
            fails: AtomicBool::new(false),
            held: Mutex::new(false),
            stalls: Mutex::default(),
            released: Condvar::new(),
            answered: Condvar::new(),
        }))
    }
}

impl Gated {
    pub(super) fn ledger(&self) -> Ledger {
        drop(file::new_on(self.clone(), Path::new("disk")).unwrap());
        self.ledger_again()
    }

    pub(super) fn ledger_again(&self) -> Ledger {
        let again = self.clone();
        let open = move || {
            // Without a cache, whoever reads comes here.
            let opened = file::builder()
                .set_cache_size(0)
                .create_with_backend(again.clone());
            opened.map_err(|error| OpenError::from_redb(Path::new("disk"), error))
        };
        let database = open().unwrap();
        Ledger::on(Store::new(database, Some(Box::new(open))))
    }

    pub(super) fn hold(&self, hold: bool) {
        *self.0.held.lock().unwrap() = hold;
        self.0.released.notify_all();
    }

    pub(super) fn syncs(&self) -> u32 {
        self.0.syncs.load(SeqCst)
    }

    /// Has the next `reads` wait.
    pub(super) fn stall(&self, reads: u32) {
        self.0.stalls.lock().unwrap().0 = reads;
    }

    /// How many reads wait.
    pub(super) fn stalled(&self) -> u32 {
        self.0.stalls.lock().unwrap().1
    }

    /// Lets all reads go on.
    pub(super) fn answer(&self) {
        *self.0.stalls.lock().unwrap() = (0, 0);
        self.0.answered.notify_all();
    }
}

impl StorageBackend for Gated {
    fn len(&self) -> Result<u64, Error> {
        self.0.disk.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let mut stalls = self.0.stalls.lock().unwrap();
        if stalls.0 > 0 {
            stalls.0 -= 1;
            stalls.1 += 1;
            stalls = (self.0.answered)
                .wait_while(stalls, |stalls| stalls.1 > 0)
                .unwrap();
        }
        drop(stalls);
        self.0.disk.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        self.0.disk.set_len(len)
    }

    fn sync_data(&self) -> Result<(), Error> {
        self.0.syncs.fetch_add(1, SeqCst);
        let held = self.0.held.lock().unwrap();
        drop(self.0.released.wait_while(held, |held| *held).unwrap());
        match self.0.fails.load(SeqCst) {
            true => Err(ErrorKind::StorageFull.into()),
            false => self.0.disk.sync_data(),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        self.0.disk.write(offset, data)
    }
}

pub(super) fn wait_until(what: &str, met: impl Fn() -> bool) {
    let began = Instant::now();
    while !met() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        thread::yield_now();
    }
}
