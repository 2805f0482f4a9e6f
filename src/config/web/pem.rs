//! Certificates and keys: in the file itself, or in one of their own.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject as _},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::file::read_text;

/// More than any chain of certificates: what is larger is another file by mistake.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Where PEM text is. It may hold a private key, hence `Debug` shows none of it.
#[derive(Clone)]
pub enum Pem {
    /// In the web configuration file.
    Inline(SecretString),
    /// In a file of its own, read whenever it is needed.
    File(PathBuf),
}

/// Why there is no certificate or key; no text of it is part of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// The file cannot be read.
    #[error("({}): {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The text is not what is wanted.
    #[error("{0}")]
    Invalid(&'static str),
}

impl Pem {
    /// Its file, where it has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Inline(_) => None,
            Self::File(path) => Some(path),
        }
    }

    /// The certificates in it: one at least.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, PemError> {
        let text = self.read()?;
        let found: Result<Vec<_>, pem::Error> =
            CertificateDer::pem_slice_iter(text.expose_secret().as_bytes()).collect();
        match found {
            Ok(found) if !found.is_empty() => Ok(found),
            Ok(_) => Err(PemError::Invalid("there is no certificate in it")),
            Err(_) => Err(PemError::Invalid("it is not valid PEM")),
        }
    }

    /// The private key in it: the first, if there are several.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    pub fn private_key(&self) -> Result<PrivateKeyDer<'static>, PemError> {
        let text = self.read()?;
        PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes()).map_err(|error| {
            PemError::Invalid(match error {
                pem::Error::NoItemsFound => {
                    "there is no private key in it, or one that is encrypted"
                }
                _ => "it is not valid PEM",
            })
        })
    }

    fn read(&self) -> Result<SecretString, PemError> {
        match self {
            Self::Inline(text) => Ok(text.clone()),
            Self::File(path) => match read_text(path, LARGEST) {
                Ok((text, _)) => Ok(SecretString::from(text)),
                Err(reason) => Err(PemError::Unreadable {
                    path: path.clone(),
                    reason,
                }),
            },
        }
    }
}

impl PartialEq for Pem {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline(one), Self::Inline(other)) => {
                one.expose_secret() == other.expose_secret()
            }
            (Self::File(one), Self::File(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Pem {}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => f.write_str("Inline(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}
