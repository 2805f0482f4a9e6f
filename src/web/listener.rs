//! Sockets that are listened on, whatever their kind.

mod unix;

use std::io;

use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_util::either::Either;

pub use self::unix::UnixSocket;

/// A connection that was accepted, whatever its kind.
pub type Stream = Either<TcpStream, UnixStream>;

/// A socket that is listened on.
#[derive(Debug)]
pub enum Listener {
    /// An address and a port.
    Tcp(TcpListener),
    /// A path in the file system.
    Unix(UnixSocket),
}

impl Listener {
    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// # Errors
    /// As `accept(2)`: what concerns one connection only, and what concerns all.
    pub async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no TCP_NODELAY");
                }
                Ok(Stream::Left(stream))
            }
            Self::Unix(socket) => socket.accept().await.map(Stream::Right),
        }
    }

    /// Where `path` is found on this socket: a URL that a person can open, as far as a socket has
    /// one.
    #[must_use]
    pub fn url(&self, is_tls: bool, path: &str) -> String {
        let scheme = if is_tls { "https" } else { "http" };
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) if address.ip().is_unspecified() => {
                    format!("{scheme}://localhost:{}{path}", address.port())
                }
                Ok(address) => format!("{scheme}://{address}{path}"),
                Err(_) => path.to_owned(),
            },
            Self::Unix(socket) => match socket.path() {
                Some(file) => format!("unix://{}", file.display()),
                None => path.to_owned(),
            },
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixSocket> for Listener {
    fn from(socket: UnixSocket) -> Self {
        Self::Unix(socket)
    }
}
