//! Each application's share of the series there may be in all.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{series, withheld};
use crate::snapshot::{AppSnapshot, Withheld};

/// The limit on the series of all applications together.
///
/// When they want more than that, there is a level that nobody may exceed, as high as the limit
/// allows: those with the most series lose some, and those with few keep all of theirs. It takes
/// effect for an application at its next run.
#[derive(Debug)]
pub struct Quotas {
    most: usize,
    shares: Mutex<Shares>,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct Shares {
    /// What each application wants, by its number: up to its own limit.
    wanted: HashMap<u64, usize>,
    sum: usize,
    /// What one application may have at most; none while all may have what they want.
    level: Option<usize>,
}

impl Quotas {
    /// At most `most` series in all.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            shares: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// The quota of one more application, of at most `most` series, until it is dropped.
    #[must_use]
    pub fn app(self: &Arc<Self>, most: usize) -> Quota {
        Quota {
            quotas: Arc::clone(self),
            number: self.next.fetch_add(1, Ordering::Relaxed),
            most,
        }
    }

    /// Notes what an application wants, and answers what it may have.
    fn ask(&self, number: u64, wanted: usize) -> usize {
        let mut shares = self.shares();
        let before = shares.wanted.insert(number, wanted);
        if before != Some(wanted) {
            shares.sum = shares.sum - before.unwrap_or(0) + wanted;
            shares.level = self.level(&shares);
        }
        shares.level.map_or(wanted, |level| level.min(wanted))
    }

    fn forget(&self, number: u64) {
        let mut shares = self.shares();
        if let Some(wanted) = shares.wanted.remove(&number) {
            shares.sum -= wanted;
            shares.level = self.level(&shares);
        }
    }

    fn level(&self, shares: &Shares) -> Option<usize> {
        (shares.sum > self.most).then(|| level(shares.wanted.values().copied(), self.most))
    }

    fn shares(&self) -> MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One application's quota; its share is free again when it is dropped.
#[derive(Debug)]
pub struct Quota {
    quotas: Arc<Quotas>,
    number: u64,
    most: usize,
}

impl Quota {
    /// What the application has to keep out now.
    #[must_use]
    pub fn decide(&self, snapshot: &AppSnapshot) -> Withheld {
        let wanted = series(snapshot).min(self.most);
        withheld(snapshot, self.quotas.ask(self.number, wanted))
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        self.quotas.forget(self.number);
    }
}

/// The highest level at which what is wanted, cut off there, is no more than `most` in all.
fn level(wanted: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut wanted: Vec<usize> = wanted.collect();
    wanted.sort_unstable();
    let mut left = most;
    let mut others = wanted.len();
    for size in wanted {
        if size > left / others {
            return left / others;
        }
        left -= size;
        others -= 1;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_give_way() {
        assert_eq!(level([10, 20, 90].into_iter(), 100), 70);
        assert_eq!(level([50, 60, 90].into_iter(), 100), 33);
        assert_eq!(level([50, 60].into_iter(), 110), usize::MAX);
        assert_eq!(level([5, 5].into_iter(), 1), 0);
    }

    #[test]
    fn what_one_gives_up_the_others_get() {
        let quotas = Quotas::new(100);
        let (one, other) = (quotas.app(1000), quotas.app(1000));
        assert_eq!(quotas.ask(one.number, 80), 80);
        assert_eq!(quotas.ask(other.number, 90), 50);
        assert_eq!(quotas.ask(one.number, 80), 50);
        drop(other);
        assert_eq!(quotas.ask(one.number, 80), 80);
        assert_eq!(quotas.shares().sum, 80);
    }

    proptest! {
        #[test]
        fn it_is_kept_and_none_is_left_over(
            wanted in prop::collection::vec(0_usize..1000, 1..50), most in 0_usize..20_000,
        ) {
            let level = level(wanted.iter().copied(), most);
            let had = |level: usize| wanted.iter().map(|size| level.min(*size)).sum::<usize>();
            if wanted.iter().sum::<usize>() <= most {
                prop_assert_eq!(level, usize::MAX);
            } else {
                prop_assert!(had(level) <= most && had(level + 1) > most);
            }
        }
    }
}
