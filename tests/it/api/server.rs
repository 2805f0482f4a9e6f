//! A server that answers with given bytes, and remembers what it was sent.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What to do with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Send these bytes and wait for the next request on the connection.
    Keep(Vec<u8>),
    /// Send these bytes and close.
    Close(Vec<u8>),
    /// Reset the connection.
    Reset,
    /// Say nothing.
    Hang,
}

/// A server on a port of its own; it ends when it is dropped.
pub(super) struct Server {
    pub(super) url: String,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct State {
    requests: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

impl Server {
    /// Answers one request after another; further ones as the last.
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let replies: Vec<_> = replies.into_iter().collect();
        let state = Arc::new(State::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, replies, state.clone()));
        Self {
            url,
            state,
            _tasks: tasks,
        }
    }

    /// Every request so far: head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }
}

async fn accept(listener: TcpListener, replies: Vec<Reply>, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        *state.connections.lock().unwrap() += 1;
        connections.spawn(converse(stream, replies.clone(), state.clone()));
    }
}

async fn converse(mut stream: TcpStream, replies: Vec<Reply>, state: Arc<State>) {
    while let Some(request) = read_request(&mut stream).await {
        let reply = {
            let mut requests = state.requests.lock().unwrap();
            requests.push(request);
            replies[(requests.len() - 1).min(replies.len() - 1)].clone()
        };
        match reply {
            Reply::Keep(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Close(bytes) => {
                // The client may have had enough before the end.
                let _written = stream.write_all(&bytes).await;
                let _closed = stream.shutdown().await;
                return;
            }
            Reply::Reset => {
                socket_reset(&stream);
                return;
            }
            Reply::Hang => std::future::pending().await,
        }
    }
}

/// Closing with this set sends a reset instead of an end.
fn socket_reset(stream: &TcpStream) {
    stream.set_zero_linger().unwrap();
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() == length {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A whole answer: `head` is the status and further header lines, separated by newlines.
pub(super) fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = head.replace('\n', "\r\n");
    let mut answer =
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// A whole answer of status 200 with a JSON body.
pub(super) fn json(body: &str) -> Reply {
    Reply::Keep(answer("200 OK\ncontent-type: application/json", body))
}

/// A realtime answer: 3 meetings, 17 participants.
pub(super) fn good() -> Reply {
    json(
        r#"{"code":200,"ret":{"inMeetingCount":3,"inMeetingMemberCount":17},"requestId":"mc_9","costTime":"32ms"}"#,
    )
}

/// An envelope with this code, `msg` and a `requestId`.
pub(super) fn coded(code: i64) -> Reply {
    json(&format!(
        r#"{{"code":{code},"msg":"不行","requestId":"mc_1","costTime":"25ms"}}"#
    ))
}
