//! The server on its sockets.

use std::{io, panic::resume_unwind, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Limits, Listener, Stream, WebState, connection};

/// The pause after the first failure to accept; doubled for each further one in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause after a failure to accept.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Serves on every listener until `shutdown` is cancelled; then stops accepting, gives requests
/// under way `grace` to be answered, and cuts off what is left. Connections end with this future,
/// even when it is dropped.
pub async fn serve(
    listeners: Vec<Listener>,
    state: Arc<WebState>,
    limits: Limits,
    shutdown: CancellationToken,
    grace: Duration,
) {
    let cut = CancellationToken::new();
    let _cut_when_dropped = cut.clone().drop_guard();
    let door = Door {
        state,
        limits,
        slots: Arc::new(Semaphore::new(limits.connections)),
        connections: TaskTracker::new(),
        shutdown,
        cut,
    };
    let mut doors = JoinSet::new();
    for listener in listeners {
        doors.spawn(door.clone().accept(listener));
    }
    while let Some(ended) = doors.join_next().await {
        if let Err(Ok(panic)) = ended.map_err(tokio::task::JoinError::try_into_panic) {
            resume_unwind(panic);
        }
    }
    door.connections.close();
    if timeout(grace, door.connections.wait()).await.is_err() {
        tracing::warn!(
            connections = door.connections.len(),
            "connections cut off at shutdown"
        );
        door.cut.cancel();
        door.connections.wait().await;
    }
}

/// What accepting needs, for any number of listeners.
#[derive(Debug, Clone)]
struct Door {
    state: Arc<WebState>,
    limits: Limits,
    /// One permit a connection.
    slots: Arc<Semaphore>,
    connections: TaskTracker,
    /// Cancelled when no more is to be accepted.
    shutdown: CancellationToken,
    /// Cancelled when connections are to end whatever they are doing.
    cut: CancellationToken,
}

impl Door {
    async fn accept(self, listener: Listener) {
        let shutdown = self.shutdown.clone();
        // Whatever this waits for, shutdown ends it; connections are tasks of their own.
        let () = shutdown
            .run_until_cancelled(self.accept_forever(listener))
            .await
            .unwrap_or(());
    }

    async fn accept_forever(self, listener: Listener) {
        let mut pause = FIRST_PAUSE;
        loop {
            match listener.accept().await {
                Ok(stream) => {
                    pause = FIRST_PAUSE;
                    self.admit(stream).await;
                }
                Err(error) if concerns_one_connection(&error) => {}
                // Mostly that file descriptors have run out: trying at once would only burn time.
                Err(error) => {
                    if pause == FIRST_PAUSE {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "connections cannot be accepted"
                        );
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Lets a connection in, when there is room.
    async fn admit(&self, stream: Stream) {
        let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else {
            return;
        };
        let serve = connection::serve(
            stream,
            Arc::clone(&self.state),
            self.limits,
            self.shutdown.clone(),
        );
        let cut = self.cut.clone();
        self.connections.spawn(async move {
            let _slot = slot;
            cut.run_until_cancelled(serve).await;
        });
    }
}

/// Whether only the connection being accepted is lost, and the next may be fine.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
