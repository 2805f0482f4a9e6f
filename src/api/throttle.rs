//! How fast one application calls: a token bucket whose rate adapts.

mod bucket;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use self::bucket::Bucket;
use crate::config::RateLimit;

/// One application's rate limit, waited for in the order of asking.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Held by the caller whose turn it is. Tokio's mutex is fair, and a caller that gives up
    /// while it waits takes nothing with it.
    turn: tokio::sync::Mutex<()>,
    bucket: Mutex<Bucket>,
    epoch: Instant,
}

impl Throttle {
    /// A full bucket.
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            bucket: Mutex::new(Bucket::new(limit)),
            epoch: Instant::now(),
        }
    }

    /// Waits for leave to make one attempt, and says how long that took: none at all where nobody
    /// stood before and there was a token.
    pub(super) async fn enter(&self) -> Duration {
        let asked = Instant::now();
        if self.turn.try_lock().is_ok() && self.bucket().take(self.epoch.elapsed()).is_ok() {
            return Duration::ZERO;
        }
        let _turn = self.turn.lock().await;
        // Once more after every wait: the rate can change, or a pause begin, in the meantime.
        loop {
            let taken = self.bucket().take(self.epoch.elapsed());
            match taken {
                Ok(()) => return asked.elapsed(),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// An attempt that began at `started` was told that we are too fast.
    pub(super) fn slow_down(&self, started: Instant) {
        let started = started.saturating_duration_since(self.epoch);
        self.bucket().slow_down(self.epoch.elapsed(), started);
    }

    /// The vendor asked for a pause.
    pub(super) fn pause(&self, pause: Duration) {
        self.bucket().pause(self.epoch.elapsed() + pause);
    }

    /// An attempt went well.
    pub(super) fn recover(&self) {
        self.bucket().recover(self.epoch.elapsed());
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn throttle(requests_per_second: f64, burst: u32) -> Throttle {
        Throttle::new(RateLimit {
            requests_per_second,
            burst,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn waits_are_those_of_the_rate() {
        let throttle = throttle(2.0, 2);
        let mut waits = Vec::new();
        for _ in 0..4 {
            waits.push(throttle.enter().await.as_millis());
        }
        assert_eq!(waits, [0, 0, 500, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_go_in_the_order_of_asking_and_one_that_leaves_costs_nothing() {
        let throttle = Arc::new(throttle(1.0, 1));
        throttle.enter().await;
        let mut callers = tokio::task::JoinSet::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        for number in 0..3 {
            let (throttle, order) = (throttle.clone(), order.clone());
            let caller = callers.spawn(async move {
                throttle.enter().await;
                order.lock().unwrap().push(number);
            });
            tokio::task::yield_now().await;
            if number == 1 {
                caller.abort();
            }
        }
        let begun = Instant::now();
        while callers.join_next().await.is_some() {}
        assert_eq!(*order.lock().unwrap(), [0, 2]);
        assert_eq!(begun.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_begins_while_somebody_waits_holds_them_too() {
        let throttle = Arc::new(throttle(1.0, 1));
        throttle.enter().await;
        let mut callers = tokio::task::JoinSet::new();
        let waiting = throttle.clone();
        callers.spawn(async move { waiting.enter().await });
        tokio::task::yield_now().await;
        throttle.pause(Duration::from_secs(30));
        let waited = callers.join_next().await.unwrap().unwrap();
        assert_eq!(waited.as_secs(), 30);
    }
}
