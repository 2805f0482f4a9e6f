//! How the process stops: the first signal asks, the second insists.

use std::{io, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// How long running work may take to finish after the first signal.
pub const GRACE: Duration = Duration::from_secs(10);

/// SIGTERM and SIGINT, as they come.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes both signals over; from here on they no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one, and says which.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// What a process's tasks return: why one could not go on, if it could not.
pub type TaskResult = anyhow::Result<()>;

/// Runs until a signal comes, `token` is cancelled or a task ends, then stops all tasks: first by
/// asking through `token`, after [`GRACE`] or a second signal by force.
///
/// # Errors
/// When a task ended although nobody had asked it to, failed, or panicked: the process must then
/// not report success.
pub async fn run(
    mut tasks: JoinSet<TaskResult>,
    token: CancellationToken,
    mut signals: Signals,
) -> TaskResult {
    let mut outcome = Ok(());
    tokio::select! {
        // Looked at first: when somebody has asked for the end, tasks end because of that.
        biased;
        () = token.cancelled() => tracing::info!("stopping"),
        name = signals.next() => tracing::info!(signal = name, "stopping"),
        Some(ended) = tasks.join_next() => {
            outcome = Err(reason(ended).unwrap_or_else(|| anyhow::anyhow!("a task ended by itself")));
        }
    }
    token.cancel();
    let drained = async {
        let mut failure = None;
        while let Some(ended) = tasks.join_next().await {
            failure = failure.or(reason(ended));
        }
        failure
    };
    tokio::select! {
        drained = timeout(GRACE, drained) => match drained {
            Ok(failure) => outcome.and(failure.map_or(Ok(()), Err)),
            Err(_) => {
                tracing::warn!(grace_seconds = GRACE.as_secs(), "work still under way was cut off");
                outcome
            }
        },
        name = signals.next() => {
            tracing::warn!(signal = name, "second signal: work still under way was cut off");
            outcome
        }
    }
}

fn reason(ended: Result<TaskResult, tokio::task::JoinError>) -> Option<anyhow::Error> {
    match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(join) => Some(anyhow::Error::new(join).context("a task panicked")),
    }
}
