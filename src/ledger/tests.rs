use jiff::{SignedDuration, Timestamp};

pub(super) use super::testing::options;

mod adoption;
mod faults;
mod gated;
mod groups;
mod stalls;

/// A moment, in seconds after the tests' own beginning: 2024-03-01 00:00 UTC.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_second(1_709_251_200).unwrap()
        + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}
