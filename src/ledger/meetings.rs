//! The rule of finished meetings: each one once, at the first final status seen.
//!
//! Values in, values out; nothing here knows of a store.
//!
//! - A meeting's **reference** is the moment it was over: its real end, else its real start plus
//!   duration, else (it never took place) its reserved end, reserved start or creation. A meeting
//!   without any time is not counted: there is no telling when it may be forgotten.
//! - Counted is a meeting whose id is not remembered, and whose reference is neither before the
//!   first day counted nor before the **horizon**.
//! - The id is remembered, and with it the latest reference seen, until the horizon has passed that
//!   reference. What is below the horizon is not counted at all, so forgetting an id can never lead
//!   to counting it twice.
//! - The horizon moves only when a deep sweep is complete, and the next sweep begins a look-back
//!   before what the last complete one knew, so that an outage of any length loses nothing. Both
//!   follow the newest *real end the vendor reported* and never the clock alone: a clock that jumps
//!   ahead and back moves nothing. An application without meetings is swept over a range that
//!   grows, and in which there is nothing to read but the last look-back's worth of meetings.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    codec::{Malformed, Reader, Writer},
    histogram,
    meeting_key::MeetingKey,
    options::AppOptions,
};
use crate::{api::Meeting, config::FinalStatus, snapshot::Finished};

const VERSION: u8 = 1;
const SECONDS_PER_DAY: i64 = 86_400;

/// How much longer than the look-back an id is remembered: meetings whose final status shows up to
/// this much late are still counted.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// The kinds of meetings: label values.
const INSTANT: &str = "instant";
const SCHEDULED: &str = "scheduled";

/// What was counted of one application's finished meetings, and up to where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MeetingLedger {
    /// The counters themselves.
    pub(super) finished: Arc<Finished>,
    /// The newest real end reported, and what it was at the end of the last complete sweep.
    newest_end: Option<Timestamp>,
    swept_newest: Option<Timestamp>,
    horizon: Option<Timestamp>,
}

/// A deep sweep: what to read so that no meeting is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    from: Timestamp,
    until: Timestamp,
}

impl Sweep {
    /// Read from here.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Up to here: the moment the sweep was asked for.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// What became of the meetings of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeetingsRecorded {
    /// Counted now.
    pub counted: u64,
    /// Counted before.
    pub known: u64,
    /// Not over, or of a status that is not documented.
    pub not_final: u64,
    /// Over before the first day counted.
    pub before_start: u64,
    /// Over longer ago than ids are remembered for.
    pub too_old: u64,
    /// Without a single time.
    pub undated: u64,
    /// Meetings whose detail was given up in this round.
    pub given_up: u64,
}

/// What a batch is judged by.
#[derive(Debug)]
pub(super) struct Round<'a> {
    /// When the vendor answered.
    pub(super) now: Timestamp,
    /// When counting began.
    pub(super) start: Timestamp,
    /// The ids of the batch that are remembered, with the day they are remembered for.
    pub(super) known: &'a HashMap<MeetingKey, u16>,
    /// Whether details will be read.
    pub(super) details: bool,
}

/// What a batch leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) recorded: MeetingsRecorded,
    /// Ids to remember, with the day to remember them for.
    pub(super) remember: BTreeMap<MeetingKey, u16>,
    /// Meetings whose detail is to be read.
    pub(super) queue: Vec<MeetingKey>,
}

impl MeetingLedger {
    /// Nothing counted yet; every known pair of labels stands there with zero.
    pub(super) fn new(options: &AppOptions) -> Self {
        let bounds = &options.histograms;
        let pairs = FinalStatus::ALL
            .into_iter()
            .flat_map(|status| [INSTANT, SCHEDULED].map(|kind| ((status.as_str(), kind), 0)));
        Self {
            finished: Arc::new(Finished {
                meetings: pairs.collect(),
                duration: histogram::empty(&bounds.duration),
                participants: histogram::empty(&bounds.participants),
                start_delay: histogram::empty(&bounds.start_delay),
                overrun: histogram::empty(&bounds.overrun),
            }),
            newest_end: None,
            swept_newest: None,
            horizon: None,
        }
    }

    /// Takes in meetings, in any order and any number of times.
    pub(super) fn record(&mut self, meetings: &[Meeting], round: &Round<'_>) -> Counted {
        let mut counted = Counted::default();
        for meeting in meetings {
            self.record_one(meeting, round, &mut counted);
        }
        counted
    }

    fn record_one(&mut self, meeting: &Meeting, round: &Round<'_>, counted: &mut Counted) {
        let Some(status) = meeting.status else {
            counted.recorded.not_final += 1;
            return;
        };
        let Some(reference) = reference(meeting) else {
            counted.recorded.undated += 1;
            return;
        };
        if let Some(end) = meeting.real_end {
            self.newest_end = self.newest_end.max(Some(end.min(round.now)));
        }
        let key = MeetingKey::of(&meeting.id);
        let day = day_number(reference);
        let remembered = counted.remember.get(&key).or_else(|| round.known.get(&key));
        if let Some(remembered) = remembered.copied() {
            counted.recorded.known += 1;
            if remembered < day {
                counted.remember.insert(key, day);
            }
        } else if reference < round.start {
            counted.recorded.before_start += 1;
        } else if Some(reference) < self.horizon {
            counted.recorded.too_old += 1;
        } else {
            counted.recorded.counted += 1;
            observe(Arc::make_mut(&mut self.finished), meeting, status);
            if round.details && meeting.took_place() {
                counted.queue.push(key.clone());
            }
            counted.remember.insert(key, day);
        }
    }

