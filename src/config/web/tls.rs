//! `tls_server_config`: whom the server shows its certificate, and whose it wants to see.

use std::path::Path;

use secrecy::SecretString;

use super::{
    Pem,
    legacy::{cipher_suite, curve, version},
    words::{secret_word, switch, word},
};
use crate::config::{node::Node, report::Report, table::Table};

/// TLS, as far as settings say it: the certificates themselves are read by whoever serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The server's certificate, and those that lead to an authority.
    pub certificate: Pem,
    /// The certificate's private key.
    pub key: Pem,
    /// Who vouches for clients.
    pub client_ca: Option<Pem>,
    /// What is asked of clients.
    pub client_auth: ClientAuth,
    /// Names of which a client's certificate must have one; without a list, any will do.
    pub client_allowed_sans: Option<Vec<String>>,
    /// The oldest version spoken.
    pub min_version: TlsVersion,
    /// The newest version spoken.
    pub max_version: TlsVersion,
    /// The suites of TLS 1.2 in order of preference; those of TLS 1.3 cannot be chosen. Without a
    /// list, all there are.
    pub cipher_suites: Option<Vec<CipherSuite>>,
    /// Whether the server's order of suites counts and not the client's.
    pub prefer_server_cipher_suites: bool,
    /// Key exchange, in order of preference; without a list, all there is.
    pub curves: Option<Vec<Curve>>,
}

/// What is asked of a client that connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// Nothing.
    None,
    /// A certificate is asked for; it may be missing, and is not verified.
    Request,
    /// A certificate must be there; it is not verified.
    RequireAny,
    /// A certificate may be missing; if it is there, an authority must vouch for it.
    VerifyIfGiven,
    /// A certificate must be there, and an authority must vouch for it.
    RequireAndVerify,
}

impl ClientAuth {
    /// Whether an authority has to vouch for a certificate that is there.
    #[must_use]
    pub fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }

    /// Whether a certificate must be there.
    #[must_use]
    pub fn requires(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }

    fn named(name: &str) -> Result<Self, String> {
        match name {
            "" | "NoClientCert" => Ok(Self::None),
            "RequestClientCert" => Ok(Self::Request),
            // The second is what the first was called once.
            "RequireAnyClientCert" | "RequireClientCert" => Ok(Self::RequireAny),
            "VerifyClientCertIfGiven" => Ok(Self::VerifyIfGiven),
            "RequireAndVerifyClientCert" => Ok(Self::RequireAndVerify),
            _ => Err(format!("invalid ClientAuth: {name}")),
        }
    }
}

/// A version of TLS that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// A cipher suite of TLS 1.2 that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CipherSuite {
    /// `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`
    EcdsaAes128,
    /// `TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384`
    EcdsaAes256,
    /// `TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256`
    EcdsaChacha20,
    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`
    RsaAes128,
    /// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`
    RsaAes256,
    /// `TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256`
    RsaChacha20,
}

/// A group for key exchange that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// `X25519`
    X25519,
    /// `CurveP256`
    P256,
    /// `CurveP384`
    P384,
}

/// Reads the section; `None` where it switches nothing on, and where something is wrong with it.
pub(super) fn read(mut table: Table<'_>, directory: &Path, report: &Report) -> Option<TlsSettings> {
    let certificate = pem(&mut table, "cert", "cert_file", directory);
    let key = pem(&mut table, "key", "key_file", directory);
    let client_ca = pem(&mut table, "client_ca", "client_ca_file", directory);
    let auth_name = table.optional("client_auth_type", word);
    let min_version = table.optional("min_version", |node| version(&word(node)?));
    let max_version = table.optional("max_version", |node| version(&word(node)?));
    let cipher_suites = table.list("cipher_suites", |node| cipher_suite(&word(node)?));
    // Go leaves TLS 1.2 without a suite when only suites of TLS 1.3 are named; so does this.
    let chosen_suites = cipher_suites
        .filter(|suites| !suites.is_empty())
        .map(|suites| suites.into_iter().flatten().collect::<Vec<_>>());
    let curves = table.list("curve_preferences", |node| curve(&word(node)?));
    let prefer_server_cipher_suites = table.optional("prefer_server_cipher_suites", switch);
    let sans = table.list("client_allowed_sans", word);
    let is_enabled = certificate.is_some()
        || key.is_some()
        || client_ca.is_some()
        || auth_name.as_ref().is_some_and(|name| !name.is_empty());

    let place = table.place().clone();
    let auth_place = table.place_of("client_auth_type");
    let (min_place, min) = (
        table.place_of("min_version"),
        min_version.unwrap_or(TlsVersion::Tls12),
    );
    let suites_place = table.place_of("cipher_suites");
    let max = max_version.unwrap_or(TlsVersion::Tls13);
    table.finish();
    if min > max {
        report.problem(&min_place, "min_version is above max_version");
    }
    if max == TlsVersion::Tls12 && chosen_suites.as_ref().is_some_and(Vec::is_empty) {
        report.problem(&suites_place, "no cipher suite is left for TLS12");
    }
    if !is_enabled {
        report.warning(&place, "no certificate is named: TLS is off");
        return None;
    }
    let client_auth = match ClientAuth::named(auth_name.as_deref().unwrap_or_default()) {
        Ok(auth) => Some(auth),
        Err(message) => {
            report.problem(&auth_place, message);
            None
        }
    };
    if certificate.is_none() {
        report.problem(&place, "missing one of cert or cert_file");
    }
    if key.is_none() {
        report.problem(&place, "missing one of key or key_file");
    }
    if client_ca.is_some() && client_auth == Some(ClientAuth::None) {
        let message = "client CA's have been configured without a Client Auth Policy";
        report.problem(&place, message);
    }
    if client_ca.is_none() && client_auth.is_some_and(ClientAuth::verifies) {
        let message = "missing one of client_ca or client_ca_file, which this policy verifies by";
        report.problem(&auth_place, message);
    }
    if sans.is_some() && client_auth == Some(ClientAuth::None) {
        let message = "client_allowed_sans have been configured without a Client Auth Policy: \
                       no certificate is asked for";
        report.warning(&place, message);
    }
    Some(TlsSettings {
        certificate: certificate?,
        key: key?,
        client_ca,
        client_auth: client_auth?,
        client_allowed_sans: sans,
        min_version: min,
        max_version: max,
        cipher_suites: chosen_suites,
        prefer_server_cipher_suites: prefer_server_cipher_suites.unwrap_or(true),
        curves: curves.filter(|curves| !curves.is_empty()),
    })
}

/// What a pair of keys says; the file wins if both are there, and blank is as good as absent.
fn pem(
    table: &mut Table<'_>,
    inline: &'static str,
    file: &'static str,
    directory: &Path,
) -> Option<Pem> {
    let filled = |read: Option<String>| read.filter(|text| !text.is_empty());
    let inline = filled(table.optional(inline, secret_word));
    let file = filled(table.optional(file, |node: &Node| word(node)));
    match (file, inline) {
        (Some(path), _) => Some(Pem::File(directory.join(path))),
        (None, Some(text)) => Some(Pem::Inline(SecretString::from(text))),
        (None, None) => None,
    }
}
