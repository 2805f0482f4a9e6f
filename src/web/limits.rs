//! What one client may take.

use std::time::Duration;

/// What one client, or all together, may take from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; for one more, the least deserving idle one has to go.
    pub connections: usize,
    /// How long a connection may be idle, at least, before it has to make room for another.
    pub time_to_ask: Duration,
    /// From opening a connection, over the handshake, to the end of its first request's header.
    pub first_request: Duration,
    /// From the end of an answer to the end of the next request's header. Above a minute, so that
    /// a scraper that comes once a minute keeps its connection.
    pub next_request: Duration,
    /// From the end of a request's header to the end of the answer: above any scraper's patience.
    pub answer: Duration,
    /// How long a client may leave an answer unread before it is cut off.
    pub stalled_write: Duration,
    /// The longest request line and header, in bytes.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            time_to_ask: Duration::from_millis(100),
            first_request: Duration::from_secs(10),
            next_request: Duration::from_secs(90),
            answer: Duration::from_secs(120),
            stalled_write: Duration::from_secs(30),
            header_bytes: 16 * 1024,
        }
    }
}
