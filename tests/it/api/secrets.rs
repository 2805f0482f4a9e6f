//! No secret in anything that can be printed, at the most verbose level.

use std::{
    io,
    sync::{Arc, Mutex},
};

use secrecy::SecretString;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    SECRET, client,
    server::{Reply, Server, answer, good, json},
    settings,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_ever_printed() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // As long as there is only one subscriber, an event that another test's thread reaches first is
    // switched off for good, because that thread has none. A second one makes tracing ask each time.
    let silent = tracing_subscriber::fmt().with_writer(io::sink).finish();
    let _second = tracing::Dispatch::new(silent);
    let _guard = tracing::subscriber::set_default(subscriber);

    // A server that echoes the secret wherever it can.
    let echo = format!(r#"{{"code":302,"msg":"bad {SECRET}","requestId":"{SECRET}"}}"#);
    let type_echo = format!("200 OK\ncontent-type: {SECRET}\nlocation: https://{SECRET}/");
    let mut printed = String::new();
    for reply in [
        good(),
        json(&echo),
        Reply::Keep(answer(&type_echo, SECRET)),
        Reply::Close(answer(&type_echo.replace("200 OK", "302 Found"), SECRET)),
    ] {
        let server = Server::start([reply]).await;
        let mut settings = settings(&server.url);
        settings.proxy = Some(SecretString::from(
            server.url.replace("http://", "http://user:pass-pass@"),
        ));
        let client = client(&settings);
        let answer = client.realtime().await;
        printed += &format!("{settings:?} {client:?} {answer:?}");
        if let Err(error) = answer {
            printed += &format!("{error} {} {}", error.reason(), error.hint());
        }
        let checksum = server.requests()[0]
            .lines()
            .find_map(|line| line.strip_prefix("checksum: ").map(str::to_owned))
            .unwrap();
        assert!(!printed.contains(&checksum));
    }
    printed += std::str::from_utf8(&log.0.lock().unwrap()).unwrap();
    assert!(
        printed.contains("an attempt at a call ended"),
        "the log was taken"
    );
    assert!(printed.contains("<secret>"), "the echo was seen");
    for secret in [SECRET, "pass-pass"] {
        let at = printed.find(secret);
        assert!(
            at.is_none(),
            "{:?}",
            at.map(|at| &printed[at.saturating_sub(200)..at])
        );
    }
}
