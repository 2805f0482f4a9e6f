//! Reading `Authorization: Basic`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::header::{AUTHORIZATION, HeaderMap};

/// A name and a password, as a client sent them: any bytes.
pub(super) struct Credentials {
    pub(super) name: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl Credentials {
    /// What a request's header says; `None` where it says nothing that can be read.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.as_bytes();
        let (scheme, encoded) = value.split_at_checked(b"Basic ".len())?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let mut name = STANDARD.decode(encoded).ok()?;
        let colon = name.iter().position(|byte| *byte == b':')?;
        let password = name.split_off(colon + 1);
        name.truncate(colon);
        Some(Self { name, password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            hyper::header::HeaderValue::from_bytes(value).unwrap(),
        );
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Credentials::of(&headers).map(|read| (text(&read.name), text(&read.password)))
    }

    #[test]
    fn a_name_ends_at_the_first_colon() {
        let both = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        for (plain, wanted) in [
            ("alice:secret", both("alice", "secret")),
            ("alice:a:b", both("alice", "a:b")),
            (":secret", both("", "secret")),
            ("alice:", both("alice", "")),
            ("会议:密码", both("会议", "密码")),
            ("alice", None),
            ("", None),
        ] {
            let encoded = STANDARD.encode(plain);
            assert_eq!(
                read(format!("Basic {encoded}").as_bytes()),
                wanted,
                "{plain}"
            );
            assert_eq!(
                read(format!("bAsIc {encoded}").as_bytes()),
                wanted,
                "{plain}"
            );
            assert_eq!(
                read(format!("Bearer {encoded}").as_bytes()),
                None,
                "{plain}"
            );
        }
    }

    #[test]
    fn what_is_not_base64_is_nothing() {
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic ?",
            "Basic YTpi=",
            "Basic YTpi\u{e9}",
            "Basic  YTpi",
        ] {
            assert_eq!(read(value.as_bytes()), None, "{value:?}");
        }
    }
}
