//! What is asked of a client's certificate.

use std::{collections::HashSet, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::{
        VerifierBuilderError, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use super::names::{alternative_names, is_valid_at};
use crate::config::ClientAuth;

/// Decides about a client's certificate as the five policies of the shared format have it: four
/// ask for one, two of those insist on it, two have an authority vouch for it; and a list of
/// names, where there is one, holds for all.
#[derive(Debug)]
pub(super) struct ClientCertificates {
    /// Verifies by authorities, where the policy does.
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    /// The authorities' certificates themselves: one that a client shows needs nobody to vouch
    /// for it. So a self-signed certificate can be its own authority, which is how small setups
    /// are made.
    trusted: HashSet<CertificateDer<'static>>,
    names: Option<Vec<String>>,
    insists: bool,
    provider: Arc<CryptoProvider>,
}

impl ClientCertificates {
    /// A verifier for a policy that asks for certificates. `insists` says whether a connection
    /// without one ends.
    pub(super) fn new(
        policy: ClientAuth,
        authorities: Vec<CertificateDer<'static>>,
        names: Option<Vec<String>>,
        insists: bool,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let mut trusted = HashSet::new();
        let mut verifier = None;
        if policy.verifies() {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(authorities.iter().cloned());
            trusted.extend(authorities);
            let builder =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            verifier = Some(builder.build()?);
        }
        Ok(Self {
            authorities: verifier,
            trusted,
            names,
            insists,
            provider,
        })
    }
}

impl ClientCertVerifier for ClientCertificates {
    fn client_auth_mandatory(&self) -> bool {
        self.insists
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities
            .as_ref()
            .map_or(&[], |verifier| verifier.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(authorities) = &self.authorities {
            if !self.trusted.contains(end_entity) {
                authorities.verify_client_cert(end_entity, intermediates, now)?;
            } else if !is_valid_at(end_entity, now.as_secs()) {
                return Err(CertificateError::Expired.into());
            }
        }
        if let Some(allowed) = &self.names {
            let names = alternative_names(end_entity).ok_or(CertificateError::BadEncoding)?;
            if !names.iter().any(|name| allowed.contains(name)) {
                return Err(CertificateError::ApplicationVerificationFailure.into());
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
