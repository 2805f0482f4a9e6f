//! How one application fares.

use std::{collections::BTreeMap, time::Duration};

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{iso_day, seconds, seconds_if_known, time, time_if_known};
use crate::{
    clock::{Moment, local_day},
    snapshot::{AppSnapshot, CollectorState, Figures, Run},
};

/// How one application fares, and its current numbers.
#[derive(Debug, Serialize)]
pub(in crate::web) struct AppStatus<'a> {
    pub(in crate::web) app: &'a str,
    pub(in crate::web) labels: &'a BTreeMap<String, String>,
    /// The zone of its days.
    pub(in crate::web) timezone: Option<&'a str>,
    /// What `netease_meeting_up` says.
    pub(in crate::web) up: bool,
    /// The worst of its collectors' states.
    pub(in crate::web) state: State,
    pub(in crate::web) collectors: Vec<CollectorStatus<'a>>,
    pub(in crate::web) now: Option<Now>,
    pub(in crate::web) today: Option<Day>,
    pub(in crate::web) yesterday: Option<Day>,
    pub(in crate::web) totals: Option<Totals>,
}

/// How a collector fares, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::web) enum State {
    /// Its last run succeeded, and not too long ago.
    Ok,
    /// It has not had its first run.
    Waiting,
    /// Its last success is too long ago.
    Overdue,
    /// Its last run failed.
    Failing,
}

/// How a collector fares, and when it runs.
#[derive(Debug, Serialize)]
pub(in crate::web) struct CollectorStatus<'a> {
    pub(in crate::web) collector: &'static str,
    pub(in crate::web) state: State,
    #[serde(rename = "interval_seconds", serialize_with = "seconds")]
    pub(in crate::web) interval: Duration,
    #[serde(rename = "stale_after_seconds", serialize_with = "seconds")]
    pub(in crate::web) stale_after: Duration,
    /// How long ago the last successful run began.
    #[serde(rename = "data_age_seconds", serialize_with = "seconds_if_known")]
    pub(in crate::web) data_age: Option<Duration>,
    #[serde(rename = "last_success_time", serialize_with = "time_if_known")]
    pub(in crate::web) last_success: Option<Timestamp>,
    /// After how long the next run begins, at the latest: the one after the first comes sooner.
    #[serde(rename = "next_run_seconds", serialize_with = "seconds_if_known")]
    pub(in crate::web) next_run: Option<Duration>,
    pub(in crate::web) last_run: Option<RunStatus<'a>>,
}

/// A run that has ended.
#[derive(Debug, Serialize)]
pub(in crate::web) struct RunStatus<'a> {
    #[serde(rename = "time", serialize_with = "time")]
    started: Timestamp,
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub(in crate::web) duration: Duration,
    pub(in crate::web) error: Option<&'a str>,
}

/// Meetings and people in right now.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Now {
    pub(in crate::web) meetings: u64,
    pub(in crate::web) participants: u64,
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    age: Duration,
}

/// The figures of one local day.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Day {
    #[serde(serialize_with = "iso_day")]
    date: Date,
    pub(in crate::web) meetings: u64,
    pub(in crate::web) participants: u64,
    pub(in crate::web) peak_participants: u64,
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub(in crate::web) duration: Duration,
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    age: Duration,
}

/// Totals over days.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Totals {
    /// The first local day counted.
    #[serde(serialize_with = "iso_day")]
    pub(in crate::web) since: Date,
    pub(in crate::web) meetings: u64,
    pub(in crate::web) participants: u64,
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub(in crate::web) duration: Duration,
}

impl<'a> AppStatus<'a> {
    /// What is known of that application at `now`; what is too old to be shown is not.
    pub(in crate::web) fn of(snapshot: &'a AppSnapshot, now: &Moment) -> Self {
        let collectors: Vec<_> = snapshot
            .collectors
            .iter()
            .map(|collector| CollectorStatus::of(collector, now))
            .collect();
        let worst = collectors.iter().map(|collector| collector.state).max();
        let today = local_day(now.wall, &snapshot.timezone);
        Self {
            app: &snapshot.app,
            labels: &snapshot.labels,
            timezone: snapshot.timezone.iana_name(),
            up: snapshot.is_up(now),
            state: worst.unwrap_or(State::Ok),
            collectors,
            now: current(snapshot, now),
            today: day(snapshot, Some(today), now),
            yesterday: day(snapshot, today.yesterday().ok(), now),
            totals: snapshot.totals.map(|totals| Totals {
                since: totals.since,
                meetings: totals.meetings,
                participants: totals.participants,
                duration: Duration::from_millis(totals.duration_ms),
            }),
        }
    }
}

impl<'a> CollectorStatus<'a> {
    fn of(collector: &'a CollectorState, now: &Moment) -> Self {
        let last_run = collector.last_run.as_ref();
        let left = |run: &Run| collector.interval.saturating_sub(now.since(&run.started));
        Self {
            collector: collector.name.as_str(),
            state: State::of(collector, now),
            interval: collector.interval,
            stale_after: collector.stale_after,
            data_age: collector.last_success.map(|success| now.since(&success)),
            last_success: collector.last_success.map(|success| success.wall),
            next_run: last_run.map(left),
            last_run: last_run.map(|run| RunStatus {
                started: run.started.wall,
                duration: run.duration,
                error: run.error.as_deref(),
            }),
        }
    }
}

impl State {
    fn of(collector: &CollectorState, now: &Moment) -> Self {
        match &collector.last_run {
            None => Self::Waiting,
            Some(run) if run.error.is_some() => Self::Failing,
            Some(_) if collector.is_good(now) => Self::Ok,
            Some(_) => Self::Overdue,
        }
    }

    /// The word for it, which is the style's class too.
    pub(in crate::web) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Waiting => "waiting",
            Self::Overdue => "overdue",
            Self::Failing => "failing",
        }
    }
}

fn current(snapshot: &AppSnapshot, now: &Moment) -> Option<Now> {
    let reading = snapshot.realtime.as_ref()?;
    let figures = reading.fresh(now)?;
    Some(Now {
        meetings: figures.meetings,
        participants: figures.participants,
        age: now.since(&reading.read_at),
    })
}

fn day(snapshot: &AppSnapshot, date: Option<Date>, now: &Moment) -> Option<Day> {
    let reading = snapshot.daily.as_ref()?;
    let date = date?;
    let figures: &Figures = reading.fresh(now)?.days.get(&date)?;
    Some(Day {
        date,
        meetings: figures.meetings,
        participants: figures.participants,
        peak_participants: figures.peak_participants,
        duration: Duration::from_millis(figures.duration_ms),
        age: now.since(&reading.read_at),
    })
}
