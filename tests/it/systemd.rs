//! What systemd and the exporter say to each other: sockets handed over, and notifications.

mod activation;
mod notify;
mod unix;

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
};

use crate::support::{Vendor, binary};

/// A configuration of one application, and a command that serves it.
fn serve(vendor: &Vendor) -> Command {
    let mut command = Command::new(binary());
    command
        .arg("serve")
        .arg("--config.file")
        .arg(vendor.config(""));
    command
}

/// Asks for health over a Unix socket, and returns the answer.
fn health(socket: &Path) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
