//! Following the files: a change of one takes effect without a restart.

use std::{sync::Arc, time::Duration};

use super::{Protection, rules::Attempt, stamps::Stamps};

/// How often the files are looked at. A change must look the same twice before it is read, so that
/// it takes effect within a second, and a file that is still being written is left alone.
const PERIOD: Duration = Duration::from_millis(400);

impl Protection {
    /// Follows the files until it is dropped; without a file, does nothing for ever.
    pub(in crate::web) async fn follow(self: Arc<Self>) {
        let Some(source) = &self.source else {
            return std::future::pending().await;
        };
        let mut seen = source.stamps.clone();
        let mut changing: Option<Stamps> = None;
        let mut told: Option<String> = None;
        loop {
            tokio::time::sleep(PERIOD).await;
            let now = off_the_loop(seen.clone(), |stamps| stamps.again()).await;
            if now == seen {
                changing = None;
                continue;
            }
            if changing.as_ref() != Some(&now) {
                changing = Some(now);
                continue;
            }
            changing = None;
            let this = Arc::clone(&self);
            let path = source.path.clone();
            let attempt = off_the_loop((this, path), |(this, path)| {
                Attempt::at(&path, this.options, Some(&this.rules()))
            });
            seen = self.take(attempt.await, &mut told);
        }
    }

    /// Puts new rules in force, or says once why the old ones stay.
    fn take(&self, attempt: Attempt, told: &mut Option<String>) -> Stamps {
        match attempt.outcome {
            Ok((rules, warnings)) => {
                self.replace(rules);
                self.metrics.web_config_loaded(self.clock.now());
                *told = None;
                tracing::info!("web configuration loaded");
                for warning in warnings {
                    tracing::warn!("web configuration: {warning}");
                }
            }
            Err(error) => {
                self.metrics.web_config_rejected();
                let error = error.to_string();
                if told.as_ref() != Some(&error) {
                    tracing::error!(
                        error,
                        "web configuration cannot be used: the last good one stays"
                    );
                    *told = Some(error);
                }
            }
        }
        attempt.stamps
    }
}

/// Runs what may wait for a disk elsewhere than on the event loop.
async fn off_the_loop<A, T>(argument: A, work: impl FnOnce(A) -> T + Send + 'static) -> T
where
    A: Send + 'static,
    T: Send + 'static,
{
    match tokio::task::spawn_blocking(move || work(argument)).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}
