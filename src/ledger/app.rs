//! One application's part of the ledger.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use jiff::{Timestamp, civil::Date};
use redb::{Database, ReadableDatabase};

use super::{
    days::DayLedger,
    details::{self, DetailOutcome, PendingDetail},
    error::{StoreError, failed},
    file::SEEN,
    meeting_key::MeetingKey,
    meetings::{MeetingsRecorded, Round, Sweep},
    options::AppOptions,
    plan::{Changes, Plan},
    state::AppState,
    store::{Connection, Store, unpoisoned},
};
use crate::{
    api::{DailyFigures, DayRange, Meeting},
    snapshot::{Attendances, Finished, Totals},
};

/// One application's counters: what was committed, and how to add to it.
///
/// Cloning gives another handle to the same counters. [`totals`](Self::totals),
/// [`finished`](Self::finished), [`attendances`](Self::attendances),
/// [`days_wanted`](Self::days_wanted) and [`next_sweep`](Self::next_sweep) only look at memory;
/// the others read or write the file and wait for the disk, so async code calls them on a thread
/// that may block (`tokio::task::spawn_blocking`).
///
/// A `record_*` call is one transaction. When it returns `Ok`, everything in it is on the disk and
/// published; when it returns an error, nothing of it is published, and the same answers can be
/// given again, because everything here may be recorded any number of times.
#[derive(Debug, Clone)]
pub struct AppLedger {
    core: Arc<Core>,
    options: Arc<AppOptions>,
}

/// What all handles of one application share.
#[derive(Debug)]
pub(super) struct Core {
    app: Arc<str>,
    store: Arc<Store>,
    /// What was committed, and under which opening of the file it was read.
    committed: Mutex<(u64, Arc<AppState>)>,
    /// The last entry of the details queue handed out.
    cursor: Mutex<Option<PendingDetail>>,
}

