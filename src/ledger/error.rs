//! What can go wrong between the ledger and its file, in words that say what to do about it.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::codec::Malformed;

/// A cause: whatever the store says went wrong.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the ledger's file cannot be used. The file is never changed or replaced because of it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is missing and cannot be made.
    #[error("state directory {} cannot be created", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// No permission, or a read-only file system.
    #[error(
        "{} cannot be written: give the exporter's user write access to the state directory, and \
         check that its file system is mounted read-write",
        path.display()
    )]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Cause,
    },
    /// The disk or the quota is full.
    #[error("no space is left for {}: free some, or move the state directory", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Cause,
    },
    /// Another process has it open.
    #[error(
        "{} is in use by another process: stop that one, or give each a state directory of its own",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It was never a ledger.
    #[error(
        "{} is not a ledger of this exporter: move it away, or name another state directory",
        path.display()
    )]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// It was a ledger once.
    #[error(
        "{} is damaged: put back a copy, or move it away to count afresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Cause,
    },
    /// A newer exporter wrote it.
    #[error(
        "{} was written by a newer version of this exporter (format {found}, this one knows {known}): \
         install that version again, or move the file away to count afresh",
        path.display()
    )]
    FromTheFuture {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u64,
        /// The format of this version.
        known: u64,
    },
    /// What a newer exporter's store writes, or what one damaged byte makes it look like.
    #[error(
        "{} has a file format that this version of the exporter does not know: a newer one wrote it, \
         or it is damaged: install that version again, put back a copy, or move the file away to \
         count afresh",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Cause,
    },
    /// It was there when the process started.
    #[error("{} has vanished while it was in use: put it back, or restart to count afresh", path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{} cannot be opened", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Cause,
    },
}

impl OpenError {
    pub(super) fn from_io(path: &Path, error: io::Error) -> Self {
        Self::from_kind(path, error.kind(), error.into())
    }

    fn from_kind(path: &Path, kind: ErrorKind, source: Cause) -> Self {
        let path = path.to_owned();
        match kind {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path, source }
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace { path, source },
            ErrorKind::WouldBlock => Self::Locked { path },
            ErrorKind::InvalidData => Self::NotALedger { path },
            ErrorKind::UnexpectedEof => Self::Damaged { path, source },
            _ => Self::Other { path, source },
        }
    }

    pub(super) fn from_redb(path: &Path, error: impl Into<redb::Error>) -> Self {
        let path = path.to_owned();
        match error.into() {
            redb::Error::Io(error) => Self::from_io(&path, error),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                Self::Locked { path }
            }
            // The store's formats 1 and 2 are older than the first version of this exporter.
            redb::Error::UpgradeRequired(_) => Self::NotALedger { path },
            redb::Error::Corrupted(what) if what.contains("file format version") => {
                Self::UnknownFormat {
                    path,
                    source: redb::Error::Corrupted(what).into(),
                }
            }
            error if is_damage(&error) => Self::Damaged {
                path,
                source: error.into(),
            },
            error => Self::Other {
                path,
                source: error.into(),
            },
        }
    }
}

/// Why something could not be recorded or read. Nothing of it was published.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk or the quota is full.
    #[error("no space is left for the ledger: free some, and counting catches up by itself")]
    NoSpace(#[source] Cause),
    /// The file system became read-only, or access was taken away.
    #[error(
        "the ledger cannot be written: check access rights, and that its file system is mounted read-write"
    )]
    NotWritable(#[source] Cause),
    /// What is read is not what was written.
    #[error("the ledger is damaged: put back a copy, or move it away and restart to count afresh")]
    Damaged(#[source] Cause),
    /// Anything else about the store.
    #[error("the ledger could not be read or written")]
    Failed(#[source] Cause),
    /// The file had to be opened again, and could not.
    #[error("the ledger is closed after an earlier error")]
    Closed(#[source] OpenError),
    /// The file had to be opened again after this round was decided.
    #[error("the ledger had to be opened again meanwhile: the round is done again")]
    Reopened,
    /// Several rounds were to be written together.
    #[error(transparent)]
    Together(Arc<StoreError>),
    /// One application's record cannot be read.
    #[error(
        "the ledger's record `{record}` of application `{app}` cannot be read: put back a copy of the ledger, or move it away and restart to count afresh"
    )]
    Record {
        /// The application.
        app: Arc<str>,
        /// Which record.
        record: &'static str,
        /// The cause.
        source: Malformed,
    },
    /// An export has taken the application to another ledger.
    #[error(
        "application `{app}` was exported from this ledger at {at}, to be counted elsewhere: import \
         its export there, or here again to go on"
    )]
    Moved {
        /// The application.
        app: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// After opening the file again, an application's records were gone.
    #[error(
        "the ledger no longer holds what was counted for application `{app}`: put back the right file, or restart to count afresh"
    )]
    Forgotten {
        /// The application.
        app: Arc<str>,
    },
}

impl StoreError {
    /// Whether the file has to be opened again before anything else can be written.
    pub(super) fn closes(&self) -> bool {
        match self {
            Self::Record { .. } | Self::Moved { .. } | Self::Reopened => false,
            Self::Together(error) => error.closes(),
            _ => true,
        }
    }
}

/// Any error of the store, by what can be done about it.
pub(super) fn failed(error: impl Into<redb::Error>) -> StoreError {
    let error = error.into();
    let kind = match &error {
        redb::Error::Io(error) => Some(error.kind()),
        _ => None,
    };
    match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            StoreError::NoSpace(error.into())
        }
        Some(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            StoreError::NotWritable(error.into())
        }
        _ if is_damage(&error) => StoreError::Damaged(error.into()),
        _ => StoreError::Failed(error.into()),
    }
}

fn is_damage(error: &redb::Error) -> bool {
    matches!(
        error,
        redb::Error::Corrupted(_)
            | redb::Error::RepairAborted
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableDoesNotExist(_)
    )
}

/// Whether what is counted is being kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateHealth {
    /// The last commit succeeded, or there was none yet.
    Good,
    /// The last commit failed; the sentence says why, with every cause.
    Failing(Arc<str>),
}

impl StateHealth {
    /// Whether all is well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }
}

/// An error with all its causes, in one line.
pub(super) fn sentence(error: &dyn std::error::Error) -> Arc<str> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let lines: Vec<String> = causes.map(ToString::to_string).collect();
    lines.join(": ").into()
}
