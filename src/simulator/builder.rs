//! How a simulated vendor is put together.

use std::{sync::Arc, time::Duration};

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};

use super::{
    fault::Fault,
    vendor::{Simulator, Trouble},
    world::{World, WorldConfig, WorldError},
};
use crate::clock::{SharedClock, SystemClock};

/// Everything a [`Simulator`] can be told beforehand. The defaults: seed 1, one application, 120
/// meetings a day, 180 days of history, Asia/Shanghai, the machine's clock, nothing goes wrong.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    seed: u64,
    apps: usize,
    meetings_per_day: f64,
    history_days: u32,
    first_day: Option<Date>,
    timezone: TimeZone,
    clock: Option<SharedClock>,
    trouble: Trouble,
    options: Options,
}

/// What stays as it is while a simulator serves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) gzip: bool,
    pub(super) strict_nonces: bool,
    pub(super) max_range_days: Option<u32>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            seed: 1,
            apps: 1,
            meetings_per_day: 120.0,
            history_days: 180,
            first_day: None,
            // The zone's name is in the compiled-in database; its offset has not changed since 1991.
            timezone: TimeZone::get("Asia/Shanghai")
                .unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8))),
            clock: None,
            trouble: Trouble::default(),
            options: Options {
                gzip: true,
                strict_nonces: true,
                max_range_days: None,
            },
        }
    }
}

impl Builder {
    /// Decides everything that is left to chance: the world, the credentials and when faults strike.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many applications there are.
    pub fn apps(self, apps: usize) -> Self {
        Self { apps, ..self }
    }

    /// Meetings on an ordinary working day of an application of ordinary size. From 48 on there are
    /// rooms that are open round the clock, so that something takes place at any hour.
    pub fn meetings_per_day(self, meetings_per_day: f64) -> Self {
        Self {
            meetings_per_day,
            ..self
        }
    }

    /// Full days of history before the day on which [`Builder::build`] is called.
    pub fn history_days(self, history_days: u32) -> Self {
        Self {
            history_days,
            ..self
        }
    }

    /// The first day of history, whenever the simulator is built; instead of
    /// [`Builder::history_days`], so that worlds built on different days are equal.
    pub fn first_day(self, first_day: Date) -> Self {
        let first_day = Some(first_day);
        Self { first_day, ..self }
    }

    /// The vendor's zone.
    pub fn timezone(self, timezone: TimeZone) -> Self {
        Self { timezone, ..self }
    }

    /// The vendor's clock, which decides what has happened, which signatures are fresh, and `Date`.
    pub fn clock(self, clock: SharedClock) -> Self {
        let clock = Some(clock);
        Self { clock, ..self }
    }

    /// What goes wrong from the start.
    pub fn faults(mut self, faults: Vec<Fault>) -> Self {
        self.trouble.faults = faults;
        self
    }

    /// How long every answer takes.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.trouble.latency = latency;
        self
    }

    /// Whether answers are compressed for those who accept it.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.options.gzip = gzip;
        self
    }

    /// Whether an application may not use a nonce twice within two minutes (the default), or only
    /// not with the same `CurTime`. Eight random digits repeat by chance at hundreds of requests a
    /// second, so load tests take the second.
    pub fn strict_nonces(mut self, strict_nonces: bool) -> Self {
        self.options.strict_nonces = strict_nonces;
        self
    }

    /// The longest range of time a daily or list question may ask for, in days of 24 hours; longer
    /// ones are answered with code 300.
    pub fn max_range_days(mut self, days: u32) -> Self {
        self.options.max_range_days = Some(days);
        self
    }

    /// The simulator.
    ///
    /// # Errors
    /// When the number of applications or of meetings is out of its range.
    pub fn build(self) -> Result<Arc<Simulator>, WorldError> {
        let clock = self.clock.unwrap_or_else(SystemClock::shared);
        let first_day = self.first_day.unwrap_or_else(|| {
            let today = self.timezone.to_datetime(clock.now()).date();
            today.saturating_sub(i64::from(self.history_days).days())
        });
        let world = World::new(WorldConfig {
            seed: self.seed,
            apps: self.apps,
            meetings_per_day: self.meetings_per_day,
            first_day,
            timezone: self.timezone,
        })?;
        Ok(Arc::new(Simulator::new(
            world,
            clock,
            self.options,
            self.trouble,
        )))
    }
}
