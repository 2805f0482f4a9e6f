//! What is known of one application now: plain data, replaced whole.
//!
//! A figure carries when it was read and how long it may be shown. Nobody removes a stale figure;
//! it is simply no longer [`Reading::fresh`].

mod board;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{civil::Date, tz::TimeZone};

pub use self::board::{Board, SnapshotCell};
use crate::clock::Moment;

/// A value, when it was read, and how old it may get.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// The value.
    pub value: T,
    /// When the call that brought it was sent off.
    pub read_at: Moment,
    /// The age at which it is no longer shown.
    pub stale_after: Duration,
}

impl<T> Reading<T> {
    /// The value, unless it is too old to be shown.
    #[must_use]
    pub fn fresh(&self, now: &Moment) -> Option<&T> {
        (now.since(&self.read_at) < self.stale_after).then_some(&self.value)
    }
}

/// The collectors, by the names used in labels, logs and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CollectorName {
    /// Meetings and people in right now.
    Realtime,
    /// Figures by local day, and the totals made of them.
    Daily,
    /// Meetings that are over.
    Meetings,
    /// Attendances.
    Details,
}

impl CollectorName {
    /// Every collector.
    pub const ALL: [Self; 4] = [Self::Realtime, Self::Daily, Self::Meetings, Self::Details];

    /// The name in labels, logs and settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Daily => "daily",
            Self::Meetings => "meetings",
            Self::Details => "details",
        }
    }

    /// The collector of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// Everything known of one application at one moment.
#[derive(Debug, Clone)]
pub struct AppSnapshot {
    /// The `app` label.
    pub app: Arc<str>,
    /// Constant labels for this application's series.
    pub labels: Arc<BTreeMap<String, String>>,
    /// The zone of the vendor's days.
    pub timezone: TimeZone,
    /// Lengths of the windows to show, in local days.
    pub windows: Arc<[u16]>,
    /// The enabled collectors and how they fare, in the order of [`CollectorName`].
    pub collectors: Vec<CollectorState>,
    /// Meetings and people in right now.
    pub realtime: Option<Reading<Realtime>>,
    /// Figures by local day.
    pub daily: Option<Reading<Daily>>,
    /// Totals over days; they stay true however old they are.
    pub totals: Option<Totals>,
    /// Meetings that are over; counters stay true however old they are.
    pub finished: Option<Arc<Finished>>,
    /// What the list says of single days.
    pub listed: Option<Reading<Listed>>,
    /// Attendances; counters stay true however old they are.
    pub attendances: Option<Arc<Attendances>>,
    /// What is not to be shown, because it would be too many series.
    pub withheld: Withheld,
}

/// Optional families that are kept out of the exposition, in an order that is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Withheld {
    /// How many steps of that order.
    pub steps: u8,
    /// How many series they are.
    pub series: usize,
}

impl AppSnapshot {
    /// Whether the last run of every enabled collector succeeded, and none is overdue.
    #[must_use]
    pub fn is_up(&self, now: &Moment) -> bool {
        self.collectors
            .iter()
            .all(|collector| collector.is_good(now))
    }

    /// Whether every enabled collector has had a first run, good or bad.
    #[must_use]
    pub fn had_first_round(&self) -> bool {
        self.collectors
            .iter()
            .all(|collector| collector.last_run.is_some())
    }

    /// How the two endpoints agree about the last day that is over, where both are known; a field
    /// is `None` where the list's sum is 0.
    #[must_use]
    pub fn consistency(&self, now: &Moment) -> Option<Consistency> {
        let sums = self.listed.as_ref()?.fresh(now)?.sums?;
        let figures = self.daily.as_ref()?.fresh(now)?.days.get(&sums.day)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a ratio, of figures far below 2^53"
        )]
        let ratio = |daily: u64, listed: u64| (listed > 0).then(|| daily as f64 / listed as f64);
        Some(Consistency {
            meetings: ratio(figures.meetings, sums.meetings),
            duration: ratio(figures.duration_ms, sums.duration_ms),
            participants: ratio(figures.participants, sums.participants),
        })
    }

    /// The state of one collector, if it is enabled.
    pub fn collector_mut(&mut self, name: CollectorName) -> Option<&mut CollectorState> {
        self.collectors
            .iter_mut()
            .find(|collector| collector.name == name)
    }
}

/// How a collector fares.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectorState {
    /// Which one.
    pub name: CollectorName,
    /// From one start of a run to the next.
    pub interval: Duration,
    /// The age of the last success at which the collector counts as failed whatever it said.
    pub stale_after: Duration,
    /// The last run; none before the first one ended.
    pub last_run: Option<Run>,
    /// When the last successful run began.
    pub last_success: Option<Moment>,
}

