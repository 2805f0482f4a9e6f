//! A cache with a bound: what went in first goes out first.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Values by key, at most `capacity` in summed weight.
///
/// Values are computed outside the lock: two callers may compute the same value at the same time,
/// which costs time and never correctness, because a value follows from its key.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    capacity: usize,
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug)]
struct Inner<K, V> {
    values: HashMap<K, (V, usize)>,
    order: VecDeque<K>,
    weight: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> Cache<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::new(Inner {
                values: HashMap::new(),
                order: VecDeque::new(),
                weight: 0,
            }),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps `value`, and lets go of the oldest ones until the bound holds again.
    pub(super) fn insert(&self, key: K, value: V, weight: usize) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if weight > self.capacity || inner.values.contains_key(&key) {
            return;
        }
        inner.values.insert(key, (value, weight));
        inner.order.push_back(key);
        inner.weight += weight;
        while inner.weight > self.capacity {
            let Some(oldest) = inner.order.pop_front() else {
                break;
            };
            if let Some((_, freed)) = inner.values.remove(&oldest) {
                inner.weight -= freed;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let cache = Cache::new(10);
        for key in 0..5 {
            cache.insert(key, key * 100, 3);
        }
        assert_eq!(
            (0..5).map(|key| cache.get(&key)).collect::<Vec<_>>(),
            [None, None, Some(200), Some(300), Some(400)]
        );
        cache.insert(9, 0, 11);
        assert_eq!(
            cache.get(&9),
            None,
            "heavier than the whole cache: not kept"
        );
        assert_eq!(cache.get(&4), Some(400), "and nothing gave way for it");
    }
}
