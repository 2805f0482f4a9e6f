//! Stands between the exporter and the simulated vendor: passes questions on, and spoils what comes
//! back.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A stream to the exporter, plain or through TLS.
pub(super) trait Stream: Read + Write {
    /// Ends the connection with a reset instead of an end.
    fn reset(&mut self);
}

impl Stream for TcpStream {
    fn reset(&mut self) {
        let socket = socket2::SockRef::from(&*self);
        socket.set_linger(Some(Duration::ZERO)).expect("a socket");
    }
}

/// One question, and the vendor's honest answer to it.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Which endpoint was asked.
    pub(super) endpoint: &'static str,
    /// The vendor's status line and headers, without those about the body's length.
    pub(super) head: String,
    /// The vendor's body.
    pub(super) body: String,
    /// How many questions at this endpoint were spoiled before.
    pub(super) before: u64,
}

impl Exchange {
    /// The honest answer, as bytes.
    pub(super) fn honest(&self) -> Vec<u8> {
        self.with_body(self.body.as_bytes())
    }

    /// An answer with another body.
    pub(super) fn with_body(&self, body: &[u8]) -> Vec<u8> {
        answer(
            &format!("{}content-length: {}\r\n", self.head, body.len()),
            body,
        )
    }
}

/// An answer from its status and headers, each line ended; the connection ends with it.
pub(super) fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"connection: close\r\n\r\n", body].concat()
}

/// What is done instead of answering.
pub(super) type Spoil = fn(&Exchange, &mut dyn Stream) -> io::Result<()>;

/// A meddler that listens until it is dropped.
#[derive(Debug)]
pub(super) struct Meddler {
    /// Where the exporter finds it.
    pub(super) address: SocketAddr,
    inner: Arc<Inner>,
    door: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub(super) struct Inner {
    vendor: SocketAddr,
    fault: Mutex<Option<(Spoil, &'static [&'static str])>>,
    struck: [AtomicU64; ENDPOINTS.len()],
    is_closing: Mutex<bool>,
}

/// The endpoints, by the names of the `endpoint` label.
const ENDPOINTS: [&str; 4] = ["realtime", "daily", "list", "detail"];

impl Meddler {
    /// Honest, before a vendor.
    pub(super) fn before(vendor: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            vendor,
            fault: Mutex::new(None),
            struck: Default::default(),
            is_closing: Mutex::new(false),
        });
        let mut meddler = Self {
            address,
            inner,
            door: None,
        };
        meddler.listen(listener);
        meddler
    }

    /// Spoils the answers of these endpoints from now on.
    pub(super) fn spoil(&self, spoil: Spoil, endpoints: &'static [&'static str]) {
        for struck in &self.inner.struck {
            struck.store(0, Ordering::Relaxed);
        }
        *self.inner.fault.lock().expect("unpoisoned") = Some((spoil, endpoints));
    }

    /// Is honest from now on.
    pub(super) fn be_honest(&self) {
        *self.inner.fault.lock().expect("unpoisoned") = None;
    }

    /// How many answers of an endpoint the present fault has spoiled.
    pub(super) fn struck(&self, endpoint: &str) -> u64 {
        self.inner.struck_at(endpoint).load(Ordering::Relaxed)
    }

    /// Nobody listens from now on.
    pub(super) fn close(&mut self) {
        *self.inner.is_closing.lock().expect("unpoisoned") = true;
        // A connection of our own wakes the listener.
        drop(TcpStream::connect(self.address));
        if let Some(door) = self.door.take() {
            door.join().expect("the listener ends");
        }
    }

    /// Listens again, at the same address.
    pub(super) fn open(&mut self) {
        *self.inner.is_closing.lock().expect("unpoisoned") = false;
        self.listen(TcpListener::bind(self.address).expect("the same port"));
    }

    /// What spoils, for a listener of another kind.
    pub(super) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner)
    }

    fn listen(&mut self, listener: TcpListener) {
        let inner = Arc::clone(&self.inner);
        self.door = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                if *inner.is_closing.lock().expect("unpoisoned") {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let inner = Arc::clone(&inner);
                // Ends with its connection, which the exporter's time limit ends.
                thread::spawn(move || drop(inner.serve(&mut stream)));
            }
        }));
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        if self.door.is_some() {
            self.close();
        }
    }
}

impl Inner {
    /// Answers one question, honestly or not.
    pub(super) fn serve(&self, stream: &mut dyn Stream) -> io::Result<()> {
        let (head, body) = receive(stream)?;
        let endpoint = endpoint(&head, &body);
        let fault = *self.fault.lock().expect("unpoisoned");
        let fault = fault.filter(|(_, endpoints)| endpoints.contains(&endpoint));
        let mut vendor = TcpStream::connect(self.vendor)?;
        vendor.set_read_timeout(Some(Duration::from_secs(30)))?;
        vendor.write_all(head.as_bytes())?;
        vendor.write_all(&body)?;
        let (head, body) = receive(&mut vendor)?;
        let kept = head.lines().filter(|line| {
            let name = line
                .split(':')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            !line.is_empty() && !["content-length", "connection"].contains(&&*name)
        });
        let mut exchange = Exchange {
            endpoint,
            head: kept.flat_map(|line| [line, "\r\n"]).collect(),
            body: String::from_utf8(body).expect("the vendor speaks UTF-8"),
            before: 0,
        };
        match fault {
            None => stream.write_all(&exchange.honest()),
            Some((spoil, _)) => {
                exchange.before = self.struck_at(endpoint).fetch_add(1, Ordering::Relaxed);
                spoil(&exchange, stream)
            }
        }
    }

    fn struck_at(&self, endpoint: &str) -> &AtomicU64 {
        let place = ENDPOINTS.iter().position(|name| *name == endpoint);
        &self.struck[place.expect("an endpoint")]
    }
}

fn endpoint(head: &str, body: &[u8]) -> &'static str {
    let path = head.split(' ').nth(1).unwrap_or_default();
    match path.rsplit('/').next() {
        Some("getByTimeRange") => "daily",
        Some("detail") => "detail",
        _ if body == b"{}" => "realtime",
        _ => "list",
    }
}

/// One message with a length: its head, with the blank line, and its body.
fn receive(stream: &mut dyn Stream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse::<usize>().ok())?
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Ok((head, bytes.split_off(end + 4)));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
}
