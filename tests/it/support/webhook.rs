//! A receiver of Alertmanager's messages.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;

/// Takes whatever is posted to it, until it is dropped.
#[derive(Debug)]
pub(crate) struct Webhook {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    messages: Arc<Mutex<Vec<Message>>>,
    stopped: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The path it was posted to.
    pub(crate) path: String,
    /// What it says.
    pub(crate) body: Value,
}

impl Webhook {
    /// Listens on a port of its own.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let messages: Arc<Mutex<Vec<Message>>> = Arc::default();
        let stopped = Arc::new(AtomicBool::new(false));
        let (kept, stop) = (Arc::clone(&messages), Arc::clone(&stopped));
        let serving = thread::spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                if let Some(message) = connection.ok().and_then(receive) {
                    kept.lock().expect("nobody panics with it").push(message);
                }
            }
        });
        Self {
            address,
            messages,
            stopped,
            serving: Some(serving),
        }
    }

    /// What has come so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.lock().expect("nobody panics with it").clone()
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it from waiting for a connection.
        drop(TcpStream::connect(self.address));
        drop(self.serving.take().map(JoinHandle::join));
    }
}

/// Reads one request and answers it.
fn receive(mut stream: TcpStream) -> Option<Message> {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .ok()?;
    let body = serde_json::from_slice(&body).ok()?;
    Some(Message { path, body })
}
