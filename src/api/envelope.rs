//! The envelope around every answer: `code`, `msg`, `ret`, `requestId`, `costTime`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    ErrorKind, VendorCode,
    transport::Head,
    wire::{self, Loose, Required},
};

/// An answer that has the vendor's envelope.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// `requestId`.
    pub(super) request_id: Option<String>,
    /// `costTime`.
    pub(super) server_duration: Option<Duration>,
    /// `ret`'s JSON text, or the code and message of a call that failed.
    pub(super) ret: Result<Option<&'a str>, (VendorCode, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    code: Required<i64>,
    #[serde(default)]
    msg: Loose,
    #[serde(borrow, default)]
    ret: Option<&'a RawValue>,
    #[serde(default)]
    request_id: Loose,
    #[serde(default)]
    cost_time: Loose,
}

/// Opens the envelope. Whatever the HTTP status says, an envelope is believed; the status decides
/// only where there is none.
pub(super) fn open<'a>(head: &Head, body: &'a [u8]) -> Result<Envelope<'a>, ErrorKind> {
    parse(body).map_err(|problem| without_envelope(head, body, problem))
}

fn parse(body: &[u8]) -> Result<Envelope<'_>, String> {
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("it is not UTF-8 at byte {}", error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let wire: Wire<'_> = wire::parse_object(text)?;
    let ret = match wire.code.0 {
        200 => Ok(wire.ret.map(RawValue::get)),
        code => Err((VendorCode::new(code), wire.msg.0.unwrap_or_default())),
    };
    Ok(Envelope {
        request_id: wire.request_id.0,
        server_duration: wire.cost_time.0.as_deref().and_then(cost),
        ret,
    })
}

/// What an answer without an envelope is: described by its type and length, never by its text.
fn without_envelope(head: &Head, body: &[u8], problem: String) -> ErrorKind {
    let kind = head.content_type.as_deref().unwrap_or("no content type");
    let size = format!("{kind}, {} bytes", body.len());
    let html = kind.starts_with("text/html") || body.trim_ascii_start().first() == Some(&b'<');
    match head.status.as_u16() {
        200..=299 if html => decode(format!("HTML instead of JSON ({size})")),
        200..=299 => decode(format!("no envelope in the body: {problem} ({size})")),
        status @ 300..=399 => ErrorKind::Http {
            status,
            what: match &head.location_host {
                Some(host) => format!("a redirect to host {host}, which is not followed"),
                None => format!("a redirect, which is not followed; {size}"),
            },
        },
        status => ErrorKind::Http { status, what: size },
    }
}

fn decode(reason: String) -> ErrorKind {
    ErrorKind::Decode {
        reason,
        setting: None,
    }
}