impl AppLedger {
    /// The counters of one application as the store holds them, brought to what is configured.
    pub(super) fn open(
        store: Arc<Store>,
        app: Arc<str>,
        options: AppOptions,
    ) -> Result<Self, StoreError> {
        let load = |connection: &Connection<'_>| {
            let state = AppState::load(connection.database, &app, &options)?;
            Ok((connection.generation, Arc::new(state)))
        };
        let committed = store.run(load)?;
        let core = Core {
            app,
            store,
            committed: Mutex::new(committed),
            cursor: Mutex::new(None),
        };
        Self::on(Arc::new(core), options)
    }

    /// A handle to counters that are already open, brought to what is configured.
    pub(super) fn on(core: Arc<Core>, options: AppOptions) -> Result<Self, StoreError> {
        let options = Arc::new(options);
        let ledger = Self { core, options };
        ledger.adopt_options()?;
        Ok(ledger)
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn adopt_options(&self) -> Result<(), StoreError> {
        let (app, options) = (&self.core.app, &self.options);
        self.transact(|_, before| {
            let mut state = before.clone();
            let mut changes = Changes::default();
            if let (Some(counted), Some(wanted)) = (before.since, options.since)
                && counted != wanted
            {
                state = AppState {
                    number: before.number,
                    ..AppState::empty(options)
                };
                changes.wipe = true;
                tracing::warn!(
                    app = %app,
                    "counters_since was changed from {counted} to {wanted}: \
                     all counters of this application start afresh"
                );
            }
            for name in state.rebucket(&options.histograms) {
                tracing::warn!(
                    app = %app,
                    "the bucket bounds of the `{name}` histogram were changed in a way that its \
                     buckets cannot follow: it starts afresh"
                );
            }
            Ok(Plan {
                state,
                changes,
                value: (),
            })
        })
    }

    /// The application's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.core.app
    }

    /// Totals over days; none before the first answer was recorded.
    #[must_use]
    pub fn totals(&self) -> Option<Totals> {
        self.committed().days.as_ref().map(DayLedger::totals)
    }

    /// Meetings that are over.
    #[must_use]
    pub fn finished(&self) -> Arc<Finished> {
        Arc::clone(&self.committed().meetings.finished)
    }

    /// Attendances.
    #[must_use]
    pub fn attendances(&self) -> Arc<Attendances> {
        Arc::clone(&self.committed().attendances)
    }

    /// The local days whose figures can still change the totals: everything not yet closed, missed
    /// days included. None while today is before the first day counted.
    #[must_use]
    pub fn days_wanted(&self, today: Date) -> Option<DayRange> {
        let committed = self.committed();
        match &committed.days {
            Some(days) => days.wanted(today),
            None => DayLedger::new(self.since(&committed, today)).wanted(today),
        }
    }

    /// Records the figures of days, in any order, and answers the new totals. `today` is the local
    /// day of the call that brought them. A long range can be recorded piece by piece.
    ///
    /// # Errors
    /// If they could not be committed.
    pub fn record_days(
        &self,
        today: Date,
        days: &[(Date, DailyFigures)],
    ) -> Result<Totals, StoreError> {
        self.transact(|_, before| {
            let mut state = before.clone();
            let since = self.since(before, today);
            state.since = Some(since);
            let ledger = state.days.get_or_insert_with(|| DayLedger::new(since));
            ledger.record(today, self.options.settle_days, days);
            let value = ledger.totals();
            Ok(Plan {
                state,
                changes: Changes::default(),
                value,
            })
        })
    }

    /// What a deep sweep begun now has to read so that no finished meeting is missed. Every page
    /// goes to [`record_meetings`](Self::record_meetings), and the sweep to
    /// [`finish_sweep`](Self::finish_sweep) once all were recorded.
    #[must_use]
    pub fn next_sweep(&self, now: Timestamp) -> Sweep {
        let committed = self.committed();
        let since = self.since(&committed, self.options.day_of(now));
        let start = self.options.start_of(since);
        committed
            .meetings
            .next_sweep(now, start, self.options.lookback)
    }

    /// Counts the meetings that are over and were not counted before, and queues their details if
    /// details are read. `now` is the moment of the call that brought them. Pages of one round can
    /// be recorded together or one by one.
    ///
    /// Also gives up the details that could not be read in time: here, and not on its own, because
    /// the vendor answers no call whose clock is wrong.
    ///
    /// # Errors
    /// If they could not be committed.
    pub fn record_meetings(
        &self,
        now: Timestamp,
        meetings: &[Meeting],
    ) -> Result<MeetingsRecorded, StoreError> {
        self.transact(|database, before| {
            let mut state = before.clone();
            let since = self.since(before, self.options.day_of(now));
            state.since = Some(since);
            let known = known(database, before.number, meetings)?;
            let round = Round {
                now,
                start: self.options.start_of(since),
                known: &known,
                details: self.options.give_up_after.is_some(),
            };
            let counted = state.meetings.record(meetings, &round);
            let overdue = details::overdue(database, before.number, now, &self.options)?;
            let mut value = counted.recorded;
            value.given_up = details::give_up(&mut state, &overdue);
            details::queued(&mut state, counted.queue.len());
            let queued_at = now.as_second();
            let changes = Changes {
                remember: counted.remember.into_iter().collect(),
                enqueue: counted
                    .queue
                    .into_iter()
                    .map(|key| (queued_at, key))
                    .collect(),
                dequeue: overdue,
                ..Changes::default()
            };
            Ok(Plan {
                state,
                changes,
                value,
            })
        })
    }

    /// Notes that every page of a sweep was recorded: meetings far behind it can be forgotten.
    ///
    /// # Errors
    /// If that could not be committed.
    pub fn finish_sweep(&self, sweep: Sweep) -> Result<(), StoreError> {
        self.transact(|_, before| {
            let mut state = before.clone();
            let today = self.options.day_of(sweep.until());
            state.since = Some(self.since(before, today));
            state.meetings.finish_sweep(sweep, self.options.lookback);
            let first_kept = state.meetings.forget_before();
            let moved = first_kept > before.meetings.forget_before();
            let changes = Changes {
                forget_before: moved.then_some(first_kept),
                ..Changes::default()
            };
            Ok(Plan {
                state,
                changes,
                value: (),
            })
        })
    }

    /// Up to `most` meetings whose detail is to be read: the longest waiting first, and those
    /// handed out before again only after all others.
    ///
    /// # Errors
    /// If the queue cannot be read.
    pub fn next_details(&self, most: usize) -> Result<Vec<PendingDetail>, StoreError> {
        self.core.store.run(|connection| {
            let number = self.core.current(connection, &self.options)?.number;
            let mut cursor = unpoisoned(&self.core.cursor);
            let next = details::next(connection.database, number, cursor.as_ref(), most)?;
            *cursor = next.last().cloned();
            Ok(next)
        })
    }

    /// Records what became of details. A meeting that is no longer queued is ignored, so that
    /// nothing is counted twice; one whose detail could not be read is simply left out.
    ///
    /// # Errors
    /// If they could not be committed.
    pub fn record_details(
        &self,
        outcomes: &[(PendingDetail, DetailOutcome)],
    ) -> Result<(), StoreError> {
        self.transact(|database, before| {
            let mut state = before.clone();
            let mut done = BTreeSet::new();
            for (pending, outcome) in outcomes {
                let entry = pending.entry();
                if !done.contains(&entry) && details::is_queued(database, before.number, &entry)? {
                    details::record(&mut state, outcome);
                    done.insert(entry);
                }
            }
            Ok(Plan {
                state,
                changes: Changes {
                    dequeue: done.into_iter().collect(),
                    ..Changes::default()
                },
                value: (),
            })
        })
    }

    fn committed(&self) -> Arc<AppState> {
        Arc::clone(&unpoisoned(&self.core.committed).1)
    }

    /// The first day counted, or the one to begin with.
    fn since(&self, state: &AppState, today: Date) -> Date {
        state.since.or(self.options.since).unwrap_or(today)
    }

    /// Decides on the basis of what is committed, commits, and publishes.
    fn transact<T>(
        &self,
        decide: impl FnOnce(&Database, &AppState) -> Result<Plan<T>, StoreError>,
    ) -> Result<T, StoreError> {
        let core = &self.core;
        core.store.run(|connection| {
            let before = core.current(connection, &self.options)?;
            let mut plan = decide(connection.database, &before)?;
            // After a failure even an idle round is committed, to see whether the disk is back.
            if plan.is_idle(&before) && core.store.health().is_good() {
                return Ok(plan.value);
            }
            let number = plan.commit(connection.database, &core.app, &before)?;
            plan.state.number = Some(number);
            core.store.committed();
            *unpoisoned(&core.committed) = (connection.generation, Arc::new(plan.state));
            Ok(plan.value)
        })
    }
}

