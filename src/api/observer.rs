//! Who is told of every attempt, as it ends: how metrics are fed without the client knowing them.

use std::{fmt, time::Duration};

use jiff::SignedDuration;

use super::Endpoint;

/// One attempt at a call, after it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt<'a> {
    /// The application's configured name.
    pub app: &'a str,
    /// What was asked.
    pub endpoint: Endpoint,
    /// The outcome's label: an envelope code, or `timeout`, `connect`, `tls`, `http_NNN`, `decode`;
    /// from a bounded set.
    pub code: &'a str,
    /// Whether an earlier attempt at the same call failed.
    pub is_retry: bool,
    /// From the first byte sent to the last received, as seen by us.
    pub duration: Duration,
    /// The vendor's own `costTime`, where it said one.
    pub server_duration: Option<Duration>,
    /// Our clock minus the vendor's, where the answer had a `Date` header.
    pub clock_skew: Option<SignedDuration>,
}

/// Is told what the client does, as it does it.
pub trait Observer: fmt::Debug + Send + Sync {
    /// An attempt ended.
    fn attempt(&self, attempt: &Attempt<'_>);

    /// A call waited for its application's rate limit.
    fn throttled(&self, app: &str, waited: Duration);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn attempt(&self, _: &Attempt<'_>) {}
    fn throttled(&self, _: &str, _: Duration) {}
}
