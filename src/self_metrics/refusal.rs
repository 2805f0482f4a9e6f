//! What the web server refuses.

/// Why the web server refused a request, or ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A connection had to make room for another.
    Connection,
    /// TLS was not agreed on.
    Handshake,
    /// The rate limit was used up.
    RateLimit,
    /// No client certificate was shown where one is demanded.
    Certificate,
    /// No name and password that go together.
    Password,
    /// Too many passwords were waiting to be compared.
    PasswordQueue,
    /// Too many requests were being answered.
    MaxRequests,
}

impl Refusal {
    /// Every reason there is.
    pub const ALL: [Self; 7] = [
        Self::Connection,
        Self::Handshake,
        Self::RateLimit,
        Self::Certificate,
        Self::Password,
        Self::PasswordQueue,
        Self::MaxRequests,
    ];

    /// The label's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Handshake => "handshake",
            Self::RateLimit => "rate_limit",
            Self::Certificate => "certificate",
            Self::Password => "password",
            Self::PasswordQueue => "password_queue",
            Self::MaxRequests => "max_requests",
        }
    }
}
