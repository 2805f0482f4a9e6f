//! Names of versions, suites and curves as Go has them, those included that are not spoken here.
//!
//! The shared format's own reader knows TLS 1.0 and 1.1, suites with CBC, and the curve P-521.
//! The TLS library here leaves them out on purpose; a setting that asks for one is refused with
//! what to write instead, for a server that is stricter than its configuration would fail clients
//! without a word.

use super::{CipherSuite, Curve, TlsVersion};
use crate::config::table::Read;

/// What Go knows and nobody should use any more.
const CBC_SUITES: [&str; 4] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];

/// The suites of TLS 1.3: naming them changes nothing, with Go as here.
const TLS13_SUITES: [&str; 3] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
];

pub(super) fn version(name: &str) -> Read<TlsVersion> {
    match name {
        "TLS13" => Ok(TlsVersion::Tls13),
        "TLS12" => Ok(TlsVersion::Tls12),
        "TLS11" | "TLS10" => Err(format!(
            "{name} is a legacy TLS version that is not supported: use TLS12 or TLS13"
        )),
        _ => Err(format!("unknown TLS version: {name}")),
    }
}

/// A suite of TLS 1.2; `None` for one of TLS 1.3.
pub(super) fn cipher_suite(name: &str) -> Read<Option<CipherSuite>> {
    let suite = match name {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" => CipherSuite::EcdsaAes128,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" => CipherSuite::EcdsaAes256,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" => CipherSuite::EcdsaChacha20,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" => CipherSuite::RsaAes128,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" => CipherSuite::RsaAes256,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" | "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305" => {
            CipherSuite::RsaChacha20
        }
        name if TLS13_SUITES.contains(&name) => return Ok(None),
        name if CBC_SUITES.contains(&name) => {
            return Err(format!(
                "{name} is a legacy cipher that is not supported: leave it out; \
                 the suites with GCM and CHACHA20_POLY1305 are"
            ));
        }
        _ => return Err(format!("unknown cipher: {name}")),
    };
    Ok(Some(suite))
}

pub(super) fn curve(name: &str) -> Read<Curve> {
    match name {
        "X25519" => Ok(Curve::X25519),
        "CurveP256" => Ok(Curve::P256),
        "CurveP384" => Ok(Curve::P384),
        "CurveP521" => Err(format!(
            "{name} is not supported: use X25519, CurveP256 or CurveP384"
        )),
        _ => Err(format!("unknown curve: {name}")),
    }
}
