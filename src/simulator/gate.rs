//! The gate: who is let in, by the headers of a request.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use hyper::HeaderMap;
use sha1::{Digest as _, Sha1};

use super::{
    credentials::Credentials,
    dice::{mix, mix_bytes},
};

/// An answer that is a refusal: the envelope's code and why, for the log of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) reason: &'static str,
}

impl Refusal {
    pub(super) const fn new(code: i64, reason: &'static str) -> Self {
        Self { code, reason }
    }
}

/// The vendor's limits: `CurTime` within 60 s of its clock, nonces up to 128 characters.
const MOST_SKEW_SECONDS: u64 = 60;
const LONGEST_NONCE: usize = 128;

/// Nonces remembered at one time, of all applications together (24 bytes each, twice).
const MOST_NONCES: usize = 1 << 18;

/// A nonce can come back with a valid time for this long: from a minute ahead to a minute behind.
const NONCE_MEMORY_SECONDS: i64 = 2 * MOST_SKEW_SECONDS.cast_signed() + 1;

/// Checks requests, and remembers their nonces.
#[derive(Debug)]
pub(super) struct Gate {
    credentials: Credentials,
    /// Whether a nonce may not come back at all, or only not with the same `CurTime`.
    strict_nonces: bool,
    nonces: Mutex<Nonces>,
}

#[derive(Debug, Default)]
struct Nonces {
    seen: HashSet<u64>,
    order: VecDeque<(i64, u64)>,
}

impl Gate {
    pub(super) fn new(credentials: Credentials, strict_nonces: bool) -> Self {
        Self {
            credentials,
            strict_nonces,
            nonces: Mutex::default(),
        }
    }

    /// The application a request says it comes from, before anything is verified.
    pub(super) fn claimed(&self, headers: &HeaderMap) -> Option<usize> {
        self.credentials.find(headers.get("AppKey")?.to_str().ok()?)
    }

    /// The application a request comes from, verified. `now` is the vendor's clock in UNIX seconds.
    pub(super) fn admit(&self, headers: &HeaderMap, now: i64) -> Result<usize, Refusal> {
        content_type(headers)?;
        let app_key = header(headers, "AppKey")?;
        let nonce = header(headers, "Nonce")?;
        let cur_time = header(headers, "CurTime")?;
        let check_sum = header(headers, "CheckSum")?;
        let account_id = header(headers, "accountId")?;
        if nonce.len() > LONGEST_NONCE {
            return Err(Refusal::new(302, "Nonce is longer than 128 characters"));
        }
        if !cur_time.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::new(302, "CurTime is not a number of seconds"));
        }
        let app = self
            .credentials
            .find(app_key)
            .ok_or(Refusal::new(401, "AppKey is unknown"))?;
        let secret = self.credentials.app_secret(app);
        let expected = hex::encode(Sha1::digest(format!("{secret}{nonce}{cur_time}")));
        if check_sum != expected {
            return Err(Refusal::new(401, "CheckSum does not match"));
        }
        let signed_at: i64 = cur_time
            .parse()
            .map_err(|_| Refusal::new(302, "CurTime is not a number of seconds"))?;
        if signed_at.abs_diff(now) > MOST_SKEW_SECONDS {
            return Err(Refusal::new(401, "CurTime is more than 60 s off"));
        }
        if account_id != self.credentials.account_id(app) {
            return Err(Refusal::new(401, "accountId is not of this application"));
        }
        // Documented as a header, though nothing verifies it: it may be withheld, but not wrong.
        if headers
            .get("AppSecret")
            .is_some_and(|sent| *sent != *secret)
        {
            return Err(Refusal::new(401, "AppSecret does not match"));
        }
        let word = mix(&[
            app as u64,
            mix_bytes(nonce.as_bytes()),
            if self.strict_nonces {
                0
            } else {
                signed_at.unsigned_abs()
            },
        ]);
        if self.is_replay(word, now) {
            return Err(Refusal::new(401, "Nonce has been used before"));
        }
        Ok(app)
    }

    fn is_replay(&self, word: u64, now: i64) -> bool {
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((seen_at, old)) = nonces.order.front().copied() {
            let young = now.saturating_sub(seen_at) <= NONCE_MEMORY_SECONDS;
            if young && nonces.order.len() < MOST_NONCES {
                break;
            }
            nonces.order.pop_front();
            nonces.seen.remove(&old);
        }
        let replay = !nonces.seen.insert(word);
        if !replay {
            nonces.order.push_back((now, word));
        }
        replay
    }
}

