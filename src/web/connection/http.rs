//! HTTP/1.1 and HTTP/2 on a connection.

use std::{pin::pin, sync::Arc, time::Duration};

use hyper::{
    rt::{Executor, Read, Write},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::TokioTimer;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::visit::Visit;

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
pub(super) async fn one<I>(io: I, visit: Arc<Visit>) -> Result<(), hyper::Error>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let service = service_fn(|request| Arc::clone(&visit).answer(request));
    let mut connection = pin!(
        http1::Builder::new()
            // Time is kept outside, for both protocols alike.
            .header_read_timeout(None)
            .max_header_size(visit.house.limits.header_bytes)
            .serve_connection(io, service)
    );
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = visit.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Speaks HTTP/2 to the end.
pub(super) async fn two<I>(io: I, visit: Arc<Visit>, streams: Streams) -> Result<(), hyper::Error>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let service = {
        let visit = Arc::clone(&visit);
        service_fn(move |request| Arc::clone(&visit).answer(request))
    };
    let header_bytes = u32::try_from(visit.house.limits.header_bytes).unwrap_or(u32::MAX);
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
        () = visit.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}
