use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::AppOptions;
use crate::config::Histograms;

mod faults;
mod groups;

/// A moment, in seconds after the tests' own beginning: 2024-03-01 00:00 UTC.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_second(1_709_251_200).unwrap()
        + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}

pub(super) fn options() -> AppOptions {
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
