//! Connections: accepting them, and ending them the hard way where a fault wants it.

use std::{error::Error as _, pin::Pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{body::Reset, exchange::exchange, vendor::Simulator};

/// Connections at one time; more wait in the listener's queue.
const MOST_CONNECTIONS: usize = 4096;

/// How long answers under way may take after the end has been asked for.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait when the machine has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn serve(
    simulator: Arc<Simulator>,
    listener: TcpListener,
    shutdown: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let room = connections.len() < MOST_CONNECTIONS;
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(Arc::clone(&simulator), stream, shutdown.clone());
                    connections.spawn(connection);
                }
                Err(error) => {
                    tracing::warn!(error = %error, "simulator cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all_done).await.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(simulator: Arc<Simulator>, stream: TcpStream, shutdown: CancellationToken) {
    // Answers are small, and a benchmark would measure the delay of Nagle's algorithm instead.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "simulator cannot set TCP_NODELAY");
    }
    let service = service_fn(|request| {
        let (simulator, shutdown) = (Arc::clone(&simulator), shutdown.clone());
        async move { exchange(&simulator, request, &shutdown).await }
    });
    let mut connection = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        outcome = &mut connection => Some(outcome),
        () = shutdown.cancelled() => None,
    };
    let outcome = match ended {
        Some(outcome) => outcome,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = outcome else { return };
    if error.source().is_some_and(|source| source.is::<Reset>()) {
        let stream = connection.into_parts().io.into_inner();
        // Closing with a linger of zero sends RST instead of FIN.
        if let Err(error) = stream.set_zero_linger() {
            tracing::debug!(error = %error, "simulator cannot reset a connection");
        }
    } else {
        tracing::debug!(error = %error, "simulated connection ended early");
    }
}