impl CollectorState {
    /// Whether the last run succeeded, and is not too long ago.
    #[must_use]
    pub fn is_good(&self, now: &Moment) -> bool {
        let succeeded = self
            .last_run
            .as_ref()
            .is_some_and(|run| run.error.is_none());
        let recent = self
            .last_success
            .is_some_and(|success| now.since(&success) < self.stale_after);
        succeeded && recent
    }
}

/// One run of a collector, after it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// When it began.
    pub started: Moment,
    /// How long it took.
    pub duration: Duration,
    /// What went wrong, in words for the operator that hold no secret and no person's data.
    pub error: Option<Arc<str>>,
}

/// Meetings and people in right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Realtime {
    /// Meetings in progress.
    pub meetings: u64,
    /// People in them.
    pub participants: u64,
}

/// Figures by local day: every day of a gapless range that ended with the day it was read on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Daily {
    /// The figures of each day.
    pub days: BTreeMap<Date, Figures>,
}

/// The figures of one local day, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Meetings.
    pub meetings: u64,
    /// Summed meeting time, in milliseconds.
    pub duration_ms: u64,
    /// Attendances.
    pub participants: u64,
    /// The most people in at once.
    pub peak_participants: u64,
}

/// Totals over days since counting began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The first local day counted.
    pub since: Date,
    /// Meetings.
    pub meetings: u64,
    /// Summed meeting time, in milliseconds.
    pub duration_ms: u64,
    /// Attendances.
    pub participants: u64,
    /// How often the vendor lowered a figure that had been counted, by field.
    pub corrections: Corrections,
}

/// How often the vendor lowered a figure that had been counted, by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Corrections {
    /// Meetings of a day.
    pub meetings: u64,
    /// Meeting time of a day.
    pub duration: u64,
    /// Attendances of a day.
    pub participants: u64,
}

/// A histogram's state: counts per bucket, and the exact sum in milli-units.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    /// Upper bounds, ascending, without `+Inf`.
    pub bounds: Arc<[f64]>,
    /// Observations in each bucket (not cumulative); one longer than `bounds`, the last for `+Inf`.
    pub counts: Vec<u64>,
    /// Sum of all observations, in thousandths of the unit, so that adding is exact.
    pub sum_milli: u64,
}

/// Meetings that are over.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finished {
    /// Meetings by status and kind (both label values); known pairs stand here from the start.
    pub meetings: BTreeMap<(&'static str, &'static str), u64>,
    /// Seconds a meeting lasted.
    pub duration: Histogram,
    /// People per meeting.
    pub participants: Histogram,
    /// Seconds between the reserved and the real start.
    pub start_delay: Histogram,
    /// Seconds between the reserved and the real end.
    pub overrun: Histogram,
}

/// What the list says of single days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// By day.
    pub days: BTreeMap<Date, ListedDay>,
    /// The sums of the last day that is over, where all of it has been read.
    pub sums: Option<ListSums>,
}

/// The list's own sums over the meetings of one day that took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSums {
    /// The day.
    pub day: Date,
    /// Meetings.
    pub meetings: u64,
    /// Summed meeting time, in milliseconds.
    pub duration_ms: u64,
    /// Attendances.
    pub participants: u64,
}

/// The daily endpoint's figures of one day over the list's own sums: far from 1 means that units
/// or coverage are off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Consistency {
    /// Meetings.
    pub meetings: Option<f64>,
    /// Meeting time.
    pub duration: Option<f64>,
    /// Attendances.
    pub participants: Option<f64>,
}

/// What the list says of one day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedDay {
    /// Distinct hosts.
    pub hosts: u64,
    /// Meetings by status (label value).
    pub meetings: BTreeMap<&'static str, u64>,
}

/// The stays of one client type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stays {
    /// How many there were. The histogram may tell of fewer: it begins again where its buckets
    /// cannot follow other bounds, and a counter may not.
    pub count: u64,
    /// How long they were.
    pub length: Histogram,
}

/// Attendances, from details.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attendances {
    /// Stays by client type (label value).
    pub stays: BTreeMap<&'static str, Stays>,
    /// The real peak of people in at once, per meeting.
    pub peak_participants: Histogram,
    /// Finished meetings whose detail has not been read yet.
    pub pending: u64,
    /// Meetings whose detail was given up or is gone, by reason (label value).
    pub skipped: BTreeMap<&'static str, u64>,
}
