//! One meeting of the world as somebody who asks at a certain time sees it.

use std::{ops::RangeInclusive, sync::Arc};

use super::{
    calendar::{Day, day_number},
    naming,
    people::Stay,
    plan::{MOST_DAYS_AHEAD, Plan, Status},
    world::{DayPlan, World, since},
};

/// Bits of an identifier: application, position in the day's list, day. A third of the
/// applications has one more bit set, far beyond the 2^53 a double can count to.
const APP_BITS: u32 = 17;
const ORDINAL_BITS: u32 = 20;
const BEYOND_DOUBLE: u64 = 1 << 60;

/// A meeting that had been created by the time of asking.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    app: u32,
    ordinal: usize,
    day: Arc<DayPlan>,
    /// The time of asking, in seconds since the day's midnight.
    now: i32,
    pub(super) status: Status,
}

impl Sight {
    fn new(app: u32, day: &Arc<DayPlan>, ordinal: usize, now: i64) -> Option<Self> {
        let now = since(day.start, now);
        let status = day.meetings.get(ordinal)?.status(now)?;
        Some(Self {
            app,
            ordinal,
            day: Arc::clone(day),
            now,
            status,
        })
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.day.meetings[self.ordinal]
    }

    pub(super) fn app(&self) -> u32 {
        self.app
    }

    /// An offset of the plan as a UNIX second.
    pub(super) fn second(&self, offset: i32) -> i64 {
        self.day.start + i64::from(offset)
    }

    /// `meetingUniqueId`.
    pub(super) fn unique_id(&self) -> u64 {
        let day = u64::from(self.day.day.unsigned_abs());
        let id = (((day << ORDINAL_BITS) | self.ordinal as u64) << APP_BITS) | u64::from(self.app);
        if self.app % 3 == 2 {
            id | BEYOND_DOUBLE
        } else {
            id
        }
    }

    pub(super) fn created(&self) -> i64 {
        self.second(self.plan().created)
    }

    pub(super) fn reserved(&self) -> Option<(i64, i64)> {
        let (start, end) = self.plan().reserved?;
        Some((self.second(start), self.second(end)))
    }

    /// The real start, once it has started.
    pub(super) fn real_start(&self) -> Option<i64> {
        let (start, _) = self.plan().real()?;
        (start <= self.now).then(|| self.second(start))
    }

    /// The real end, once it is over.
    pub(super) fn real_end(&self) -> Option<i64> {
        let (_, end) = self.plan().real()?;
        (end <= self.now).then(|| self.second(end))
    }

    /// Stays that have begun.
    pub(super) fn stays(&self, world: &World) -> Vec<Stay> {
        let mut stays = world.stays(self.app, self.plan());
        stays.retain(|stay| stay.join <= self.now);
        stays
    }

    /// Whether a stay is over.
    pub(super) fn has_left(&self, stay: &Stay) -> bool {
        stay.exit <= self.now
    }

    /// Distinct people who have come so far.
    pub(super) fn participants(&self, world: &World) -> u64 {
        match self.status {
            Status::NotStarted | Status::Cancelled => 0,
            Status::InProgress => {
                let mut people: Vec<u32> = self.stays(world).iter().map(|s| s.person).collect();
                people.sort_unstable();
                people.dedup();
                people.len() as u64
            }
            Status::Ended | Status::Recycled if self.plan().real().is_none() => 0,
            Status::Ended | Status::Recycled => u64::from(self.plan().people),
        }
    }

    pub(super) fn creator(&self, world: &World) -> u64 {
        world.creator(self.app, self.plan())
    }

    /// The host's account, where the answers name one.
    pub(super) fn host(&self, world: &World) -> Option<String> {
        let named = self.plan().hosted;
        named.then(|| naming::account(world.host(self.app, self.plan())))
    }
}

/// Which meetings a list is about.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    pub(super) app: usize,
    /// UNIX seconds between which [`Plan::listed_at`] lies, both included.
    pub(super) seconds: RangeInclusive<i64>,
    pub(super) statuses: Vec<Status>,
    pub(super) now: i64,
}

impl Selection {
    /// The meetings of a day that are selected: when they are listed, and their ordinals.
    fn of<'a>(&'a self, plan: &'a DayPlan) -> impl Iterator<Item = (i32, usize)> + 'a {
        let now = since(plan.start, self.now);
        let listed = plan
            .meetings
            .iter()
            .enumerate()
            .filter_map(move |(ordinal, meeting)| {
                let status = meeting.status(now)?;
                let at = meeting.listed_at(now);
                self.statuses.contains(&status).then_some((at, ordinal))
            });
        listed.filter(|(at, _)| self.seconds.contains(&(plan.start + i64::from(*at))))
    }

