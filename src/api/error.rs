//! Why a call failed, in a closed set of kinds.

use std::time::Duration;

use jiff::SignedDuration;

use super::Endpoint;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same call will fail again until somebody changes something: not retried.
    Permanent,
    /// It may work a little later: retried with backoff.
    Transient,
    /// We were too fast: retried, and the application is slowed down.
    Throttled,
}

/// A failed call, after its last attempt.
#[derive(Debug, thiserror::Error)]
#[error("application {app:?}: endpoint {endpoint}: {kind}")]
pub struct ApiError {
    /// The application's configured name.
    pub app: String,
    /// What was asked.
    pub endpoint: Endpoint,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The vendor's `requestId`, where it gave one.
    pub request_id: Option<String>,
    /// Our clock minus the vendor's, as the failed answer's `Date` header shows it.
    pub clock_skew: Option<SignedDuration>,
    /// How many attempts were made.
    pub attempts: u32,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The vendor answered with an envelope whose code is not 200.
    #[error("the vendor answered code {} ({}): {message:?}", .code.number(), .code.meaning())]
    Vendor {
        /// The envelope's code.
        code: VendorCode,
        /// The envelope's `msg`, shortened; empty where there was none.
        message: String,
    },
    /// The attempt's time limit ran out.
    #[error("no complete answer within {limit:?}")]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// The host's name could not be resolved.
    #[error("the host name could not be resolved: {reason}")]
    Dns {
        /// What the resolver said.
        reason: String,
    },
    /// No connection, or it broke.
    #[error("the connection failed: {reason}")]
    Connect {
        /// What the system said.
        reason: String,
    },
    /// The proxy refused or failed.
    #[error("the proxy failed: {reason}")]
    Proxy {
        /// What the proxy or the system said.
        reason: String,
    },
    /// The TLS handshake failed.
    #[error("the TLS handshake failed: {reason}")]
    Tls {
        /// What the TLS library said.
        reason: String,
    },
    /// An answer without an envelope, and with an HTTP status that says no.
    #[error("HTTP status {status} without the vendor's JSON envelope ({what})")]
    Http {
        /// The HTTP status.
        status: u16,
        /// What the body was instead: its content type and length, never its text.
        what: String,
    },
    /// An answer that is not what the contract says.
    #[error("the answer is not what the contract says: {reason}")]
    Decode {
        /// Which field, and what was wrong with it.
        reason: String,
    },
    /// A body beyond the limit.
    #[error("the answer's body is longer than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// An envelope code other than 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorCode(i64);

impl VendorCode {
    /// A code that is not 200.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// What the vendor's documents call it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self.0 {
            300 => "illegal parameter",
            301 => "empty parameter",
            302 => "illegal header",
            303 => "illegal charset",
            401 => "request failed verification",
            402 => "service not enabled",
            501 => "internal error",
            510 => "too frequent",
            512 => "service busy",
            2000 => "no such meeting",
            4000 => "enterprise service expired",
            4001 => "concurrency limit reached",
            _ => "not documented",
        }
    }
}
