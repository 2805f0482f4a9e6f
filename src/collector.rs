//! The collectors: each asks one endpoint and says what is known now.
//!
//! A collector knows neither when it runs nor who is told: it gets the moment and returns what it
//! found. Adding one means a file here and a line in [`for_app`].

mod daily;
mod details;
mod meetings;
mod realtime;

use std::{borrow::Cow, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

pub use self::{daily::Daily, details::Details, meetings::Meetings, realtime::Realtime};
use crate::{
    api::{ApiError, Client},
    clock::Moment,
    config::AppSettings,
    ledger::{AppLedger, StoreError},
    snapshot::{self, AppSnapshot, CollectorName, CollectorState, Reading},
};

/// What every collector is.
pub trait Collector: fmt::Debug + Send {
    /// Its name in labels, logs and settings.
    fn name(&self) -> CollectorName;

    /// From one start of a run to the next.
    fn interval(&self) -> Duration;

    /// The age of its last success at which it counts as failed, whatever it said then.
    fn stale_after(&self) -> Duration;

    /// One run, begun at `now`.
    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>>;
}

/// What a run brought.
#[derive(Debug)]
pub struct Collected {
    /// What is known now; there can be some even where the run failed half way.
    pub update: Option<Update>,
    /// Answers that contradicted themselves.
    pub inconsistent_answers: u64,
    /// Why the run failed, if it did.
    pub error: Option<CollectError>,
}

impl Collected {
    /// A run that brought all it was to bring.
    fn all(update: Update) -> Self {
        Self {
            update: Some(update),
            inconsistent_answers: 0,
            error: None,
        }
    }

    /// A run that brought nothing.
    fn nothing(error: impl Into<CollectError>) -> Self {
        Self {
            update: None,
            inconsistent_answers: 0,
            error: Some(error.into()),
        }
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What was read could not be recorded, so it is not shown.
    #[error("what was counted could not be kept, so it is not shown: {}", chain(.0))]
    Ledger(#[from] StoreError),
    /// The process is about to end.
    #[error("the exporter is stopping")]
    Stopping,
    /// The list of meetings did not end.
    #[error(
        "application {app:?}: endpoint list: the pages do not end: page {page_index} still \
             brought nothing new; the vendor's paging is broken or `paths.list` is wrong"
    )]
    EndlessList {
        /// The application's configured name.
        app: String,
        /// The last page read.
        page_index: u32,
    },
    /// A page of the list of meetings was empty, and should not have been.
    #[error(
        "application {app:?}: endpoint list: page {page_index} stays empty although the answer \
             says that the list goes on; what was read before it is counted, and the list will be \
             read again from its beginning; if this goes on, the vendor's paging is broken"
    )]
    MissingPage {
        /// The application's configured name.
        app: String,
        /// The page.
        page_index: u32,
    },
}

impl CollectError {
    /// What tells one cause from another: two errors with the same cause are worth one log line.
    #[must_use]
    pub fn cause(&self) -> Cow<'static, str> {
        match self {
            Self::Api(error) => error.kind.label(),
            Self::Ledger(_) => "state".into(),
            Self::Stopping => "stopping".into(),
            Self::EndlessList { .. } => "endless_list".into(),
            Self::MissingPage { .. } => "missing_page".into(),
        }
    }
}

/// An error with all its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Lets the ledger work where it may block: a commit waits for the disk.
async fn recorded<T: Send + 'static>(
    ledger: &AppLedger,
    work: impl FnOnce(&AppLedger) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, CollectError> {
    match ledger.spawn(work).await {
        Ok(done) => Ok(done?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the process takes a blocking task away before it began.
            Err(_) => Err(CollectError::Stopping),
        },
    }
}

/// What a run found, to be put into the snapshot.
#[derive(Debug, Clone)]
pub enum Update {
    /// Meetings and people in right now.
    Realtime(Reading<snapshot::Realtime>),
    /// Figures by day, and the totals they make.
    Daily {
        /// The figures.
        daily: Reading<snapshot::Daily>,
        /// The totals; none where not all of what they are made of could be read.
        totals: Option<snapshot::Totals>,
    },
    /// Meetings that are over.
    Meetings {
        /// What was counted.
        finished: Arc<snapshot::Finished>,
        /// What the list says of single days; none before all of it was read once.
        listed: Option<Reading<snapshot::Listed>>,
    },
    /// Attendances.
    Details {
        /// What was counted.
        attendances: Arc<snapshot::Attendances>,
    },
}

impl Update {
    /// Puts what was found into a snapshot.
    pub fn apply(self, snapshot: &mut AppSnapshot) {
        match self {
            Self::Realtime(reading) => snapshot.realtime = Some(reading),
            Self::Daily { daily, totals } => {
                snapshot.daily = Some(daily);
                snapshot.totals = totals.or(snapshot.totals);
            }
            Self::Meetings { finished, listed } => {
                snapshot.finished = Some(finished);
                snapshot.listed = listed;
            }
            Self::Details { attendances } => snapshot.attendances = Some(attendances),
        }
    }
}

/// The collectors an application has enabled, in the order of [`CollectorName`].
#[must_use]
pub fn for_app(
    settings: &AppSettings,
    windows: &[u16],
    client: &Client,
    ledger: &AppLedger,
) -> Vec<Box<dyn Collector>> {
    let wanted = &settings.collectors;
    let zone = &settings.api.timezone;
    let mut collectors: Vec<Box<dyn Collector>> = Vec::new();
    if let Some(realtime) = &wanted.realtime {
        collectors.push(Box::new(Realtime::new(realtime.clone(), client.clone())));
    }
    if let Some(daily) = &wanted.daily {
        let ledger = ledger.clone();
        let client = client.clone();
        collectors.push(Box::new(Daily::new(
            daily.clone(),
            windows,
            zone.clone(),
            client,
            ledger,
        )));
    }
    if let Some(meetings) = &wanted.meetings {
        let (client, ledger) = (client.clone(), ledger.clone());
        collectors.push(Box::new(Meetings::new(
            meetings.clone(),
            zone.clone(),
            client,
            ledger,
        )));
    }
    if let Some(details) = &wanted.details {
        collectors.push(Box::new(Details::new(
            details.clone(),
            client.clone(),
            ledger.clone(),
        )));
    }
    collectors
}

/// How the collectors stand before their first run.
#[must_use]
pub fn first_states(collectors: &[Box<dyn Collector>]) -> Vec<CollectorState> {
    collectors
        .iter()
        .map(|collector| CollectorState {
            name: collector.name(),
            interval: collector.interval(),
            stale_after: collector.stale_after(),
            last_run: None,
            last_success: None,
        })
        .collect()
}
