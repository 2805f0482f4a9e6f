//! The whole configuration, once checked.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use jiff::civil::Date;

use super::ApiSettings;

/// Everything an operator has configured, with defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where totals are kept between runs; without it they live in memory.
    pub state_dir: Option<PathBuf>,
    /// The local day from which totals are counted; without it, the first day seen.
    pub counters_since: Option<Date>,
    /// Lengths, in local days, of the windows that end today; ascending, each from 1 to 366.
    pub windows: Vec<u16>,
    /// Calls to the vendor under way at once, all applications together; from 1 to 10,000.
    pub concurrency: usize,
    /// Series of all applications together.
    pub max_series: usize,
    /// The applications to watch, in the order given; names are unique.
    pub apps: Vec<AppSettings>,
}

/// One application: an AppKey and what to collect for it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppSettings {
    /// The `app` label: 1 to 64 of letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// Constant labels for this application's series: valid label names, none that the exporter
    /// itself uses.
    pub labels: BTreeMap<String, String>,
    /// How to reach the vendor for this application.
    pub api: ApiSettings,
    /// What to collect, and how often.
    pub collectors: CollectorSettings,
    /// Bucket bounds.
    pub histograms: Histograms,
    /// Series of this application.
    pub max_series: usize,
}

/// What to collect; a collector that is off is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorSettings {
    /// Meetings and people in right now.
    pub realtime: Option<RealtimeSettings>,
    /// Figures by local day, and the totals made of them.
    pub daily: Option<DailySettings>,
    /// Meetings that are over, from the list endpoint.
    pub meetings: Option<MeetingsSettings>,
    /// Attendances, from the detail endpoint: a call for every meeting.
    pub details: Option<DetailsSettings>,
}

/// The `realtime` collector's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealtimeSettings {
    /// From one start of a run to the next; at least 100 ms.
    pub interval: Duration,
    /// The age at which a figure is no longer shown.
    pub stale_after: Duration,
}

/// The `daily` collector's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailySettings {
    /// From one start of a run to the next; at least 100 ms.
    pub interval: Duration,
    /// The age at which a figure is no longer shown.
    pub stale_after: Duration,
    /// The most local days asked for in one call; from 1 to 366.
    pub max_range: u16,
    /// How many closed local days are still read again for late changes; from 1 to 366.
    pub settle: u16,
}

/// The `meetings` collector's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingsSettings {
    /// From one start of a run to the next; at least 100 ms.
    pub interval: Duration,
    /// The age at which a figure is no longer shown.
    pub stale_after: Duration,
    /// How far back a deep sweep reads.
    pub lookback: Duration,
    /// How far back every run reads; at most `lookback`.
    pub hot_window: Duration,
    /// From one deep sweep to the next.
    pub sweep_interval: Duration,
    /// Meetings asked for per page; from 1 to 100.
    pub page_size: u16,
}

/// The `details` collector's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsSettings {
    /// From one start of a run to the next; at least 100 ms.
    pub interval: Duration,
    /// Calls for details in a minute; from 1 to 6,000.
    pub max_per_minute: u32,
    /// How long a meeting's detail is tried for before it is given up.
    pub give_up_after: Duration,
}

/// Bucket bounds of an application's histograms, ascending, without `+Inf`; 1 to 100 of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Histograms {
    /// Seconds a meeting lasted.
    pub duration: Vec<f64>,
    /// People in a meeting.
    pub participants: Vec<f64>,
    /// Seconds between the reserved and the real start.
    pub start_delay: Vec<f64>,
    /// Seconds between the reserved and the real end.
    pub overrun: Vec<f64>,
    /// Seconds one person stayed.
    pub attendance: Vec<f64>,
}
