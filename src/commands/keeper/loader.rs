//! Loads the configuration, the same way every time.

use crate::{
    config::{Loaded, Sources, load},
    shard::Shard,
};

/// Where the configuration comes from, and which of its applications are ours.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Loader {
    sources: Sources,
    shard: Shard,
}

impl Loader {
    pub(in crate::commands) fn new(sources: Sources, shard: Shard) -> Self {
        Self { sources, shard }
    }

    /// Loads it: all applications are checked, and those of this shard are kept; the number is that
    /// of all.
    pub(in crate::commands) fn load(&self) -> anyhow::Result<(Loaded, usize)> {
        let mut loaded = load(&self.sources)?;
        let configured = loaded.settings.apps.len();
        loaded.settings.apps.retain(|app| self.shard.has(&app.name));
        Ok((loaded, configured))
    }
}
