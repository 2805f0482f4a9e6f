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
        http_status: Some(403),
        request_id: Some("mc_1".to_owned()),
        clock_skew: Some(SignedDuration::from_secs(-300)),
        retry_after: Some(Duration::from_secs(90)),
        attempts: 3,
        ..ApiError::new("hq", Endpoint::Realtime, vendor(401))
    };
    insta::assert_snapshot!(error, @"");
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
    insta::assert_snapshot!(hints.join("\n"), @"");
}

#[test]
fn every_code_has_its_line() {
    let codes = VendorCode::DOCUMENTED.map(VendorCode::number);
    let lines: Vec<_> = codes
        .into_iter()
        .chain([777])
        .map(|code| line(Endpoint::Daily, vendor(code)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"");
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
            setting: Some("timezone".to_owned()),
        },
        ErrorKind::TooLarge { limit: 16 },
    ];
    let lines: Vec<_> = kinds
        .into_iter()
        .map(|kind| (kind.label(), kind.class(), line(Endpoint::List, kind)))
        .map(|(label, class, line)| format!("{label} {class:?}: {line}"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"");
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