    /// What a deep sweep has to read: from `lookback` before the newest end known at the last
    /// complete sweep (before counting began, if none was known), so that an outage leaves no hole.
    pub(super) fn next_sweep(&self, now: Timestamp, start: Timestamp, lookback: Duration) -> Sweep {
        let covered = self.swept_newest.unwrap_or(start).min(now);
        Sweep {
            from: covered
                .saturating_sub(signed(lookback))
                .unwrap_or(Timestamp::MIN),
            until: now,
        }
    }

    /// Notes that everything a sweep had to read has been recorded.
    pub(super) fn finish_sweep(&mut self, sweep: Sweep, lookback: Duration) {
        self.swept_newest = self.newest_end.map(|end| end.min(sweep.until));
        let horizon = self.swept_newest.and_then(|newest| {
            let kept_for = signed(lookback).saturating_add(MARGIN);
            newest.checked_sub(kept_for).ok()
        });
        self.horizon = self.horizon.max(horizon);
    }

    /// Ids remembered for a day before this one can be forgotten.
    pub(super) fn forget_before(&self) -> u16 {
        self.horizon.map_or(0, day_number)
    }

    /// As a record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(VERSION);
        writer.length(self.finished.meetings.len());
        for ((status, kind), count) in &self.finished.meetings {
            writer.text(status);
            writer.text(kind);
            writer.number(*count);
        }
        histogram::encode(&self.finished.duration, &mut writer);
        histogram::encode(&self.finished.participants, &mut writer);
        histogram::encode(&self.finished.start_delay, &mut writer);
        histogram::encode(&self.finished.overrun, &mut writer);
        writer.option(self.newest_end, Writer::second);
        writer.option(self.swept_newest, Writer::second);
        writer.option(self.horizon, Writer::second);
        writer.finish()
    }

    /// From a record; labels that it lacks stand there with zero.
    pub(super) fn decode(bytes: &[u8], options: &AppOptions) -> Result<Self, Malformed> {
        let mut ledger = Self::new(options);
        let finished = Arc::make_mut(&mut ledger.finished);
        let mut reader = Reader::new(bytes, VERSION)?;
        for _ in 0..reader.length()? {
            let (status, kind) = (reader.text()?, reader.text()?);
            let mut pairs = finished.meetings.iter_mut();
            let pair = pairs.find(|(pair, _)| **pair == (status, kind));
            *pair.ok_or(Malformed)?.1 = reader.number()?;
        }
        finished.duration = histogram::decode(&mut reader)?;
        finished.participants = histogram::decode(&mut reader)?;
        finished.start_delay = histogram::decode(&mut reader)?;
        finished.overrun = histogram::decode(&mut reader)?;
        ledger.newest_end = reader.option(Reader::second)?;
        ledger.swept_newest = reader.option(Reader::second)?;
        ledger.horizon = reader.option(Reader::second)?;
        reader.finish()?;
        Ok(ledger)
    }
}

/// When a meeting was over.
fn reference(meeting: &Meeting) -> Option<Timestamp> {
    let from_duration = || {
        let start = meeting.real_start?;
        start.checked_add(meeting.duration.unwrap_or_default()).ok()
    };
    meeting
        .real_end
        .or_else(from_duration)
        .or(meeting.reserved_end)
        .or(meeting.reserved_start)
        .or(meeting.created)
}

fn observe(finished: &mut Finished, meeting: &Meeting, status: FinalStatus) {
    let kind = if meeting.is_scheduled() {
        SCHEDULED
    } else {
        INSTANT
    };
    *finished
        .meetings
        .entry((status.as_str(), kind))
        .or_default() += 1;
    if !meeting.took_place() {
        return;
    }
    let duration = meeting.duration.unwrap_or_default().as_millis();
    let duration = u64::try_from(duration).unwrap_or(u64::MAX);
    histogram::observe(&mut finished.duration, duration);
    let participants = meeting.participants.saturating_mul(1000);
    histogram::observe(&mut finished.participants, participants);
    if let Some(delay) = lateness(meeting.reserved_start, meeting.real_start) {
        histogram::observe(&mut finished.start_delay, delay);
    }
    if let Some(overrun) = lateness(meeting.reserved_end, meeting.real_end) {
        histogram::observe(&mut finished.overrun, overrun);
    }
}

/// How much later than reserved, in milliseconds; early is 0.
fn lateness(reserved: Option<Timestamp>, real: Option<Timestamp>) -> Option<u64> {
    let late = real?.duration_since(reserved?).as_millis();
    Some(u64::try_from(late.max(0)).unwrap_or(u64::MAX))
}

/// The day, counted from 1970 in UTC, within what two bytes can say.
fn day_number(moment: Timestamp) -> u16 {
    let day = moment.as_second().div_euclid(SECONDS_PER_DAY);
    u16::try_from(day.max(0)).unwrap_or(u16::MAX)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
