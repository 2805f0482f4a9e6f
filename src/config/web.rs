//! The web configuration file, in the format that the official exporters share: TLS, headers,
//! passwords, a rate limit.
//!
//! What that format's own reader refuses is refused here in its words; beyond that, every problem
//! is told at once and with its key. An empty file is valid, and protects nothing.

mod go_duration;
mod headers;
mod legacy;
mod load;
mod password;
mod pem;
mod tls;
mod words;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

pub use load::{LoadedWeb, load_web, read_web};
pub use password::{PasswordHash, PasswordHashError};
pub use pem::{Pem, PemError};
pub use tls::{CipherSuite, ClientAuth, Curve, TlsSettings, TlsVersion};

/// What protects the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSettings {
    /// TLS; without it the server speaks plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Whether HTTP/2 is offered, which only TLS can.
    pub http2: bool,
    /// Headers for every answer that does not have them already, by name.
    pub headers: BTreeMap<&'static str, String>,
    /// Who may ask, by name; everybody may if there is none.
    pub users: BTreeMap<String, PasswordHash>,
    /// How often may be asked, by all clients together.
    pub rate_limit: Option<RequestRate>,
}

impl WebSettings {
    /// Whether anything stands between a stranger and an answer.
    #[must_use]
    pub fn protects(&self) -> bool {
        self.tls.is_some() || !self.users.is_empty() || self.rate_limit.is_some()
    }

    /// The files that these settings are read from besides their own.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let Some(tls) = &self.tls else {
            return Vec::new();
        };
        [
            Some(&tls.certificate),
            Some(&tls.key),
            tls.client_ca.as_ref(),
        ]
        .into_iter()
        .flatten()
        .filter_map(|pem| pem.path().map(PathBuf::from))
        .collect()
    }
}

impl Default for WebSettings {
    /// What an empty file says.
    fn default() -> Self {
        Self {
            tls: None,
            http2: true,
            headers: BTreeMap::new(),
            users: BTreeMap::new(),
            rate_limit: None,
        }
    }
}

/// A token bucket for requests: it holds `burst` at most, and gets one back every `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRate {
    /// From one request to the next, once the burst is used up; longer than nothing.
    pub interval: Duration,
    /// How many may come at once; none may come at all if it is 0.
    pub burst: u32,
}
