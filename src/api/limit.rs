//! The global limit of calls under way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Semaphore, SemaphorePermit};

/// One in this many places is for applications whose calls take long.
const SLOW_SHARE: usize = 4;

/// How many calls may be under way at once, all applications together; clones share it.
///
/// A place is taken for one attempt only: a call that waits for its rate limit or between two
/// attempts holds none. Places are given in the order of asking, and a collector asks again only
/// after its last call, so an application with a long backlog asks no more often than one without.
///
/// An application whose last attempt took long is different: it keeps its place for as long. All of
/// these together get no more than a quarter of the places, so that some that hang do not hold up
/// the others; an attempt that goes well again gives an application back all of them.
#[derive(Debug, Clone)]
pub struct CallLimit(Arc<Places>);

#[derive(Debug)]
struct Places {
    calls: usize,
    all: Semaphore,
    slow: Semaphore,
}

/// How an application has fared with its places.
#[derive(Debug, Default)]
pub(super) struct Pace {
    slow: AtomicBool,
}

/// A place; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place<'a> {
    _place: Option<SemaphorePermit<'a>>,
    _slow: Option<SemaphorePermit<'a>>,
}

impl Pace {
    /// Notes how the application's last attempt went.
    pub(super) fn note(&self, slow: bool) {
        self.slow.store(slow, Ordering::Relaxed);
    }
}

impl CallLimit {
    /// At most `calls` at once; 0 counts as 1.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        let calls = calls.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Places {
            calls,
            all: Semaphore::new(calls),
            slow: Semaphore::new((calls / SLOW_SHARE).max(1)),
        }))
    }

    /// How many calls may be under way at once.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.calls
    }

    /// Waits, in the order of asking, for a place for an application.
    pub(super) async fn enter(&self, pace: &Pace) -> Place<'_> {
        // The only error is that of a closed semaphore, and nobody closes these.
        let slow = match pace.slow.load(Ordering::Relaxed) {
            true => self.0.slow.acquire().await.ok(),
            false => None,
        };
        Place {
            _place: self.0.all.acquire().await.ok(),
            _slow: slow,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        task::JoinSet,
        time::{Instant, sleep},
    };

    use super::*;

    #[tokio::test]
    async fn none_still_lets_one_through() {
        let limit = CallLimit::new(0);
        let place = limit.enter(&Pace::default()).await;
        assert_eq!(limit.0.all.available_permits(), 0);
        drop(place);
        assert_eq!(limit.0.all.available_permits(), 1);
    }

    /// Calls one after the other for a simulated minute, each as long as told; answers the longest
    /// wait for a place asked for after the first eleven seconds, and the number of calls.
    async fn caller(limit: CallLimit, pace: Arc<Pace>, lasts: Duration) -> (Duration, u32) {
        let began = Instant::now();
        let (mut longest, mut calls) = (Duration::ZERO, 0);
        while began.elapsed() < Duration::from_secs(60) {
            let asked = Instant::now();
            let place = limit.enter(&pace).await;
            if asked - began > Duration::from_secs(11) {
                longest = longest.max(asked.elapsed());
            }
            sleep(lasts).await;
            pace.note(lasts >= Duration::from_secs(5));
            drop(place);
            calls += 1;
        }
        (longest, calls)
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_hang_do_not_hold_up_the_others() {
        let limit = CallLimit::new(8);
        let (mut hanging, mut healthy) = (JoinSet::new(), JoinSet::new());
        for _ in 0..6 {
            let pace = Arc::default();
            hanging.spawn(caller(limit.clone(), pace, Duration::from_secs(10)));
        }
        for _ in 0..20 {
            let pace = Arc::default();
            healthy.spawn(caller(limit.clone(), pace, Duration::from_millis(100)));
        }
        for (longest, calls) in healthy.join_all().await {
            // Twenty share at least six places.
            assert!(longest <= Duration::from_millis(400), "{longest:?}");
            assert!(calls > 100, "{calls}");
        }
        let calls: u32 = hanging
            .join_all()
            .await
            .iter()
            .map(|(_, calls)| calls)
            .sum();
        assert!(calls >= 12, "they are tried all the same: {calls}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_backlog_gets_no_more_than_its_turn() {
        let limit = CallLimit::new(2);
        let backlog = Arc::new(Pace::default());
        let (mut busy, mut others) = (JoinSet::new(), JoinSet::new());
        // Four collectors of one application that never stop, and ten applications with one each.
        for _ in 0..4 {
            let pace = Arc::clone(&backlog);
            busy.spawn(caller(limit.clone(), pace, Duration::from_millis(100)));
        }
        for _ in 0..10 {
            let pace = Arc::default();
            others.spawn(caller(limit.clone(), pace, Duration::from_millis(100)));
        }
        for (longest, _) in others.join_all().await {
            // Thirteen before it, two at a time.
            assert!(longest <= Duration::from_millis(700), "{longest:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_good_call_makes_up_for_a_slow_one() {
        let limit = CallLimit::new(8);
        let (one, other) = (Pace::default(), Pace::default());
        one.note(true);
        other.note(true);
        let first = limit.enter(&one).await;
        let second = limit.enter(&other).await;
        assert_eq!(limit.0.slow.available_permits(), 0);
        one.note(false);
        let third = limit.enter(&one).await;
        assert_eq!(limit.0.all.available_permits(), 5);
        drop((first, second, third));
        assert_eq!(limit.0.slow.available_permits(), 2);
    }
}
