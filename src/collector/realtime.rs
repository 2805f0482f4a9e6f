//! Meetings and people in right now.

use std::{future::Future, pin::Pin, time::Duration};

use super::{Collected, Collector, Update};
use crate::{
    api::Client,
    clock::Moment,
    config::RealtimeSettings,
    snapshot::{self, CollectorName, Reading},
};

/// Reads the realtime endpoint: one call a run.
#[derive(Debug)]
pub struct Realtime {
    settings: RealtimeSettings,
    client: Client,
}

impl Realtime {
    /// A collector of one application's live figures.
    #[must_use]
    pub fn new(settings: RealtimeSettings, client: Client) -> Self {
        Self { settings, client }
    }
}

impl Collector for Realtime {
    fn name(&self) -> CollectorName {
        CollectorName::Realtime
    }

    fn interval(&self) -> Duration {
        self.settings.interval
    }

    fn stale_after(&self) -> Duration {
        self.settings.stale_after
    }

    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>> {
        Box::pin(async move {
            match self.client.realtime().await {
                Ok(answer) => Collected::all(Update::Realtime(Reading {
                    value: snapshot::Realtime {
                        meetings: answer.meetings,
                        participants: answer.participants,
                    },
                    read_at: now,
                    stale_after: self.settings.stale_after,
                })),
                Err(error) => Collected::nothing(error),
            }
        })
    }
}
