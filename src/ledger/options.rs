//! What the ledger must know of an application to count for it.

use std::time::Duration;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::config::Histograms;

/// How to count for one application.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// The first local day to count; `None`: the day of the first answer ever recorded.
    ///
    /// Another day than the one counted from so far starts every counter of the application
    /// afresh, because totals over other days are other totals.
    pub since: Option<Date>,
    /// The zone of the vendor's days.
    pub timezone: TimeZone,
    /// How many closed local days are followed for late changes.
    pub settle_days: u16,
    /// How far back a deep sweep of finished meetings reads.
    pub lookback: Duration,
    /// How long a meeting's detail is tried for; `None`: no details are read.
    pub give_up_after: Option<Duration>,
    /// Bucket bounds.
    pub histograms: Histograms,
}

impl AppOptions {
    /// The local day of a moment.
    pub(super) fn day_of(&self, moment: Timestamp) -> Date {
        self.timezone.to_datetime(moment).date()
    }

    /// The moment a local day begins.
    pub(super) fn start_of(&self, day: Date) -> Timestamp {
        // Where summer time begins at midnight, the day begins an hour later.
        self.timezone
            .to_timestamp(day.at(0, 0, 0, 0))
            .unwrap_or(Timestamp::MIN)
    }
}