impl Core {
    /// What is committed; read anew if the file was opened again since, because a commit that
    /// failed may have reached the disk all the same.
    fn current(
        &self,
        connection: &Connection<'_>,
        options: &AppOptions,
    ) -> Result<Arc<AppState>, StoreError> {
        let mut committed = unpoisoned(&self.committed);
        if committed.0 != connection.generation {
            let state = AppState::load(connection.database, &self.app, options)?;
            if state.since.is_none() && committed.1.since.is_some() {
                return Err(StoreError::Forgotten {
                    app: Arc::clone(&self.app),
                });
            }
            *committed = (connection.generation, Arc::new(state));
        }
        Ok(Arc::clone(&committed.1))
    }
}

/// The meetings of a batch that are remembered, with the day they are remembered for.
fn known(
    database: &Database,
    app: Option<u32>,
    meetings: &[Meeting],
) -> Result<HashMap<MeetingKey, u16>, StoreError> {
    let mut known = HashMap::new();
    let Some(app) = app else {
        return Ok(known);
    };
    let transaction = database.begin_read().map_err(failed)?;
    let seen = transaction.open_table(SEEN).map_err(failed)?;
    for meeting in meetings {
        let key = MeetingKey::of(&meeting.id);
        if let Some(day) = seen.get((app, key.as_bytes())).map_err(failed)? {
            known.insert(key, day.value());
        }
    }
    Ok(known)
}
