//! The ledger's file: made whole or not at all, opened only if it is sound, never replaced.

use std::{
    fs::{self, DirBuilder, OpenOptions, TryLockError},
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
    TableError, WriteTransaction,
    backends::{FileBackend, InMemoryBackend},
};

use super::error::{Cause, OpenError, StoreError, failed};

const FILE: &str = "ledger.redb";
/// Where a new file is prepared; it takes its real name once it is whole.
const UNFINISHED: &str = "ledger.redb.new";
/// The format of the records in the file, which a version that does not know it refuses whole. In
/// format 1, attendances were counted by their histogram alone.
const FORMAT: u64 = 2;
/// The oldest format that is read. A file takes on ours with the first thing written into it.
const OLDEST_FORMAT: u64 = 1;
const FORMAT_KEY: &str = "netease-meeting-exporter ledger";
/// What redb may keep of the file in memory; the rest is left to the system's own cache.
const CACHE_BYTES: usize = 16 << 20;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Each application's number, by name.
pub(super) const APPS: TableDefinition<'_, &str, u32> = TableDefinition::new("apps");
/// Records, by application and kind.
pub(super) const RECORDS: TableDefinition<'_, (u32, u8), &[u8]> = TableDefinition::new("records");
/// Ids of counted meetings, by application, with the day they are remembered for.
pub(super) const SEEN: TableDefinition<'_, (u32, &[u8]), u16> = TableDefinition::new("seen");
/// Meetings whose detail is to be read, by application, the second they were queued, and id.
pub(super) const QUEUE: TableDefinition<'_, (u32, i64, &[u8]), ()> = TableDefinition::new("queue");

/// A ledger that ends with the process.
pub(super) fn in_memory() -> Result<Database, OpenError> {
    new_on(InMemoryBackend::new(), Path::new("(memory)"))
}

/// A new ledger on an empty backend.
pub(super) fn new_on(backend: impl StorageBackend, path: &Path) -> Result<Database, OpenError> {
    let database = builder()
        .create_with_backend(backend)
        .map_err(|error| OpenError::from_redb(path, error))?;
    initialise(&database, path)?;
    Ok(database)
}

/// The ledger in a directory; both are made where they are missing.
pub(super) fn open_or_create(directory: &Path) -> Result<Database, OpenError> {
    create_directory(directory)?;
    match open(directory) {
        Err(OpenError::Vanished { .. }) => create(directory),
        opened => opened,
    }
}

/// The ledger in a directory, which must be there.
pub(super) fn open(directory: &Path) -> Result<Database, OpenError> {
    let path = directory.join(FILE);
    if let Err(error) = fs::symlink_metadata(&path) {
        return Err(match error.kind() {
            ErrorKind::NotFound => OpenError::Vanished { path },
            _ => OpenError::from_io(&path, error),
        });
    }
    // redb verifies every checksum before the file is trusted; should a damaged file still upset
    // it, that is an error like any other, and no reason to die without a word.
    let opened = catch_unwind(AssertUnwindSafe(|| builder().open(&path)));
    let database = opened
        .map_err(|panic| damaged(&path, panic_text(panic.as_ref())))?
        .map_err(|error| OpenError::from_redb(&path, error))?;
    check_format(&database, &path)?;
    Ok(database)
}

pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true);
    builder
}

fn create_directory(directory: &Path) -> Result<(), OpenError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .map_err(|source| OpenError::Directory {
            path: directory.to_owned(),
            source,
        })
}

/// Makes a new file. A process that dies on the way leaves only an unfinished one behind, which
/// the next one empties and uses; the lock keeps two from doing so at once.
fn create(directory: &Path) -> Result<Database, OpenError> {
    let path = directory.join(FILE);
    let unfinished = directory.join(UNFINISHED);
    let io = |error| OpenError::from_io(&path, error);

    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&unfinished).map_err(io)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::Locked { path: path.clone() },
        TryLockError::Error(error) => OpenError::from_io(&path, error),
    })?;
    // Another process may have finished this very file between the two steps above: then it has
    // its real name, and must not be emptied.
    if path.exists() {
        drop(file);
        return open(directory);
    }
    file.set_len(0).map_err(io)?;

    let backend = FileBackend::new(file).map_err(|error| OpenError::from_redb(&path, error))?;
    let database = new_on(backend, &path)?;
    fs::rename(&unfinished, &path).map_err(io)?;
    // The new name, too, is to survive a power cut; elsewhere a directory cannot be opened.
    #[cfg(unix)]
    fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(io)?;
    tracing::info!(path = %path.display(), "there was no ledger yet: made a new one");
    Ok(database)
}

fn initialise(database: &Database, path: &Path) -> Result<(), OpenError> {
    let write = || -> Result<(), redb::Error> {
        let transaction = database.begin_write()?;
        transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
        transaction.open_table(APPS)?;
        transaction.open_table(RECORDS)?;
        transaction.open_table(SEEN)?;
        transaction.open_table(QUEUE)?;
        Ok(transaction.commit()?)
    };
    write().map_err(|error| OpenError::from_redb(path, error))
}

pub(super) fn check_format(database: &Database, path: &Path) -> Result<(), OpenError> {
    let unreadable = |error: redb::Error| OpenError::from_redb(path, error);
    let not_a_ledger = || OpenError::NotALedger {
        path: path.to_owned(),
    };
    let transaction = database
        .begin_read()
        .map_err(|error| unreadable(error.into()))?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::Storage(error)) => return Err(unreadable(error.into())),
        Err(_) => return Err(not_a_ledger()),
    };
    let format = meta
        .get(FORMAT_KEY)
        .map_err(|error| unreadable(error.into()))?;
    match format.map(|format| format.value()) {
        None => Err(not_a_ledger()),
        Some(OLDEST_FORMAT..=FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(OpenError::FromTheFuture {
            path: path.to_owned(),
            found,
            known: FORMAT,
        }),
        Some(found) => Err(damaged(path, format!("there never was a format {found}"))),
    }
}

/// Makes a file of an older format one of ours, in the transaction that writes into it.
pub(super) fn take_on_format(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let mut meta = transaction.open_table(META).map_err(failed)?;
    let found = meta.get(FORMAT_KEY).map_err(failed)?;
    let found = found.map(|format| format.value());
    if found != Some(FORMAT) {
        meta.insert(FORMAT_KEY, FORMAT).map_err(failed)?;
    }
    Ok(())
}

fn damaged(path: &Path, reason: String) -> OpenError {
    OpenError::Damaged {
        path: path.to_owned(),
        source: Cause::from(reason),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
