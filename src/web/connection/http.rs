//! HTTP/1.1 and HTTP/2 on a connection.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::Incoming,
    rt::{Executor, Read, Write},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::TokioTimer;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{House, sending::Sending};
use crate::web::{Body, handle, origin::Encrypted, peer::Peer, toolkit::pass};

/// Requests under way at once on one connection.
const STREAMS: u32 = 64;
/// Streams that a client may open and reset before they are looked at, and that may end with an
/// error of ours: beyond them the connection ends, so that resetting is no way to make work.
const RESETS: usize = 32;
/// How often a client that is being answered must show that it is there, and how soon.
const PING: Duration = Duration::from_secs(20);

/// What client and server speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    Http1,
    Http2,
}

/// Where the requests of an HTTP/2 connection run: among the server's tasks, and no longer than
/// their connection.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl Streams {
    pub(super) fn new(tasks: TaskTracker, cut: CancellationToken) -> Self {
        Self { tasks, cut }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, stream: F) {
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            cut.run_until_cancelled(stream).await;
        });
    }
}

/// Speaks HTTP/1.1 to the end.
pub(super) async fn one<I>(io: I, peer: Peer, house: &Arc<House>) -> Result<(), hyper::Error>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let service = service_fn(|request| answer(Arc::clone(house), peer.clone(), request));
    let mut connection = pin!(
        http1::Builder::new()
            // Time is kept outside, for both protocols alike.
            .header_read_timeout(None)
            .max_header_size(house.limits.header_bytes)
            .serve_connection(io, service)
    );
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = house.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Speaks HTTP/2 to the end.
pub(super) async fn two<I>(
    io: I,
    peer: Peer,
    house: &Arc<House>,
    streams: Streams,
) -> Result<(), hyper::Error>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let service = {
        let house = Arc::clone(house);
        service_fn(move |request| answer(Arc::clone(&house), peer.clone(), request))
    };
    let header_bytes = u32::try_from(house.limits.header_bytes).unwrap_or(u32::MAX);
    let mut connection = pin!(
        http2::Builder::new(streams)
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .max_header_list_size(header_bytes)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .serve_connection(io, service)
    );
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = house.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

async fn answer(
    house: Arc<House>,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Result<Response<Sending<Body>>, Infallible> {
    let ticket = peer.begins();
    if peer.is_encrypted() {
        request.extensions_mut().insert(Encrypted);
    }
    let state = &house.state;
    let response = pass(&house.protection, &peer, request, |request| {
        handle(state, request)
    });
    Ok(response.await.map(|body| Sending::new(body, ticket)))
}
