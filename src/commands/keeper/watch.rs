//! When the files of the configuration have changed.

use std::time::Duration;

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::config::Stamps;

/// How long files must stand still to be read: whoever writes a secret may not do it in one piece.
const SETTLED: Duration = Duration::from_secs(1);
/// How often that is waited for; files that never stand still are read at the next look.
const PATIENCE: u32 = 5;
/// How long a look may take: a disk far away may not answer at all, and there is more to do.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// The files that the configuration was read from, looked at now and then.
#[derive(Debug)]
pub(in crate::commands) struct Watch {
    interval: Option<Duration>,
    /// How they stood when they were read for the configuration in use.
    used: Stamps,
    /// What has been said of why the last attempt was refused, if it was.
    refused: Option<String>,
    /// How they stood in the last attempt, if it was refused only when applications had ended for
    /// it: trying that again and again would keep them from their rounds.
    unbuilt: Option<Stamps>,
    /// A look that has not ended within its limit. It cannot be called off, and is waited for again
    /// at the next occasion: another one would take another thread.
    looking: Option<JoinHandle<Stamps>>,
}

impl Watch {
    /// A watch of no files yet. Without an interval nobody looks.
    pub(in crate::commands) fn new(interval: Option<Duration>) -> Self {
        Self {
            interval,
            used: Stamps::default(),
            refused: None,
            unbuilt: None,
            looking: None,
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

    /// Whether the configuration is worth reading again. While it cannot be used it always is: what
    /// is missing may be a file nobody knows of yet. Where it could not be built, it is when a file
    /// has changed; whoever mends something else asks for a reload.
    pub(super) async fn has_changed(&mut self) -> bool {
        let known = self.unbuilt.as_ref().unwrap_or(&self.used).clone();
        let mut now = self.look(&known).await;
        if now == known {
            return self.refused.is_some() && self.unbuilt.is_none();
        }
        for _ in 0..PATIENCE {
            sleep(SETTLED).await;
            let later = self.look(&known).await;
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
        self.unbuilt = None;
    }

    /// The configuration was refused; whether that is news. Where it could be used but not built,
    /// `unbuilt` says how its files stood.
    pub(super) fn rejected(&mut self, reason: &str, unbuilt: Option<Stamps>) -> bool {
        let news = self.refused.as_deref() != Some(reason);
        self.refused = Some(reason.to_owned());
        self.unbuilt = unbuilt;
        news
    }

    /// How files stand now, looked up where it may block; as they are known to, where that takes
    /// too long.
    async fn look(&mut self, known: &Stamps) -> Stamps {
        let looking = self.looking.get_or_insert_with(|| {
            let known = known.clone();
            tokio::task::spawn_blocking(move || known.again())
        });
        let Ok(looked) = timeout(LOOK_LIMIT, looking).await else {
            return known.clone();
        };
        self.looking = None;
        // It can only have been taken away by the end of the process.
        looked.unwrap_or_else(|_| known.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{Sources, load};

    const CONFIG: &str = "apps: [{ name: a, app_key: k, app_secret: s, account_id: '1' }]\n";

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_built_is_tried_again_only_when_a_file_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exporter.yml");
        let written = |text: &str| {
            fs::write(&path, text).unwrap();
            let sources = Sources::new(Some(path.clone()), Vec::<(String, String)>::new());
            load(&sources).unwrap().stamps
        };
        let mut watch = Watch::new(None).using(&written(CONFIG));
        assert!(!watch.has_changed().await);

        let tried = written(&format!("# 1\n{CONFIG}"));
        assert!(watch.has_changed().await);
        assert!(watch.rejected("no space", Some(tried)));
        assert!(!watch.has_changed().await, "it would fail again");
        let again = written(&format!("# 12\n{CONFIG}"));
        assert!(watch.has_changed().await);
        assert!(!watch.rejected("no space", Some(again)));
        assert!(!watch.has_changed().await);

        // What cannot be read may lack a file that nobody knows of.
        assert!(watch.rejected("no such file", None));
        assert!(watch.has_changed().await);
        watch.accepted(watch.used.again());
        assert!(!watch.has_changed().await);
    }
}
