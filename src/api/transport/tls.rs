//! Whom to trust.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::api::BuildError;

/// The system's certificate authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` are respected), or
/// Mozilla's as compiled in where the system has none, as in a container made from scratch.
pub(super) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate authority of the system could not be read");
    }
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::info!("the system has no certificate authorities: using those compiled in");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// TLS 1.2 and 1.3 by ring, trusting `roots` and the authorities in `ca_file`.
pub(super) fn config(
    roots: &RootCertStore,
    ca_file: Option<&Path>,
) -> Result<ClientConfig, BuildError> {
    let mut roots = roots.clone();
    if let Some(path) = ca_file {
        add(&mut roots, path).map_err(|reason| BuildError::CaFile {
            path: path.to_owned(),
            reason,
        })?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| BuildError::Library {
            reason: error.to_string(),
        })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        added += 1;
    }
    match added {
        0 => Err("there is no certificate in it".to_owned()),
        _ => Ok(()),
    }
}
