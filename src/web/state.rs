//! What the handlers need.

use std::sync::Arc;

use super::{Lifecycle, TelemetryPath};
use crate::{
    clock::SharedClock,
    exposition::{Exposition, Snapshots},
};

/// What the handlers need; filled by whoever starts the server.
#[derive(Debug)]
pub struct WebState {
    pub(super) telemetry_path: TelemetryPath,
    pub(super) exposition: Arc<Exposition>,
    pub(super) snapshots: Arc<dyn Snapshots>,
    pub(super) clock: SharedClock,
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
            clock,
            lifecycle: None,
        }
    }

    /// Lets clients ask for a reload or the end of the process.
    #[must_use]
    pub fn with_lifecycle(mut self, lifecycle: Option<Lifecycle>) -> Self {
        self.lifecycle = lifecycle;
        self
    }
}
