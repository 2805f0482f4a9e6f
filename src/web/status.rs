//! How everything fares, as the page for people and the one for programs both tell it.
//!
//! The JSON has the shape that `docs/status-api.md` promises: what is not known is `null`, an age is
//! in seconds, and keys are only ever added.

mod app;

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::Date};
use serde::{Serialize, Serializer};

pub(super) use self::app::{AppStatus, CollectorStatus, State};
use crate::{clock::Moment, snapshot::AppSnapshot};

/// How everything fares at one moment.
#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    pub(super) version: &'static str,
    pub(super) revision: &'static str,
    pub(super) rust_version: &'static str,
    #[serde(serialize_with = "time")]
    pub(super) time: Timestamp,
    #[serde(rename = "uptime_seconds", serialize_with = "seconds")]
    pub(super) uptime: Duration,
    /// How many applications there are.
    pub(super) applications: usize,
    /// How many of them are up.
    pub(super) applications_up: usize,
    /// In the order in which they are configured.
    pub(super) apps: Vec<AppStatus<'a>>,
}

impl<'a> Status<'a> {
    /// What is known of these applications at `now`, by an exporter that began at `started`.
    pub(super) fn of(snapshots: &'a [Arc<AppSnapshot>], now: &Moment, started: &Moment) -> Self {
        let apps: Vec<_> = snapshots
            .iter()
            .map(|snapshot| AppStatus::of(snapshot, now))
            .collect();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            revision: env!("BUILD_REVISION"),
            rust_version: env!("BUILD_RUSTVERSION"),
            time: now.wall,
            uptime: now.since(started),
            applications: apps.len(),
            applications_up: apps.iter().filter(|app| app.up).count(),
            apps,
        }
    }

    /// The same as JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        #[expect(
            clippy::expect_used,
            reason = "maps with text as keys, and numbers, are JSON"
        )]
        serde_json::to_vec(self).expect("a status is JSON")
    }
}

/// Seconds with milliseconds.
fn seconds<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact for 285,000 years in milliseconds"
    )]
    serializer.serialize_f64(length.as_millis() as f64 / 1000.0)
}

/// The same where there may be none.
fn seconds_if_known<S: Serializer>(
    length: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match length {
        Some(length) => seconds(length, serializer),
        None => serializer.serialize_none(),
    }
}

/// A moment as RFC 3339 has it, to the millisecond.
fn time<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// The same where there may be none.
fn time_if_known<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// A day as ISO 8601 has it.
fn iso_day<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
