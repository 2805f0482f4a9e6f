//! From settings to TLS that can be spoken.

use std::sync::Arc;

use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, SupportedKxGroup, ring},
    pki_types::CertificateDer,
    server::WantsServerCert,
    version::{TLS12, TLS13},
};

use super::client_certificate::ClientCertificates;
use crate::config::{CipherSuite, ClientAuth, Curve, PemError, TlsSettings, TlsVersion};

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Why TLS cannot be spoken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file.
    #[error("failed to read cert_file {0}")]
    CertificateFile(PemError),
    /// The key's file.
    #[error("failed to read key_file {0}")]
    KeyFile(PemError),
    /// The pair.
    #[error("failed to load X509KeyPair: {0}")]
    Pair(String),
    /// The authorities' file.
    #[error("failed to read client_ca_file {0}")]
    ClientCaFile(PemError),
    /// The authorities.
    #[error("failed to load client_ca: {0}")]
    ClientCa(String),
    /// A choice of versions and suites that leaves nothing.
    #[error("TLS cannot be set up like this: {0}")]
    Choice(String),
}

/// Reads what the settings name, and makes TLS of it. With `spares_health`, a connection without
/// a certificate lives on where the policy would end it: each request is judged instead.
pub(super) fn server_config(
    settings: &TlsSettings,
    http2: bool,
    spares_health: bool,
) -> Result<ServerConfig, TlsError> {
    let certificates = settings
        .certificate
        .certificates()
        .map_err(|error| match error {
            PemError::Unreadable { .. } => TlsError::CertificateFile(error),
            PemError::Invalid(reason) => TlsError::Pair(format!("certificate: {reason}")),
        })?;
    let key = settings.key.private_key().map_err(|error| match error {
        PemError::Unreadable { .. } => TlsError::KeyFile(error),
        PemError::Invalid(reason) => TlsError::Pair(format!("key: {reason}")),
    })?;
    let provider = Arc::new(provider(settings));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(settings))
        .map_err(|error| TlsError::Choice(error.to_string()))?;
    let builder: rustls::ConfigBuilder<ServerConfig, WantsServerCert> = match settings.client_auth {
        ClientAuth::None => builder.with_no_client_auth(),
        policy => {
            let insists = demands_certificate(settings) && !spares_health;
            let verifier = ClientCertificates::new(
                policy,
                authorities(settings)?,
                settings.client_allowed_sans.clone(),
                insists,
                provider,
            );
            let verifier = verifier.map_err(|error| TlsError::ClientCa(error.to_string()))?;
            builder.with_client_cert_verifier(Arc::new(verifier))
        }
    };
    let mut config = builder
        .with_single_cert(certificates, key)
        .map_err(|error| TlsError::Pair(told(error)))?;
    config.ignore_client_order = settings.prefer_server_cipher_suites;
    config.alpn_protocols = match http2 {
        true => vec![HTTP2.to_vec(), HTTP1.to_vec()],
        false => vec![HTTP1.to_vec()],
    };
    Ok(config)
}

/// Whether every client must show a certificate: by the policy, or because one of its names must
/// be on a list.
pub(super) fn demands_certificate(settings: &TlsSettings) -> bool {
    let named = settings.client_auth != ClientAuth::None && settings.client_allowed_sans.is_some();
    settings.client_auth.requires() || named
}

/// Whether client and server have agreed on HTTP/2.
pub(in crate::web) fn is_http2(agreed: Option<&[u8]>) -> bool {
    agreed == Some(HTTP2)
}

fn authorities(settings: &TlsSettings) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let Some(pem) = &settings.client_ca else {
        return Ok(Vec::new());
    };
    let found = pem.certificates().map_err(|error| match error {
        PemError::Unreadable { .. } => TlsError::ClientCaFile(error),
        PemError::Invalid(reason) => TlsError::ClientCa(reason.to_owned()),
    })?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &found {
        let added = roots.add(certificate.clone());
        added.map_err(|error| TlsError::ClientCa(error.to_string()))?;
    }
    Ok(found)
}

fn versions(settings: &TlsSettings) -> Vec<&'static SupportedProtocolVersion> {
    [(TlsVersion::Tls13, &TLS13), (TlsVersion::Tls12, &TLS12)]
        .into_iter()
        .filter(|(version, _)| (settings.min_version..=settings.max_version).contains(version))
        .map(|(_, version)| version)
        .collect()
}

/// The library's suites and groups, as far as the settings want them and in their order.
fn provider(settings: &TlsSettings) -> CryptoProvider {
    let mut provider = ring::default_provider();
    if let Some(wanted) = &settings.cipher_suites {
        let wanted = wanted.iter().map(|suite| suite_of(*suite));
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some());
        provider.cipher_suites.extend(wanted);
    }
    if let Some(wanted) = &settings.curves {
        provider.kx_groups = wanted.iter().map(|curve| group_of(*curve)).collect();
    }
    provider
}

fn suite_of(suite: CipherSuite) -> rustls::SupportedCipherSuite {
    use ring::cipher_suite as known;
    match suite {
        CipherSuite::EcdsaAes128 => known::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::EcdsaAes256 => known::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::EcdsaChacha20 => known::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite::RsaAes128 => known::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::RsaAes256 => known::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::RsaChacha20 => known::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    }
}

fn group_of(curve: Curve) -> &'static dyn SupportedKxGroup {
    match curve {
        Curve::X25519 => ring::kx_group::X25519,
        Curve::P256 => ring::kx_group::SECP256R1,
        Curve::P384 => ring::kx_group::SECP384R1,
    }
}

fn told(error: rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => "private key does not match public key".to_owned(),
        other => other.to_string(),
    }
}
