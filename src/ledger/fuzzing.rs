//! Entries for the fuzz targets, compiled into nothing else: records as bytes.

use super::{
    Malformed, attendances, days::DayLedger, meeting_key::MeetingKey, meetings::MeetingLedger,
    testing::options,
};

/// The kinds of record there are.
#[derive(Debug, Clone, Copy)]
pub enum Record {
    /// Figures by day.
    Days,
    /// Finished meetings.
    Meetings,
    /// Attendances.
    Attendances,
    /// A meeting's id.
    Key,
}

/// Reads a record and writes it again, as it would be kept.
///
/// # Errors
/// If the bytes are no record of that kind.
pub fn rewrite(record: Record, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let options = options();
    match record {
        Record::Days => DayLedger::decode(bytes).map(|days| days.encode()),
        Record::Meetings => {
            MeetingLedger::decode(bytes, &options).map(|meetings| meetings.encode())
        }
        Record::Attendances => {
            let empty = attendances::empty(&options);
            attendances::decode(bytes, empty).map(|read| attendances::encode(&read))
        }
        Record::Key => {
            let id = MeetingKey::id(bytes).ok_or(Malformed)?;
            Ok(MeetingKey::of(&id).as_bytes().to_vec())
        }
    }
}
