//! The rule of the daily totals: for each local day the highest figure ever seen, summed.
//!
//! Values in, values out; nothing here knows of a store.
//!
//! - A figure is taken for each field on its own. A lower answer changes nothing that was counted;
//!   it adds one correction for each field that is lower *than the answer before it*, so that a
//!   figure that stays lowered is one event and not one for each poll.
//! - Days are followed until the settle window after them has passed. Then a day is *folded*: added
//!   to one base figure and forgotten, so that the ledger stays small. Days fold in order and
//!   without gaps, and what is not folded is asked for again: that is all it takes to catch up after
//!   an outage. An answer for a folded day is ignored, so nothing is ever added twice.
//! - A day folds only when an answer for it came while today was far enough away, and "today" is
//!   believed only once a later day has been seen too (the first one ever at once). A clock that
//!   jumps ahead and back within a day therefore closes no day.
//!
//! Two ledgers with the same first day agree, whenever each started, as long as the vendor only
//! raises a day's figures, and only while the day is open. Where it lowers one, a ledger that saw
//! the higher figure keeps it, and differs from one that did not by at most what was taken back;
//! the corrections counter says that it happened.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::codec::{Malformed, Reader, Writer};
use crate::{
    api::{DailyFigures, DayRange},
    snapshot::{Corrections, Totals},
};

const VERSION: u8 = 1;

/// The totals of one application, and the days that can still change them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayLedger {
    since: Date,
    /// The first day that is not in `base`.
    open_from: Date,
    base: Sums,
    open: BTreeMap<Date, OpenDay>,
    corrections: Corrections,
    /// The latest day called today, and the one that it has confirmed.
    latest: Option<Date>,
    confirmed: Option<Date>,
}

/// A day whose figures can still rise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct OpenDay {
    highest: Sums,
    last: Sums,
    /// Whether an answer came after its settle window had passed.
    settled: bool,
}

/// The three figures that add up over days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sums {
    meetings: u64,
    duration_ms: u64,
    participants: u64,
}

impl DayLedger {
    /// Nothing counted yet, from `since` on.
    pub(super) fn new(since: Date) -> Self {
        Self {
            since,
            open_from: since,
            base: Sums::default(),
            open: BTreeMap::new(),
            corrections: Corrections::default(),
            latest: None,
            confirmed: None,
        }
    }

    /// The days whose figures can still change the totals; none before the first day counted.
    pub(super) fn wanted(&self, today: Date) -> Option<DayRange> {
        DayRange::new(self.open_from, today)
    }

    /// Takes in answers, in any order and any number of times. `today` is the local day on which
    /// the vendor gave them; days after it, days before counting began and folded days are ignored.
    pub(super) fn record(&mut self, today: Date, settle: u16, days: &[(Date, DailyFigures)]) {
        self.move_to(today);
        let settled_before = self
            .confirmed
            .map(|confirmed| confirmed.saturating_sub(jiff::Span::new().days(i64::from(settle))));
        for (day, figures) in days {
            if *day < self.open_from || *day > today {
                continue;
            }
            let answer = Sums::from(figures);
            let is_new = !self.open.contains_key(day);
            let entry = self.open.entry(*day).or_default();
            if !is_new {
                count_corrections(&mut self.corrections, entry.last, answer);
            }
            entry.highest = entry.highest.highest(answer);
            entry.last = answer;
            entry.settled |= settled_before.is_some_and(|limit| *day < limit);
        }
        self.fold();
    }

    fn move_to(&mut self, today: Date) {
        match self.latest {
            None => self.confirmed = Some(today),
            Some(latest) if latest < today => self.confirmed = self.confirmed.max(Some(latest)),
            Some(_) => {}
        }
        self.latest = Some(today);
    }

    fn fold(&mut self) {
        while let Some(entry) = self.open.first_entry() {
            let Ok(next) = entry.key().tomorrow() else {
                return;
            };
            if *entry.key() != self.open_from || !entry.get().settled {
                return;
            }
            self.base = self.base.plus(entry.remove().highest);
            self.open_from = next;
        }
    }

    /// What is counted so far.
    pub(super) fn totals(&self) -> Totals {
        let sums = self
            .open
            .values()
            .fold(self.base, |sums, day| sums.plus(day.highest));
        Totals {
            since: self.since,
            meetings: sums.meetings,
            duration_ms: sums.duration_ms,
            participants: sums.participants,
            corrections: self.corrections,
        }
    }

    /// Whether no day is missing up to the newest one: a total without some of its days would grow
    /// by what happened long before.
    pub(super) fn is_whole(&self) -> bool {
        let recorded = self
            .latest
            .and_then(|last| DayRange::new(self.open_from, last));
        recorded.is_none_or(|range| range.days().all(|day| self.open.contains_key(&day)))
    }

    /// As a record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(VERSION);
        writer.date(self.since);
        writer.date(self.open_from);
        self.base.encode(&mut writer);
        writer.number(self.corrections.meetings);
        writer.number(self.corrections.duration);
        writer.number(self.corrections.participants);
        writer.option(self.latest, Writer::date);
        writer.option(self.confirmed, Writer::date);
        writer.length(self.open.len());
        for (day, entry) in &self.open {
            writer.date(*day);
            entry.highest.encode(&mut writer);
            entry.last.encode(&mut writer);
            writer.byte(u8::from(entry.settled));
        }
        writer.finish()
    }

    /// From a record.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, VERSION)?;
        let mut ledger = Self::new(reader.date()?);
        ledger.open_from = reader.date()?;
        ledger.base = Sums::decode(&mut reader)?;
        ledger.corrections = Corrections {
            meetings: reader.number()?,
            duration: reader.number()?,
            participants: reader.number()?,
        };
        ledger.latest = reader.option(Reader::date)?;
        ledger.confirmed = reader.option(Reader::date)?;
        for _ in 0..reader.length()? {
            let day = reader.date()?;
            let entry = OpenDay {
                highest: Sums::decode(&mut reader)?,
                last: Sums::decode(&mut reader)?,
                settled: reader.byte()? != 0,
            };
            ledger.open.insert(day, entry);
        }
        reader.finish()?;
        Ok(ledger)
    }
}

fn count_corrections(corrections: &mut Corrections, last: Sums, answer: Sums) {
    let lowered = |last: u64, answer: u64| u64::from(answer < last);
    corrections.meetings += lowered(last.meetings, answer.meetings);
    corrections.duration += lowered(last.duration_ms, answer.duration_ms);
    corrections.participants += lowered(last.participants, answer.participants);
}

impl Sums {
    fn highest(self, other: Self) -> Self {
        Self {
            meetings: self.meetings.max(other.meetings),
            duration_ms: self.duration_ms.max(other.duration_ms),
            participants: self.participants.max(other.participants),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            meetings: self.meetings.saturating_add(other.meetings),
            duration_ms: self.duration_ms.saturating_add(other.duration_ms),
            participants: self.participants.saturating_add(other.participants),
        }
    }

    fn encode(self, writer: &mut Writer) {
        writer.number(self.meetings);
        writer.number(self.duration_ms);
        writer.number(self.participants);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            meetings: reader.number()?,
            duration_ms: reader.number()?,
            participants: reader.number()?,
        })
    }
}

impl From<&DailyFigures> for Sums {
    fn from(figures: &DailyFigures) -> Self {
        Self {
            meetings: figures.meetings,
            duration_ms: figures.duration_ms,
            participants: figures.participants,
        }
    }
}

#[cfg(test)]
mod tests;
