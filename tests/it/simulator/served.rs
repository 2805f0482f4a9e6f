//! A simulator that serves on a port of its own, and somebody who asks it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use netease_meeting_exporter::{
    clock::{Clock as _, ManualClock},
    simulator::{Builder, Endpoint, Simulator},
};
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Wednesday, 2024-05-15 10:30:00 in Shanghai.
pub(crate) const NOW: i64 = 1_715_740_200;

pub(crate) struct Served {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) clock: Arc<ManualClock>,
    address: SocketAddr,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
    nonces: AtomicU32,
}

/// What came back, up to the end of the connection.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the connection ended with an error instead of an end.
    pub(crate) reset: bool,
}

impl Served {
    /// Serves a simulator whose clock stands at [`NOW`].
    pub(crate) async fn start(builder: Builder) -> Self {
        let clock = ManualClock::at(Timestamp::from_second(NOW).unwrap());
        let simulator = builder.clock(clock.clone()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&simulator).serve(listener, shutdown.clone()));
        Self {
            simulator,
            clock,
            address,
            shutdown,
            tasks,
            nonces: AtomicU32::new(10_000_000),
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        let end = tokio::time::timeout(Duration::from_secs(10), self.tasks.join_next());
        end.await.expect("ends in time").unwrap().unwrap();
    }

    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Good headers of an application, signed afresh.
    pub(crate) fn headers(&self, app: usize) -> Vec<(&'static str, String)> {
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed).to_string();
        let cur_time = self.clock.now().as_second().to_string();
        let secret = self.simulator.app_secret(app);
        let digest = Sha1::digest([secret.as_str(), &nonce, &cur_time].concat());
        vec![
            ("AppKey", self.simulator.app_key(app)),
            (
                "CheckSum",
                digest.iter().map(|b| format!("{b:02x}")).collect(),
            ),
            ("CurTime", cur_time),
            ("Nonce", nonce),
            ("Content-Type", "application/json;charset=utf-8".to_owned()),
            ("accountId", self.simulator.account_id(app)),
        ]
    }

    /// Sends a request with these headers on a connection of its own.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Reply {
        let mut stream = self.connect().await;
        let request = request(method, path, headers, body, "close");
        stream.write_all(request.as_bytes()).await.unwrap();
        Reply::read(&mut stream).await
    }

    /// Asks as application 0.
    pub(crate) async fn ask(&self, endpoint: Endpoint, body: &str) -> Reply {
        self.send("POST", endpoint.path(), &self.headers(0), body)
            .await
    }

    /// Asks a good question as an application, and returns its `ret`.
    pub(crate) async fn ret(&self, app: usize, endpoint: Endpoint, body: &Value) -> Value {
        let reply = self
            .send(
                "POST",
                endpoint.path(),
                &self.headers(app),
                &body.to_string(),
            )
            .await;
        let mut envelope = reply.json();
        assert_eq!(envelope["code"], 200, "{envelope}");
        envelope["ret"].take()
    }
}

/// A request as bytes on the wire.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &str,
    connection: &str,
) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: vendor.test\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let length = body.len();
    text + &format!("Connection: {connection}\r\nContent-Length: {length}\r\n\r\n{body}")
}

impl Reply {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let reset = stream.read_to_end(&mut bytes).await.is_err();
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .map_or(bytes.len(), |at| at + 4);
        let body = bytes.split_off(end);
        let head = String::from_utf8(bytes).unwrap();
        Self { head, body, reset }
    }

    pub(crate) fn status(&self) -> u16 {
        self.head
            .split(' ')
            .nth(1)
            .map_or(0, |s| s.parse().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error}: {} {}",
                self.head,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["code"].as_i64().unwrap()
    }
}
