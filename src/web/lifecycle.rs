//! What a client may ask of the process itself, where the operator allows it.

use tokio::sync::{mpsc, oneshot};

/// How many requests may wait to be heard; further ones wait in their connections.
const QUEUE: usize = 16;

/// What a client asked of the process.
#[derive(Debug)]
pub enum LifecycleRequest {
    /// Read the configuration again and use it; the answer says what came of it: what changed, or
    /// why nothing did.
    Reload(oneshot::Sender<Result<String, String>>),
    /// Stop in good order.
    Quit,
}

/// Where handlers bring such requests. Whoever holds the other end owns the process.
#[derive(Debug, Clone)]
pub struct Lifecycle(mpsc::Sender<LifecycleRequest>);

impl Lifecycle {
    /// A queue of requests: where they are brought, and where they come out.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<LifecycleRequest>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Asks for a reload and waits for what comes of it; requests made while one is under way are
    /// answered together by the next.
    pub(super) async fn reload(&self) -> Result<String, String> {
        let (answer, answered) = oneshot::channel();
        let stopping = |_| "the exporter is stopping".to_owned();
        let request = LifecycleRequest::Reload(answer);
        self.0.send(request).await.map_err(|_| stopping(()))?;
        answered.await.map_err(|_| stopping(()))?
    }

    /// Asks for the end; whether anybody heard it.
    pub(super) async fn quit(&self) -> bool {
        self.0.send(LifecycleRequest::Quit).await.is_ok()
    }
}
