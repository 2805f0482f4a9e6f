//! Which applications a process watches where several share them.
//!
//! Rendezvous hashing: every shard has a weight for every application's name, and the shard with the
//! highest one has the application. There is always exactly one; nothing but the name and the
//! number of shards decides; and one shard more takes over only those applications for which it is
//! now the highest, from all the others alike.
//!
//! The weight of shard *i* is `mix(hash(name) ^ mix(i + 1))`, with the 64-bit functions of
//! [`crate::hash`]; of equal weights the lower shard's wins. This is a contract: ledgers have been
//! moved by it.

use crate::hash;

/// The most shards there can be.
pub const MOST: u32 = 1024;

/// One of a number of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// Why there is no such shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// There are no shards, or too many.
    #[error("{0} shards: expected 1 to {MOST}")]
    Count(u32),
    /// Shards are counted from 0.
    #[error("shard {index} of {count}: shards are counted from 0, so the last one is {last}", last = .count - 1)]
    Index {
        /// The shard asked for.
        index: u32,
        /// How many there are.
        count: u32,
    },
    /// A name without a number at its end.
    #[error(
        "{0:?} does not end in a number, as the name of a StatefulSet's pod does: set POD_NAME, or give the number"
    )]
    NoOrdinal(String),
}

impl Shard {
    /// The only shard, which has every application.
    pub const ONLY: Self = Self { index: 0, count: 1 };

    /// Shard `index`, counted from 0, of `count`.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(index: u32, count: u32) -> Result<Self, ShardError> {
        match (index, count) {
            (_, 0) | (_, MOST_AND_ONE..) => Err(ShardError::Count(count)),
            _ if index >= count => Err(ShardError::Index { index, count }),
            _ => Ok(Self { index, count }),
        }
    }

    /// The shard's number, from 0.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many shards there are.
    #[must_use]
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether this shard has the application of that name.
    #[must_use]
    pub fn has(self, app: &str) -> bool {
        owner(app, self.count) == self.index
    }
}

const MOST_AND_ONE: u32 = MOST + 1;

/// The one shard of `count` that has the application; with no shards at all, the first.
#[must_use]
pub fn owner(app: &str, count: u32) -> u32 {
    let name = hash::of(&[app]);
    let weight = |shard: u32| hash::mix(name ^ hash::mix(u64::from(shard) + 1));
    // Of equal weights `max_by_key` takes the last one met, hence the way down.
    (0..count)
        .rev()
        .max_by_key(|shard| weight(*shard))
        .unwrap_or(0)
}

/// The number that a StatefulSet gives each of its pods, which is the end of the pod's name.
///
/// # Errors
/// If the name does not end in `-` and a number.
pub fn ordinal(pod: &str) -> Result<u32, ShardError> {
    let pod = pod.trim();
    // A pod's host name can be a full one, with the pod's name as the first part.
    let name = pod.split('.').next().unwrap_or_default();
    let number = name.rsplit_once('-').map(|(_, number)| number);
    number
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| ShardError::NoOrdinal(pod.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: u32) -> impl Iterator<Item = String> {
        (0..count).map(|number| format!("app-{number}"))
    }

    /// Applications have been placed, and their ledgers moved, by these.
    #[test]
    fn places_never_change() {
        let places = |count| -> Vec<u32> {
            let apps = ["headquarters", "sales", "support", "研发", "a", ""];
            apps.iter().map(|app| owner(app, count)).collect()
        };
        assert_eq!(places(1), [0; 6]);
        assert_eq!(places(3), [0, 0, 2, 2, 2, 2]);
        assert_eq!(places(100), [70, 7, 18, 47, 3, 15]);
    }

    #[test]
    fn shards_are_of_like_size() {
        for count in [2, 3, 7, 16] {
            let mut sizes = vec![0_u32; count as usize];
            for name in names(10_000) {
                sizes[owner(&name, count) as usize] += 1;
            }
            let fair = 10_000 / count;
            let near = fair * 4 / 5..=fair * 6 / 5;
            assert!(sizes.iter().all(|size| near.contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn one_shard_more_takes_its_share_and_no_more() {
        for count in [1, 2, 3, 10] {
            let moved = names(10_000).filter(|name| owner(name, count) != owner(name, count + 1));
            let moved = u32::try_from(moved.count()).unwrap();
            let share = 10_000 / (count + 1);
            assert!(
                (share * 9 / 10..=share * 11 / 10).contains(&moved),
                "{count}: {moved}"
            );
        }
    }

    #[test]
    fn there_is_no_such_shard() {
        let errors = [(0, 0), (3, 3), (0, MOST + 1)]
            .map(|(index, count)| Shard::new(index, count).unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @r"
        0 shards: expected 1 to 1024
        shard 3 of 3: shards are counted from 0, so the last one is 2
        1025 shards: expected 1 to 1024
        ");
        assert_eq!(Shard::new(0, 1), Ok(Shard::ONLY));
    }

    #[test]
    fn a_pod_knows_its_number() {
        assert_eq!(ordinal("exporter-0"), Ok(0));
        assert_eq!(ordinal("netease-meeting-exporter-12\n"), Ok(12));
        assert_eq!(
            ordinal("exporter-7.exporter.monitoring.svc.cluster.local"),
            Ok(7)
        );
        for name in [
            "",
            "exporter",
            "exporter-",
            "exporter-1a",
            "7",
            "x-+7",
            "x-99999999999",
        ] {
            assert_eq!(
                ordinal(name),
                Err(ShardError::NoOrdinal(name.to_owned())),
                "{name}"
            );
        }
    }

    proptest! {
        #[test]
        fn exactly_one_shard_has_it(app in ".{0,64}", count in 1..=40_u32) {
            let shards = (0..count).map(|index| Shard::new(index, count).unwrap());
            prop_assert_eq!(shards.filter(|shard| shard.has(&app)).count(), 1);
        }

        #[test]
        fn nothing_moves_but_to_the_new_shard(app in ".{0,64}", count in 1..=40_u32) {
            let (before, after) = (owner(&app, count), owner(&app, count + 1));
            prop_assert!(after == before || after == count, "{} {}", before, after);
        }
    }
}
