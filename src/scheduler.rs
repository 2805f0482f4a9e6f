//! The only thing that turns the crank: runs each collector on its own clock and records how it went.

mod crank;
mod health;
mod schedule;

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

pub use self::crank::Crank;
use self::schedule::{Next, Schedule};
use crate::collector::Collector;

/// One application, ready to be collected.
#[derive(Debug)]
pub struct App {
    crank: Arc<Crank>,
    collectors: Vec<Box<dyn Collector>>,
}

impl App {
    /// An application with the collectors it has enabled.
    #[must_use]
    pub fn new(crank: Crank, collectors: Vec<Box<dyn Collector>>) -> Self {
        Self {
            crank: Arc::new(crank),
            collectors,
        }
    }

    /// Runs every collector once, one after the other; whether all of them succeeded.
    pub async fn run_once(&mut self) -> bool {
        let mut all = true;
        for collector in &mut self.collectors {
            all &= self.crank.turn(collector.as_mut()).await;
        }
        all
    }

    /// Runs every collector on its own schedule until `stop` is cancelled, and hands the
    /// application back, which can be run again.
    ///
    /// An application waits for its next run with one task and one timer in the runtime's wheel,
    /// whatever the number of its collectors; a run has a task of its own for as long as it lasts.
    /// A run under way when `stop` is cancelled is dropped: it has either been recorded whole or not
    /// at all. `startup` is over how long the first runs of all applications are spread.
    pub async fn run_until(mut self, stop: CancellationToken, startup: Duration) -> Self {
        let timetable = |collector: Box<dyn Collector>| {
            let name = collector.name().as_str();
            let schedule = Schedule::new(self.crank.app(), name, collector.interval(), startup);
            Waiting {
                next: schedule.first(),
                schedule,
                collector,
            }
        };
        let mut waiting: Vec<Waiting> = self.collectors.drain(..).map(timetable).collect();
        let mut running = JoinSet::new();
        let began = Instant::now();
        loop {
            let due = waiting.iter().map(|waiting| waiting.next.due).min();
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = running.join_next() => waiting.extend(reap(ended)),
                () = sleep_until(began + due.unwrap_or_default()), if due.is_some() => {
                    let now = began.elapsed();
                    for run in waiting.extract_if(.., |waiting| waiting.next.due <= now) {
                        let (crank, stop) = (Arc::clone(&self.crank), stop.clone());
                        running.spawn(run.turn(crank, stop, began));
                    }
                }
            }
        }
        while let Some(ended) = running.join_next().await {
            waiting.extend(reap(ended));
        }
        // In their order, as they were handed over.
        waiting.sort_by_key(|waiting| waiting.collector.name());
        self.collectors = waiting.into_iter().map(|it| it.collector).collect();
        self
    }
}

/// A collector between two runs.
#[derive(Debug)]
struct Waiting {
    next: Next,
    schedule: Schedule,
    collector: Box<dyn Collector>,
}

impl Waiting {
    /// One run, unless `stop` cuts it short.
    async fn turn(mut self, crank: Arc<Crank>, stop: CancellationToken, began: Instant) -> Self {
        let started = began.elapsed();
        let collector = self.collector.as_mut();
        crank.late(collector.name(), started.saturating_sub(self.next.place));
        // Whether it was cut short says nothing: it has no other end.
        stop.run_until_cancelled(crank.turn(collector)).await;
        let due = self.next.due.max(started);
        self.next = self.schedule.next(due, began.elapsed());
        self
    }
}

/// What comes back from a run; nothing where the end of the process has taken it away.
fn reap(ended: Result<Waiting, JoinError>) -> Option<Waiting> {
    match ended.map_err(JoinError::try_into_panic) {
        Ok(waiting) => Some(waiting),
        Err(Ok(panic)) => resume_unwind(panic),
        Err(Err(_)) => None,
    }
}

#[cfg(test)]
mod tests;
