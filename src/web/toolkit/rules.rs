//! The rules of one configuration, ready to be applied.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use rustls::ServerConfig;

use super::{
    ProtectionError, ProtectionOptions,
    passwords::Users,
    stamps::Stamps,
    tls::{self, TlsError},
};
use crate::config::{LoadedWeb, WebSettings, load_web};

/// Why settings cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What keys are made of.
    #[error("the system has no randomness to give")]
    Randomness,
}

/// Settings, and what was made of them.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) settings: WebSettings,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) headers: HeaderMap,
    /// `None` where everybody may ask.
    pub(super) users: Option<Arc<Users>>,
    /// Whether each request has to be looked at for the certificate its connection came with.
    pub(super) demands_certificate: bool,
}

impl Rules {
    /// Everybody may do everything, in clear.
    pub(super) fn none() -> Self {
        Self {
            settings: WebSettings::default(),
            tls: None,
            headers: HeaderMap::new(),
            users: None,
            demands_certificate: false,
        }
    }

    /// Reads the certificates that settings name. Users who are the same as `earlier` stay, with
    /// what is known of their passwords.
    fn new(
        settings: WebSettings,
        options: ProtectionOptions,
        earlier: Option<&Self>,
    ) -> Result<Self, RulesError> {
        let tls = settings.tls.as_ref();
        let demands_certificate = tls.is_some_and(tls::demands_certificate);
        let config = tls
            .map(|tls| tls::server_config(tls, settings.http2, options.health_exempt))
            .transpose()?;
        let unchanged = earlier.filter(|earlier| earlier.settings.users == settings.users);
        let users = match (settings.users.is_empty(), unchanged) {
            (true, _) => None,
            (false, Some(earlier)) => earlier.users.clone(),
            (false, None) => Some(Arc::new(
                Users::new(&settings.users).ok_or(RulesError::Randomness)?,
            )),
        };
        Ok(Self {
            headers: headers(&settings.headers),
            tls: config.map(Arc::new),
            users,
            demands_certificate,
            settings,
        })
    }
}

/// One reading of a file: what it and those it names looked like, and what came of it.
pub(super) struct Attempt {
    pub(super) stamps: Stamps,
    pub(super) outcome: Result<(Rules, Vec<String>), ProtectionError>,
}

impl Attempt {
    /// Reads a file. Where rules are in force, those that cannot follow them while the server runs
    /// are refused.
    pub(super) fn at(path: &Path, options: ProtectionOptions, in_force: Option<&Rules>) -> Self {
        // Looked at before they are read: what changes in between is seen the next time.
        let mut stamps = Stamps::default();
        stamps.add(path);
        let loaded = load_web(path);
        let named = match (&loaded, in_force) {
            (Ok(loaded), _) => loaded.settings.files(),
            (Err(_), Some(rules)) => rules.settings.files(),
            (Err(_), None) => Vec::new(),
        };
        for file in named {
            stamps.add(&file);
        }
        let outcome = loaded.map_err(ProtectionError::from);
        let outcome = outcome.and_then(|loaded| apply(path, loaded, options, in_force));
        Self { stamps, outcome }
    }
}

fn apply(
    path: &Path,
    loaded: LoadedWeb,
    options: ProtectionOptions,
    in_force: Option<&Rules>,
) -> Result<(Rules, Vec<String>), ProtectionError> {
    let LoadedWeb { settings, warnings } = loaded;
    if let Some(reason) = in_force.and_then(|rules| forbidden(&rules.settings, &settings)) {
        let path = path.to_owned();
        return Err(ProtectionError::Change { path, reason });
    }
    let rules = Rules::new(settings, options, in_force).map_err(|error| {
        let path = path.to_owned();
        ProtectionError::Rules { path, error }
    })?;
    Ok((rules, warnings))
}

/// Why settings cannot take the place of others, if so. A file that is being written is empty for
/// a moment, and an empty file is valid: nobody may get in through that moment.
fn forbidden(before: &WebSettings, after: &WebSettings) -> Option<&'static str> {
    if before.protects() && *after == WebSettings::default() {
        Some("it says nothing any more: to take all protection away, restart the exporter")
    } else if before.tls.is_some() != after.tls.is_some() {
        Some("TLS is not switched on or off while the server runs: restart the exporter")
    } else {
        None
    }
}

/// Both names and values were checked; what were not a header would be left out.
fn headers(settings: &BTreeMap<&'static str, String>) -> HeaderMap {
    let header = |(name, value): (&&'static str, &String)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    };
    settings.iter().filter_map(header).collect()
}
