//! Socket activation: sockets that systemd has bound and hands over (`sd_listen_fds(3)`).

use std::{net, os::unix, process};

use anyhow::Context as _;
use listenfd::ListenFd;

use crate::web::{Listener, UnixSocket};

/// Who the sockets are for.
const LISTEN_PID: &str = "LISTEN_PID";

/// A socket that was handed over.
#[derive(Debug)]
pub(super) enum Inherited {
    Tcp(net::TcpListener),
    Unix(unix::net::UnixListener),
}

/// Takes over the sockets that are for this process. To be called once, and before there are
/// threads, because the variables are removed from the process's environment.
pub(super) fn take(environment: &[(String, String)]) -> anyhow::Result<Vec<Inherited>> {
    let addressee = environment.iter().find(|(name, _)| name == LISTEN_PID);
    let is_ours = addressee.is_some_and(|(_, pid)| *pid == process::id().to_string());
    let mut sockets = if is_ours {
        ListenFd::from_env()
    } else {
        ListenFd::empty()
    };
    let mut taken = Vec::new();
    for index in 0..sockets.len() {
        taken.push(take_one(&mut sockets, index).with_context(|| {
            format!("socket {index} of those handed over is none to listen on")
        })?);
    }
    anyhow::ensure!(
        !taken.is_empty(),
        "no socket activation file descriptors found"
    );
    Ok(taken)
}

/// The sockets, ready to be served.
pub(super) fn listeners(inherited: Vec<Inherited>) -> anyhow::Result<Vec<Listener>> {
    let listeners = inherited.into_iter().map(|socket| match socket {
        Inherited::Tcp(socket) => {
            socket.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(socket).map(Listener::from)
        }
        Inherited::Unix(socket) => {
            socket.set_nonblocking(true)?;
            let socket = tokio::net::UnixListener::from_std(socket)?;
            Ok(UnixSocket::inherited(socket).into())
        }
    });
    let listeners: std::io::Result<_> = listeners.collect();
    listeners.context("a socket that was handed over cannot be used")
}

fn take_one(sockets: &mut ListenFd, index: usize) -> anyhow::Result<Inherited> {
    if let Ok(Some(socket)) = sockets.take_tcp_listener(index) {
        return Ok(Inherited::Tcp(socket));
    }
    let socket = sockets.take_unix_listener(index)?;
    let socket = socket.context("it was taken before")?;
    Ok(Inherited::Unix(socket))
}
