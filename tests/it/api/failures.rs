//! Connections and bodies that go wrong, and what the operator is told.

use std::{io::Write, net::SocketAddr, sync::Arc, time::Duration};

use flate2::{Compression, write::GzEncoder};
use netease_meeting_exporter::{api::ApiError, config::ApiSettings};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::{
    Heard, observed,
    server::{Reply, Server, answer, good, json},
    settings,
};

/// The error of a realtime call, with the labels of its attempts.
async fn fail(settings: &ApiSettings) -> (ApiError, Vec<String>) {
    let heard = Arc::new(Heard::default());
    let error = observed(settings, heard.clone())
        .realtime()
        .await
        .unwrap_err();
    (error, heard.attempts())
}

/// What a server's replies make of a call: labels and the operator's line.
async fn told(reply: Reply) -> String {
    let server = Server::start([reply]).await;
    let (error, labels) = fail(&settings(&server.url)).await;
    format!("{}: {error}", labels.join(", "))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An address at which nobody listens.
async fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn bodies_that_are_no_answer() {
    let html = answer("200 OK\ncontent-type: text/html", "<html>hush</html>");
    let lines = [
        told(Reply::Keep(html)).await,
        told(json("")).await,
        told(json(r#"{"code":200,"requestId":"mc_4"}"#)).await,
        told(json(r#"{"code":200,"ret":null,"requestId":"mc_4"}"#)).await,
        told(json(
            r#"{"code":200,"ret":{"inMeetingCount":1},"requestId":"mc_4"}"#,
        ))
        .await,
        told(json(
            r#"{"code":200,"ret":{"inMeetingCount":"hush"},"requestId":"mc_4"}"#,
        ))
        .await,
        told(json(r#"{"code":200,"ret":{"inMeeti"#)).await,
        told(Reply::Keep(answer("200 OK", b"\xc4\xe3\xba\xc3"))).await,
        told(Reply::Keep(answer("200 OK\ncontent-encoding: br", "hush"))).await,
        told(Reply::Keep(answer(
            "200 OK\ncontent-encoding: gzip",
            "hush",
        )))
        .await,
        told(Reply::Keep(answer("200 OK\ncontent-encoding: gzip", ""))).await,
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: HTML instead of JSON (text/html, 17 bytes); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: no envelope in the body: it is empty (application/json, 0 bytes); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: `ret` is missing (request id mc_4); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: `ret` is missing (request id mc_4); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: `ret.inMeetingMemberCount` is missing (request id mc_4); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: `ret.inMeetingCount`: it is not a whole number (request id mc_4); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: no envelope in the body: not JSON: EOF while parsing a string at line 1 column 27 (application/json, 27 bytes); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: no envelope in the body: it is not UTF-8 at byte 0 (no content type, 4 bytes); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: the body cannot be read: its content encoding is not gzip, which alone we accept; check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: the body cannot be read: its gzip compression is damaged or incomplete; check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: no envelope in the body: it is empty (no content type, 0 bytes); check `host` and `paths.realtime`; if both are right, the vendor has changed its answers
    "#);
}

#[tokio::test]
async fn gzip_is_read() {
    let body = r#"{"code":200,"ret":{"inMeetingCount":1,"inMeetingMemberCount":2}}"#;
    let packed = answer("200 OK\ncontent-encoding: gzip", gzip(body.as_bytes()));
    let server = Server::start([Reply::Keep(packed)]).await;
    let answer = super::client(&settings(&server.url))
        .realtime()
        .await
        .unwrap();
    assert_eq!(answer.participants, 2);
    assert!(server.requests()[0].contains("accept-encoding: gzip\r\n"));
}

#[tokio::test]
async fn bodies_beyond_the_limit() {
    let long = vec![b' '; 70_000];
    let mut endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        endless.extend(format!("{:x}\r\n", 8192).into_bytes());
        endless.extend(vec![b' '; 8192]);
        endless.extend(b"\r\n");
    }
    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 60_000);
    let lines = [
        told(Reply::Keep(answer("200 OK", &long))).await,
        told(Reply::Keep(
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n".to_vec(),
        ))
        .await,
        told(Reply::Close(endless)).await,
        told(Reply::Keep(answer("200 OK\ncontent-encoding: gzip", &bomb))).await,
        told(Reply::Keep(answer("502 Bad Gateway", &long))).await,
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    realtime decode: application "hq": endpoint realtime: the answer's body is longer than 65536 bytes; check `host`, or raise `max_body_bytes`
    realtime decode: application "hq": endpoint realtime: the answer's body is longer than 65536 bytes; check `host`, or raise `max_body_bytes`
    realtime decode: application "hq": endpoint realtime: the answer's body is longer than 65536 bytes; check `host`, or raise `max_body_bytes`
    realtime decode: application "hq": endpoint realtime: the answer's body is longer than 65536 bytes; check `host`, or raise `max_body_bytes`
    realtime http_502, realtime http_502 retry, realtime http_502 retry: application "hq": endpoint realtime: HTTP status 502 without the vendor's JSON envelope: a body that cannot be read, or is too long (3 attempts); the server, or a gateway before it, is in trouble: it is tried again
    "#);
}

#[tokio::test]
async fn connections_that_break() {
    let whole = answer("200 OK", r#"{"code":200,"ret":{}}"#);
    let lines = [
        told(Reply::Reset).await,
        told(Reply::Close(Vec::new())).await,
        told(Reply::Close(whole[..whole.len() - 5].to_vec())).await,
        told(Reply::Close(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{".to_vec(),
        ))
        .await,
        told(Reply::Close(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())).await,
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    realtime connect, realtime connect retry, realtime connect retry: application "hq": endpoint realtime: the connection failed: connection error: Connection reset by peer (os error 104) (3 attempts); check `host` and the firewall; where only a proxy leads out, set `proxy`
    realtime connect, realtime connect retry, realtime connect retry: application "hq": endpoint realtime: the connection failed: connection closed before message completed (3 attempts); check `host` and the firewall; where only a proxy leads out, set `proxy`
    realtime connect, realtime connect retry, realtime connect retry: application "hq": endpoint realtime: the connection failed: error reading a body from connection: end of file before message length reached (3 attempts); check `host` and the firewall; where only a proxy leads out, set `proxy`
    realtime connect, realtime connect retry, realtime connect retry: application "hq": endpoint realtime: the connection failed: error reading a body from connection: end of file before message length reached (3 attempts); check `host` and the firewall; where only a proxy leads out, set `proxy`
    realtime decode: application "hq": endpoint realtime: the answer is not what the contract says: the answer is not HTTP: invalid HTTP version parsed; check the setting `host`
    "#);
}

#[tokio::test]
async fn a_connection_that_breaks_once_is_no_failure() {
    for broken in [
        Reply::Reset,
        Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
    ] {
        let server = Server::start([broken, good()]).await;
        assert!(
            super::client(&settings(&server.url))
                .realtime()
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn hangs_end_with_the_time_limit() {
    for hang in [
        Reply::Hang,
        Reply::Keep(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
    ] {
        let server = Server::start([hang]).await;
        let mut settings = settings(&server.url);
        settings.timeout = Duration::from_millis(50);
        let (error, labels) = fail(&settings).await;
        assert_eq!(
            labels,
            [
                "realtime timeout",
                "realtime timeout retry",
                "realtime timeout retry"
            ]
        );
        let line = "application \"hq\": endpoint realtime: no complete answer within 50ms";
        assert!(error.to_string().starts_with(line), "{error}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let url = format!("http://{}", unused_address().await);
    let (error, labels) = fail(&settings(&url)).await;
    assert_eq!(labels[0], "realtime connect");
    insta::assert_snapshot!(error, @r#"application "hq": endpoint realtime: the connection failed: tcp connect error: Connection refused (os error 111) (3 attempts); check `host` and the firewall; where only a proxy leads out, set `proxy`"#);
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let mut settings = settings("http://nonexistent.invalid");
    settings.retry.attempts = 1;
    let (error, labels) = fail(&settings).await;
    assert_eq!(labels, ["realtime connect"]);
    let line = error.to_string();
    assert!(
        line.contains("the host name could not be resolved"),
        "{line}"
    );
    assert!(
        line.ends_with("; check `host` and this machine's resolver"),
        "{line}"
    );
}

#[tokio::test]
async fn proxies_that_fail() {
    let mut lines = Vec::new();
    for (host, proxy, reply) in [
        // Over a tunnel, the refusal is the proxy's; without one, it is an HTTP answer.
        (
            "https://vendor.example",
            "http",
            Reply::Close(answer("407 Who\nproxy-authenticate: Basic", "")),
        ),
        (
            "http://vendor.example",
            "http",
            Reply::Close(answer("407 Who\nproxy-authenticate: Basic", "")),
        ),
        (
            "https://vendor.example",
            "http",
            Reply::Close(answer("403 No", "")),
        ),
        ("https://vendor.example", "http", Reply::Close(Vec::new())),
    ] {
        let server = Server::start([reply]).await;
        let mut settings = settings(host);
        settings.retry.attempts = 1;
        let url = server
            .url
            .replace("http://", &format!("{proxy}://user:pass-pass@"));
        settings.proxy = Some(SecretString::from(url));
        settings.timeout = Duration::from_secs(1);
        let (error, labels) = fail(&settings).await;
        lines.push(format!("{}: {error}", labels.join(", ")));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    realtime connect: application "hq": endpoint realtime: the proxy failed: tunnel error: proxy authorization required; check `proxy`, its user and its password
    realtime http_407: application "hq": endpoint realtime: HTTP status 407 without the vendor's JSON envelope: no content type, 0 bytes; check the user and password of `proxy`
    realtime connect: application "hq": endpoint realtime: the proxy failed: tunnel error: unsuccessful; check `proxy`, its user and its password
    realtime connect: application "hq": endpoint realtime: the proxy failed: tunnel error: unexpected end of file; check `proxy`, its user and its password
    "#);
}

#[tokio::test]
async fn a_proxy_that_nobody_runs() {
    for scheme in ["http", "socks5", "socks5h"] {
        let mut settings = settings("https://127.0.0.1:1");
        settings.proxy = Some(SecretString::from(format!(
            "{scheme}://{}",
            unused_address().await
        )));
        settings.retry.attempts = 1;
        let (error, labels) = fail(&settings).await;
        assert_eq!(labels, ["realtime connect"]);
        let line = error.to_string();
        assert!(line.contains(": the proxy failed: "), "{scheme}: {line}");
    }
}

#[tokio::test]
async fn a_proxy_is_used_with_its_password() {
    let server = Server::start([good()]).await;
    let mut settings = settings("http://vendor.example");
    let url = server.url.replace("http://", "http://user:pass@");
    settings.proxy = Some(SecretString::from(url));
    super::client(&settings).realtime().await.unwrap();
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST http://vendor.example/v1/statistic/meeting/list HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"),
        "{request}"
    );
}
