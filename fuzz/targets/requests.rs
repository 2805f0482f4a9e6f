//! Whatever bytes a client sends, it gets HTTP or nothing, and no figures without the password.
#![no_main]

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::{
    clock::SystemClock,
    exposition::Exposition,
    self_metrics::SelfMetrics,
    snapshot::Board,
    web::{Limits, Prepared, ProtectionOptions, TelemetryPath, UnixSocket, WebState, serve},
};
use tokio_util::sync::CancellationToken;

/// `alice`, whose password is `open sesame`.
const USERS: &str =
    "basic_auth_users:\n  alice: $2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n";
/// What of a request's header only those can send who know it.
const CREDENTIALS: &[u8] = b"YWxpY2U6b3BlbiBzZXNhbWU=";

fuzz_target!(|request: &[u8]| {
    let mut stream = UnixStream::connect(server()).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time limit");
    // The server may have had enough before the end.
    let sent = stream
        .write_all(request)
        .and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        let ended = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(
            ended.contains(&error.kind()),
            "{error}: the connection does not end, {sent:?}"
        );
    }
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1."),
        "something else than HTTP"
    );
    let holds = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if !holds(request, CREDENTIALS) {
        assert!(
            !holds(&answer, b"HTTP/1.1 200"),
            "an answer without the password"
        );
        assert!(
            !holds(&answer, b"netease_meeting_"),
            "figures without the password"
        );
    }
});

/// A server of this process, on a socket of its own.
fn server() -> &'static PathBuf {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| {
        let name = format!("fuzzed-requests-{}", std::process::id());
        let (socket, file) = (
            std::env::temp_dir().join(&name),
            std::env::temp_dir().join(name + ".yml"),
        );
        fs::write(&file, USERS).expect("a file in the temporary directory can be written");
        let (metrics, clock) = (
            Arc::new(SelfMetrics::new().expect("instruments")),
            SystemClock::shared(),
        );
        let board = Board::new(Vec::new());
        let exposition = Exposition::new(
            Arc::clone(&board) as _,
            Arc::clone(&metrics),
            Arc::clone(&clock),
        );
        let state = WebState::new(
            TelemetryPath::default(),
            Arc::new(exposition),
            board,
            Arc::clone(&clock),
        );
        let prepared =
            Prepared::load(Some(&file), ProtectionOptions::default()).expect("a good file");
        let protection = Arc::new(prepared.protect(metrics, clock));
        let path = socket.clone();
        let (ready, is_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async move {
                let listener = UnixSocket::bind(&path).await.expect("a socket");
                ready.send(()).expect("somebody waits");
                let never = CancellationToken::new();
                serve(
                    vec![listener.into()],
                    Arc::new(state),
                    protection,
                    Limits::default(),
                    never,
                    Duration::ZERO,
                )
                .await;
            });
        });
        is_ready.recv().expect("the server starts");
        socket
    })
}