/// `costTime`: a number and a unit, `ms` in every documented sample. Anything else is none: it is
/// a figure about the vendor's work that no answer may fail for.
fn cost(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit.trim() {
        "ms" => 1e-3,
        "s" => 1.0,
        "us" | "µs" => 1e-6,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use reqwest::StatusCode;

    fn head(status: u16, content_type: &str) -> Head {
        Head {
            status: StatusCode::from_u16(status).unwrap(),
            date: None,
            retry_after: None,
            content_type: Some(content_type.to_owned()),
            content_encoding: None,
            location_host: None,
        }
    }

    fn check(status: u16, body: &[u8]) -> String {
        match open(&head(status, "application/json"), body) {
            Ok(Envelope { ret: Ok(ret), .. }) => format!("ret {ret:?}"),
            Ok(Envelope {
                ret: Err((code, message)),
                ..
            }) => {
                format!("code {} {message:?}", code.number())
            }
            Err(kind) => kind.to_string(),
        }
    }

    #[test]
    fn an_envelope_is_believed_whatever_the_status() {
        for status in [200, 302, 401, 502] {
            assert_eq!(
                check(status, br#"{"code":200,"ret":{}}"#),
                r#"ret Some("{}")"#
            );
            assert_eq!(
                check(status, br#"{"code":"510","msg":"slow"}"#),
                r#"code 510 "slow""#
            );
        }
    }

    #[test]
    fn forms_of_an_envelope() {
        let bodies: [&[u8]; 8] = [
            b"\xef\xbb\xbf {\"code\": \" 200 \", \"ret\": null}",
            br#"{"code":200.0,"msg":{"a":[1]},"requestId":7,"costTime":[],"other":{"x":[[]]}}"#,
            br#"{"code":401,"msg":null,"ret":{}}"#,
            br#"{"code":4001,"msg":12}"#,
            br#"{"code":200,"ret":[1, 2]}"#,
            br#"{"code":-1}"#,
            br#"{"ret":{},"code":200,"ret":{}}"#,
            br#"{"code":200,"ret":{"a":1}"#,
        ];
        let lines: Vec<_> = bodies.map(|body| check(200, body)).into();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        ret None
        ret None
        code 401 ""
        code 4001 "12"
        ret Some("[1, 2]")
        code -1 ""
        the answer is not what the contract says: no envelope in the body: duplicate field `ret` (application/json, 30 bytes)
        the answer is not what the contract says: no envelope in the body: not JSON: EOF while parsing an object at line 1 column 25 (application/json, 25 bytes)
        "#);
    }

    #[test]
    fn without_one_the_status_decides_and_nothing_of_the_body_is_told() {
        let bodies: [&[u8]; 7] = [
            b"",
            b" \n",
            b"<html>hush</html>",
            b"hush",
            b"\xff\xfehush",
            br#"{"msg":"hush"}"#,
            br#"["hush"]"#,
        ];
        let lines: Vec<_> = bodies.map(|body| check(200, body)).into();
        insta::assert_snapshot!(lines.join("\n"), @"
        the answer is not what the contract says: no envelope in the body: it is empty (application/json, 0 bytes)
        the answer is not what the contract says: no envelope in the body: it is empty (application/json, 2 bytes)
        the answer is not what the contract says: HTML instead of JSON (application/json, 17 bytes)
        the answer is not what the contract says: no envelope in the body: not JSON: expected value at line 1 column 1 (application/json, 4 bytes)
        the answer is not what the contract says: no envelope in the body: it is not UTF-8 at byte 0 (application/json, 6 bytes)
        the answer is not what the contract says: no envelope in the body: `code` is missing (application/json, 14 bytes)
        the answer is not what the contract says: no envelope in the body: an array where an object is expected (application/json, 8 bytes)
        ");
        let lines: Vec<_> = [302, 404, 429, 503]
            .map(|status| check(status, b"hush"))
            .into();
        insta::assert_snapshot!(lines.join("\n"), @"
        HTTP status 302 without the vendor's JSON envelope: a redirect, which is not followed; application/json, 4 bytes
        HTTP status 404 without the vendor's JSON envelope: application/json, 4 bytes
        HTTP status 429 without the vendor's JSON envelope: application/json, 4 bytes
        HTTP status 503 without the vendor's JSON envelope: application/json, 4 bytes
        ");
        let html = open(&head(200, "text/html; charset=utf-8"), b"hush").unwrap_err();
        insta::assert_snapshot!(html, @"the answer is not what the contract says: HTML instead of JSON (text/html; charset=utf-8, 4 bytes)");
    }

    #[test]
    fn cost_times() {
        let cost = |text| cost(text).map(|cost| cost.as_micros());
        assert_eq!(cost("32ms"), Some(32_000));
        assert_eq!(cost(" 1.5s "), Some(1_500_000));
        assert_eq!(cost("2 s"), Some(2_000_000));
        assert_eq!(cost("7us"), Some(7));
        for garbage in [
            "",
            "ms",
            "32",
            "-1ms",
            "1.2.3s",
            "NaNs",
            "5 parsecs",
            "9e99s",
        ] {
            assert_eq!(cost(garbage), None, "{garbage}");
        }
        assert_eq!(super::cost(&format!("{}s", "9".repeat(400))), None);
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = "[".repeat(1_000_000);
        assert!(check(200, deep.as_bytes()).contains("no envelope"));
        let ignored = format!(r#"{{"code":200,"x":{deep}{}}}"#, "]".repeat(1_000_000));
        assert_eq!(check(200, ignored.as_bytes()), "ret None");
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error(
            body in prop::collection::vec(any::<u8>(), 0..200), status in 100_u16..600,
        ) {
            let told = check(status, &body);
            prop_assert!(!told.is_empty());
        }
    }
}
