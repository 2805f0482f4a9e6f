//! Taking what was counted of an application to another ledger, so that it is counted on there.
//!
//! An export first marks the applications as taken away, in one transaction, and then hands out
//! their records. Whatever happens in between, no ledger goes on counting what another one has: an
//! application that is marked cannot be opened, and exporting it again gives the same bytes. An
//! import is one transaction, and doing it again changes nothing.

mod file;
mod parcel;

use std::collections::BTreeMap;

use jiff::Timestamp;
use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};

pub use self::file::TransferFileError;
use self::parcel::Parcel;
use super::{
    Ledger,
    codec::{Malformed, Reader, Writer},
    error::{StoreError, failed},
    file::{APPS, RECORDS},
    state::{self, IMPORTED, MOVED},
};

const MARK_VERSION: u8 = 1;

/// An application that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownApp {
    /// Its configured name.
    pub name: String,
    /// When it was exported; none while it is counted here.
    pub moved: Option<Timestamp>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Applications that are counted on here.
    pub taken: Vec<String>,
    /// Applications that had been imported from the same export before.
    pub known: Vec<String>,
    /// Applications in the file that were not wanted.
    pub left: Vec<String>,
}

/// Why nothing was exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The ledger cannot be read or written.
    #[error("the ledger cannot be used")]
    Store(#[from] StoreError),
    /// The file is not one that an export has written, or not all of it.
    #[error("nothing was imported")]
    File(#[from] TransferFileError),
    /// There is nothing to export.
    #[error("the ledger has no application called {0:?}")]
    Unknown(String),
    /// What is here would be lost.
    #[error(
        "{} counted in this ledger already, and would begin again where the export stands: nothing \
         was imported; --replace does it all the same",
        is_or_are(.0)
    )]
    Counted(Vec<String>),
    /// A later export has taken the application away from here.
    #[error(
        "a later export than this one has taken {} out of this ledger: nothing was imported; \
         import that one, or --replace",
        .0.join(", ")
    )]
    Older(Vec<String>),
}

impl Ledger {
    /// Every application this ledger knows, by name.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn known_apps(&self) -> Result<Vec<KnownApp>, StoreError> {
        self.store.read(|connection| {
            let transaction = connection.database.begin_read().map_err(failed)?;
            let apps = transaction.open_table(APPS).map_err(failed)?;
            let records = transaction.open_table(RECORDS).map_err(failed)?;
            let mut known = Vec::new();
            for entry in apps.iter().map_err(failed)? {
                let (name, number) = entry.map_err(failed)?;
                let name = name.value().to_owned();
                let mark = records.get((number.value(), MOVED.0)).map_err(failed)?;
                let moved = mark
                    .map(|mark| decode_mark(&name, mark.value()))
                    .transpose()?;
                known.push(KnownApp { name, moved });
            }
            Ok(known)
        })
    }

    /// Marks applications as taken away at `now`, and answers everything counted of them, as the
    /// content of a file for [`import`](Self::import). No handle to one of them may be in use.
    ///
    /// # Errors
    /// If one is not known, or the ledger cannot be used.
    pub fn export(&self, apps: &[String], now: Timestamp) -> Result<Vec<u8>, TransferError> {
        let known: BTreeMap<_, _> = self
            .known_apps()?
            .into_iter()
            .map(|app| (app.name, app.moved))
            .collect();
        if let Some(unknown) = apps.iter().find(|app| !known.contains_key(*app)) {
            return Err(TransferError::Unknown(unknown.clone()));
        }
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let unmarked = apps.iter().filter(|app| known[*app].is_none());
        let unmarked: Vec<String> = unmarked.cloned().collect();
        self.write_once(move |transaction| mark(transaction, &unmarked, now))?;
        let parcels = self.store.read(|connection| {
            apps.iter()
                .map(|app| Parcel::read(connection.database, app))
                .collect::<Result<Vec<_>, _>>()
        })?;
        Ok(file::encode(&parcels))
    }

    /// Takes in those applications of an export that are `wanted`: all of them, or none.
    ///
    /// With `replace`, what is here already is replaced by what was exported, whatever it is.
    ///
    /// # Errors
    /// If the file is not whole, the ledger cannot be used, or something counted would be lost.
    pub fn import(
        &self,
        file: &[u8],
        wanted: impl Fn(&str) -> bool,
        replace: bool,
    ) -> Result<Imported, TransferError> {
        let (parcels, left): (Vec<_>, Vec<_>) = file::decode(file)?
            .into_iter()
            .partition(|parcel| wanted(&parcel.app));
        let mut imported = Imported {
            left: left.into_iter().map(|parcel| parcel.app).collect(),
            ..Imported::default()
        };
        let mut take = Vec::new();
        let (mut counted, mut older) = (Vec::new(), Vec::new());
        for parcel in parcels {
            let found = self.store.read(|it| Found::of(it.database, &parcel))?;
            match found {
                Found::Same => imported.known.push(parcel.app),
                Found::Counted if !replace => counted.push(parcel.app),
                Found::MovedLater if !replace => older.push(parcel.app),
                _ => take.push(parcel),
            }
        }
        if !counted.is_empty() {
            return Err(TransferError::Counted(counted));
        }
        if !older.is_empty() {
            return Err(TransferError::Older(older));
        }
        imported.taken = take.iter().map(|parcel| parcel.app.clone()).collect();
        self.write_once(move |transaction| {
            take.iter().try_for_each(|parcel| parcel.write(transaction))
        })?;
        Ok(imported)
    }

    /// One transaction of its own.
    fn write_once(
        &self,
        write: impl Fn(&WriteTransaction) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Result<(), StoreError> {
        let generation = self.store.read(|connection| Ok(connection.generation))?;
        let write = Box::new(move |transaction: &WriteTransaction| write(transaction).map(|()| 0));
        self.store.commit(generation, vec![write]).map(drop)
    }
}

