//! What can go wrong between the vendor and whoever asks it.

mod kind;

use std::{fmt, str::FromStr};

pub use self::kind::{FaultKind, KINDS};
use super::endpoint::{Endpoint, UnknownEndpoint};

/// A fault, how often it strikes, and whom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    rate: f64,
    app: Option<usize>,
    endpoint: Option<Endpoint>,
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseFaultError {
    /// A kind that does not exist.
    #[error("{0:?} is no kind of fault; the kinds are {KINDS}")]
    Kind(String),
    /// A rate that is none.
    #[error("the rate {0:?} is not a number from 0 to 1")]
    Rate(String),
    /// A clock skew without a whole number of seconds.
    #[error("clock-skew needs whole seconds, as in clock-skew:300 or clock-skew:-300:0.5")]
    Skew,
    /// What follows `@`.
    #[error(transparent)]
    Endpoint(#[from] UnknownEndpoint),
}

impl Fault {
    /// A fault that strikes a share `rate` of all answers; a rate beyond 0 to 1 counts as the
    /// nearer of the two.
    #[must_use]
    pub fn new(kind: FaultKind, rate: f64) -> Self {
        Self {
            kind,
            rate: if rate.is_nan() {
                0.0
            } else {
                rate.clamp(0.0, 1.0)
            },
            app: None,
            endpoint: None,
        }
    }

    /// A fault that strikes every answer.
    #[must_use]
    pub fn always(kind: FaultKind) -> Self {
        Self::new(kind, 1.0)
    }

    /// The same, for one application only.
    #[must_use]
    pub fn for_app(self, index: usize) -> Self {
        let app = Some(index);
        Self { app, ..self }
    }

    /// The same, for one endpoint only.
    #[must_use]
    pub fn for_endpoint(self, endpoint: Endpoint) -> Self {
        let endpoint = Some(endpoint);
        Self { endpoint, ..self }
    }

    /// Which way it goes wrong.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Whether it strikes a question whose lot is `lot`, in `[0, 1)`.
    pub(super) fn strikes(&self, app: usize, endpoint: Endpoint, lot: f64) -> bool {
        self.app.is_none_or(|only| only == app)
            && self.endpoint.is_none_or(|only| only == endpoint)
            && lot < self.rate
    }
}

/// `KIND:RATE`, with an optional `@ENDPOINT` behind: `http-503:0.1`, `code-510:1@detail`. The rate
/// is 1 when it is left out; `clock-skew` has its seconds before it.
impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (text, endpoint) = match text.split_once('@') {
            Some((text, endpoint)) => (text, Some(endpoint.parse()?)),
            None => (text, None),
        };
        let (kind, rate) = if let Some(rest) = text.strip_prefix("clock-skew") {
            let rest = rest.strip_prefix(':').ok_or(ParseFaultError::Skew)?;
            let (seconds, rate) = rest.split_once(':').unwrap_or((rest, "1"));
            let seconds = seconds.parse().map_err(|_| ParseFaultError::Skew)?;
            (FaultKind::ClockSkew(seconds), rate)
        } else {
            let (kind, rate) = text.split_once(':').unwrap_or((text, "1"));
            (kind.parse()?, rate)
        };
        let number: f64 = rate
            .parse()
            .ok()
            .filter(|number| (0.0..=1.0).contains(number))
            .ok_or_else(|| ParseFaultError::Rate(rate.to_owned()))?;
        let fault = Self::new(kind, number);
        Ok(Self { endpoint, ..fault })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.rate)?;
        match self.endpoint {
            Some(endpoint) => write!(f, "@{endpoint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn faults_are_written_as_they_are_read() {
        for text in [
            "code-510:0.25",
            "code-99999:1",
            "http-503:0.1@detail",
            "html:1",
            "truncated:1",
            "oversized:1",
            "gzip-bomb:1",
            "hang:0",
            "reset:1",
            "reset-halfway:1",
            "slow-2.5:1",
            "numbers-as-strings:1",
            "empty-strings:1",
            "missing-optional:1",
            "nulls:1",
            "unknown-fields:1",
            "missing-ret:1@daily",
            "list-for-realtime:1",
            "clock-skew:-300:0.5",
            "shifting-pages:1",
            "duplicate-entries:1",
            "page-cap-20:1",
            "lowered-daily:1",
            "milliseconds:1",
        ] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
            let name = text.split(['-', ':']).next().unwrap();
            assert!(KINDS.contains(name), "{name} is not listed");
        }
        let always: Fault = "clock-skew:300".parse().unwrap();
        assert_eq!(always, Fault::always(FaultKind::ClockSkew(300)));
        assert_eq!("slow".parse(), Ok(FaultKind::Slow(Duration::from_secs(5))));
    }

    #[test]
    fn a_bad_fault_says_why() {
        let reason = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert!(
            reason("htlm:1").starts_with("\"htlm\" is no kind of fault; the kinds are code-NNN")
        );
        assert!(reason("http-99:1").contains("no kind of fault"));
        assert!(reason("slow--1:1").contains("no kind of fault"));
        assert!(reason("page-cap-0").contains("no kind of fault"));
        insta::assert_snapshot!(reason("html:2"), @r#"the rate "2" is not a number from 0 to 1"#);
        insta::assert_snapshot!(reason("html:"), @r#"the rate "" is not a number from 0 to 1"#);
        insta::assert_snapshot!(reason("clock-skew"), @"clock-skew needs whole seconds, as in clock-skew:300 or clock-skew:-300:0.5");
        insta::assert_snapshot!(reason("html:1@lst"), @r#""lst" is no endpoint: realtime, daily, list or detail"#);
    }

    #[test]
    fn a_fault_strikes_only_whom_it_is_meant_for() {
        let fault = Fault::new(FaultKind::Html, 0.5)
            .for_app(1)
            .for_endpoint(Endpoint::Daily);
        assert!(fault.strikes(1, Endpoint::Daily, 0.49));
        assert!(!fault.strikes(1, Endpoint::Daily, 0.5));
        assert!(!fault.strikes(0, Endpoint::Daily, 0.0));
        assert!(!fault.strikes(1, Endpoint::List, 0.0));
        assert!(!Fault::new(FaultKind::Html, f64::NAN).strikes(0, Endpoint::List, 0.0));
    }
}
