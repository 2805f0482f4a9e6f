//! What the operator can do about a failure.

use jiff::SignedDuration;

use super::{ApiError, ErrorKind, TlsCause};
use crate::api::Endpoint;

/// From here on a clock explains a 401: the vendor refuses a `CurTime` more than 60 s away from its
/// own clock, and our measurement is good to about a second.
const SKEW_THAT_EXPLAINS: SignedDuration = SignedDuration::from_secs(59);

/// One clause, in the imperative where there is something to do.
pub(super) fn hint(error: &ApiError) -> String {
    let endpoint = error.endpoint;
    match &error.kind {
        ErrorKind::Vendor { code, .. } => vendor(code.number(), error),
        ErrorKind::Timeout { .. } => "check the way to `host`, or raise `timeout`".to_owned(),
        ErrorKind::Dns { .. } => "check `host` and this machine's resolver".to_owned(),
        ErrorKind::Connect { .. } => {
            "check `host` and the firewall; where only a proxy leads out, set `proxy`".to_owned()
        }
        ErrorKind::Proxy { .. } => "check `proxy`, its user and its password".to_owned(),
        ErrorKind::Tls { cause, .. } => tls(*cause).to_owned(),
        ErrorKind::Http { status, .. } => http(*status, endpoint),
        ErrorKind::Decode {
            setting: Some(setting),
            ..
        } => format!("check the setting `{setting}`"),
        ErrorKind::Decode { .. } => {
            format!(
                "check `host` and `paths.{endpoint}`; if both are right, the vendor has changed its answers"
            )
        }
        ErrorKind::TooLarge { .. } => match endpoint {
            Endpoint::List => {
                "lower `collectors.meetings.page_size` or raise `max_body_bytes`".to_owned()
            }
            _ => "check `host`, or raise `max_body_bytes`".to_owned(),
        },
    }
}

fn vendor(code: i64, error: &ApiError) -> String {
    let fixed = match code {
        401 => return verification(error.clock_skew),
        300 if error.endpoint == Endpoint::Daily => {
            "the range of days may be too long: try a smaller `collectors.daily.max_range`"
        }
        300 | 301 | 303 => "the vendor does not take what this exporter sends: report it",
        302 => "check `app_key` and `account_id`, and that no proxy changes headers",
        402 => "have NetEase enable the statistics service for this AppKey",
        501 | 512 => "the vendor's own trouble: it is tried again",
        510 => "lower `rate_limit.requests_per_second`, or raise the intervals",
        2000 => "the meeting is gone",
        4000 => "renew the service with NetEase",
        4001 => "ask NetEase to raise the application's limit",
        _ => "ask NetEase what this code means, with the request id",
    };
    fixed.to_owned()
}

/// A 401, which a wrong clock causes as well as a wrong secret: the clock is measured, so it is known
/// which.
fn verification(skew: Option<SignedDuration>) -> String {
    const CREDENTIALS: &str = "check `app_key`, `app_secret` and `account_id`";
    match skew {
        Some(skew) if skew.abs() >= SKEW_THAT_EXPLAINS => {
            let way = if skew.is_positive() {
                "ahead of"
            } else {
                "behind"
            };
            let seconds = skew.abs().as_secs();
            format!(
                "our clock is {seconds} s {way} the vendor's, and it refuses more than 60 s: fix NTP"
            )
        }
        Some(_) => format!("{CREDENTIALS} (the clock is right)"),
        None => format!("{CREDENTIALS}, and this machine's clock"),
    }
}

fn tls(cause: TlsCause) -> &'static str {
    match cause {
        TlsCause::UnknownIssuer => {
            "the certificate's authority is not trusted here: set `ca_file` to its PEM file"
        }
        TlsCause::WrongName => "the certificate is for another name: check `host`",
        TlsCause::WrongTime => {
            "the certificate is not valid now: check this machine's clock, then the server"
        }
        TlsCause::NotTls => {
            "what answers there does not speak TLS: check the scheme and port of `host`"
        }
        TlsCause::Other => "check the scheme and port of `host`, and what stands between",
    }
}

fn http(status: u16, endpoint: Endpoint) -> String {
    match status {
        407 => "check the user and password of `proxy`".to_owned(),
        429 => "lower `rate_limit.requests_per_second`, or raise the intervals".to_owned(),
        408 | 500..=599 => {
            "the server, or a gateway before it, is in trouble: it is tried again".to_owned()
        }
        _ => format!("check `host` and `paths.{endpoint}`"),
    }
}
