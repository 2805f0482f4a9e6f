//! The queue of meetings whose detail is to be read.
//!
//! A meeting is queued in the transaction that counts it, and taken off in the one that adds its
//! attendances: a crash between any two steps neither loses nor doubles one. Failures are not
//! written down; the queue is handed out in a circle, so that one meeting that keeps failing holds
//! up no other, until its time is over.

use std::{ops::Bound, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use redb::{Database, ReadableDatabase};

use super::{
    attendances,
    error::{StoreError, failed},
    file::QUEUE,
    meeting_key::MeetingKey,
    options::AppOptions,
    state::AppState,
};
use crate::api::{MeetingDetail, MeetingUniqueId};

/// A meeting whose detail is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDetail {
    id: MeetingUniqueId,
    queued_at: i64,
}

impl PendingDetail {
    /// Which one.
    #[must_use]
    pub fn id(&self) -> &MeetingUniqueId {
        &self.id
    }

    pub(super) fn entry(&self) -> Entry {
        (self.queued_at, MeetingKey::of(&self.id))
    }
}

/// What became of a meeting's detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailOutcome {
    /// It was read.
    Read(Box<MeetingDetail>),
    /// The vendor no longer knows the meeting (code 2000).
    Gone,
}

/// A place in the queue: the second it was queued, and which meeting.
pub(super) type Entry = (i64, MeetingKey);

/// The entries after `cursor`, and then from the beginning; at most `most`, and none twice.
pub(super) fn next(
    database: &Database,
    app: Option<u32>,
    cursor: Option<&PendingDetail>,
    most: usize,
) -> Result<Vec<PendingDetail>, StoreError> {
    let Some(app) = app else {
        return Ok(Vec::new());
    };
    let transaction = database.begin_read().map_err(failed)?;
    let queue = transaction.open_table(QUEUE).map_err(failed)?;
    let first = (app, i64::MIN, &[][..]);
    let end = Bound::Excluded((app.saturating_add(1), i64::MIN, &[][..]));
    let cursor = cursor.map(PendingDetail::entry);
    let cursor = cursor
        .as_ref()
        .map(|(second, key)| (app, *second, key.as_bytes()));

    let (after, before) = match cursor {
        Some(cursor) => (Bound::Excluded(cursor), Bound::Included(cursor)),
        None => (Bound::Included(first), Bound::Excluded(first)),
    };
    let mut next = Vec::new();
    for range in [(after, end), (Bound::Included(first), before)] {
        for entry in queue.range::<(u32, i64, &[u8])>(range).map_err(failed)? {
            if next.len() >= most {
                return Ok(next);
            }
            let (key, ()) = entry
                .map(|(key, value)| (key, value.value()))
                .map_err(failed)?;
            let (_, queued_at, id) = key.value();
            // A key that is no id can only come from a damaged file; its checksums say it is not.
            if let Some(id) = MeetingKey::id(id) {
                next.push(PendingDetail { id, queued_at });
            }
        }
    }
    Ok(next)
}

/// The entries that were queued too long ago.
pub(super) fn overdue(
    database: &Database,
    app: Option<u32>,
    now: Timestamp,
    options: &AppOptions,
) -> Result<Vec<Entry>, StoreError> {
    let (Some(app), Some(give_up_after)) = (app, options.give_up_after) else {
        return Ok(Vec::new());
    };
    let patience = SignedDuration::try_from(give_up_after).unwrap_or(SignedDuration::MAX);
    let limit = now.as_second().saturating_sub(patience.as_secs());
    let transaction = database.begin_read().map_err(failed)?;
    let queue = transaction.open_table(QUEUE).map_err(failed)?;
    let range = (app, i64::MIN, &[][..])..(app, limit, &[][..]);
    let mut overdue = Vec::new();
    for entry in queue.range::<(u32, i64, &[u8])>(range).map_err(failed)? {
        let (key, _) = entry.map_err(failed)?;
        let (_, queued_at, id) = key.value();
        if let Some(id) = MeetingKey::id(id) {
            overdue.push((queued_at, MeetingKey::of(&id)));
        }
    }
    Ok(overdue)
}

/// Whether an entry is still there.
pub(super) fn is_queued(
    database: &Database,
    app: Option<u32>,
    (second, key): &Entry,
) -> Result<bool, StoreError> {
    let Some(app) = app else {
        return Ok(false);
    };
    let transaction = database.begin_read().map_err(failed)?;
    let queue = transaction.open_table(QUEUE).map_err(failed)?;
    let entry = queue.get((app, *second, key.as_bytes())).map_err(failed)?;
    Ok(entry.is_some())
}

/// Notes that meetings were queued.
pub(super) fn queued(state: &mut AppState, count: usize) {
    if count > 0 {
        let attendances = Arc::make_mut(&mut state.attendances);
        attendances.pending += u64::try_from(count).unwrap_or(u64::MAX);
    }
}

/// Notes that meetings are given up, and answers how many.
pub(super) fn give_up(state: &mut AppState, overdue: &[Entry]) -> u64 {
    let count = u64::try_from(overdue.len()).unwrap_or(u64::MAX);
    if count > 0 {
        skip(state, attendances::GIVEN_UP, count);
    }
    count
}

/// Notes what became of one detail.
pub(super) fn record(state: &mut AppState, outcome: &DetailOutcome) {
    match outcome {
        DetailOutcome::Gone => skip(state, attendances::GONE, 1),
        DetailOutcome::Read(detail) => {
            let attendances = Arc::make_mut(&mut state.attendances);
            attendances.pending = attendances.pending.saturating_sub(1);
            attendances::add(attendances, detail);
        }
    }
}

fn skip(state: &mut AppState, reason: &'static str, count: u64) {
    let attendances = Arc::make_mut(&mut state.attendances);
    attendances.pending = attendances.pending.saturating_sub(count);
    *attendances.skipped.entry(reason).or_default() += count;
}
