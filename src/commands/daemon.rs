//! What `serve` and `demo` share: bound sockets and built parts, run until told to stop.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    build::{self, Parts},
    failure::Failure,
};
use crate::{
    clock::SharedClock,
    shutdown::{self, GRACE, Signals, TaskResult},
    web::{self, ConfigPage, ExternalUrl, Limits, Listener, Prepared, TelemetryPath, WebState},
};

/// How much of the grace the server may use: the rest is for what it leaves behind.
const WEB_GRACE: Duration = GRACE.saturating_sub(Duration::from_secs(2));

/// An exporter whose sockets are bound, ready to run.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) parts: Parts,
    pub(super) web: Prepared,
    pub(super) listeners: Vec<Listener>,
    pub(super) telemetry_path: TelemetryPath,
    pub(super) external_url: Option<ExternalUrl>,
    /// Where the configuration in force is shown.
    pub(super) config: Arc<ConfigPage>,
    pub(super) clock: SharedClock,
}

impl Daemon {
    /// Runs until a signal comes or a part of it ends. `tasks` run beside it and are stopped with
    /// it through `stop`.
    pub(super) async fn run(
        self,
        mut tasks: JoinSet<TaskResult>,
        stop: CancellationToken,
    ) -> Result<(), Failure> {
        let signals = Signals::new().context("cannot take over SIGTERM and SIGINT")?;
        for listener in &self.listeners {
            let url = listener.url(self.web.is_tls(), self.telemetry_path.as_str());
            tracing::info!(url, "listening");
        }
        let Parts {
            board,
            apps,
            exposition,
            metrics,
        } = self.parts;
        let protection = self.web.protect(metrics, Arc::clone(&self.clock));
        let state = WebState::new(self.telemetry_path, exposition, board, self.clock)
            .with_external_url(self.external_url)
            .with_config(self.config);
        let (web_stop, listeners) = (stop.clone(), self.listeners);
        tasks.spawn(async move {
            web::serve(
                listeners,
                Arc::new(state),
                Arc::new(protection),
                Limits::default(),
                web_stop,
                WEB_GRACE,
            )
            .await;
            Ok(())
        });
        let startup = build::startup_spread(apps.len());
        for app in apps {
            let stop = stop.clone();
            tasks.spawn(async move {
                app.run_until(stop, startup).await;
                Ok(())
            });
        }
        shutdown::run(tasks, stop, signals).await?;
        tracing::info!("stopped");
        Ok(())
    }
}
