//! The client at the other end of a connection.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use tokio_util::either::Either;

use super::{
    Stream,
    crowd::{Member, Ticket},
};

/// The client at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    member: Arc<Member>,
    privacy: Privacy,
}

/// How much a connection is protected, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Privacy {
    /// Everybody in between can read along.
    None,
    /// TLS.
    Encrypted,
    /// TLS, and the client has shown a certificate that was accepted.
    Certified,
}

impl Peer {
    /// A client on a connection.
    pub(super) fn new(member: Arc<Member>, privacy: Privacy) -> Self {
        Self { member, privacy }
    }

    /// Whether it speaks TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.privacy >= Privacy::Encrypted
    }

    /// Where it comes from; see [`origin`].
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.member.address()
    }

    /// Whether it has shown a certificate that was accepted.
    pub(super) fn has_certificate(&self) -> bool {
        self.privacy == Privacy::Certified
    }

    /// It has asked for something that it may have.
    pub(super) fn is_welcome(&self) {
        self.member.is_welcome();
    }

    /// It has asked for something, which is being answered as long as the ticket lives.
    pub(super) fn begins(&self) -> Ticket {
        self.member.begins()
    }
}

/// The address that a connection's fair share is counted by: of IPv6 the network only, for whoever
/// has one address of it has them all. A Unix socket has none.
pub(super) fn origin(stream: &Stream) -> Option<IpAddr> {
    match stream {
        Either::Left(stream) => stream.peer_addr().ok().map(|peer| network(peer.ip())),
        Either::Right(_) => None,
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::1"), "::");
    }
}
