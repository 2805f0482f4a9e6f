//! Attendances, from the detail endpoint: one call for every meeting that is over.

mod budget;

use std::{future::Future, pin::Pin, time::Duration};

use self::budget::Budget;
use super::{CollectError, Collected, Collector, Update, recorded};
use crate::{
    api::Client,
    clock::Moment,
    config::DetailsSettings,
    ledger::{AppLedger, DetailOutcome, PendingDetail},
    snapshot::CollectorName,
};

/// The most details read in one run, and so recorded in one transaction.
const BATCH: usize = 500;

/// The least age of the last success at which the collector counts as failed: its counters stay
/// true meanwhile, so nothing has to vanish in a hurry.
const PATIENCE: Duration = Duration::from_secs(600);

/// Works off the ledger's queue of meetings whose detail has not been read, within its own budget
/// of calls.
#[derive(Debug)]
pub struct Details {
    settings: DetailsSettings,
    client: Client,
    ledger: AppLedger,
    budget: Budget,
}

impl Details {
    /// A collector of one application's attendances.
    #[must_use]
    pub fn new(settings: DetailsSettings, client: Client, ledger: AppLedger) -> Self {
        let budget = Budget::new(settings.max_per_minute);
        Self {
            settings,
            client,
            ledger,
            budget,
        }
    }

    async fn read(&mut self, now: Moment) -> Collected {
        let most = self.budget.available(now.monotonic).min(BATCH);
        let mut outcomes = Vec::new();
        let read = self.read_due(most, &mut outcomes).await;
        // What was read before a failure is counted all the same.
        let kept = recorded(&self.ledger, move |ledger| ledger.record_details(&outcomes)).await;
        let attendances = self.ledger.attendances();
        Collected {
            update: Some(Update::Details { attendances }),
            inconsistent_answers: 0,
            error: kept.and(read).err(),
        }
    }

    /// Reads up to `most` details. A failure that may concern one meeting alone does not keep the
    /// others from their turn; one that looks the same for every meeting ends the run.
    async fn read_due(
        &mut self,
        most: usize,
        outcomes: &mut Vec<(PendingDetail, DetailOutcome)>,
    ) -> Result<(), CollectError> {
        if most == 0 {
            return Ok(());
        }
        let due = recorded(&self.ledger, move |ledger| ledger.next_details(most)).await?;
        let mut first_failure = None;
        for pending in due {
            self.budget.spend();
            match self.client.detail(pending.id()).await {
                Ok(detail) => outcomes.push((pending, DetailOutcome::Read(Box::new(detail)))),
                Err(error) if error.is_no_such_meeting() => {
                    outcomes.push((pending, DetailOutcome::Gone));
                }
                Err(error) => {
                    let of_this_one_alone = error.concerns_one_meeting();
                    first_failure.get_or_insert(error);
                    if !of_this_one_alone {
                        break;
                    }
                }
            }
        }
        first_failure.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Collector for Details {
    fn name(&self) -> CollectorName {
        CollectorName::Details
    }

    fn interval(&self) -> Duration {
        self.settings.interval
    }

    fn stale_after(&self) -> Duration {
        self.settings.interval.saturating_mul(4).max(PATIENCE)
    }

    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>> {
        Box::pin(self.read(now))
    }
}