/// How an application stands in the ledger that is to take it in.
enum Found {
    /// Not at all, or taken away no later than the export at hand.
    Free,
    /// It was imported from this very export.
    Same,
    /// It is counted here.
    Counted,
    /// It was taken away again by a later export.
    MovedLater,
}

impl Found {
    fn of(database: &Database, parcel: &Parcel) -> Result<Self, StoreError> {
        let transaction = database.begin_read().map_err(failed)?;
        let apps = transaction.open_table(APPS).map_err(failed)?;
        let Some(number) = apps.get(&*parcel.app).map_err(failed)? else {
            return Ok(Self::Free);
        };
        let number = number.value();
        let records = transaction.open_table(RECORDS).map_err(failed)?;
        if let Some(mark) = records.get((number, MOVED.0)).map_err(failed)? {
            let later = decode_mark(&parcel.app, mark.value())? > parcel.moved;
            return Ok(if later { Self::MovedLater } else { Self::Free });
        }
        let origin = records.get((number, IMPORTED.0)).map_err(failed)?;
        let same = origin.is_some_and(|origin| origin.value() == parcel.digest());
        Ok(if same { Self::Same } else { Self::Counted })
    }
}

fn mark(transaction: &WriteTransaction, apps: &[String], now: Timestamp) -> Result<(), StoreError> {
    for app in apps {
        let number = state::allocate(app, transaction)?;
        let mut records = transaction.open_table(RECORDS).map_err(failed)?;
        let mut writer = Writer::new(MARK_VERSION);
        writer.second(now);
        let mark = writer.finish();
        records
            .insert((number, MOVED.0), mark.as_slice())
            .map_err(failed)?;
    }
    Ok(())
}

/// When an application was taken away.
pub(super) fn decode_mark(app: &str, bytes: &[u8]) -> Result<Timestamp, StoreError> {
    let read = || -> Result<Timestamp, Malformed> {
        let mut reader = Reader::new(bytes, MARK_VERSION)?;
        let moved = reader.second()?;
        reader.finish()?;
        Ok(moved)
    };
    read().map_err(|source| StoreError::Record {
        app: app.into(),
        record: MOVED.1,
        source,
    })
}

fn is_or_are(apps: &[String]) -> String {
    let verb = if apps.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", apps.join(", "))
}
