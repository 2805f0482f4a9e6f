use std::collections::BTreeSet;

use super::*;

fn vendor(code: i64) -> ErrorKind {
    ErrorKind::Vendor {
        code: VendorCode::new(code),
        message: "请求未通过验证".to_owned(),
    }
}

fn line(endpoint: Endpoint, kind: ErrorKind) -> String {
    ApiError::new("hq", endpoint, kind).to_string()
}

#[test]
fn the_operators_line_has_everything() {
    let error = ApiError {
        http_status: Some(StatusCode::FORBIDDEN),
        request_id: Some("mc_1".into()),
        clock_skew: Some(SignedDuration::from_secs(-300)),
        retry_after: Some(Duration::from_secs(90)),
        attempts: 3,
        ..ApiError::new("hq", Endpoint::Realtime, vendor(401))
    };
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: the vendor answered code 401 (request failed verification): "请求未通过验证" (HTTP status 403, request id mc_1, asked to wait 90 s, 3 attempts); our clock is 300 s behind the vendor's, and it refuses more than 60 s: fix NTP"#);
}

#[test]
fn a_401_says_whether_the_clock_explains_it() {
    let hints: Vec<_> = [None, Some(0), Some(58), Some(59), Some(300), Some(-61)]
        .into_iter()
        .map(|skew| ApiError {
            clock_skew: skew.map(SignedDuration::from_secs),
            ..ApiError::new("hq", Endpoint::Realtime, vendor(401))
        })
        .map(|error| error.hint())
        .collect();
    insta::assert_snapshot!(hints.join("\n"), @"
    check `app_key`, `app_secret` and `account_id`, and this machine's clock
    check `app_key`, `app_secret` and `account_id` (the clock is right)
    check `app_key`, `app_secret` and `account_id` (the clock is right)
    our clock is 59 s ahead of the vendor's, and it refuses more than 60 s: fix NTP
    our clock is 300 s ahead of the vendor's, and it refuses more than 60 s: fix NTP
    our clock is 61 s behind the vendor's, and it refuses more than 60 s: fix NTP
    ");
}

#[test]
fn every_code_has_its_line() {
    let codes = VendorCode::DOCUMENTED.map(VendorCode::number);
    let lines: Vec<_> = codes
        .into_iter()
        .chain([777])
        .map(|code| line(Endpoint::Daily, vendor(code)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    application "hq": endpoint daily: the vendor answered code 300 (illegal parameter): "请求未通过验证"; the range of days may be too long: try a smaller `collectors.daily.max_range`
    application "hq": endpoint daily: the vendor answered code 301 (empty parameter): "请求未通过验证"; the vendor does not take what this exporter sends: report it
    application "hq": endpoint daily: the vendor answered code 302 (illegal header): "请求未通过验证"; check `app_key` and `account_id`, and that no proxy changes headers
    application "hq": endpoint daily: the vendor answered code 303 (illegal charset): "请求未通过验证"; the vendor does not take what this exporter sends: report it
    application "hq": endpoint daily: the vendor answered code 401 (request failed verification): "请求未通过验证"; check `app_key`, `app_secret` and `account_id`, and this machine's clock
    application "hq": endpoint daily: the vendor answered code 402 (service not enabled): "请求未通过验证"; have NetEase enable the statistics service for this AppKey
    application "hq": endpoint daily: the vendor answered code 501 (internal error): "请求未通过验证"; the vendor's own trouble: it is tried again
    application "hq": endpoint daily: the vendor answered code 510 (too frequent): "请求未通过验证"; lower `rate_limit.requests_per_second`, or raise the intervals
    application "hq": endpoint daily: the vendor answered code 512 (service busy): "请求未通过验证"; the vendor's own trouble: it is tried again
    application "hq": endpoint daily: the vendor answered code 2000 (no such meeting): "请求未通过验证"; the meeting is gone
    application "hq": endpoint daily: the vendor answered code 4000 (enterprise service expired): "请求未通过验证"; renew the service with NetEase
    application "hq": endpoint daily: the vendor answered code 4001 (concurrency limit reached): "请求未通过验证"; ask NetEase to raise the application's limit
    application "hq": endpoint daily: the vendor answered code 777 (not documented): "请求未通过验证"; ask NetEase what this code means, with the request id
    "#);
}

#[test]
fn every_other_kind_has_its_line() {
    let reason = || "because".to_owned();
    let tls = |cause| ErrorKind::Tls {
        reason: reason(),
        cause,
    };
    let http = |status| ErrorKind::Http {
        status,
        what: reason(),
    };
    let kinds = [
        ErrorKind::Timeout {
            limit: Duration::from_secs(10),
        },
        ErrorKind::Dns { reason: reason() },
        ErrorKind::Connect { reason: reason() },
        ErrorKind::Proxy { reason: reason() },
        tls(TlsCause::UnknownIssuer),
        tls(TlsCause::WrongName),
        tls(TlsCause::WrongTime),
        tls(TlsCause::NotTls),
        tls(TlsCause::Other),
        http(302),
        http(404),
        http(407),
        http(429),
        http(502),
        ErrorKind::Decode {
            reason: reason(),
            setting: None,
        },
        ErrorKind::Decode {
            reason: reason(),
            setting: Some("timezone"),
        },
        ErrorKind::TooLarge { limit: 16 },
    ];
    let lines: Vec<_> = kinds
        .into_iter()
        .map(|kind| (kind.label(), kind.class(), line(Endpoint::List, kind)))
        .map(|(label, class, line)| format!("{label} {class:?}: {line}"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    timeout Transient: application "hq": endpoint list: no complete answer within 10s; check the way to `host`, or raise `timeout`
    connect Transient: application "hq": endpoint list: the host name could not be resolved: because; check `host` and this machine's resolver
    connect Transient: application "hq": endpoint list: the connection failed: because; check `host` and the firewall; where only a proxy leads out, set `proxy`
    connect Transient: application "hq": endpoint list: the proxy failed: because; check `proxy`, its user and its password
    tls Permanent: application "hq": endpoint list: the TLS handshake failed: because; the certificate's authority is not trusted here: set `ca_file` to its PEM file
    tls Permanent: application "hq": endpoint list: the TLS handshake failed: because; the certificate is for another name: check `host`
    tls Permanent: application "hq": endpoint list: the TLS handshake failed: because; the certificate is not valid now: check this machine's clock, then the server
    tls Permanent: application "hq": endpoint list: the TLS handshake failed: because; what answers there does not speak TLS: check the scheme and port of `host`
    tls Permanent: application "hq": endpoint list: the TLS handshake failed: because; check the scheme and port of `host`, and what stands between
    http_302 Permanent: application "hq": endpoint list: HTTP status 302 without the vendor's JSON envelope: because; check `host` and `paths.list`
    http_404 Permanent: application "hq": endpoint list: HTTP status 404 without the vendor's JSON envelope: because; check `host` and `paths.list`
    http_407 Permanent: application "hq": endpoint list: HTTP status 407 without the vendor's JSON envelope: because; check the user and password of `proxy`
    http_429 Throttled: application "hq": endpoint list: HTTP status 429 without the vendor's JSON envelope: because; lower `rate_limit.requests_per_second`, or raise the intervals
    http_502 Transient: application "hq": endpoint list: HTTP status 502 without the vendor's JSON envelope: because; the server, or a gateway before it, is in trouble: it is tried again
    decode Permanent: application "hq": endpoint list: the answer is not what the contract says: because; check `host` and `paths.list`; if both are right, the vendor has changed its answers
    decode Permanent: application "hq": endpoint list: the answer is not what the contract says: because; check the setting `timezone`
    decode Permanent: application "hq": endpoint list: the answer's body is longer than 16 bytes; lower `collectors.meetings.page_size` or raise `max_body_bytes`
    "#);
}

#[test]
fn labels_are_a_closed_set() {
    let all: BTreeSet<_> = code_labels().collect();
    assert_eq!(all.len(), 7 + 12 + 500);
    for code in [i64::MIN, -1, 0, 199, 300, 4001, i64::MAX] {
        assert!(all.contains(&vendor(code).label()), "{code}");
    }
    for status in [0, 99, 100, 302, 599, 600, 999] {
        let what = String::new();
        assert!(
            all.contains(&ErrorKind::Http { status, what }.label()),
            "{status}"
        );
    }
}
