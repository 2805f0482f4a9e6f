//! Time as a value: the only module that reads the machine's clocks.
//!
//! Two clocks are read together, because each lies in its own way: the wall clock jumps when
//! somebody sets it, and the monotonic one stands still while a machine is suspended.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// One moment, read from both clocks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock: what people and the vendor call now.
    pub wall: Timestamp,
    /// Time since this process (or this test) began; never goes back.
    pub monotonic: Duration,
}

impl Moment {
    /// How long ago `earlier` was: the larger of what the two clocks say, so that neither a wall
    /// clock set back nor a suspended machine makes old data look young.
    #[must_use]
    pub fn since(&self, earlier: &Moment) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let wall = Duration::try_from(self.wall.duration_since(earlier.wall)).unwrap_or_default();
        monotonic.max(wall)
    }
}

/// The local day of a moment in a zone.
#[must_use]
pub fn local_day(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// The moment a local day begins in a zone: midnight, or what comes after it where clocks are put
/// forward at midnight. `None` at the very ends of the calendar.
#[must_use]
pub fn start_of_day(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// Where the time comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Both clocks, read together.
    fn moment(&self) -> Moment;

    /// The wall clock alone.
    fn now(&self) -> Timestamp {
        self.moment().wall
    }

    /// The monotonic clock alone.
    fn monotonic(&self) -> Duration {
        self.moment().monotonic
    }
}

/// A clock that several owners read.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clocks.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic side starts at zero now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The same, ready to be shared.
    #[must_use]
    pub fn shared() -> SharedClock {
        Arc::new(Self::new())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn moment(&self) -> Moment {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the clock"
        )]
        let wall = Timestamp::now();
        Moment {
            wall,
            monotonic: self.monotonic(),
        }
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that moves only when told to; for tests and for replaying simulated weeks.
#[derive(Debug)]
pub struct ManualClock {
    moment: Mutex<Moment>,
}

impl ManualClock {
    /// A clock that stands at `wall`, with no time passed yet.
    #[must_use]
    pub fn at(wall: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            moment: Mutex::new(Moment {
                wall,
                monotonic: Duration::ZERO,
            }),
        })
    }

    /// Lets time pass, on both clocks alike.
    pub fn advance(&self, by: Duration) {
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.monotonic += by;
        moment.wall += by;
    }

    /// Sets the wall clock alone, as an operator or a time daemon would.
    pub fn set_wall(&self, wall: Timestamp) {
        self.moment
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wall = wall;
    }
}

impl Clock for ManualClock {
    fn moment(&self) -> Moment {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another clock, read a fixed time ahead of or behind what it says.
#[derive(Debug)]
pub struct OffsetClock {
    inner: SharedClock,
    offset: jiff::SignedDuration,
}

impl OffsetClock {
    /// `inner`'s wall clock, moved by `offset` (negative: behind).
    #[must_use]
    pub fn new(inner: SharedClock, offset: jiff::SignedDuration) -> Self {
        Self { inner, offset }
    }
}

impl Clock for OffsetClock {
    fn moment(&self) -> Moment {
        let moment = self.inner.moment();
        let wall = moment
            .wall
            .saturating_add(self.offset)
            .unwrap_or(moment.wall);
        Moment { wall, ..moment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_the_larger_of_both_clocks() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let earlier = clock.moment();
        clock.advance(Duration::from_secs(10));
        assert_eq!(clock.moment().since(&earlier), Duration::from_secs(10));
        clock.set_wall(Timestamp::UNIX_EPOCH - Duration::from_secs(3600));
        assert_eq!(
            clock.moment().since(&earlier),
            Duration::from_secs(10),
            "wall clock set back"
        );
        clock.set_wall(Timestamp::UNIX_EPOCH + Duration::from_secs(3600));
        assert_eq!(
            clock.moment().since(&earlier),
            Duration::from_secs(3600),
            "suspended for an hour"
        );
    }
}
