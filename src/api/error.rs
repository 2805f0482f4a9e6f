//! Why a call failed, in a closed set of kinds.

mod build;
mod code;
mod hint;
mod kind;

use std::{fmt, sync::Arc, time::Duration};

use jiff::SignedDuration;
use reqwest::StatusCode;

pub(super) use self::code::OK_LABEL;
pub use self::{
    build::BuildError,
    code::{VendorCode, code_labels},
    kind::{ErrorKind, TlsCause},
};
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
///
/// Its `Display` is the operator's one line: who, what, why, the vendor's `requestId`, and what to
/// do about it. It holds no secret, no body, and no person's data.
#[derive(Debug)]
pub struct ApiError {
    /// The application's configured name.
    pub app: Arc<str>,
    /// What was asked.
    pub endpoint: Endpoint,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status of the failed answer, where there was one.
    pub(super) http_status: Option<StatusCode>,
    /// The vendor's `requestId`, where it gave one.
    pub request_id: Option<Box<str>>,
    /// Our clock minus the vendor's, as the failed answer's `Date` header shows it.
    pub clock_skew: Option<SignedDuration>,
    /// How long the vendor asked us to wait (`Retry-After`), where it did.
    pub retry_after: Option<Duration>,
    /// How many attempts were made.
    pub attempts: u32,
}

impl ApiError {
    /// A call of `app` that failed in its first attempt, with nothing else known about it.
    #[must_use]
    pub fn new(app: &str, endpoint: Endpoint, kind: ErrorKind) -> Self {
        Self {
            app: app.into(),
            endpoint,
            kind,
            http_status: None,
            request_id: None,
            clock_skew: None,
            retry_after: None,
            attempts: 1,
        }
    }

    /// The HTTP status of the failed answer, where there was one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.http_status.map(|status| status.as_u16())
    }

    /// Whether it is worth trying again.
    #[must_use]
    pub fn class(&self) -> Class {
        self.kind.class()
    }

    /// Whether the vendor says that there is no such meeting (code 2000).
    #[must_use]
    pub fn is_no_such_meeting(&self) -> bool {
        matches!(self.kind, ErrorKind::Vendor { code, .. } if code == VendorCode::new(2000))
    }

    /// Whether the same call about another meeting may well succeed: what failed is the answer
    /// about this one, not the way to the vendor nor our right to ask.
    #[must_use]
    pub fn concerns_one_meeting(&self) -> bool {
        match &self.kind {
            ErrorKind::Decode { .. } | ErrorKind::TooLarge { .. } => true,
            ErrorKind::Vendor { code, .. } => matches!(code.number(), 300 | 301 | 303 | 501 | 2000),
            _ => false,
        }
    }

    /// What went wrong, without who and what was asked: the same failure gives the same text
    /// each time, so a change of this text is a change of state.
    #[must_use]
    pub fn reason(&self) -> String {
        self.kind.to_string()
    }

    /// What the operator can do about it, in one clause.
    #[must_use]
    pub fn hint(&self) -> String {
        hint::hint(self)
    }

    /// What is known besides: HTTP status, `requestId`, wait asked for, attempts.
    fn circumstances(&self) -> Vec<String> {
        let shown_by_kind = matches!(self.kind, ErrorKind::Http { .. });
        let status = self
            .http_status()
            .filter(|status| !shown_by_kind && *status != 200);
        let status = status.map(|status| format!("HTTP status {status}"));
        let request = self.request_id.as_ref();
        let request = request.map(|id| format!("request id {id}"));
        let wait = self.retry_after;
        let wait = wait.map(|wait| format!("asked to wait {} s", wait.as_secs()));
        let attempts = (self.attempts > 1).then(|| format!("{} attempts", self.attempts));
        [status, request, wait, attempts]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            app,
            endpoint,
            kind,
            ..
        } = self;
        write!(f, "application {app:?}: endpoint {endpoint}: {kind}")?;
        let circumstances = self.circumstances();
        if !circumstances.is_empty() {
            write!(f, " ({})", circumstances.join(", "))?;
        }
        write!(f, "; {}", self.hint())
    }
}

// The kind is part of the line above, so it is not a source as well.
impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests;
