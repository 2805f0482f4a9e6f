//! The names that a client's certificate has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustls::pki_types::CertificateDer;
use x509_cert::{
    Certificate,
    der::Decode as _,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// Every DNS name, e-mail address, IP address and URI of a certificate, as texts; `None` for
/// what is no certificate.
pub(super) fn alternative_names(certificate: &CertificateDer<'_>) -> Option<Vec<String>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let extension = certificate
        .tbs_certificate()
        .get_extension::<SubjectAltName>()
        .ok()?;
    let Some((_, names)) = extension else {
        return Some(Vec::new());
    };
    Some(names.0.iter().filter_map(text).collect())
}

fn text(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name)
        | GeneralName::Rfc822Name(name)
        | GeneralName::UniformResourceIdentifier(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(octets) => address(octets.as_bytes()).map(|ip| ip.to_string()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| Ipv4Addr::from(octets).into());
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).into()))
        .ok()
}

/// Whether a moment, in seconds since 1970, is within the time a certificate is valid.
pub(super) fn is_valid_at(certificate: &CertificateDer<'_>, now: u64) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return false;
    };
    let validity = certificate.tbs_certificate().validity();
    let begins = validity.not_before.to_unix_duration().as_secs();
    let ends = validity.not_after.to_unix_duration().as_secs();
    (begins..=ends).contains(&now)
}
