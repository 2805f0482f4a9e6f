//! What the handlers need.

use std::sync::Arc;

use super::{ConfigPage, ExternalUrl, Lifecycle, TelemetryPath};
use crate::{
    clock::{Moment, SharedClock},
    exposition::{Exposition, Snapshots},
};

/// What the handlers need; filled by whoever starts the server.
#[derive(Debug)]
pub struct WebState {
    pub(super) telemetry_path: TelemetryPath,
    pub(super) exposition: Arc<Exposition>,
    pub(super) snapshots: Arc<dyn Snapshots>,
    pub(super) clock: SharedClock,
    /// When this process began to serve.
    pub(super) started: Moment,
    /// None where the client's own word for this server has to do.
    pub(super) external_url: Option<ExternalUrl>,
    pub(super) config: Arc<ConfigPage>,
    /// None where clients may ask nothing of the process.
    pub(super) lifecycle: Option<Lifecycle>,
}

impl WebState {
    /// State for a server that answers scrapes under `telemetry_path`.
    #[must_use]
    pub fn new(
        telemetry_path: TelemetryPath,
        exposition: Arc<Exposition>,
        snapshots: Arc<dyn Snapshots>,
        clock: SharedClock,
    ) -> Self {
        Self {
            telemetry_path,
            exposition,
            snapshots,
            started: clock.moment(),
            clock,
            external_url: None,
            config: Arc::default(),
            lifecycle: None,
        }
    }

    /// Tells clients that this server is reached at that URL.
    #[must_use]
    pub fn with_external_url(mut self, url: Option<ExternalUrl>) -> Self {
        self.external_url = url;
        self
    }

    /// Shows clients the configuration in force.
    #[must_use]
    pub fn with_config(mut self, page: Arc<ConfigPage>) -> Self {
        self.config = page;
        self
    }

    /// Lets clients ask for a reload or the end of the process.
    #[must_use]
    pub fn with_lifecycle(mut self, lifecycle: Option<Lifecycle>) -> Self {
        self.lifecycle = lifecycle;
        self
    }
}
