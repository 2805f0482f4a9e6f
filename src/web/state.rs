//! What the handlers need.

use std::sync::Arc;

use super::TelemetryPath;
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
        }
    }
}
