//! Listening: addresses as the official exporters write them, and Unix sockets.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::failure::Failure;
use crate::web::{Listener, UnixSocket};

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// One address.
    One(SocketAddr),
    /// Every address of the machine, IPv6 and IPv4.
    Everywhere(u16),
    /// A Unix socket.
    Path(PathBuf),
}

/// Binds every address given.
pub(super) async fn bind(addresses: &[String]) -> Result<Vec<Listener>, Failure> {
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

/// Binds an address that has to be one of TCP.
pub(super) async fn bind_tcp(address: &str) -> Result<TcpListener, Failure> {
    let listener = match parse(address).map_err(Failure::Usage)? {
        Place::One(address) => TcpListener::bind(address).await,
        Place::Everywhere(port) => everywhere(port).await,
        Place::Path(_) => {
            let error = anyhow::anyhow!("{address}: only TCP can be listened on here");
            return Err(Failure::Usage(error));
        }
    };
    Ok(listener.with_context(|| format!("cannot listen on {address}"))?)
}

fn parse(address: &str) -> anyhow::Result<Place> {
    let place = if let Some(path) = address.strip_prefix("unix://") {
        path.starts_with('/').then(|| Place::Path(path.into()))
    } else if let Some(port) = address.strip_prefix(':') {
        port.parse().ok().map(Place::Everywhere)
    } else {
        let named = address
            .strip_prefix("localhost:")
            .and_then(|port| port.parse().ok());
        named
            .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .or_else(|| address.parse().ok())
            .map(Place::One)
    };
    place.with_context(|| {
        format!(
            "invalid listen address {address:?}: expected :PORT, IPV4:PORT, [IPV6]:PORT or \
             unix:///PATH"
        )
    })
}

async fn bind_one(place: Place) -> io::Result<Listener> {
    match place {
        Place::One(address) => TcpListener::bind(address).await.map(Listener::from),
        Place::Everywhere(port) => everywhere(port).await.map(Listener::from),
        Place::Path(path) => UnixSocket::bind(&path).await.map(Listener::from),
    }
}

async fn everywhere(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        // A kernel without IPv6 knows no such address.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        bound => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_the_official_exporters_write_them() {
        let one = |address: &str| Place::One(address.parse().unwrap());
        assert_eq!(parse(":10163").unwrap(), Place::Everywhere(10163));
        assert_eq!(parse("127.0.0.1:0").unwrap(), one("127.0.0.1:0"));
        assert_eq!(parse("localhost:1").unwrap(), one("127.0.0.1:1"));
        assert_eq!(parse("[::1]:9").unwrap(), one("[::1]:9"));
        assert_eq!(
            parse("unix:///run/exporter.sock").unwrap(),
            Place::Path("/run/exporter.sock".into())
        );
        for bad in [
            "",
            ":",
            ":x",
            "10163",
            "127.0.0.1",
            ":70000",
            "http://a:1",
            "unix:",
            "unix://",
            "unix://run/exporter.sock",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
