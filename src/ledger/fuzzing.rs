//! Entries for the fuzz targets, compiled into nothing else: records as bytes.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{
    AppOptions, Malformed, attendances, days::DayLedger, meeting_key::MeetingKey,
    meetings::MeetingLedger,
};
use crate::config::Histograms;

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

fn options() -> AppOptions {
    AppOptions {
        since: None,
        timezone: TimeZone::UTC,
        settle_days: 3,
        lookback: Duration::from_hours(7 * 24),
        give_up_after: Some(Duration::from_hours(24)),
        histograms: Histograms {
            duration: vec![60.0, 600.0, 3600.0],
            participants: vec![1.0, 2.0, 5.0],
            start_delay: vec![0.0, 60.0],
            overrun: vec![0.0, 60.0],
            attendance: vec![60.0, 600.0],
        },
    }
}
