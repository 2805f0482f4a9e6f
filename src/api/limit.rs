//! The global limit of calls under way.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many calls may be under way at once, all applications together; clones share it.
///
/// A place is taken for one attempt only: a call that waits for its rate limit or between two
/// attempts holds none.
#[derive(Debug, Clone)]
pub struct CallLimit(Arc<Semaphore>);

impl CallLimit {
    /// At most `calls` at once; 0 counts as 1.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        let calls = calls.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(calls)))
    }

    /// Waits, in the order of asking, for a place; dropping it gives it back.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // The only error is that of a closed semaphore, and nobody closes this one.
        self.0.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn none_still_lets_one_through() {
        let limit = CallLimit::new(0);
        let place = limit.enter().await;
        assert!(place.is_some() && limit.0.available_permits() == 0);
        drop(place);
        assert_eq!(limit.0.available_permits(), 1);
    }
}
