//! How to reach the vendor, and how to read what it answers.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use secrecy::{ExposeSecret as _, SecretString};

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

impl ApiSettings {
    /// Whether figures read with these settings are figures of the same thing, told in the same
    /// way, as those read with `other`: only how they are fetched may differ.
    #[must_use]
    pub fn reads_the_same_as(&self, other: &Self) -> bool {
        let source = |settings: &Self| {
            let Self {
                host,
                paths,
                app_key,
                account_id,
                timezone,
                duration_unit,
                status_names,
                ..
            } = settings.clone();
            let told = (timezone, duration_unit, status_names);
            (host, paths, app_key, account_id, told)
        };
        source(self) == source(other)
    }
}

/// Every field is named, so that none is forgotten.
impl PartialEq for ApiSettings {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            app,
            host,
            paths,
            app_key,
            app_secret,
            account_id,
            timezone,
            timeout,
            rate_limit,
            retry,
            send_app_secret,
            max_body_bytes,
            ca_file,
            proxy,
            duration_unit,
            status_names,
        } = self;
        *app == other.app
            && *host == other.host
            && *paths == other.paths
            && *app_key == other.app_key
            && is_same_secret(Some(app_secret), Some(&other.app_secret))
            && *account_id == other.account_id
            && *timezone == other.timezone
            && *timeout == other.timeout
            && *rate_limit == other.rate_limit
            && *retry == other.retry
            && *send_app_secret == other.send_app_secret
            && *max_body_bytes == other.max_body_bytes
            && *ca_file == other.ca_file
            && is_same_secret(proxy.as_ref(), other.proxy.as_ref())
            && *duration_unit == other.duration_unit
            && *status_names == other.status_names
    }
}

/// Whether two secrets are one, in a time that depends on their lengths alone.
fn is_same_secret(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_none() && other.is_none();
    };
    let (one, other) = (one.expose_secret(), other.expose_secret());
    let pairs = one.bytes().zip(other.bytes());
    let difference = pairs.fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && difference == 0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared_by_their_text() {
        let secret = |text: &str| Some(SecretString::from(text));
        let same = |one: Option<SecretString>, other: Option<SecretString>| {
            is_same_secret(one.as_ref(), other.as_ref())
        };
        assert!(same(None, None));
        assert!(same(secret("hush"), secret("hush")));
        for (one, other) in [
            (secret("hush"), None),
            (None, secret("hush")),
            (secret("hush"), secret("hus")),
            (secret(""), secret("hush")),
            (secret("hush"), secret("Hush")),
        ] {
            assert!(!same(one, other));
        }
    }
}
