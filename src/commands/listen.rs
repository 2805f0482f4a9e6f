//! Listening: addresses as the official exporters write them.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::failure::Failure;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One address.
    One(SocketAddr),
    /// Every address of the machine, IPv6 and IPv4.
    Everywhere(u16),
}

/// Binds every address given.
pub(super) async fn bind(addresses: &[String]) -> Result<Vec<TcpListener>, Failure> {
    let mut places = Vec::new();
    for address in addresses {
        places.push((address, parse(address).map_err(Failure::Usage)?));
    }
    let mut listeners = Vec::new();
    for (address, place) in places {
        let listener = bind_one(place).await;
        listeners.push(listener.with_context(|| format!("cannot listen on {address}"))?);
    }
    Ok(listeners)
}

/// The addresses in fact listened on, as URLs a person can open.
pub(super) fn url(listener: &TcpListener, path: &str) -> String {
    match listener.local_addr() {
        Ok(address) if address.ip().is_unspecified() => {
            format!("http://localhost:{}{path}", address.port())
        }
        Ok(address) => format!("http://{address}{path}"),
        Err(_) => path.to_owned(),
    }
}

fn parse(address: &str) -> anyhow::Result<Place> {
    let place = match address.strip_prefix(':') {
        Some(port) => port.parse().ok().map(Place::Everywhere),
        None => {
            let named = address
                .strip_prefix("localhost:")
                .and_then(|port| port.parse().ok());
            named
                .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
                .or_else(|| address.parse().ok())
                .map(Place::One)
        }
    };
    place.with_context(|| {
        format!("invalid listen address {address:?}: expected :PORT, IPV4:PORT or [IPV6]:PORT")
    })
}

async fn bind_one(place: Place) -> io::Result<TcpListener> {
    match place {
        Place::One(address) => TcpListener::bind(address).await,
        Place::Everywhere(port) => match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
            // A kernel without IPv6 knows no such address.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
            }
            bound => bound,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_the_official_exporters_write_them() {
        assert_eq!(parse(":10163").unwrap(), Place::Everywhere(10163));
        assert_eq!(
            parse("127.0.0.1:0").unwrap(),
            Place::One("127.0.0.1:0".parse().unwrap())
        );
        assert_eq!(
            parse("localhost:1").unwrap(),
            Place::One("127.0.0.1:1".parse().unwrap())
        );
        assert_eq!(
            parse("[::1]:9").unwrap(),
            Place::One("[::1]:9".parse().unwrap())
        );
        for bad in ["", ":", ":x", "10163", "127.0.0.1", ":70000", "http://a:1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
