//! Why a client could not be made.

use std::path::PathBuf;

/// A setting with which no client can be made. Names the setting, never its value where that is
/// a secret.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A value that cannot stand in an HTTP header.
    #[error("`{setting}` has characters that an HTTP header cannot hold")]
    Header {
        /// The setting's key.
        setting: &'static str,
    },
    /// Host and path are no URL together.
    #[error("`host` and `paths.{endpoint}` make no URL: {reason}")]
    Url {
        /// The endpoint whose path it is.
        endpoint: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// The file of certificate authorities is no help.
    #[error("`ca_file` {path:?}: {reason}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The proxy's URL cannot be used.
    #[error("`proxy` is not a URL of a kind that can be used (http, https, socks5, socks5h)")]
    Proxy,
    /// The TLS or HTTP library refused to start.
    #[error("the HTTP client could not be made: {reason}")]
    Library {
        /// What it said.
        reason: String,
    },
}
