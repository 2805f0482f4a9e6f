//! How to reach the vendor, and how to read what it answers.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use secrecy::SecretString;

/// Everything the API client of one application needs to know.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The application's configured name, for error messages and logs.
    pub app: String,
    /// Scheme, host, optional port and optional path of a gateway, without a trailing slash, user,
    /// query or fragment; plain `http` only to loopback unless `allow_insecure_http` was set.
    pub host: String,
    /// The paths of the four endpoints, each with a leading slash.
    pub paths: Paths,
    /// The application's public key.
    pub app_key: String,
    /// The application's secret: signs every call.
    pub app_secret: SecretString,
    /// The account on whose behalf calls are made.
    pub account_id: String,
    /// The zone of the vendor's days and of the times in `list` and `detail`.
    pub timezone: TimeZone,
    /// The limit of one attempt, from connecting to the last byte of the body.
    pub timeout: Duration,
    /// How fast this application may call.
    pub rate_limit: RateLimit,
    /// How often and how patiently a failed call is tried again.
    pub retry: Retry,
    /// Whether the `AppSecret` header, which the contract lists, is sent.
    pub send_app_secret: bool,
    /// The largest body accepted, in bytes, before and after decompression.
    pub max_body_bytes: usize,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// An HTTP, HTTPS or SOCKS5 proxy's URL; it can hold a password.
    pub proxy: Option<SecretString>,
    /// The unit of the daily endpoint's `meetingDuration`.
    pub duration_unit: DurationUnit,
    /// What the list endpoint's status numbers mean.
    pub status_names: StatusNames,
}

/// The paths of the four endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Meetings and people in right now.
    pub realtime: String,
    /// Figures by local day.
    pub daily: String,
    /// Meetings, paged.
    pub list: String,
    /// One meeting and who was in it.
    pub detail: String,
}

/// A token bucket: `burst` calls at once, then `requests_per_second`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// Calls per second in the long run; above 0, at most 1,000.
    pub requests_per_second: f64,
    /// Calls that may come at once; from 1 to 10,000.
    pub burst: u32,
}

/// Exponential backoff with full jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, the first included; from 1 to 10.
    pub attempts: u32,
    /// The upper bound of the first pause; doubled for each further one.
    pub base: Duration,
    /// The upper bound of any pause, at least `base`.
    pub max: Duration,
}

/// The unit of the daily endpoint's `meetingDuration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationUnit {
    /// As documented.
    Seconds,
    /// As the document's own sample suggests.
    Milliseconds,
}

/// A meeting's final status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FinalStatus {
    /// It was over, and its number can be used again.
    Ended,
    /// Its number was taken back.
    Recycled,
    /// It was called off.
    Cancelled,
}

impl FinalStatus {
    /// Every final status.
    pub const ALL: [Self; 3] = [Self::Ended, Self::Recycled, Self::Cancelled];

    /// The label value and configuration word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Recycled => "recycled",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What the vendor's status numbers 3, 4 and 5 mean: its documents disagree about 4 and 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusNames(BTreeMap<u8, FinalStatus>);

impl StatusNames {
    /// The given meaning of each number.
    #[must_use]
    pub fn new(names: BTreeMap<u8, FinalStatus>) -> Self {
        Self(names)
    }

    /// What a number means; `None` for a meeting that is not over, and for numbers not documented.
    #[must_use]
    pub fn get(&self, number: u8) -> Option<FinalStatus> {
        self.0.get(&number).copied()
    }

    /// Every number with a final status, ascending, as the list endpoint's `status` wants them.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.keys().copied()
    }
}

impl Default for StatusNames {
    /// As the statistics contract has them: 3 ended, 4 recycled, 5 cancelled.
    fn default() -> Self {
        Self(BTreeMap::from([
            (3, FinalStatus::Ended),
            (4, FinalStatus::Recycled),
            (5, FinalStatus::Cancelled),
        ]))
    }
}
