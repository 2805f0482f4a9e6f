//! An answer's status and headers, as far as we use them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{
    Response, StatusCode, Url,
    header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER},
};

/// What an answer says before its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Head {
    /// The HTTP status.
    pub(in crate::api) status: StatusCode,
    /// `Date`: the vendor's clock, whose second is cut off.
    pub(in crate::api) date: Option<Timestamp>,
    /// `Retry-After`, from now on.
    pub(in crate::api) retry_after: Option<Duration>,
    /// `Content-Type`: up to 60 printable ASCII characters.
    pub(in crate::api) content_type: Option<String>,
    /// `Content-Encoding`, in lower case.
    pub(in crate::api) content_encoding: Option<String>,
    /// The host that a redirect points to.
    pub(in crate::api) location_host: Option<String>,
}

impl Head {
    /// Reads what came back; `now` is our clock.
    pub(in crate::api) fn read(response: &Response, now: Timestamp) -> Self {
        Self::parse(response.status(), response.headers(), response.url(), now)
    }

    fn parse(status: StatusCode, headers: &HeaderMap, url: &Url, now: Timestamp) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let date = text(DATE).and_then(http_date);
        Self {
            status,
            date,
            // Against the vendor's own clock where it is known, so that skew does not lengthen it.
            retry_after: text(RETRY_AFTER).and_then(|value| wait(value, date.unwrap_or(now))),
            content_type: text(CONTENT_TYPE).map(|value| value.chars().take(60).collect()),
            content_encoding: text(CONTENT_ENCODING).map(|it| it.trim().to_ascii_lowercase()),
            location_host: text(LOCATION)
                .and_then(|value| url.join(value).ok())
                .and_then(|target| target.host_str().map(str::to_owned)),
        }
    }

    /// Our clock minus the vendor's, for a request sent at `sent` and answered at `received` by our
    /// clock.
    ///
    /// The vendor wrote `Date` somewhere in between: half-way is the best guess, as is half a
    /// second for what `Date` cuts off. So it is good to half a second and half the round trip.
    pub(in crate::api) fn clock_skew(
        &self,
        sent: Timestamp,
        received: Timestamp,
    ) -> Option<SignedDuration> {
        let ours = sent + received.duration_since(sent) / 2;
        let vendors = self.date? + SignedDuration::from_millis(500);
        Some(ours.duration_since(vendors))
    }
}

/// RFC 9110, 5.6.7, in its one form that may still be sent (IMF-fixdate).
fn http_date(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

/// RFC 9110, 10.2.3: seconds, or a moment.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Seconds beyond 64 bits are a long wait too.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(text)?.duration_since(now);
    Some(Duration::try_from(until).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(784_111_777, 0);

    fn head(headers: &[(HeaderName, &'static str)]) -> Head {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        let url = Url::parse("https://vendor.example/v1").unwrap();
        Head::parse(StatusCode::FOUND, &headers, &url, NOW)
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment() {
        let wait = |value| head(&[(RETRY_AFTER, value)]).retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            wait("99999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        assert_eq!([wait("soon"), wait("-1"), wait("")], [None, None, None]);
        // The vendor's clock is 10 s behind ours: it means 30 s, not 20.
        let skewed = head(&[
            (DATE, "Sun, 06 Nov 1994 08:49:27 GMT"),
            (RETRY_AFTER, "Sun, 06 Nov 1994 08:49:57 GMT"),
        ]);
        assert_eq!(skewed.retry_after, Some(Duration::from_secs(30)));
    }

    #[test]
    fn skew_is_ours_minus_the_vendors() {
        let head = head(&[(DATE, "Sun, 06 Nov 1994 08:49:37 GMT")]);
        let skew = |sent: i64, received: i64| {
            let at = |ms| NOW + SignedDuration::from_millis(ms);
            head.clock_skew(at(sent), at(received)).unwrap().as_millis()
        };
        assert_eq!(skew(400, 600), 0);
        assert_eq!(skew(300_000, 301_000), 300_000);
        assert_eq!(skew(-300_000, -299_000), -300_000);
    }

    #[test]
    fn a_redirect_shows_its_host_and_no_more() {
        let host = |value| head(&[(LOCATION, value)]).location_host;
        assert_eq!(
            host("https://user:pw@other.example:8443/a?b=c").as_deref(),
            Some("other.example")
        );
        assert_eq!(host("/elsewhere").as_deref(), Some("vendor.example"));
        assert_eq!(host("http://["), None);
    }
}
