//! The rule of attendances: how long each stayed, and how many were in at once.
//!
//! The vendor's times are whole seconds and not always complete. The readings taken:
//!
//! - **Stay**: from coming in to leaving. Where one of the two is missing, the stay's own duration
//!   says where the other end is, and where that is missing too, the meeting's real start or end
//!   does. With neither time, the duration alone counts and the stay cannot be placed. A stay that
//!   would end before it began has length zero. Every entry is one attendance, whatever it lacks.
//! - **Peak**: a stay covers the seconds from coming in up to, but without, leaving. Somebody who
//!   leaves and comes back (or another who comes in) within the same second is therefore not two
//!   people, and a stay of zero seconds, or one that cannot be placed, is not in the peak. Stays
//!   that overlap count each, also where one person is in from two devices.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    codec::{Malformed, Reader, Writer},
    histogram,
    options::AppOptions,
};
use crate::{
    api::{Attendance, ClientType, Meeting, MeetingDetail},
    snapshot::{Attendances, Histogram, Stays},
};

/// Version 1 had no count beside the buckets: it was their sum.
const VERSION: u8 = 2;

/// The reason in the counter of skipped meetings: the vendor no longer knows the meeting.
pub(super) const GONE: &str = "gone";
/// The reason in the counter of skipped meetings: its detail could not be read in time.
pub(super) const GIVEN_UP: &str = "given_up";

/// Nothing counted yet; every client type and reason stands there with zero.
pub(super) fn empty(options: &AppOptions) -> Attendances {
    Attendances {
        stays: ClientType::ALL
            .into_iter()
            .map(|client| {
                let length = histogram::empty(&options.histograms.attendance);
                (client.as_str(), Stays { count: 0, length })
            })
            .collect(),
        peak_participants: histogram::empty(&options.histograms.participants),
        pending: 0,
        skipped: BTreeMap::from([(GONE, 0), (GIVEN_UP, 0)]),
    }
}

/// Adds one meeting's attendances and its peak.
pub(super) fn add(attendances: &mut Attendances, detail: &MeetingDetail) {
    for member in &detail.members {
        let length = Stay::of(&detail.meeting, member).length;
        let milli = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        if let Some(stays) = attendances.stays.get_mut(member.client_type.as_str()) {
            stays.count = stays.count.saturating_add(1);
            histogram::observe(&mut stays.length, milli);
        }
    }
    histogram::observe(
        &mut attendances.peak_participants,
        peak(detail).saturating_mul(1000),
    );
}

/// The most people in at once.
pub(super) fn peak(detail: &MeetingDetail) -> u64 {
    let mut changes = Vec::with_capacity(detail.members.len() * 2);
    for member in &detail.members {
        if let Some((joined, left)) = Stay::of(&detail.meeting, member).placed {
            changes.push((joined, true));
            changes.push((left, false));
        }
    }
    // Within one second, those who leave (false) come before those who come in (true).
    changes.sort_unstable();
    let mut inside = 0_u64;
    let mut most = 0;
    for (_, comes_in) in changes {
        inside = if comes_in {
            inside + 1
        } else {
            inside.saturating_sub(1)
        };
        most = most.max(inside);
    }
    most
}

/// One stay, with what was missing filled in.
struct Stay {
    /// From when to when; none for a stay of no length, or that cannot be placed.
    placed: Option<(Timestamp, Timestamp)>,
    length: Duration,
}

impl Stay {
    fn of(meeting: &Meeting, member: &Attendance) -> Self {
        let joined = member
            .joined
            .or_else(|| match (member.left, member.duration) {
                (Some(left), Some(duration)) => earlier(left, duration),
                (Some(_), None) => meeting.real_start,
                (None, _) => None,
            });
        let left = member.left.or_else(|| match (joined, member.duration) {
            (Some(joined), Some(duration)) => later(joined, duration),
            (Some(_), None) => end(meeting),
            (None, _) => None,
        });
        match (joined, left) {
            (Some(joined), Some(left)) if joined < left => Self {
                placed: Some((joined, left)),
                length: left.duration_since(joined).unsigned_abs(),
            },
            (Some(_), Some(_)) => Self::unplaced(Duration::ZERO),
            _ => Self::unplaced(member.duration.unwrap_or_default()),
        }
    }

    fn unplaced(length: Duration) -> Self {
        Self {
            placed: None,
            length,
        }
    }
}

fn end(meeting: &Meeting) -> Option<Timestamp> {
    meeting
        .real_end
        .or_else(|| later(meeting.real_start?, meeting.duration?))
}

fn later(moment: Timestamp, by: Duration) -> Option<Timestamp> {
    moment.checked_add(by).ok()
}

fn earlier(moment: Timestamp, by: Duration) -> Option<Timestamp> {
    moment.checked_sub(SignedDuration::try_from(by).ok()?).ok()
}

/// As a record.
pub(super) fn encode(attendances: &Attendances) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.length(attendances.stays.len());
    for (client, stays) in &attendances.stays {
        writer.text(client);
        writer.number(stays.count);
        histogram::encode(&stays.length, &mut writer);
    }
    histogram::encode(&attendances.peak_participants, &mut writer);
    writer.number(attendances.pending);
    writer.length(attendances.skipped.len());
    for (reason, count) in &attendances.skipped {
        writer.text(reason);
        writer.number(*count);
    }
    writer.finish()
}

/// From a record of any version there was; labels that it lacks stand there as in `empty`.
pub(super) fn decode(bytes: &[u8], empty: Attendances) -> Result<Attendances, Malformed> {
    let mut attendances = empty;
    let (version, mut reader) = Reader::of(bytes, 1..=VERSION)?;
    for _ in 0..reader.length()? {
        let client = reader.text()?;
        let count = match version {
            1 => None,
            _ => Some(reader.number()?),
        };
        let length: Histogram = histogram::decode(&mut reader)?;
        let count = count.unwrap_or_else(|| histogram::count(&length));
        *attendances.stays.get_mut(client).ok_or(Malformed)? = Stays { count, length };
    }
    attendances.peak_participants = histogram::decode(&mut reader)?;
    attendances.pending = reader.number()?;
    for _ in 0..reader.length()? {
        let reason = reader.text()?;
        *attendances.skipped.get_mut(reason).ok_or(Malformed)? = reader.number()?;
    }
    reader.finish()?;
    Ok(attendances)
}

#[cfg(test)]
mod tests;
