//! The server on its sockets.

use std::{io, panic::resume_unwind, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Limits, Listener, Protection, Stream, WebState,
    connection::{self, House},
    crowd::Crowd,
    peer::origin,
};
use crate::self_metrics::Refusal;

/// The pause after the first failure to accept; doubled for each further one in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause after a failure to accept.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Accepting may fail and succeed by turns, as long as descriptors are short: it is told again only
/// after this long.
const TOLD_AGAIN: Duration = Duration::from_secs(600);

/// Serves on every listener until `shutdown` is cancelled; then stops accepting, gives requests
/// under way `grace` to be answered, and cuts off what is left. Connections end with this future,
/// even when it is dropped. Meanwhile `protection` follows its files.
pub async fn serve(
    listeners: Vec<Listener>,
    state: Arc<WebState>,
    protection: Arc<Protection>,
    limits: Limits,
    shutdown: CancellationToken,
    grace: Duration,
) {
    let cut = CancellationToken::new();
    let _cut_when_dropped = cut.clone().drop_guard();
    let tasks = TaskTracker::new();
    let house = House {
        state,
        protection,
        limits,
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
        cut: cut.clone(),
    };
    let door = Door {
        house: Arc::new(house),
        crowd: Crowd::new(limits),
    };
    let mut doors = JoinSet::new();
    let follow = Arc::clone(&door.house.protection).follow();
    let until = shutdown.clone();
    doors.spawn(async move {
        let () = until.run_until_cancelled(follow).await.unwrap_or(());
    });
    for listener in listeners {
        doors.spawn(door.clone().accept(listener));
    }
    while let Some(ended) = doors.join_next().await {
        if let Err(Ok(panic)) = ended.map_err(tokio::task::JoinError::try_into_panic) {
            resume_unwind(panic);
        }
    }
    tasks.close();
    if timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "connections cut off at shutdown");
        cut.cancel();
        tasks.wait().await;
    }
}

/// What accepting needs, for any number of listeners.
#[derive(Debug, Clone)]
struct Door {
    house: Arc<House>,
    crowd: Arc<Crowd>,
}

impl Door {
    async fn accept(self, listener: Listener) {
        let shutdown = self.house.shutdown.clone();
        // Whatever this waits for, shutdown ends it; connections are tasks of their own.
        let () = shutdown
            .run_until_cancelled(self.accept_forever(listener))
            .await
            .unwrap_or(());
    }

    async fn accept_forever(self, listener: Listener) {
        let mut pause = FIRST_PAUSE;
        let mut told: Option<Instant> = None;
        loop {
            match listener.accept().await {
                Ok(stream) => {
                    pause = FIRST_PAUSE;
                    self.admit(stream).await;
                }
                Err(error) if concerns_one_connection(&error) => {}
                // Mostly that file descriptors have run out: trying at once would only burn time.
                Err(error) => {
                    if told.is_none_or(|at| at.elapsed() >= TOLD_AGAIN) {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "a connection could not be accepted, and waits: raise the limit of \
                             open files (LimitNOFILE=) if that is what ran out"
                        );
                    }
                    told = Some(Instant::now());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Lets a connection in, for which another may have to go.
    async fn admit(&self, stream: Stream) {
        let (member, for_another) = self.crowd.enter(origin(&stream)).await;
        if for_another {
            self.house.protection.refused(Refusal::Connection);
        }
        let house = Arc::clone(&self.house);
        self.house
            .tasks
            .spawn(connection::serve(stream, member, house));
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
