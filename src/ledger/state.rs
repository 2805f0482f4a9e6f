//! Everything counted for one application, and its records in the store.

use std::sync::Arc;

use jiff::civil::Date;
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{
    attendances,
    codec::{Malformed, Reader, Writer},
    days::DayLedger,
    error::{StoreError, failed},
    file::{APPS, RECORDS},
    histogram,
    meetings::MeetingLedger,
    options::AppOptions,
    transfer::decode_mark,
};
use crate::{
    config::Histograms,
    snapshot::{Attendances, Histogram},
};

const ORIGIN_VERSION: u8 = 1;

/// What was counted for one application.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AppState {
    /// The application's number in the store; none before its first commit.
    pub(super) number: Option<u32>,
    /// The first day counted; none before the first answer was recorded.
    pub(super) since: Option<Date>,
    /// Figures by day; none before the first were recorded.
    pub(super) days: Option<DayLedger>,
    /// Finished meetings.
    pub(super) meetings: MeetingLedger,
    /// Attendances.
    pub(super) attendances: Arc<Attendances>,
}

/// The records of an application, by the number that stands in their keys.
const ORIGIN: (u8, &str) = (0, "origin");
const DAYS: (u8, &str) = (1, "days");
const MEETINGS: (u8, &str) = (2, "meetings");
const ATTENDANCES: (u8, &str) = (3, "attendances");
/// When the application was exported; while it stands here, nothing is counted.
pub(super) const MOVED: (u8, &str) = (4, "moved");
/// Which export the records come from, where they were imported.
pub(super) const IMPORTED: (u8, &str) = (5, "imported");

impl AppState {
    /// Nothing counted yet.
    pub(super) fn empty(options: &AppOptions) -> Self {
        Self {
            number: None,
            since: None,
            days: None,
            meetings: MeetingLedger::new(options),
            attendances: Arc::new(attendances::empty(options)),
        }
    }

    /// What the store holds.
    pub(super) fn load(
        database: &Database,
        app: &Arc<str>,
        options: &AppOptions,
    ) -> Result<Self, StoreError> {
        let mut state = Self::empty(options);
        let transaction = database.begin_read().map_err(failed)?;
        let apps = transaction.open_table(APPS).map_err(failed)?;
        let Some(number) = apps.get(&**app).map_err(failed)? else {
            return Ok(state);
        };
        let number = number.value();
        state.number = Some(number);

        let records = transaction.open_table(RECORDS).map_err(failed)?;
        if let Some(mark) = records.get((number, MOVED.0)).map_err(failed)? {
            return Err(StoreError::Moved {
                app: Arc::clone(app),
                at: decode_mark(app, mark.value())?,
            });
        }
        let record = |(kind, record): (u8, &'static str),
                      decode: &mut dyn FnMut(&[u8]) -> Result<(), Malformed>|
         -> Result<(), StoreError> {
            match records.get((number, kind)).map_err(failed)? {
                None => Ok(()),
                Some(bytes) => decode(bytes.value()).map_err(|source| StoreError::Record {
                    app: Arc::clone(app),
                    record,
                    source,
                }),
            }
        };
        record(ORIGIN, &mut |bytes| {
            state.since = Some(decode_origin(bytes)?);
            Ok(())
        })?;
        record(DAYS, &mut |bytes| {
            state.days = Some(DayLedger::decode(bytes)?);
            Ok(())
        })?;
        record(MEETINGS, &mut |bytes| {
            state.meetings = MeetingLedger::decode(bytes, options)?;
            Ok(())
        })?;
        record(ATTENDANCES, &mut |bytes| {
            let read = attendances::decode(bytes, attendances::empty(options))?;
            state.attendances = Arc::new(read);
            Ok(())
        })?;
        Ok(state)
    }

    /// Writes down what differs from `before`, and answers the application's number.
    pub(super) fn save(
        &self,
        before: &Self,
        app: &str,
        transaction: &WriteTransaction,
    ) -> Result<u32, StoreError> {
        let number = match self.number {
            Some(number) => number,
            None => allocate(app, transaction)?,
        };
        let mut records = transaction.open_table(RECORDS).map_err(failed)?;
        let mut write = |(kind, _): (u8, &str), bytes: Option<Vec<u8>>| {
            let key = (number, kind);
            match bytes {
                Some(bytes) => records.insert(key, bytes.as_slice()).map(drop),
                None => records.remove(key).map(drop),
            }
            .map_err(failed)
        };
        if self.since != before.since {
            write(ORIGIN, self.since.map(encode_origin))?;
        }
        if self.days != before.days {
            write(DAYS, self.days.as_ref().map(DayLedger::encode))?;
        }
        if self.meetings != before.meetings {
            write(MEETINGS, Some(self.meetings.encode()))?;
        }
        if self.attendances != before.attendances {
            write(ATTENDANCES, Some(attendances::encode(&self.attendances)))?;
        }
        Ok(number)
    }

    /// Brings the histograms to the configured bounds, and names those that had to start again
    /// because their old buckets cannot be split exactly. Counters are no part of that.
    pub(super) fn rebucket(&mut self, bounds: &Histograms) -> Vec<&'static str> {
        let finished = Arc::make_mut(&mut self.meetings.finished);
        let attendances = Arc::make_mut(&mut self.attendances);
        let mut restarted = Vec::new();
        let mut bring = |name, histogram: &mut Histogram, bounds: &[f64]| {
            *histogram = histogram::rebucket(histogram, bounds).unwrap_or_else(|| {
                restarted.push(name);
                histogram::empty(bounds)
            });
        };
        bring("duration", &mut finished.duration, &bounds.duration);
        bring(
            "participants",
            &mut finished.participants,
            &bounds.participants,
        );
        bring(
            "start_delay",
            &mut finished.start_delay,
            &bounds.start_delay,
        );
        bring("overrun", &mut finished.overrun, &bounds.overrun);
        let peak = &mut attendances.peak_participants;
        bring("peak_participants", peak, &bounds.participants);
        for stays in attendances.stays.values_mut() {
            bring("attendance", &mut stays.length, &bounds.attendance);
        }
        restarted.dedup();
        restarted
    }
}

/// The next free number, given to the application for good.
pub(super) fn allocate(app: &str, transaction: &WriteTransaction) -> Result<u32, StoreError> {
    let mut apps = transaction.open_table(APPS).map_err(failed)?;
    if let Some(number) = apps.get(app).map_err(failed)? {
        return Ok(number.value());
    }
    // No entry is ever taken out, so the numbers run from 0 without a gap.
    let next = u32::try_from(apps.len().map_err(failed)?).unwrap_or(u32::MAX);
    apps.insert(app, next).map_err(failed)?;
    Ok(next)
}

fn encode_origin(since: Date) -> Vec<u8> {
    let mut writer = Writer::new(ORIGIN_VERSION);
    writer.date(since);
    writer.finish()
}

fn decode_origin(bytes: &[u8]) -> Result<Date, Malformed> {
    let mut reader = Reader::new(bytes, ORIGIN_VERSION)?;
    let since = reader.date()?;
    reader.finish()?;
    Ok(since)
}
