//! Who may have a password compared now: comparing is meant to be slow, and must not become all
//! that the machine does.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may wait or be served, all clients together.
const MOST: usize = 64;
/// How many of them may come from one address.
const MOST_OF_ONE: usize = 16;

/// A queue of bounded length in front of a bounded number of threads.
#[derive(Debug)]
pub(super) struct Turns {
    threads: Arc<Semaphore>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    by_address: HashMap<Option<IpAddr>, usize>,
}

/// A place in the queue, and then a turn.
#[derive(Debug)]
pub(super) struct Turn {
    _place: Place,
    _thread: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Place {
    waiting: Arc<Mutex<Waiting>>,
    address: Option<IpAddr>,
}

impl Turns {
    /// A queue for that many threads.
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(threads)),
            waiting: Arc::default(),
        }
    }

    /// Waits for a turn; `None` at once when too many wait already. `address` is the client's,
    /// where it has one.
    pub(super) async fn take(&self, address: Option<IpAddr>) -> Option<Turn> {
        let place = self.queue(address)?;
        // An error would say that the semaphore was closed, which nobody does.
        let thread = Arc::clone(&self.threads).acquire_owned().await.ok()?;
        Some(Turn {
            _place: place,
            _thread: thread,
        })
    }

    fn queue(&self, address: Option<IpAddr>) -> Option<Place> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = waiting.by_address.get(&address).copied().unwrap_or(0);
        if waiting.all >= MOST || of_one >= MOST_OF_ONE {
            return None;
        }
        waiting.all += 1;
        waiting.by_address.insert(address, of_one + 1);
        let waiting = Arc::clone(&self.waiting);
        Some(Place { waiting, address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.all -= 1;
        if let Some(count) = waiting.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                waiting.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(last: usize) -> Option<IpAddr> {
        Some(Ipv4Addr::new(192, 0, 2, u8::try_from(last).unwrap()).into())
    }

    #[tokio::test]
    async fn one_address_cannot_take_every_place() {
        let turns = Turns::new(MOST);
        let mut held = Vec::new();
        for _ in 0..MOST_OF_ONE {
            held.push(turns.take(address(1)).await.unwrap());
        }
        assert!(turns.take(address(1)).await.is_none());
        held.push(turns.take(address(2)).await.unwrap());
        held.remove(0);
        held.push(turns.take(address(1)).await.unwrap());
        for other in 3.. {
            match turns.take(address(other)).await {
                Some(turn) => held.push(turn),
                None => break,
            }
        }
        assert_eq!(held.len(), MOST);
        held.clear();
        let waiting = turns.waiting.lock().unwrap();
        assert_eq!((waiting.all, waiting.by_address.len()), (0, 0));
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_no_trace() {
        let turns = Turns::new(1);
        let first = turns.take(address(1)).await.unwrap();
        {
            let mut second = std::pin::pin!(turns.take(address(2)));
            let polled = std::future::poll_fn(|context| {
                std::task::Poll::Ready(second.as_mut().poll(context).is_pending())
            });
            assert!(polled.await, "there is one thread only");
            assert_eq!(turns.waiting.lock().unwrap().all, 2);
        }
        assert_eq!(turns.waiting.lock().unwrap().all, 1);
        drop(first);
        assert!(turns.take(address(2)).await.is_some());
    }
}