    /// Whether every meeting of a day is selected. Months of closed days are counted without a
    /// look at their meetings.
    fn takes_whole(&self, plan: &DayPlan) -> bool {
        let last = plan.start + i64::from(plan.length - 1);
        plan.final_from <= since(plan.start, self.now)
            && self.seconds.contains(&plan.start)
            && self.seconds.contains(&last)
            && Status::ALL
                .iter()
                .all(|status| !status.is_final() || self.statuses.contains(status))
    }
}

impl World {
    /// The meeting of `app` with this identifier, if it had been created by `now`.
    pub(super) fn find(&self, app: usize, unique_id: u64, now: i64) -> Option<Sight> {
        let bits = unique_id & !BEYOND_DOUBLE;
        let ordinal = usize::try_from((bits >> APP_BITS) & ((1 << ORDINAL_BITS) - 1)).ok()?;
        let day = Day::try_from(bits >> (APP_BITS + ORDINAL_BITS)).ok()?;
        let app_index = u32::try_from(app).ok()?;
        if day > self.calendar().day_at(now) + MOST_DAYS_AHEAD {
            return None;
        }
        let sight = Sight::new(app_index, &self.plan(app, day)?, ordinal, now)?;
        (sight.unique_id() == unique_id).then_some(sight)
    }

    /// How many meetings a selection has, and `limit` of them after the first `offset`, newest first.
    pub(super) fn select(
        &self,
        selection: &Selection,
        offset: usize,
        limit: usize,
    ) -> (usize, Vec<Sight>) {
        let (mut total, mut sights) = (0, Vec::new());
        let app = u32::try_from(selection.app).unwrap_or(0);
        for day in self.days_of(selection).into_iter().rev() {
            let Some(plan) = self.plan(selection.app, day) else {
                continue;
            };
            let whole = selection.takes_whole(&plan);
            let matching = if whole {
                plan.meetings.len()
            } else {
                selection.of(&plan).count()
            };
            let skip = offset.saturating_sub(total);
            total += matching;
            if total <= offset || sights.len() >= limit {
                continue;
            }
            let room = limit - sights.len();
            let ordinals: Vec<usize> = if whole {
                // The order of a plan is the order of a closed day's list.
                (0..matching).rev().skip(skip).take(room).collect()
            } else {
                let mut listed: Vec<(i32, usize)> = selection.of(&plan).collect();
                listed.sort_unstable_by(|a, b| b.cmp(a));
                let page = listed.into_iter().skip(skip).take(room);
                page.map(|(_, ordinal)| ordinal).collect()
            };
            sights.extend(
                ordinals
                    .into_iter()
                    .filter_map(|ordinal| Sight::new(app, &plan, ordinal, selection.now)),
            );
        }
        (total, sights)
    }

    /// The days a selection touches, history and future cut to where there can be meetings.
    fn days_of(&self, selection: &Selection) -> Vec<Day> {
        let reach = |second: i64| second.clamp(-MOST_SECONDS, MOST_SECONDS);
        let calendar = self.calendar();
        let first = calendar.day_at(reach(*selection.seconds.start()));
        let last = calendar.day_at(reach(*selection.seconds.end()));
        let horizon = calendar.day_at(selection.now) + MOST_DAYS_AHEAD;
        (first.max(self.first_day())..=last.min(horizon)).collect()
    }

    /// Every meeting of the local days `first..=last` that had been created by `now`, oldest first.
    pub(super) fn sights(
        &self,
        app: usize,
        first: jiff::civil::Date,
        last: jiff::civil::Date,
        now: i64,
    ) -> Vec<Sight> {
        let horizon = self.calendar().day_at(now) + MOST_DAYS_AHEAD;
        let index = u32::try_from(app).unwrap_or(0);
        (day_number(first).max(self.first_day())..=day_number(last).min(horizon))
            .filter_map(|day| self.plan(app, day))
            .flat_map(|plan| {
                (0..plan.meetings.len())
                    .filter_map(|ordinal| Sight::new(index, &plan, ordinal, now))
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// The year 9000: far outside of anything asked, well inside of what a calendar can say.
const MOST_SECONDS: i64 = 221_845_392_000;