/// A header's text; 302 when it is missing, empty or not ASCII.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Refusal> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
        .ok_or(Refusal::new(302, name))
}

/// `application/json`, in UTF-8 where a charset is given.
fn content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = header(headers, "Content-Type")?.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    if parts.next() != Some("application/json") {
        return Err(Refusal::new(302, "Content-Type is not application/json"));
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "utf8") => Ok(()),
        Some(_) => Err(Refusal::new(303, "the charset is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn gate(strict: bool) -> Gate {
        Gate::new(Credentials::new(1, 2), strict)
    }

    /// Good headers of application 1, with one of them replaced, or removed by an empty value.
    fn headers(nonce: &str, cur_time: i64, change: Option<(&str, &str)>) -> HeaderMap {
        let credentials = Credentials::new(1, 2);
        let secret = credentials.app_secret(1);
        let sum = hex::encode(Sha1::digest(format!("{secret}{nonce}{cur_time}")));
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str| {
            let name: HeaderName = name.parse().unwrap();
            if value.is_empty() {
                headers.remove(&name);
            } else {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        };
        set("Content-Type", "application/json;charset=utf-8");
        set("AppKey", &credentials.app_key(1));
        set("Nonce", nonce);
        set("CurTime", &cur_time.to_string());
        set("CheckSum", &sum);
        set("accountId", &credentials.account_id(1));
        set("AppSecret", &secret);
        if let Some((name, value)) = change {
            set(name, value);
        }
        headers
    }

    #[test]
    fn good_headers_are_let_in() {
        assert_eq!(gate(true).admit(&headers("1", NOW, None), NOW), Ok(1));
        for (name, value) in [
            ("AppSecret", ""),
            ("Content-Type", "application/json"),
            ("Content-Type", "Application/JSON; Charset=\"UTF-8\""),
        ] {
            let headers = headers("1", NOW, Some((name, value)));
            assert_eq!(gate(true).admit(&headers, NOW), Ok(1), "{name}: {value}");
        }
        let long = "7".repeat(128);
        assert_eq!(gate(true).admit(&headers(&long, NOW, None), NOW), Ok(1));
    }

    #[test]
    fn bad_headers_are_refused() {
        let other_key = Credentials::new(1, 2).app_key(0);
        for (name, value, code) in [
            ("Content-Type", "", 302),
            ("Content-Type", "text/plain", 302),
            ("Content-Type", "application/json;charset=gbk", 303),
            ("AppKey", "", 302),
            ("AppKey", "nobody", 401),
            ("AppKey", &other_key, 401),
            ("Nonce", "", 302),
            ("Nonce", "2", 401),
            ("CurTime", "", 302),
            ("CurTime", "soon", 302),
            ("CurTime", "1700000001", 401),
            ("CheckSum", "", 302),
            ("CheckSum", "05baebde4fd0a638d0ad485014f0ad8aea3d94ab", 401),
            ("accountId", "", 302),
            ("accountId", "1160033511272363", 401),
            ("AppSecret", "wrong", 401),
        ] {
            let refused = gate(true)
                .admit(&headers("1", NOW, Some((name, value))), NOW)
                .unwrap_err();
            assert_eq!(refused.code, code, "{name}: {value}: {}", refused.reason);
        }
        let long = "7".repeat(129);
        let refused = gate(true).admit(&headers(&long, NOW, None), NOW);
        assert_eq!(refused.map_err(|refused| refused.code), Err(302));
    }

    #[test]
    fn the_clocks_may_differ_by_a_minute() {
        for (skew, good) in [(-61, false), (-60, true), (60, true), (61, false)] {
            let answer = gate(true).admit(&headers("1", NOW + skew, None), NOW);
            assert_eq!(answer.is_ok(), good, "{skew} s: {answer:?}");
        }
    }

    #[test]
    fn a_nonce_is_good_once() {
        let strict = gate(true);
        assert!(strict.admit(&headers("1", NOW, None), NOW).is_ok());
        assert!(strict.admit(&headers("1", NOW, None), NOW).is_err());
        assert!(strict.admit(&headers("1", NOW + 1, None), NOW + 1).is_err());
        let later = NOW + NONCE_MEMORY_SECONDS + 1;
        assert!(strict.admit(&headers("1", later, None), later).is_ok());

        let lax = gate(false);
        assert!(lax.admit(&headers("1", NOW, None), NOW).is_ok());
        assert!(lax.admit(&headers("1", NOW, None), NOW).is_err());
        assert!(lax.admit(&headers("1", NOW + 1, None), NOW).is_ok());
    }
}
