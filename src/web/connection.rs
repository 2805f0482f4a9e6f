//! One connection, from its first byte to its last.

mod http;
mod sending;
mod visit;

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    either::Either,
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};

use self::{
    http::{Spoken, Streams},
    visit::Visit,
};
use super::{
    Limits, Protection, Stream, WebState,
    crowd::Member,
    peer::{Peer, Privacy},
    stall::StallGuard,
    toolkit,
};
use crate::self_metrics::Refusal;

/// How every record of TLS begins that can be the first.
const HANDSHAKE: u8 = 22;

/// What an HTTP client is told that talks to the wrong door.
const NOT_TLS: &[u8] = b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Connection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// What every connection of a server needs.
#[derive(Debug)]
pub(super) struct House {
    pub(super) state: Arc<WebState>,
    pub(super) protection: Arc<Protection>,
    pub(super) limits: Limits,
    /// The tasks of all connections, and of the requests of those that speak HTTP/2.
    pub(super) tasks: TaskTracker,
    /// Cancelled when no more is to be asked.
    pub(super) shutdown: CancellationToken,
    /// Cancelled when connections are to end whatever they are doing.
    pub(super) cut: CancellationToken,
}

/// Answers requests until the client goes, is sent away or breaks a limit, or the server shuts
/// down and the requests under way have been answered.
pub(super) async fn serve(stream: Stream, member: Member, house: Arc<House>) {
    let member = Arc::new(member);
    let speaking = speak(stream, Arc::clone(&member), Arc::clone(&house));
    // In a task of its own: what may end it, of which much is shared with every other connection,
    // then is not looked at whenever there is something to read or to write.
    let spoken = AbortOnDropHandle::new(house.tasks.spawn(speaking));
    tokio::select! {
        // A panic in there has been reported, and is the end of this connection only.
        _ = spoken => {}
        () = house.cut.cancelled() => {}
        () = member.sent_away() => tracing::debug!("connection closed: others need the room"),
        overdue = member.overdue() => tracing::debug!(?overdue, "connection closed: too slow"),
    }
}

async fn speak(stream: Stream, member: Arc<Member>, house: Arc<House>) {
    let Some(config) = house.protection.tls() else {
        let peer = Peer::new(member, Privacy::None);
        let guarded = StallGuard::new(stream, house.limits.stalled_write);
        return talk(guarded, Spoken::Http1, Visit::new(peer, house)).await;
    };
    // A handshake under way is not worth waiting for.
    let handshake = house
        .shutdown
        .run_until_cancelled(shake_hands(stream, config, &house));
    if let Some(Some((stream, spoken, privacy))) = handshake.await {
        let peer = Peer::new(member, privacy);
        talk(stream, spoken, Visit::new(peer, house)).await;
    }
}

type Secured = tokio_rustls::server::TlsStream<StallGuard<Stream>>;

/// Agrees on TLS and what is spoken over it; says as well what the client has shown.
async fn shake_hands(
    mut stream: Stream,
    config: Arc<rustls::ServerConfig>,
    house: &House,
) -> Option<(Secured, Spoken, Privacy)> {
    if is_something_else(&stream).await {
        house.protection.refused(Refusal::Handshake);
        // The client may be gone; there is nobody else to tell.
        drop(stream.write_all(NOT_TLS).await);
        drop(stream.shutdown().await);
        return None;
    }
    let guarded = StallGuard::new(stream, house.limits.stalled_write);
    match TlsAcceptor::from(config).accept(guarded).await {
        Ok(stream) => {
            let (_, session) = stream.get_ref();
            let spoken = match toolkit::is_http2(session.alpn_protocol()) {
                true => Spoken::Http2,
                false => Spoken::Http1,
            };
            let certificates = session.peer_certificates();
            let privacy = match certificates.is_some_and(|shown| !shown.is_empty()) {
                true => Privacy::Certified,
                false => Privacy::Encrypted,
            };
            Some((stream, spoken, privacy))
        }
        Err(error) => {
            house.protection.refused(Refusal::Handshake);
            tracing::debug!(error = &error as &dyn std::error::Error, "no TLS");
            None
        }
    }
}

/// Whether the first byte can be no TLS, where a socket lets one look.
async fn is_something_else(stream: &Stream) -> bool {
    let mut first = [0];
    match stream {
        Either::Left(stream) => {
            matches!(stream.peek(&mut first).await, Ok(1) if first[0] != HANDSHAKE)
        }
        Either::Right(_) => false,
    }
}

async fn talk<S>(stream: S, spoken: Spoken, visit: Visit)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let cut = visit.house.cut.child_token();
    let _cut_when_dropped = cut.clone().drop_guard();
    let streams = Streams::new(visit.house.tasks.clone(), cut);
    let visit = Arc::new(visit);
    let io = TokioIo::new(stream);
    let ended = match spoken {
        Spoken::Http1 => http::one(io, visit).await,
        Spoken::Http2 => http::two(io, visit, streams).await,
    };
    if let Err(error) = ended {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "connection ended early"
        );
    }
}
