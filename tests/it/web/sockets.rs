//! How clients are treated, on real sockets.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use netease_meeting_exporter::{
    exposition::Snapshots,
    snapshot::AppSnapshot,
    web::{Limits, UnixSocket, serve},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream, UnixStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{state, unprotected};
use crate::exposition::fixture::{Fixed, known};

/// Longer than any test should take; only a failing one waits for it.
const LONG: Duration = Duration::from_secs(60);
/// A time limit that a test lets run out.
const SHORT: Duration = Duration::from_millis(50);

const SCRAPE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n";
const HEALTH: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n";

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    running: JoinSet<()>,
}

impl Server {
    async fn start(limits: Limits, grace: Duration) -> Self {
        Self::with(Fixed::new([known("hq")]), limits, grace).await
    }

    async fn with(snapshots: Arc<dyn Snapshots>, limits: Limits, grace: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut running = JoinSet::new();
        let state = state(snapshots, "/metrics");
        running.spawn(serve(
            vec![listener.into()],
            state,
            unprotected(),
            limits,
            shutdown.clone(),
            grace,
        ));
        Self {
            address,
            shutdown,
            running,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        tokio::time::timeout(LONG, self.running.join_next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

/// Everything up to the end of the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(LONG, stream.read_to_end(&mut bytes)).await;
    // A reset is an end, too.
    drop(read.expect("the connection stays open"));
    String::from_utf8(bytes).unwrap()
}

/// Asks for health, and reads the answer, leaving the connection open.
async fn health(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    stream.write_all(HEALTH).await.unwrap();
    let mut text = String::new();
    while !text.ends_with("\r\n\r\nhealthy\n") {
        let mut bytes = [0; 1024];
        let count = tokio::time::timeout(LONG, stream.read(&mut bytes))
            .await
            .unwrap()
            .unwrap();
        assert_ne!(count, 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    text
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::start(Limits::default(), LONG).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        assert!(health(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    server.stop().await;
    assert_eq!(
        rest(&mut stream).await,
        "",
        "an idle connection is closed at shutdown"
    );
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let server = Server::start(Limits::default(), LONG).await;
    let mut stream = server.connect().await;
    let head = b"HEAD /-/healthy HTTP/1.1\r\nHost: exporter\r\nConnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("\r\ncontent-length: 8\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_first_request_is_cut_off() {
    let limits = Limits {
        first_request: SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits, LONG).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /metrics HTTP/1.1\r\nHost: ex")
        .await
        .unwrap();
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(rest(&mut slow).await, "");
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time() {
    let limits = Limits {
        // Runs before the first request, too: a busy machine must still be in time with that.
        next_request: 10 * SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits, LONG).await;
    let mut stream = server.connect().await;
    health(&mut stream).await;
    assert_eq!(rest(&mut stream).await, "");
    server.stop().await;
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let server = Server::start(Limits::default(), LONG).await;
    let mut stream = server.connect().await;
    let header = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "a".repeat(20_000));
    stream.write_all(header.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn who_only_holds_a_connection_makes_room_for_who_asks() {
    let limits = Limits {
        connections: 8,
        time_to_ask: SHORT / 10,
        ..Limits::default()
    };
    let server = Server::start(limits, LONG).await;
    let mut scraper = server.connect().await;
    health(&mut scraper).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        let mut silent = server.connect().await;
        silent
            .write_all(b"GET /metrics HTTP/1.1\r\nX: ")
            .await
            .unwrap();
        idle.push(silent);
        // Neither one that has asked before nor one that comes now has to wait for them.
        health(&mut scraper).await;
        let mut fresh = server.connect().await;
        health(&mut fresh).await;
    }
    for mut first in idle.drain(..90) {
        assert_eq!(rest(&mut first).await, "");
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_interrupts_an_answer() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    // More than the buffers of both ends hold.
    let apps = Fixed::new((0..2000).map(|number| known(&format!("app{number}"))));
    let server = Server::with(apps, limits, LONG).await;
    let mut first = server.connect().await;
    first.write_all(SCRAPE).await.unwrap();
    let mut byte = [0; 1];
    first.read_exact(&mut byte).await.unwrap();

    let mut second = server.connect().await;
    second.write_all(HEALTH).await.unwrap();
    let answered = tokio::time::timeout(SHORT, second.read(&mut byte)).await;
    assert!(answered.is_err(), "answered although there was no place");

    drop(first);
    let answered = tokio::time::timeout(LONG, second.read_exact(&mut byte)).await;
    answered.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_too_slowly_is_cut_off() {
    let limits = Limits {
        answer: 20 * SHORT,
        ..Limits::default()
    };
    let apps = Fixed::new((0..2000).map(|number| known(&format!("app{number}"))));
    let server = Server::with(apps, limits, LONG).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(server.address).await.unwrap();
    slow.write_all(SCRAPE).await.unwrap();
    // A little now and then, so that no write stalls.
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(count @ 1..) = slow.read(&mut piece).await {
        read.extend_from_slice(&piece[..count]);
        tokio::time::sleep(SHORT / 10).await;
    }
    let text = String::from_utf8(read).unwrap();
    let length = text.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split('\r').next().unwrap().parse().unwrap();
    assert!(text.len() < length, "all of it came although time was up");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let limits = Limits {
        connections: 1,
        stalled_write: SHORT,
        ..Limits::default()
    };
    // More than the buffers of both ends hold.
    let apps = Fixed::new((0..2000).map(|number| known(&format!("app{number}"))));
    let server = Server::with(apps, limits, LONG).await;
    let mut deaf = server.connect().await;
    deaf.write_all(SCRAPE).await.unwrap();

    let mut next = server.connect().await;
    assert!(
        health(&mut next).await.starts_with("HTTP/1.1 200 OK\r\n"),
        "the place became free"
    );
    drop(deaf);
    server.stop().await;
}

/// Snapshots that are handed out only when told to, and tell that they were asked for.
#[derive(Debug)]
struct Gate {
    asked: tokio::sync::mpsc::Sender<()>,
    open: Mutex<Receiver<()>>,
}

impl Gate {
    fn new() -> (Arc<Self>, tokio::sync::mpsc::Receiver<()>, Sender<()>) {
        let (asked, was_asked) = tokio::sync::mpsc::channel(1);
        let (opener, open) = channel();
        (
            Arc::new(Self {
                asked,
                open: Mutex::new(open),
            }),
            was_asked,
            opener,
        )
    }
}

impl Snapshots for Gate {
    fn all(&self) -> Vec<Arc<AppSnapshot>> {
        self.asked.try_send(()).unwrap();
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.recv_timeout(LONG).unwrap();
        vec![Arc::new(known("hq"))]
    }

    fn changes(&self) -> u64 {
        0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_lets_a_request_under_way_finish() {
    let (gate, mut asked, opener) = Gate::new();
    let mut server = Server::with(gate, Limits::default(), LONG).await;
    let mut stream = server.connect().await;
    stream.write_all(SCRAPE).await.unwrap();
    asked.recv().await.unwrap();

    server.shutdown.cancel();
    opener.send(()).unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("netease_meeting_up{app=\"hq\"} 1\n"),
        "{answer}"
    );
    tokio::time::timeout(LONG, server.running.join_next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let refused = TcpStream::connect(server.address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn shutdown_cuts_off_what_does_not_finish_in_time() {
    let server = Server::start(Limits::default(), SHORT).await;
    let mut stuck = server.connect().await;
    health(&mut stuck).await;
    stuck
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: ex")
        .await
        .unwrap();
    let mut fresh = server.connect().await;
    health(&mut fresh).await;
    server.stop().await;
    assert_eq!(rest(&mut stuck).await, "");
    assert_eq!(rest(&mut fresh).await, "");
}

#[tokio::test]
async fn a_server_that_is_dropped_leaves_no_connection() {
    let server = Server::start(Limits::default(), LONG).await;
    let mut stream = server.connect().await;
    health(&mut stream).await;
    drop(server);
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn every_listener_is_served() {
    let mut listeners = Vec::new();
    let mut addresses = Vec::new();
    for address in ["127.0.0.1:0", "127.0.0.2:0"] {
        let listener = TcpListener::bind(address).await.unwrap();
        addresses.push(listener.local_addr().unwrap());
        listeners.push(listener.into());
    }
    let shutdown = CancellationToken::new();
    let state = state(Fixed::new([]), "/metrics");
    let mut running = JoinSet::new();
    running.spawn(serve(
        listeners,
        state,
        unprotected(),
        Limits::default(),
        shutdown.clone(),
        LONG,
    ));
    for address in addresses {
        let mut stream = TcpStream::connect(address).await.unwrap();
        health(&mut stream).await;
    }
    shutdown.cancel();
    running.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_unix_socket_is_served_and_its_file_goes_at_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exporter.sock");
    let socket = UnixSocket::bind(&path).await.unwrap();
    let shutdown = CancellationToken::new();
    let mut running = JoinSet::new();
    running.spawn(serve(
        vec![socket.into()],
        state(Fixed::new([]), "/metrics"),
        unprotected(),
        Limits::default(),
        shutdown.clone(),
        LONG,
    ));
    let mut stream = UnixStream::connect(&path).await.unwrap();
    assert!(health(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
    shutdown.cancel();
    running.join_next().await.unwrap().unwrap();
    assert!(!path.exists());
}
