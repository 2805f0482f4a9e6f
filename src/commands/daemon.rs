//! What `serve` and `demo` share: bound sockets and built parts, run until told to stop.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{failure::Failure, keeper::Keeper};
use crate::{
    shutdown::{self, GRACE, Signals, TaskResult},
    web::{self, ExternalUrl, Lifecycle, Limits, Listener, Prepared, TelemetryPath, WebState},
};

/// How much of the grace the server may use: the rest is for what it leaves behind.
const WEB_GRACE: Duration = GRACE.saturating_sub(Duration::from_secs(2));

/// An exporter whose sockets are bound and whose applications are built.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) keeper: Keeper,
    pub(super) web: Prepared,
    pub(super) listeners: Vec<Listener>,
    pub(super) telemetry_path: TelemetryPath,
    pub(super) external_url: Option<ExternalUrl>,
    /// Whether a client may ask for a reload or the end.
    pub(super) enable_lifecycle: bool,
}

impl Daemon {
    /// Runs until a signal or a client asks for the end, or a part of it ends. `tasks` run beside
    /// it and are stopped with it through `stop`.
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
        let common = self.keeper.common();
        let metrics = Arc::clone(&common.metrics) as Arc<_>;
        let protection = self.web.protect(metrics, Arc::clone(&common.clock));
        let (lifecycle, requests) = Lifecycle::channel();
        let state = WebState::new(
            self.telemetry_path,
            Arc::clone(&common.exposition),
            Arc::clone(&common.board) as Arc<_>,
            Arc::clone(&common.clock),
        )
        .with_external_url(self.external_url)
        .with_config(self.keeper.page())
        .with_lifecycle(self.enable_lifecycle.then_some(lifecycle));
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
        tasks.spawn(self.keeper.run(requests, stop.clone()));
        shutdown::run(tasks, stop, signals).await?;
        tracing::info!("stopped");
        Ok(())
    }
}
