//! Meetings that are over, from the list endpoint; each counted exactly once.

mod daybook;
mod pages;

use std::{future::Future, pin::Pin, time::Duration};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

use self::{
    daybook::DayBook,
    pages::{Next, Pass},
};
use super::{CollectError, Collected, Collector, Update, recorded};
use crate::{
    api::{Client, Meeting, MeetingQuery},
    clock::{Moment, local_day, start_of_day},
    config::MeetingsSettings,
    ledger::{AppLedger, Sweep},
    snapshot::{self, CollectorName, Reading},
};

/// Meetings recorded in one transaction: bounds the memory of a sweep over a long list.
const BATCH: usize = 5_000;

/// Reads the list endpoint: the last hours in every run, all of `lookback` in a sweep now and then.
#[derive(Debug)]
pub struct Meetings {
    settings: MeetingsSettings,
    timezone: TimeZone,
    client: Client,
    ledger: AppLedger,
    book: DayBook,
    /// From when on the book is complete; none before the first sweep was.
    complete_from: Option<Timestamp>,
    /// When the last complete sweep began.
    swept_at: Option<Moment>,
    /// When the last complete run of either kind began.
    read_at: Option<Moment>,
}

impl Meetings {
    /// A collector of one application's meetings.
    #[must_use]
    pub fn new(
        settings: MeetingsSettings,
        timezone: TimeZone,
        client: Client,
        ledger: AppLedger,
    ) -> Self {
        Self {
            settings,
            timezone,
            client,
            ledger,
            book: DayBook::default(),
            complete_from: None,
            swept_at: None,
            read_at: None,
        }
    }

    async fn read(&mut self, now: Moment) -> Collected {
        let outcome = if self.is_sweep_due(now) {
            let sweep = self.ledger.next_sweep(now.wall);
            self.sweep(sweep, now).await
        } else {
            self.read_from(before(now.wall, self.settings.hot_window), now)
                .await
        };
        if outcome.is_ok() {
            self.read_at = Some(now);
        }
        Collected {
            update: Some(self.update()),
            inconsistent_answers: 0,
            error: outcome.err(),
        }
    }

    async fn sweep(&mut self, sweep: Sweep, now: Moment) -> Result<(), CollectError> {
        self.read_from(sweep.from(), now).await?;
        recorded(&self.ledger, move |ledger| ledger.finish_sweep(sweep)).await?;
        self.swept_at = Some(now);
        let known = self.complete_from.unwrap_or(Timestamp::MAX);
        self.complete_from = Some(known.min(sweep.from()));
        Ok(())
    }

    /// A sweep is due by the clock, and whenever runs have failed for so long that the next one
    /// might not reach back to where the last one began.
    fn is_sweep_due(&self, now: Moment) -> bool {
        let older = |moment: Option<Moment>, age| moment.is_none_or(|at| now.since(&at) >= age);
        older(self.swept_at, self.settings.sweep_interval)
            || older(self.read_at, self.settings.hot_window / 2)
    }

    /// Reads and records every meeting from `from` up to now. What was read before a failure is
    /// recorded all the same.
    async fn read_from(&mut self, from: Timestamp, now: Moment) -> Result<(), CollectError> {
        let first_shown = self.day(now.wall).saturating_sub(1.days());
        let mut pass = Pass::new();
        let mut page_index = 1;
        let mut batch = Vec::new();
        loop {
            let page_size = self.settings.page_size;
            let query = MeetingQuery {
                from,
                until: now.wall,
                page_index,
                page_size,
            };
            let page = match self.client.list(&query).await {
                Ok(page) => page,
                Err(error) => {
                    // Without an answer nothing is known, not even the time: a wrong clock is a
                    // reason to be refused.
                    if !batch.is_empty() {
                        self.record(now, &mut batch).await?;
                    }
                    return Err(error.into());
                }
            };
            let next = pass.after(&page);
            self.book.keep_from(first_shown);
            for meeting in &page.meetings {
                self.book.note(meeting, &self.timezone, first_shown);
            }
            batch.extend(page.meetings);
            if batch.len() >= BATCH || !matches!(next, Next::Page(_)) {
                self.record(now, &mut batch).await?;
            }
            let app = || self.ledger.name().to_owned();
            match next {
                Next::Page(index) => page_index = index,
                Next::Done => return Ok(()),
                Next::Endless => {
                    let app = app();
                    return Err(CollectError::EndlessList { app, page_index });
                }
                Next::Hole => {
                    let app = app();
                    return Err(CollectError::MissingPage { app, page_index });
                }
            }
        }
    }

    async fn record(&self, now: Moment, batch: &mut Vec<Meeting>) -> Result<(), CollectError> {
        let batch = std::mem::take(batch);
        let recorded = recorded(&self.ledger, move |ledger| {
            ledger.record_meetings(now.wall, &batch)
        });
        recorded.await.map(drop)
    }

    /// What is known now.
    fn update(&self) -> Update {
        let listed = |read_at: Moment| Reading {
            value: self.listed(self.day(read_at.wall)),
            read_at,
            stale_after: self.settings.stale_after,
        };
        Update::Meetings {
            finished: self.ledger.finished(),
            listed: self.read_at.map(listed),
        }
    }

    /// What the list says of single days; `today` is that of the last good run, for of a day that
    /// began since nothing is known.
    fn listed(&self, today: Date) -> snapshot::Listed {
        let yesterday = today.saturating_sub(1.days());
        let is_complete = |day: &Date| {
            let midnight = start_of_day(*day, &self.timezone);
            midnight
                .zip(self.complete_from)
                .is_some_and(|(midnight, from)| from <= midnight)
        };
        let shown = [yesterday, today].into_iter().filter(is_complete);
        let days = self.book.listed(shown);
        let sums = is_complete(&yesterday).then(|| {
            let sums = self.book.sums(yesterday);
            snapshot::ListSums {
                day: yesterday,
                meetings: sums.meetings,
                duration_ms: sums.duration_ms,
                participants: sums.participants,
            }
        });
        snapshot::Listed { days, sums }
    }

    fn day(&self, at: Timestamp) -> Date {
        local_day(at, &self.timezone)
    }
}

impl Collector for Meetings {
    fn name(&self) -> CollectorName {
        CollectorName::Meetings
    }

    fn interval(&self) -> Duration {
        self.settings.interval
    }

    fn stale_after(&self) -> Duration {
        self.settings.stale_after
    }

    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>> {
        Box::pin(self.read(now))
    }
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
