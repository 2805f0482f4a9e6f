//! What stands between a stranger and an answer: TLS, a rate limit, passwords, headers.
//!
//! The rules come from the web configuration file and follow it while the server runs: whoever
//! needs them takes the newest. A file that cannot be used changes nothing.

mod basic_auth;
mod client_certificate;
mod follow;
mod gate;
mod names;
mod passwords;
mod rate;
mod recent;
mod rules;
mod stamps;
mod tls;
mod turns;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, Guard};
use rustls::ServerConfig;
use tokio::sync::Semaphore;

pub(super) use self::{gate::pass, tls::is_http2};
use self::{
    passwords::Passwords,
    rate::Bucket,
    rules::{Attempt, Rules},
    stamps::Stamps,
};
pub use self::{rules::RulesError, tls::TlsError};
use crate::{
    clock::SharedClock,
    config::ConfigError,
    self_metrics::{Refusal, SelfMetrics},
};

/// What the operator says about protection outside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtectionOptions {
    /// Whether health and readiness are told to everybody, whatever the file demands.
    pub health_exempt: bool,
    /// How many requests are answered at once; 0 for any number.
    pub max_requests: usize,
}

impl Default for ProtectionOptions {
    fn default() -> Self {
        Self {
            health_exempt: false,
            max_requests: 40,
        }
    }
}

/// Why a web configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProtectionError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// What it names.
    #[error("{}: {error}", path.display())]
    Rules {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: RulesError,
    },
    /// What cannot change while the server runs.
    #[error("{}: {reason}", path.display())]
    Change {
        /// The file.
        path: PathBuf,
        /// Why the change is refused.
        reason: &'static str,
    },
}

/// The rules in force, and what must outlive a change of them.
#[derive(Debug)]
pub struct Protection {
    options: ProtectionOptions,
    source: Option<Source>,
    /// Looked at with every request, on every connection: without a lock or a count to contend for.
    rules: ArcSwap<Rules>,
    bucket: Mutex<Bucket>,
    passwords: Passwords,
    /// One permit a request, where their number is limited.
    requests: Option<Arc<Semaphore>>,
    metrics: Arc<SelfMetrics>,
    clock: SharedClock,
}

/// The file the rules come from, and what it and those it names looked like when they were read.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    stamps: Stamps,
}

/// Rules that can be applied, before there is a server to apply them to.
#[derive(Debug)]
pub struct Prepared {
    options: ProtectionOptions,
    source: Option<Source>,
    rules: Rules,
    warnings: Vec<String>,
}

impl Prepared {
    /// The rules of a web configuration file; without one, none.
    ///
    /// # Errors
    /// When the file, or a certificate or key it names, cannot be used.
    pub fn load(path: Option<&Path>, options: ProtectionOptions) -> Result<Self, ProtectionError> {
        let Some(path) = path else {
            return Ok(Self {
                options,
                source: None,
                rules: Rules::none(),
                warnings: Vec::new(),
            });
        };
        let Attempt { stamps, outcome } = Attempt::at(path, options, None);
        let (rules, warnings) = outcome?;
        let path = path.to_owned();
        Ok(Self {
            options,
            source: Some(Source { path, stamps }),
            rules,
            warnings,
        })
    }

    /// What is allowed but worth a look, a line each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.rules.tls.is_some()
    }

    /// The rules, counting in `metrics` what they refuse.
    #[must_use]
    pub fn protect(self, metrics: Arc<SelfMetrics>, clock: SharedClock) -> Protection {
        if self.source.is_some() {
            metrics.web_config_loaded(clock.now());
        }
        Protection::new(self.options, self.source, self.rules, metrics, clock)
    }
}

impl Protection {
    /// No rules but the options: everybody may ask for everything, in clear.
    #[must_use]
    pub fn none(options: ProtectionOptions, metrics: Arc<SelfMetrics>, clock: SharedClock) -> Self {
        Self::new(options, None, Rules::none(), metrics, clock)
    }

    fn new(
        options: ProtectionOptions,
        source: Option<Source>,
        rules: Rules,
        metrics: Arc<SelfMetrics>,
        clock: SharedClock,
    ) -> Self {
        let limit = options.max_requests.min(Semaphore::MAX_PERMITS);
        Self {
            options,
            source,
            bucket: Mutex::new(Bucket::new(rules.settings.rate_limit)),
            rules: ArcSwap::from_pointee(rules),
            passwords: Passwords::new(),
            requests: (limit > 0).then(|| Arc::new(Semaphore::new(limit))),
            metrics,
            clock,
        }
    }

    /// Counts a refusal.
    pub(super) fn refused(&self, why: Refusal) {
        self.metrics.web_refused(why);
    }

    /// TLS as it is to be spoken on a new connection; `None` for plain HTTP.
    pub(super) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.rules().tls.clone()
    }

    fn rules(&self) -> Guard<Arc<Rules>> {
        self.rules.load()
    }

    fn replace(&self, rules: Rules) {
        let rate = rules.settings.rate_limit;
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.set(rate);
        drop(bucket);
        self.rules.store(Arc::new(rules));
    }
}
