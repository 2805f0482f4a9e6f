//! Options for tests and fuzz targets.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::AppOptions;
use crate::config::Histograms;

/// Days in UTC, a look-back of a week, details, and few buckets.
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
