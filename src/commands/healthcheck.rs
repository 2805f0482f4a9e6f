//! `healthcheck`: asks a running exporter whether it is healthy, for containers without a shell.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::failure::Failure;
use crate::cli::HealthcheckArgs;

/// Shorter than any engine waits for a check.
const PATIENCE: Duration = Duration::from_secs(5);

/// As much of the answer as holds its status.
const STATUS_LINE: usize = "HTTP/1.1 200".len();

pub(super) async fn run(args: HealthcheckArgs) -> Result<(), Failure> {
    let address = loopback(&args.listen);
    let status = timeout(PATIENCE, ask(&address)).await;
    let status = status.with_context(|| format!("no answer from {address} in {PATIENCE:?}"))??;
    match status {
        // An exporter that wants a password is well enough to ask for it.
        200 | 401 => Ok(()),
        other => Err(anyhow::anyhow!("{address} answered {other}").into()),
    }
}

/// `:10163` is every address of the machine, and this one among them.
fn loopback(listen: &str) -> String {
    match listen.strip_prefix(':') {
        Some(port) => format!("localhost:{port}"),
        None => listen.to_owned(),
    }
}

async fn ask(address: &str) -> anyhow::Result<u16> {
    let stream = TcpStream::connect(address).await;
    let mut stream = stream.with_context(|| format!("cannot connect to {address}"))?;
    let request = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut line = [0; STATUS_LINE];
    let exchange = async {
        stream.write_all(request.as_bytes()).await?;
        stream.read_exact(&mut line).await
    };
    exchange
        .await
        .with_context(|| format!("no answer from {address}"))?;
    match std::str::from_utf8(&line)
        .ok()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|status| status.parse().ok())
    {
        Some(status) => Ok(status),
        None => {
            bail!("{address} does not speak HTTP; with TLS, check that the port is open instead")
        }
    }
}
