//! The world: every application's meetings, on any day, from a seed.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    cache::Cache,
    calendar::{Calendar, Day, day_number, timestamp},
    dice::{Dice, mix},
    people::{Stay, opener, stays},
    plan::{Plan, plan_day},
    rhythm::Rhythm,
    tape::{Figures, Live, Tape},
};

/// The most applications a world can have: their index is part of every meeting's identifier.
pub const MOST_APPS: usize = 1 << 17;

/// What a world is made from. Two worlds with equal configurations are equal.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many applications there are, `0..=`[`MOST_APPS`].
    pub apps: usize,
    /// Meetings on an ordinary working day of an application of ordinary size, 0 to 1,000,000.
    pub meetings_per_day: f64,
    /// The first local day with meetings, 1970 or later: history begins here, and has no end.
    pub first_day: Date,
    /// The vendor's zone.
    pub timezone: TimeZone,
}

/// Why there cannot be such a world.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// The index of an application would not fit into identifiers.
    #[error("{0} applications are more than the {MOST_APPS} a simulated vendor can have")]
    TooManyApps(usize),
    /// A negative, infinite or immense number.
    #[error("{0} meetings per day is not between 0 and 1000000")]
    MeetingsPerDay(f64),
}

/// All meetings of all applications. Nothing in here moves: what has happened follows from the
/// time a question is asked for.
///
/// A day is made when it is first asked for, from the seed, the application and the date alone, and
/// is kept as long as the bounded caches have room. Questions about applications that do not exist
/// are answered as if nothing ever took place there.
#[derive(Debug)]
pub struct World {
    config: WorldConfig,
    calendar: Calendar,
    first_day: Day,
    plans: Cache<(u32, Day), Arc<DayPlan>>,
    tapes: Cache<(u32, Day), Arc<DayTape>>,
    settled: Cache<(u32, Day), Settled>,
}

/// The meetings of one day of one application.
#[derive(Debug)]
pub(super) struct DayPlan {
    pub(super) day: Day,
    /// UNIX second of the local midnight all times of `meetings` are relative to.
    pub(super) start: i64,
    /// Its length in seconds.
    pub(super) length: i32,
    /// From when on every meeting's status is final.
    pub(super) final_from: i32,
    pub(super) meetings: Box<[Plan]>,
}

#[derive(Debug)]
struct DayTape {
    start: i64,
    tape: Tape,
}

/// What remains of a day whose last meeting is over: nothing takes place any more, and its figures
/// stay as they are.
#[derive(Debug, Clone, Copy)]
struct Settled {
    since: i64,
    figures: Figures,
}

/// A day as far as counting goes.
enum Count {
    Settled(Settled),
    Open(Arc<DayTape>),
}

/// Bounds of the caches: meetings (about 64 bytes each), bytes of tapes, and settled days (about
/// 100 bytes each). Enough for 10,000 applications with 30 days of figures, or for a lookback of
/// 1,000,000 meetings.
const MOST_PLANS: usize = 1_500_000;
const MOST_TAPE_BYTES: usize = 128 << 20;
const MOST_SETTLED: usize = 500_000;

impl World {
    /// A world.
    ///
    /// # Errors
    /// When a number of `config` is out of its range.
    pub fn new(config: WorldConfig) -> Result<Self, WorldError> {
        if config.apps > MOST_APPS {
            return Err(WorldError::TooManyApps(config.apps));
        }
        if !(0.0..=1_000_000.0).contains(&config.meetings_per_day) {
            return Err(WorldError::MeetingsPerDay(config.meetings_per_day));
        }
        Ok(Self {
            calendar: Calendar::new(config.timezone.clone()),
            first_day: day_number(config.first_day).max(0),
            plans: Cache::new(MOST_PLANS),
            tapes: Cache::new(MOST_TAPE_BYTES),
            settled: Cache::new(MOST_SETTLED),
            config,
        })
    }

    /// How many applications there are.
    #[must_use]
    pub fn apps(&self) -> usize {
        self.config.apps
    }

    /// What the world was made from.
    #[must_use]
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// The local day at `now`.
    #[must_use]
    pub fn day_at(&self, now: Timestamp) -> Date {
        super::calendar::date(self.calendar.day_at(now.as_second()))
    }

    /// The local midnight that opens `day`.
    #[must_use]
    pub fn midnight(&self, day: Date) -> Timestamp {
        timestamp(self.calendar.start(day_number(day)))
    }

    /// Meetings and members in progress at `now`.
    #[must_use]
    pub fn realtime(&self, app: usize, now: Timestamp) -> Live {
        let now = now.as_second();
        let today = self.calendar.day_at(now);
        [today - 1, today]
            .into_iter()
            .filter_map(|day| match self.count(app, day, now)? {
                Count::Settled(_) => None,
                Count::Open(tape) => Some(tape.tape.live(since(tape.start, now))),
            })
            .fold(Live::default(), |sum, live| Live {
                meetings: sum.meetings + live.meetings,
                participants: sum.participants + live.participants,
            })
    }

