//! The kinds of failure.

use std::{borrow::Cow, time::Duration};

use super::{Class, VendorCode, code::http_label};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The vendor answered with an envelope whose code is not 200.
    #[error("the vendor answered code {} ({}){}", .code.number(), .code.meaning(), said(message))]
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
        /// What that means for the operator.
        cause: TlsCause,
    },
    /// An answer without an envelope, and with an HTTP status that says no.
    #[error("HTTP status {status} without the vendor's JSON envelope: {what}")]
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
        /// The setting that explains it, where one can.
        setting: Option<&'static str>,
    },
    /// A body beyond the limit.
    #[error("the answer's body is longer than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

fn said(message: &str) -> String {
    match message {
        "" => String::new(),
        message => format!(": {message:?}"),
    }
}

/// Why a TLS handshake failed, as far as an operator can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsCause {
    /// The certificate is signed by an authority that is not trusted here.
    UnknownIssuer,
    /// The certificate is for another name.
    WrongName,
    /// The certificate has expired, or is not valid yet.
    WrongTime,
    /// What answered does not speak TLS.
    NotTls,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Whether it is worth trying again.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Vendor { code, .. } => code.class(),
            Self::Timeout { .. }
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Proxy { .. }
            | Self::Http {
                status: 408 | 500..=599,
                ..
            } => Class::Transient,
            Self::Http { status: 429, .. } => Class::Throttled,
            Self::Tls { .. } | Self::Http { .. } | Self::Decode { .. } | Self::TooLarge { .. } => {
                Class::Permanent
            }
        }
    }

    /// The value of the `code` label, one of [`code_labels`](super::code_labels).
    #[must_use]
    pub fn label(&self) -> Cow<'static, str> {
        match self {
            Self::Vendor { code, .. } => code.label(),
            Self::Timeout { .. } => Cow::Borrowed("timeout"),
            Self::Dns { .. } | Self::Connect { .. } | Self::Proxy { .. } => {
                Cow::Borrowed("connect")
            }
            Self::Tls { .. } => Cow::Borrowed("tls"),
            Self::Http { status, .. } => http_label(*status),
            Self::Decode { .. } | Self::TooLarge { .. } => Cow::Borrowed("decode"),
        }
    }

    /// The same with every text that came from outside passed through `clean`.
    pub(in crate::api) fn map_text(mut self, clean: impl Fn(String) -> String) -> Self {
        match &mut self {
            Self::Vendor { message: text, .. }
            | Self::Dns { reason: text }
            | Self::Connect { reason: text }
            | Self::Proxy { reason: text }
            | Self::Tls { reason: text, .. }
            | Self::Http { what: text, .. }
            | Self::Decode { reason: text, .. } => *text = clean(std::mem::take(text)),
            Self::Timeout { .. } | Self::TooLarge { .. } => {}
        }
        self
    }
}
