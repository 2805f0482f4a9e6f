//! Which path leads where.

use std::{fmt, str::FromStr};

/// Where a request can lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The exposition.
    Telemetry,
    /// The part of the exposition that is one application's.
    Probe,
    /// What Prometheus can scrape here.
    Discovery,
    /// The configuration in force.
    Config,
    /// The page for people.
    Landing,
    /// The same for programs.
    Status,
    /// The icon of that page.
    Icon,
    /// Whether the process answers at all.
    Healthy,
    /// Whether every application has had its first round.
    Ready,
    /// Read the configuration again.
    Reload,
    /// Stop in good order.
    Quit,
}

impl Route {
    /// Whether asking changes something, so that only POST and PUT may.
    pub(super) fn acts(self) -> bool {
        matches!(self, Self::Reload | Self::Quit)
    }
}

/// Where the page for people is.
pub(super) const LANDING: &str = "/";
/// Where the same is for programs.
pub(super) const STATUS: &str = "/api/v1/status";
/// Where the icon of that page is.
pub(super) const ICON: &str = "/favicon.svg";
/// Where to ask for one application's part of the exposition.
pub(super) const PROBE: &str = "/probe";
/// Where Prometheus asks what it can scrape here.
pub(super) const DISCOVERY: &str = "/sd";
/// Where the configuration in force is.
pub(super) const CONFIG: &str = "/config";
/// Where to ask whether the process answers at all.
pub(super) const HEALTHY: &str = "/-/healthy";
/// Where to ask whether there is something to scrape yet.
pub(super) const READY: &str = "/-/ready";
/// Where to have the configuration read again.
const RELOAD: &str = "/-/reload";
/// Where to have the process stop.
const QUIT: &str = "/-/quit";

/// Where a path leads; exactly, without a thought for trailing slashes.
pub(super) fn route(path: &str, telemetry_path: &TelemetryPath) -> Option<Route> {
    match path {
        HEALTHY => Some(Route::Healthy),
        READY => Some(Route::Ready),
        RELOAD => Some(Route::Reload),
        QUIT => Some(Route::Quit),
        path if path == telemetry_path.as_str() => Some(Route::Telemetry),
        LANDING => Some(Route::Landing),
        STATUS => Some(Route::Status),
        ICON => Some(Route::Icon),
        PROBE => Some(Route::Probe),
        DISCOVERY => Some(Route::Discovery),
        CONFIG => Some(Route::Config),
        _ => None,
    }
}

/// The path of the exposition: begins with `/`, has only letters, digits and `-._~/`, and does not
/// begin with `/-/`. It may be `/`, which then is not the page for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryPath(String);

/// Why a text is no [`TelemetryPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryPathError {
    /// It has to begin with a slash.
    #[error("the path must begin with /")]
    NotAbsolute,
    /// Paths under `/-/` are the server's own.
    #[error("paths under /-/ are taken")]
    Reserved,
    /// A character that would have to be encoded.
    #[error("the path may only have letters, digits and - . _ ~ /, not {0:?}")]
    Character(char),
}

impl TelemetryPath {
    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TelemetryPath {
    fn default() -> Self {
        Self("/metrics".to_owned())
    }
}

impl fmt::Display for TelemetryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TelemetryPath {
    type Err = TelemetryPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !text.starts_with('/') {
            Err(TelemetryPathError::NotAbsolute)
        } else if let Some(character) = text.chars().find(|c| !is_plain(*c)) {
            Err(TelemetryPathError::Character(character))
        } else if text.starts_with("/-/") {
            Err(TelemetryPathError::Reserved)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_they_should() {
        let usual = TelemetryPath::default();
        let lead = |path| route(path, &usual);
        assert_eq!(lead("/metrics"), Some(Route::Telemetry));
        assert_eq!(lead("/"), Some(Route::Landing));
        assert_eq!(lead("/-/healthy"), Some(Route::Healthy));
        assert_eq!(lead("/-/ready"), Some(Route::Ready));
        assert_eq!(lead("/-/reload"), Some(Route::Reload));
        assert_eq!(lead("/-/quit"), Some(Route::Quit));
        for path in ["", "/metrics/", "/Metrics", "//", "/-/", "/-/healthy/", "*"] {
            assert_eq!(lead(path), None, "{path:?}");
        }
    }

    #[test]
    fn the_telemetry_path_is_checked() {
        for good in ["/metrics", "/", "/netease/meeting.txt"] {
            assert_eq!(
                good.parse::<TelemetryPath>().map(|path| path.to_string()),
                Ok(good.into())
            );
        }
        let problem = |text: &str| text.parse::<TelemetryPath>().unwrap_err().to_string();
        insta::assert_snapshot!(problem(""), @"the path must begin with /");
        insta::assert_snapshot!(problem("metrics"), @"the path must begin with /");
        insta::assert_snapshot!(problem("/-/metrics"), @"paths under /-/ are taken");
        insta::assert_snapshot!(
            problem("/m?x"),
            @"the path may only have letters, digits and - . _ ~ /, not '?'"
        );
    }

    #[test]
    fn a_telemetry_path_can_take_the_place_of_the_page() {
        let root: TelemetryPath = "/".parse().unwrap();
        assert_eq!(route("/", &root), Some(Route::Telemetry));
    }
}
