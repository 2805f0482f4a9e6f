//! Everything a ledger holds of one application, as it stands there.

use jiff::Timestamp;
use redb::{Database, ReadableDatabase, WriteTransaction};
use sha1::{Digest, Sha1};

use crate::ledger::{
    codec::{Malformed, Reader, Writer},
    error::{StoreError, failed},
    file::{APPS, QUEUE, RECORDS, SEEN},
    state::{self, IMPORTED, MOVED},
    transfer::decode_mark,
};

const VERSION: u8 = 1;

/// Everything counted and remembered of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) app: String,
    /// When it was taken away.
    pub(super) moved: Timestamp,
    /// Records, by their kind.
    records: Vec<(u8, Vec<u8>)>,
    /// Ids of counted meetings, with the day they are remembered for.
    seen: Vec<(Vec<u8>, u16)>,
    /// Meetings whose detail is to be read.
    queue: Vec<(i64, Vec<u8>)>,
}

impl Parcel {
    #[cfg(test)]
    pub(super) fn new(
        app: String,
        moved: Timestamp,
        records: Vec<(u8, Vec<u8>)>,
        seen: Vec<(Vec<u8>, u16)>,
        queue: Vec<(i64, Vec<u8>)>,
    ) -> Self {
        Self {
            app,
            moved,
            records,
            seen,
            queue,
        }
    }

    /// What the ledger holds of an application that is marked.
    pub(super) fn read(database: &Database, app: &str) -> Result<Self, StoreError> {
        let transaction = database.begin_read().map_err(failed)?;
        let apps = transaction.open_table(APPS).map_err(failed)?;
        let unmarked = || StoreError::Failed("an application was not marked as moved".into());
        let number = apps.get(app).map_err(failed)?.ok_or_else(unmarked)?.value();
        let end = number.saturating_add(1);

        let table = transaction.open_table(RECORDS).map_err(failed)?;
        let mark = table.get((number, MOVED.0)).map_err(failed)?;
        let moved = decode_mark(app, mark.ok_or_else(unmarked)?.value())?;
        let mut records = Vec::new();
        for entry in table.range((number, 0)..(end, 0)).map_err(failed)? {
            let (key, record) = entry.map_err(failed)?;
            let (_, kind) = key.value();
            if kind != MOVED.0 && kind != IMPORTED.0 {
                records.push((kind, record.value().to_vec()));
            }
        }

        let table = transaction.open_table(SEEN).map_err(failed)?;
        let mut seen = Vec::new();
        let ids = (number, &[][..])..(end, &[][..]);
        for entry in table.range::<(u32, &[u8])>(ids).map_err(failed)? {
            let (key, day) = entry.map_err(failed)?;
            seen.push((key.value().1.to_vec(), day.value()));
        }

        let table = transaction.open_table(QUEUE).map_err(failed)?;
        let mut queue = Vec::new();
        let entries = (number, i64::MIN, &[][..])..(end, i64::MIN, &[][..]);
        for entry in table.range::<(u32, i64, &[u8])>(entries).map_err(failed)? {
            let (key, _) = entry.map_err(failed)?;
            let (_, second, id) = key.value();
            queue.push((second, id.to_vec()));
        }
        Ok(Self {
            app: app.to_owned(),
            moved,
            records,
            seen,
            queue,
        })
    }

    /// Puts it into a ledger, in place of whatever that holds of the application.
    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        let number = state::allocate(&self.app, transaction)?;
        let end = number.saturating_add(1);
        let mut records = transaction.open_table(RECORDS).map_err(failed)?;
        records
            .retain_in((number, 0)..(end, 0), |_, _| false)
            .map_err(failed)?;
        for (kind, record) in &self.records {
            records
                .insert((number, *kind), record.as_slice())
                .map_err(failed)?;
        }
        let digest = self.digest();
        records
            .insert((number, IMPORTED.0), digest.as_slice())
            .map_err(failed)?;

        let mut seen = transaction.open_table(SEEN).map_err(failed)?;
        let ids = (number, &[][..])..(end, &[][..]);
        seen.retain_in(ids, |_, _| false).map_err(failed)?;
        for (id, day) in &self.seen {
            seen.insert((number, id.as_slice()), *day).map_err(failed)?;
        }

        let mut queue = transaction.open_table(QUEUE).map_err(failed)?;
        let entries = (number, i64::MIN, &[][..])..(end, i64::MIN, &[][..]);
        queue.retain_in(entries, |_, ()| false).map_err(failed)?;
        for (second, id) in &self.queue {
            queue
                .insert((number, *second, id.as_slice()), ())
                .map_err(failed)?;
        }
        Ok(())
    }

    /// What tells this export of the application from every other.
    pub(super) fn digest(&self) -> Vec<u8> {
        Sha1::digest(self.encode()).to_vec()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(VERSION);
        writer.text(&self.app);
        writer.second(self.moved);
        writer.length(self.records.len());
        for (kind, record) in &self.records {
            writer.byte(*kind);
            writer.bytes(record);
        }
        writer.length(self.seen.len());
        for (id, day) in &self.seen {
            writer.bytes(id);
            writer.number(u64::from(*day));
        }
        writer.length(self.queue.len());
        for (second, id) in &self.queue {
            writer.signed(*second);
            writer.bytes(id);
        }
        writer.finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, VERSION)?;
        let (app, moved) = (reader.text()?.to_owned(), reader.second()?);
        let mut parcel = Self {
            app,
            moved,
            records: Vec::new(),
            seen: Vec::new(),
            queue: Vec::new(),
        };
        for _ in 0..reader.length()? {
            let kind = reader.byte()?;
            parcel.records.push((kind, reader.bytes()?.to_vec()));
        }
        for _ in 0..reader.length()? {
            let id = reader.bytes()?.to_vec();
            let day = u16::try_from(reader.number()?).map_err(|_| Malformed)?;
            parcel.seen.push((id, day));
        }
        for _ in 0..reader.length()? {
            let second = reader.signed()?;
            parcel.queue.push((second, reader.bytes()?.to_vec()));
        }
        reader.finish()?;
        Ok(parcel)
    }
}
