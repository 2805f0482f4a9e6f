//! Certificates, trusted and not.

use std::{io::Read, net::TcpListener, sync::Arc};

use netease_meeting_exporter::config::ApiSettings;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{
    Heard, fixture, observed,
    server::{Reply, Server, answer},
    settings,
};

/// A TLS server with the fixture's certificate, which is for 127.0.0.1; it serves one connection.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let certificate = CertificateDer::from_pem_file(fixture("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut request = [0; 4096];
        // A client that does not trust us is gone by now.
        if stream.read(&mut request).is_ok() {
            let body = r#"{"code":200,"ret":{"inMeetingCount":1,"inMeetingMemberCount":2}}"#;
            let _written = std::io::Write::write_all(&mut stream, &answer("200 OK", body));
        }
    });
    url
}

async fn told(settings: &ApiSettings) -> String {
    let heard = Arc::new(Heard::default());
    let error = observed(settings, heard.clone())
        .realtime()
        .await
        .unwrap_err();
    format!("{}: {error}", heard.attempts().join(", "))
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_by_ca_file_alone() {
    let line = told(&settings(&start())).await;
    insta::assert_snapshot!(line, @r#"realtime tls: application "hq": endpoint realtime: the TLS handshake failed: invalid peer certificate: UnknownIssuer; the certificate's authority is not trusted here: set `ca_file` to its PEM file"#);

    let mut settings = settings(&start());
    settings.ca_file = Some(fixture("tls/ca.pem"));
    let answer = super::client(&settings).realtime().await.unwrap();
    assert_eq!(answer.participants, 2);
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let mut settings = settings(&start().replace("127.0.0.1", "localhost"));
    settings.ca_file = Some(fixture("tls/ca.pem"));
    let line = told(&settings).await;
    insta::assert_snapshot!(line, @r#"realtime tls: application "hq": endpoint realtime: the TLS handshake failed: invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for IpAddress(127.0.0.1); the certificate is for another name: check `host`"#);
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let hello = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, hello)
            .await
            .unwrap();
        // Open until the client has read it and gone.
        let mut rest = Vec::new();
        let _read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
    });
    insta::assert_snapshot!(told(&settings(&url)).await, @r#"realtime tls: application "hq": endpoint realtime: the TLS handshake failed: received corrupt message of type InvalidContentType; what answers there does not speak TLS: check the scheme and port of `host`"#);
}

#[tokio::test]
async fn a_server_that_hangs_up_on_the_handshake() {
    // It waits for a request that never comes, as a handshake is none: the client's limit ends it.
    let server = Server::start([Reply::Hang]).await;
    let mut settings = settings(&server.url.replace("http://", "https://"));
    settings.timeout = std::time::Duration::from_millis(50);
    settings.retry.attempts = 1;
    let line = told(&settings).await;
    assert!(line.starts_with("realtime timeout: "), "{line}");
}