    /// The figures of one local day as they stand at `now`: growing while it lasts, and beyond its
    /// end until its last meeting is over.
    #[must_use]
    pub fn daily(&self, app: usize, day: Date, now: Timestamp) -> Figures {
        self.figures(app, day_number(day), now.as_second())
    }

    pub(super) fn figures(&self, app: usize, day: Day, now: i64) -> Figures {
        match self.count(app, day, now) {
            None => Figures::default(),
            Some(Count::Settled(settled)) => settled.figures,
            Some(Count::Open(tape)) => tape.tape.figures(since(tape.start, now)),
        }
    }

    /// The meetings of one day, if there can be any.
    pub(super) fn plan(&self, app: usize, day: Day) -> Option<Arc<DayPlan>> {
        let index = self.index(app, day)?;
        let plan = self.planned(index, day);
        self.plans
            .insert((index, day), Arc::clone(&plan), plan.meetings.len() + 2);
        Some(plan)
    }

    /// The members of a meeting of `app`, in order of joining.
    pub(super) fn stays(&self, app: u32, meeting: &Plan) -> Vec<Stay> {
        let mut stays = stays(meeting, self.directory(app));
        stays.sort_by_key(|stay| (stay.join, stay.person));
        stays
    }

    /// A number that stands for one person of an application.
    pub(super) fn person(&self, app: u32, person: u32) -> u64 {
        mix(&[self.config.seed, 3, u64::from(app), u64::from(person)])
    }

    /// Who created a meeting, and opens it where it takes place.
    pub(super) fn creator(&self, app: u32, meeting: &Plan) -> u64 {
        self.person(app, opener(meeting, self.directory(app)))
    }

    /// Who hosts it: mostly its creator.
    pub(super) fn host(&self, app: u32, meeting: &Plan) -> u64 {
        let mut dice = Dice::new(mix(&[meeting.seed, 4]));
        if dice.chance(150) {
            self.person(app, dice.below(self.directory(app)))
        } else {
            self.creator(app, meeting)
        }
    }

    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(super) fn first_day(&self) -> Day {
        self.first_day
    }

    /// A day from the caches, or made anew. A settled day is kept as four numbers, so that thousands
    /// of applications with a month of history each stay small; only an open one keeps its tape.
    fn count(&self, app: usize, day: Day, now: i64) -> Option<Count> {
        let index = self.index(app, day)?;
        let key = (index, day);
        // A test may ask for a time before the day had settled.
        let settled = self.settled.get(&key).filter(|day| day.since <= now);
        if let Some(settled) = settled {
            return Some(Count::Settled(settled));
        }
        if let Some(tape) = self.tapes.get(&key) {
            return Some(Count::Open(tape));
        }
        let plan = self.planned(index, day);
        let tape = Tape::of(&plan.meetings, self.directory(index));
        let since = plan.start + i64::from(tape.settled_at());
        if since <= now {
            let figures = tape.figures(tape.settled_at());
            let settled = Settled { since, figures };
            self.settled.insert(key, settled, 1);
            return Some(Count::Settled(settled));
        }
        let weight = tape.weight();
        let start = plan.start;
        let tape = Arc::new(DayTape { start, tape });
        self.tapes.insert(key, Arc::clone(&tape), weight);
        Some(Count::Open(tape))
    }

    /// A day's meetings, from the cache or made anew, and not kept.
    fn planned(&self, app: u32, day: Day) -> Arc<DayPlan> {
        self.plans.get(&(app, day)).unwrap_or_else(|| {
            let seed = mix(&[self.config.seed, 1, u64::from(app)]);
            let length = self.calendar.length(day);
            let meetings = plan_day(seed, self.rhythm(app), day, length);
            Arc::new(DayPlan {
                day,
                start: self.calendar.start(day),
                length,
                final_from: meetings.iter().map(Plan::final_at).max().unwrap_or(0),
                meetings,
            })
        })
    }

    fn rhythm(&self, app: u32) -> Rhythm {
        let mut dice = Dice::new(mix(&[self.config.seed, 2, u64::from(app)]));
        Rhythm::of(app, self.config.meetings_per_day, &mut dice)
    }

    /// How many people an application has: a power of two, and more than any meeting needs.
    fn directory(&self, app: u32) -> u32 {
        let mean = self.rhythm(app).workday_mean();
        (8..16)
            .map(|power| 1_u32 << power)
            .find(|size| f64::from(*size) >= mean * 2.0)
            .unwrap_or(1 << 16)
    }

    fn index(&self, app: usize, day: Day) -> Option<u32> {
        let there = app < self.config.apps && day >= self.first_day;
        u32::try_from(app).ok().filter(|_| there)
    }
}

/// `second` as seconds since `start`.
pub(super) fn since(start: i64, second: i64) -> i32 {
    let offset = second.saturating_sub(start);
    i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX })
}
