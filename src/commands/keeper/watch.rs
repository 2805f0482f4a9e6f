//! When the files of the configuration have changed.

use std::time::Duration;

use tokio::time::sleep;

use crate::config::Stamps;

/// How long files must stand still to be read: whoever writes a secret may not do it in one piece.
const SETTLED: Duration = Duration::from_secs(1);
/// How often that is waited for; files that never stand still are read at the next look.
const PATIENCE: u32 = 5;

/// The files that the configuration was read from, looked at now and then.
#[derive(Debug)]
pub(in crate::commands) struct Watch {
    interval: Option<Duration>,
    /// How they stood when they were read for the configuration in use.
    used: Stamps,
    /// What has been said of why the last attempt was refused, if it was.
    refused: Option<String>,
}

impl Watch {
    /// A watch of no files yet. Without an interval nobody looks.
    pub(in crate::commands) fn new(interval: Option<Duration>) -> Self {
        Self {
            interval,
            used: Stamps::default(),
            refused: None,
        }
    }

    /// A watch of files that stood like this when they were read.
    pub(super) fn using(self, used: &Stamps) -> Self {
        let used = used.clone();
        Self { used, ..self }
    }

    /// From one look to the next.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// Whether the configuration is worth reading again. While it is refused it always is: what is
    /// missing may be a file nobody knows of yet.
    pub(super) async fn has_changed(&self) -> bool {
        let mut now = look(&self.used).await;
        if now == self.used {
            return self.refused.is_some();
        }
        for _ in 0..PATIENCE {
            sleep(SETTLED).await;
            let later = look(&self.used).await;
            if later == now {
                return true;
            }
            now = later;
        }
        false
    }

    /// A configuration read from files that stood like this is in use.
    pub(super) fn accepted(&mut self, used: Stamps) {
        self.used = used;
        self.refused = None;
    }

    /// The configuration was refused; whether that is news.
    pub(super) fn rejected(&mut self, reason: &str) -> bool {
        let news = self.refused.as_deref() != Some(reason);
        self.refused = Some(reason.to_owned());
        news
    }
}

/// How files stand now; looked up where it may block.
async fn look(stamps: &Stamps) -> Stamps {
    let known = stamps.clone();
    let looked = tokio::task::spawn_blocking(move || known.again()).await;
    // It can only have been taken away by the end of the process.
    looked.unwrap_or_else(|_| stamps.clone())
}
