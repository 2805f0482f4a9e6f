//! Who asks, of whom.

use std::{convert::Infallible, sync::Arc};

use hyper::{Request, Response, body::Incoming};
use tokio_util::sync::CancellationToken;

use super::{House, sending::Sending};
use crate::web::{Body, handle, origin::Encrypted, peer::Peer, toolkit::pass};

/// What the requests of one connection share. Each holds on to this and not to the house itself:
/// a count that every connection changes with every request would be what they wait for.
#[derive(Debug)]
pub(super) struct Visit {
    peer: Peer,
    pub(super) house: Arc<House>,
    /// Cancelled when no more is to be asked; this connection's own, for the same reason.
    pub(super) shutdown: CancellationToken,
}

impl Visit {
    pub(super) fn new(peer: Peer, house: Arc<House>) -> Self {
        Self {
            peer,
            shutdown: house.shutdown.child_token(),
            house,
        }
    }

    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Sending<Body>>, Infallible> {
        let ticket = self.peer.begins();
        // Nobody reads a request's body here.
        let (mut head, _) = request.into_parts();
        if self.peer.is_encrypted() {
            head.extensions.insert(Encrypted);
        }
        let answer = || handle(&self.house.state, &head);
        let response = pass(&self.house.protection, &self.peer, &head, answer);
        Ok(response.await.map(|body| Sending::new(body, ticket)))
    }
}
