//! One application's part of the ledger.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{Timestamp, civil::Date};
use redb::Database;
use tokio::task::JoinError;
use tokio_util::task::TaskTracker;

use super::{
    adoption,
    core::Core,
    days::DayLedger,
    details::{self, DetailOutcome, PendingDetail},
    error::StoreError,
    meetings::{MeetingsRecorded, Round, Sweep},
    options::AppOptions,
    plan::{self, Changes, Plan},
    state::AppState,
    store::Store,
};
use crate::{
    api::{DailyFigures, DayRange, Meeting},
    snapshot::{Attendances, Finished, Totals},
    threads,
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
    /// Work on threads that may block.
    work: TaskTracker,
}

impl AppLedger {
    /// Handles to applications' counters, brought to what is configured: all of them, or none.
    pub(super) fn on(
        store: &Store,
        apps: Vec<(Arc<Core>, AppOptions)>,
    ) -> Result<Vec<Self>, StoreError> {
        let apps = apps
            .into_iter()
            .map(|(core, options)| (core, Arc::new(options)));
        let apps: Vec<_> = apps.collect();
        adoption::adopt(store, &apps)?;
        let handles = apps.into_iter().map(|(core, options)| Self {
            core,
            options,
            work: TaskTracker::new(),
        });
        Ok(handles.collect())
    }

    /// The application's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.core.app()
    }

    /// Totals over days; none before every day up to the last one recorded has been.
    #[must_use]
    pub fn totals(&self) -> Option<Totals> {
        let committed = self.committed();
        let days = committed.days.as_ref().filter(|days| days.is_whole());
        days.map(DayLedger::totals)
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
            let known = plan::remembered(database, before.number, meetings)?;
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
        self.core
            .hand_out(&self.options, |database, number, cursor| {
                details::next(database, number, cursor, most)
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

    /// Does a piece of work on a thread that may block: a commit waits for the disk. Once begun it
    /// is done to its end, even where nobody waits for it any more; it begins when no more than its
    /// [share](threads::LEDGER) of the threads are at work.
    ///
    /// # Errors
    /// If the work panicked, or the process ended before it began.
    pub async fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let ledger = self.clone();
        let place = threads::LEDGER.acquire().await;
        let working = self.work.spawn_blocking(move || {
            let _place = place;
            work(&ledger)
        });
        working.await
    }

    /// Waits until all that was [spawned](Self::spawn) on this handle and its clones is done. To be
    /// called when nothing more is spawned, before another handle with other options is asked for.
    pub async fn settled(&self) {
        self.work.close();
        self.work.wait().await;
    }

    fn committed(&self) -> Arc<AppState> {
        self.core.committed()
    }

    /// The first day counted, or the one to begin with.
    fn since(&self, state: &AppState, today: Date) -> Date {
        state.since.or(self.options.since).unwrap_or(today)
    }

    fn transact<T>(
        &self,
        decide: impl FnOnce(&Database, &AppState) -> Result<Plan<T>, StoreError>,
    ) -> Result<T, StoreError> {
        self.core.transact(&self.options, decide)
    }
}
