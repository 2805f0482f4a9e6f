//! One connection, from its first byte to its last.

use std::{
    convert::Infallible,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::{Limits, WebState, handle, stall::StallGuard};

/// Answers requests until the client goes, breaks a limit, or `shutdown` is cancelled and the
/// request under way has been answered.
pub(super) async fn serve<S>(
    stream: S,
    state: Arc<WebState>,
    limits: Limits,
    shutdown: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(handle(&state, request).await) }
    });
    let io = TokioIo::new(StallGuard::new(stream, limits.stalled_write));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // Runs from the end of the previous answer, so it is the idle time limit as well.
            .header_read_timeout(limits.next_request)
            .max_header_size(limits.header_bytes)
            .serve_connection(io, service)
    );
    let mut first_request = pin!(tokio::time::sleep(limits.first_request));
    let (mut closing, mut waiting) = (false, true);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error = &error as &dyn std::error::Error, "connection ended early");
                }
                return;
            }
            () = shutdown.cancelled(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = &mut first_request, if waiting => {
                waiting = false;
                if !asked.load(Ordering::Relaxed) {
                    tracing::debug!("connection closed: no request came in time");
                    return;
                }
            }
        }
    }
}
