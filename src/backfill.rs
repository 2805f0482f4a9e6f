//! History as OpenMetrics text with timestamps: what the live series would have said, one day at
//! a time.
//!
//! Names and labels are those of the live series, because the very same function writes them.
//!
//! - **Gauges** have one sample a day, in the day's last second: what `/metrics` would have shown
//!   then, had the day's figures been final already.
//! - **Totals** are stairs, because the vendor knows days and nothing smaller: through a day they
//!   say what had been counted when it began, and at its end they rise by what it brought. A stair
//!   has a sample at every full hour of local time, so that any window from one full hour to
//!   another holds whole days, and a second one an eighth of a second later: Prometheus 3 leaves
//!   the first moment of a window out, and would stretch what is left over the missing hour.
//! - **Totals before counting began** are absent, and so are corrections: nobody can know them.

mod stairs;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use self::stairs::Stairs;
use crate::{
    api::{DailyFigures, DayRange},
    catalogue::{self, Family, Group, Kind, by_day},
    clock::{Moment, start_of_day},
    exposition::{Format, encode, families},
    snapshot::{AppSnapshot, Daily, Figures, Reading, Withheld},
};

/// Whose history is written, and of which days.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The `app` label.
    pub app: Arc<str>,
    /// Constant labels of every series.
    pub labels: BTreeMap<String, String>,
    /// The zone of the vendor's days.
    pub timezone: TimeZone,
    /// Lengths of the windows to show, in local days.
    pub windows: Arc<[u16]>,
    /// The first day counted in the totals; without it there are none.
    pub counted_from: Option<Date>,
    /// The days to write.
    pub days: DayRange,
}

impl Subject {
    /// The days whose figures are needed: those to write, those their windows reach back to, and
    /// those counted before them.
    #[must_use]
    pub fn days_needed(&self) -> DayRange {
        let (first, last) = (self.days.first(), self.days.last());
        let before = self.windows.iter().copied().max().unwrap_or_default();
        // Beside the first day stands the day before it.
        let shown = first.saturating_sub(i64::from(before.saturating_sub(1).max(1)).days());
        let counted = self.counted_from.filter(|from| *from <= last);
        let first = shown.min(counted.unwrap_or(shown));
        DayRange::new(first, last).unwrap_or(self.days)
    }
}

/// A history, with every figure that it needs: a few numbers a day.
#[derive(Debug)]
pub struct History {
    days: DayRange,
    stairs: Option<Stairs>,
    /// Everything known; each day's end is a look at it from another moment.
    snapshot: Arc<AppSnapshot>,
}

