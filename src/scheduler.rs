//! The only thing that turns the crank: runs each collector on its own clock and records how it went.

mod crank;
mod health;
mod schedule;

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::crank::Crank;
use self::schedule::Schedule;
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
    /// A run under way when that happens is dropped: it has either been recorded whole or not at
    /// all. `startup` is over how long the first runs of all applications are spread.
    pub async fn run_until(mut self, stop: CancellationToken, startup: Duration) -> Self {
        let mut tasks = JoinSet::new();
        for mut collector in self.collectors.drain(..) {
            let crank = Arc::clone(&self.crank);
            let stop = stop.clone();
            tasks.spawn(async move {
                let turning = turn_on_schedule(&crank, collector.as_mut(), startup);
                // Whether it was cut short says nothing: it has no other end.
                stop.run_until_cancelled(turning).await;
                collector
            });
        }
        while let Some(ended) = tasks.join_next().await {
            match ended.map_err(tokio::task::JoinError::try_into_panic) {
                Ok(collector) => self.collectors.push(collector),
                Err(Ok(panic)) => resume_unwind(panic),
                // Only the end of the process takes a task away.
                Err(Err(_)) => {}
            }
        }
        self
    }
}

/// Runs a collector when it is due, one run at a time, for ever.
async fn turn_on_schedule(crank: &Crank, collector: &mut dyn Collector, startup: Duration) {
    let schedule = Schedule::new(
        crank.app(),
        collector.name().as_str(),
        collector.interval(),
        startup,
    );
    let began = Instant::now();
    let mut due = schedule.first();
    loop {
        tokio::time::sleep_until(began + due).await;
        let started = began.elapsed();
        crank.turn(collector).await;
        due = schedule.next(due, started, began.elapsed());
    }
}

#[cfg(test)]
mod tests;
