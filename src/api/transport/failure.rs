//! Why a request got no answer, found in the HTTP library's chain of errors.

use std::{error::Error, io};

use rustls::CertificateError;

use super::CONNECT_TIMEOUT;
use crate::api::{ErrorKind, TlsCause};

/// What failed; `proxied` says whether the connection goes through a proxy.
pub(in crate::api) fn explain(error: reqwest::Error, proxied: bool) -> ErrorKind {
    let error = error.without_url();
    let reason = chain(&error);
    if let Some(tls) = find::<rustls::Error>(&error) {
        let cause = tls_cause(tls);
        return ErrorKind::Tls { reason, cause };
    }
    let connecting = error.is_connect();
    let reason = match connecting && error.is_timeout() {
        true => format!("no connection within {CONNECT_TIMEOUT:?}"),
        false => reason,
    };
    if connecting && proxied {
        return ErrorKind::Proxy { reason };
    }
    if connecting && error.is_dns() {
        return ErrorKind::Dns { reason };
    }
    if find::<hyper::Error>(&error).is_some_and(hyper::Error::is_parse) {
        return ErrorKind::Decode {
            reason: format!("the answer is not HTTP: {reason}"),
            setting: Some("host"),
        };
    }
    ErrorKind::Connect { reason }
}

/// The causes, outermost first, in one line. What a cause repeats of the next is left out, as is
/// what the library says of its own layers.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    let telling = texts.iter().enumerate().filter(|(at, text)| {
        let layer = text.starts_with("client error")
            || *text == "error sending request"
            || *text == "request or response body error"
            || *text == "error decoding response body"
            || *text == "error resolving DNS";
        let last = at + 1 == texts.len();
        let repeated = texts[at + 1..]
            .iter()
            .any(|later| text.contains(later.as_str()));
        last || !(layer || repeated)
    });
    let telling: Vec<_> = telling.map(|(_, text)| text.as_str()).collect();
    telling.join(": ")
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and what caused it, step by step. The library wraps errors into I/O errors, whose
/// `source` leaves out the very error they wrap, so these are opened.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn tls_cause(error: &rustls::Error) -> TlsCause {
    match error {
        rustls::Error::InvalidMessage(_) => TlsCause::NotTls,
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => TlsCause::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsCause::WrongName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => TlsCause::WrongTime,
            _ => TlsCause::Other,
        },
        _ => TlsCause::Other,
    }
}