/// Why a history cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The calendar ends there.
    #[error("the calendar of the zone has no {0}")]
    NoSuchDay(Date),
    /// The text could not be handed on.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl History {
    /// A history of `subject` from the figures of [`Subject::days_needed`].
    #[must_use]
    pub fn new(subject: Subject, figures: impl IntoIterator<Item = (Date, DailyFigures)>) -> Self {
        let days: BTreeMap<Date, Figures> = figures
            .into_iter()
            .map(|(day, figures)| (day, to_snapshot(figures)))
            .collect();
        let stairs = subject
            .counted_from
            .filter(|from| *from <= subject.days.last())
            .map(|from| Stairs::new(from, &subject.days, &days));
        let snapshot = AppSnapshot {
            app: subject.app,
            labels: Arc::new(subject.labels),
            timezone: subject.timezone,
            windows: subject.windows,
            collectors: Vec::new(),
            realtime: None,
            daily: Some(Reading {
                value: Daily { days },
                read_at: at(Timestamp::UNIX_EPOCH),
                stale_after: Duration::from_secs(1),
            }),
            totals: None,
            finished: None,
            listed: None,
            attendances: None,
            withheld: Withheld::default(),
        };
        Self {
            days: subject.days,
            stairs,
            snapshot: Arc::new(snapshot),
        }
    }

    /// Writes all of it. Only the lines of one family of gauges are in memory at a time.
    ///
    /// # Errors
    /// If `out` fails, or the days are at the end of the calendar.
    pub fn write(&mut self, out: &mut impl io::Write) -> Result<(), HistoryError> {
        for family in told() {
            if family.kind == Kind::Counter {
                self.counter(family, out)?;
            } else {
                self.gauge(family, out)?;
            }
        }
        out.write_all(b"# EOF\n")?;
        Ok(out.flush()?)
    }

    /// One sample of each series in every day's last second.
    fn gauge(&mut self, family: &Family, out: &mut impl io::Write) -> Result<(), HistoryError> {
        let mut head = None;
        // The samples of one series stand together, so the days of each are gathered first.
        let mut series: Vec<(String, String)> = Vec::new();
        for day in self.days.days() {
            let last_second = self.end_of(day)? - SignedDuration::from_secs(1);
            let text = self.at(last_second, day, family);
            head.get_or_insert(text.head);
            for (name, value) in text.samples {
                let line = line(&name, &value, last_second);
                match series.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, lines)) => lines.push_str(&line),
                    None => series.push((name, line)),
                }
            }
        }
        if !series.is_empty() {
            out.write_all(head.unwrap_or_default().as_bytes())?;
        }
        for (_, lines) in &series {
            out.write_all(lines.as_bytes())?;
        }
        Ok(())
    }

    /// A sample at every full hour, and its twin, from the beginning of the first day to the end
    /// of the last.
    fn counter(&mut self, family: &Family, out: &mut impl io::Write) -> Result<(), HistoryError> {
        let Some(first) = self.stairs.as_ref().map(Stairs::first) else {
            return Ok(());
        };
        let after = self.days.last().tomorrow();
        let after = after.map_err(|_| HistoryError::NoSuchDay(self.days.last()))?;
        let mut is_first = true;
        for day in DayRange::new(first, after).iter().flat_map(DayRange::days) {
            let begin = self.start_of(day)?;
            let text = self.at(begin, day, family);
            if std::mem::take(&mut is_first) {
                out.write_all(text.head.as_bytes())?;
            }
            let end = if day == after {
                begin + TWIN
            } else {
                self.end_of(day)?
            };
            for (series, value) in &text.samples {
                for hour in hours(begin, end) {
                    out.write_all(line(series, value, hour).as_bytes())?;
                    out.write_all(line(series, value, hour + TWIN).as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// What `/metrics` would have said of one family at a moment of a day.
    fn at(&mut self, moment: Timestamp, day: Date, family: &Family) -> Text {
        let moment = at(moment);
        let snapshot = Arc::make_mut(&mut self.snapshot);
        snapshot.totals = self.stairs.as_ref().and_then(|stairs| stairs.at(day));
        if let Some(daily) = &mut snapshot.daily {
            daily.read_at = moment;
        }
        let mut families = families(std::slice::from_ref(&self.snapshot), &moment);
        families.retain(|found| found.name() == family.name);
        Text::of(&encode(&families, Format::OpenMetrics))
    }

    fn start_of(&self, day: Date) -> Result<Timestamp, HistoryError> {
        start_of_day(day, &self.snapshot.timezone).ok_or(HistoryError::NoSuchDay(day))
    }

    fn end_of(&self, day: Date) -> Result<Timestamp, HistoryError> {
        let next = day.tomorrow().map_err(|_| HistoryError::NoSuchDay(day))?;
        self.start_of(next)
    }
}

/// How long after a sample of a stair its twin stands: a power of two, so that no reader rounds it.
const TWIN: SignedDuration = SignedDuration::from_millis(125);

/// The families that have a history: all that days tell, but for corrections, which only somebody
/// who looked at the time can have seen.
fn told() -> impl Iterator<Item = &'static Family> {
    catalogue::all()
        .filter(|family| family.group == Group::Daily)
        .filter(|family| **family != by_day::UPSTREAM_CORRECTIONS)
}

/// Every full hour from `begin` on, before `end`.
fn hours(begin: Timestamp, end: Timestamp) -> impl Iterator<Item = Timestamp> {
    let hour = SignedDuration::from_hours(1);
    std::iter::successors(Some(begin), move |at| at.checked_add(hour).ok())
        .take_while(move |at| *at < end)
}

/// One family's text, as its heading lines and its samples: series and value.
struct Text {
    head: String,
    samples: Vec<(String, String)>,
}

impl Text {
    fn of(text: &str) -> Self {
        let (head, samples): (Vec<&str>, Vec<&str>) = text
            .lines()
            .filter(|line| *line != "# EOF")
            .partition(|line| line.starts_with('#'));
        let samples = samples
            .iter()
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(series, value)| (series.to_owned(), value.to_owned()));
        Self {
            head: head.iter().flat_map(|line| [*line, "\n"]).collect(),
            samples: samples.collect(),
        }
    }
}

/// A sample with its time, in seconds as OpenMetrics wants it.
fn line(series: &str, value: &str, at: Timestamp) -> String {
    let second = at.as_second();
    match at.subsec_millisecond() {
        0 => format!("{series} {value} {second}\n"),
        millisecond => format!("{series} {value} {second}.{millisecond:03}\n"),
    }
}

fn at(wall: Timestamp) -> Moment {
    Moment {
        wall,
        monotonic: Duration::ZERO,
    }
}

fn to_snapshot(figures: DailyFigures) -> Figures {
    Figures {
        meetings: figures.meetings,
        duration_ms: figures.duration_ms,
        participants: figures.participants,
        peak_participants: figures.peak_participants,
    }
}
