//! Signed requests.

use bytes::Bytes;
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    api::{BuildError, Endpoint, sign::sign},
    config::ApiSettings,
};

const ACCOUNT_ID: HeaderName = HeaderName::from_static("accountid");
const APP_KEY: HeaderName = HeaderName::from_static("appkey");
const APP_SECRET: HeaderName = HeaderName::from_static("appsecret");
const CHECK_SUM: HeaderName = HeaderName::from_static("checksum");
const CUR_TIME: HeaderName = HeaderName::from_static("curtime");
const NONCE: HeaderName = HeaderName::from_static("nonce");

/// Makes an application's requests.
#[derive(Debug)]
pub(super) struct Requests {
    /// In the order of [`Endpoint::ALL`].
    urls: [Url; Endpoint::ALL.len()],
    /// The headers that do not change.
    headers: HeaderMap,
    app_secret: SecretString,
}

impl Requests {
    /// Checks that host and paths make URLs, and that the credentials can stand in headers.
    pub(super) fn new(settings: &ApiSettings) -> Result<Self, BuildError> {
        let paths = &settings.paths;
        let url = |endpoint: Endpoint, path: &str| {
            let url = format!("{}{path}", settings.host);
            Url::parse(&url).map_err(|error| BuildError::Url {
                endpoint: endpoint.as_str(),
                reason: error.to_string(),
            })
        };
        Ok(Self {
            urls: [
                url(Endpoint::Realtime, &paths.realtime)?,
                url(Endpoint::Daily, &paths.daily)?,
                url(Endpoint::List, &paths.list)?,
                url(Endpoint::Detail, &paths.detail)?,
            ],
            headers: fixed_headers(settings)?,
            app_secret: settings.app_secret.clone(),
        })
    }

    /// A request signed with `nonce` and `cur_time`, UNIX seconds.
    pub(super) fn signed(
        &self,
        endpoint: Endpoint,
        body: Bytes,
        nonce: u32,
        cur_time: i64,
    ) -> Request {
        let mut request = Request::new(Method::POST, self.url(endpoint).clone());
        let (nonce, cur_time) = (nonce.to_string(), cur_time.to_string());
        let check_sum = sign(self.app_secret.expose_secret(), &nonce, &cur_time);
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        for (name, text) in [(NONCE, nonce), (CUR_TIME, cur_time), (CHECK_SUM, check_sum)] {
            // Digits and hex digits always make a header.
            if let Ok(mut value) = HeaderValue::try_from(text) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        *request.body_mut() = Some(body.into());
        request
    }

    fn url(&self, endpoint: Endpoint) -> &Url {
        let [realtime, daily, list, detail] = &self.urls;
        match endpoint {
            Endpoint::Realtime => realtime,
            Endpoint::Daily => daily,
            Endpoint::List => list,
            Endpoint::Detail => detail,
        }
    }
}

fn fixed_headers(settings: &ApiSettings) -> Result<HeaderMap, BuildError> {
    let credential = |setting, text: &str| {
        // Bytes, since a header may hold UTF-8 beyond ASCII.
        let mut value =
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| BuildError::Header { setting })?;
        value.set_sensitive(true);
        Ok(value)
    };
    let json = HeaderValue::from_static("application/json;charset=utf-8");
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, json),
        (ACCEPT, HeaderValue::from_static("application/json")),
        (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        (APP_KEY, credential("app_key", &settings.app_key)?),
        (ACCOUNT_ID, credential("account_id", &settings.account_id)?),
    ]);
    if settings.send_app_secret {
        let secret = settings.app_secret.expose_secret();
        headers.insert(APP_SECRET, credential("app_secret", secret)?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::settings;

    fn check(settings: &ApiSettings) -> String {
        let requests = Requests::new(settings).unwrap();
        let request = requests.signed(
            Endpoint::Daily,
            Bytes::from_static(b"{}"),
            12_345_678,
            1_594_639_036,
        );
        let debug = format!("{request:?}{requests:?}");
        assert!(
            !debug.contains("abc") && !debug.contains("05baebde"),
            "{debug}"
        );
        let mut lines: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        format!(
            "{} {}\n{}",
            request.method(),
            request.url(),
            lines.join("\n")
        )
    }

    #[test]
    fn a_request_is_as_documented() {
        let mut settings = settings("https://vendor.example:8443");
        settings.app_secret = SecretString::from("abc");
        insta::assert_snapshot!(check(&settings), @"
        POST https://vendor.example:8443/v1/statistic/meeting/getByTimeRange
        accept-encoding: gzip
        accept: application/json
        accountid: 1160033511272363
        appkey: key
        appsecret: abc
        checksum: 05baebde4fd0a638d0ad485014f0ad8aea3d94ab
        content-type: application/json;charset=utf-8
        curtime: 1594639036
        nonce: 12345678
        ");
        settings.send_app_secret = false;
        assert!(!check(&settings).contains("appsecret"));
    }

    #[test]
    fn what_makes_no_request_is_named_without_its_value() {
        let with = |change: fn(&mut ApiSettings)| {
            let mut settings = settings("https://vendor.example");
            change(&mut settings);
            Requests::new(&settings).unwrap_err().to_string()
        };
        let lines = [
            with(|it| it.app_secret = SecretString::from("hu\nsh")),
            with(|it| it.app_key = "\0".to_owned()),
            with(|it| it.account_id = "\r".to_owned()),
            with(|it| it.host = "vendor.example".to_owned()),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        `app_secret` has characters that an HTTP header cannot hold
        `app_key` has characters that an HTTP header cannot hold
        `account_id` has characters that an HTTP header cannot hold
        `host` and `paths.realtime` make no URL: relative URL without a base
        ");
    }
}
