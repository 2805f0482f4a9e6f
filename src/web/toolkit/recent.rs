//! Remembering a bounded number of digests.

use std::collections::{HashSet, VecDeque};

/// What stands for a name and a password: a keyed hash, from which nobody gets them back.
pub(super) type Digest = [u8; 32];

/// The newest digests; the oldest goes when there are too many.
#[derive(Debug)]
pub(super) struct Recent {
    most: usize,
    order: VecDeque<Digest>,
    known: HashSet<Digest>,
}

impl Recent {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.known.contains(digest)
    }

    pub(super) fn add(&mut self, digest: Digest) {
        if !self.known.insert(digest) {
            return;
        }
        self.order.push_back(digest);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_known_and_the_oldest_go() {
        let mut recent = Recent::new(3);
        for number in [1, 2, 2, 3, 4, 1] {
            recent.add([number; 32]);
            assert!(recent.has(&[number; 32]), "{number}");
            assert!(recent.order.len() <= 3 && recent.known.len() == recent.order.len());
        }
        assert!(!recent.has(&[2; 32]));
        assert!(recent.has(&[3; 32]) && recent.has(&[4; 32]));
    }
}
