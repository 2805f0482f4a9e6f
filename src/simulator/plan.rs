//! One meeting's life, decided in advance; what can be seen of it depends on the time.
//!
//! All times in here are seconds since the local midnight of the meeting's day. A meeting belongs
//! to one local day for good: its reserved start and its real start both lie on it, while it may
//! have been created days before and may end on the day after.

use super::{
    calendar::Day,
    dice::{Dice, mix},
    rhythm::{Rhythm, SHIFTS},
};

/// Status numbers as the vendor's contract has them; the two smaller ones are of its user guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// 1: waits for its start.
    NotStarted,
    /// 2: takes place now.
    InProgress,
    /// 3: took place and is over.
    Ended,
    /// 4: its number was given back; happens to ended meetings hours later, and to some at once.
    Recycled,
    /// 5: never took place.
    Cancelled,
}

impl Status {
    /// Every status, in the order of its numbers.
    pub const ALL: [Self; 5] = [
        Self::NotStarted,
        Self::InProgress,
        Self::Ended,
        Self::Recycled,
        Self::Cancelled,
    ];

    /// The number the vendor sends.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::NotStarted => 1,
            Self::InProgress => 2,
            Self::Ended => 3,
            Self::Recycled => 4,
            Self::Cancelled => 5,
        }
    }

    /// Whether nothing but recycling can follow.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ended | Self::Recycled | Self::Cancelled)
    }
}

/// The longest meeting: short enough that only the day before can still reach into a day.
pub(super) const LONGEST: i32 = 10 * 3600;

/// The earliest a meeting is entered before its day begins.
pub(super) const MOST_DAYS_AHEAD: Day = 8;

/// A planned meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Decides names, members and all that is not needed to count.
    pub(super) seed: u64,
    pub(super) created: i32,
    /// Reserved start and end; none for instant meetings and personal rooms.
    pub(super) reserved: Option<(i32, i32)>,
    pub(super) fate: Fate,
    /// Distinct people who come.
    pub(super) people: u16,
    /// Whether the answers name a host.
    pub(super) hosted: bool,
}

/// What becomes of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes place in `[start, end)`, at least a second, and may be recycled at or after its end.
    Held {
        start: i32,
        end: i32,
        recycled: Option<i32>,
    },
    /// Nobody comes; at `at` it is cancelled, or recycled.
    NotHeld { at: i32, recycled: bool },
}

impl Plan {
    /// Its status at `now`, or nothing before it was created.
    pub(super) fn status(&self, now: i32) -> Option<Status> {
        if now < self.created {
            return None;
        }
        Some(match self.fate {
            Fate::Held { start, .. } if now < start => Status::NotStarted,
            Fate::Held { end, .. } if now < end => Status::InProgress,
            Fate::Held {
                recycled: Some(at), ..
            } if at <= now => Status::Recycled,
            Fate::Held { .. } => Status::Ended,
            Fate::NotHeld { at, .. } if now < at => Status::NotStarted,
            Fate::NotHeld { recycled: true, .. } => Status::Recycled,
            Fate::NotHeld { .. } => Status::Cancelled,
        })
    }

    /// When its status first becomes final.
    pub(super) fn final_at(&self) -> i32 {
        match self.fate {
            Fate::Held { end, .. } => end,
            Fate::NotHeld { at, .. } => at,
        }
    }

    /// Real start and end, as far as they will ever be.
    pub(super) fn real(&self) -> Option<(i32, i32)> {
        match self.fate {
            Fate::Held { start, end, .. } => Some((start, end)),
            Fate::NotHeld { .. } => None,
        }
    }

    /// The time by which lists place it at `now`: the real start once it has started, else the
    /// reserved start, else its creation.
    pub(super) fn listed_at(&self, now: i32) -> i32 {
        match self.real() {
            Some((start, _)) if start <= now => start,
            _ => self.reserved.map_or(self.created, |(start, _)| start),
        }
    }
}

/// All meetings of one day of one application, ordered by their place in the list of a closed day.
pub(super) fn plan_day(seed: u64, rhythm: Rhythm, day: Day, length: i32) -> Box<[Plan]> {
    let mut dice = Dice::new(mix(&[seed, u64::from(day.unsigned_abs())]));
    let last = length - 1;
    let count = rhythm.meetings(day, &mut dice);
    let mut plans: Vec<Plan> = (0..count)
        .map(|_| {
            let moment = rhythm.moment(day, &mut dice).min(last);
            match dice.weighted(&[58, 36, 6]) {
                0 => scheduled(moment, last, &mut dice),
                1 => instant(moment, 300, &mut dice),
                // A personal room: entered when it is opened.
                _ => instant(moment, 0, &mut dice),
            }
        })
        .collect();
    if rhythm.round_the_clock() {
        plans.extend(
            SHIFTS
                .iter()
                .map(|hour| shift(hour * 3600, last, &mut dice)),
        );
    }
    plans.sort_by_key(|plan| (plan.listed_at(i32::MAX), plan.seed));
    plans.into()
}

fn scheduled(moment: i32, last: i32, dice: &mut Dice) -> Plan {
    let start = moment - moment % 900;
    let lengths = [15, 30, 30, 30, 45, 60, 60, 60, 90, 120, 180];
    let end = start + lengths[dice.weighted(&[1; 11])] * 60;
    let ahead = if dice.chance(250) {
        dice.between(5 * 60, 3600)
    } else {
        dice.between(3600, 7 * 86_400)
    };
    let created = start - ahead;
    let fate = if dice.chance(70) {
        not_held(created, start, end, dice)
    } else {
        let real = match dice.weighted(&[25, 30, 45]) {
            // Early birds, but not before the meeting was entered, nor on the day before.
            0 => (start - dice.between(1, 600)).max(created + 1).max(0),
            1 => start,
            _ => start + dice.between(1, 60).max(dice.between(-600, 1200)),
        }
        .min(last);
        let over = match dice.weighted(&[35, 40, 25]) {
            0 => end + dice.between(120, 45 * 60),
            1 => end + dice.between(-120, 119),
            _ => real + (end - real).max(3) / 3 + dice.between(0, 600),
        };
        held(real, over, dice)
    };
    finish(created, Some((start, end)), fate, dice)
}

fn instant(start: i32, lead: i32, dice: &mut Dice) -> Plan {
    let created = (start - dice.between(0, lead)).max(0);
    let length = match dice.weighted(&[10, 45, 35, 10]) {
        0 => dice.between(5, 60),
        1 => dice.between(61, 30 * 60),
        2 => dice.between(10 * 60, 90 * 60),
        _ => dice.between(3600, 4 * 3600),
    };
    let fate = held(start, start + length, dice);
    finish(created, None, fate, dice)
}

/// A round-the-clock room: it outlasts its shift, so that the next one finds it open.
fn shift(start: i32, last: i32, dice: &mut Dice) -> Plan {
    let start = (start + dice.between(0, 240)).min(last);
    let length = 4 * 3600 + dice.between(300, 900);
    let fate = held(start, start + length, dice);
    let mut plan = finish(start, None, fate, dice);
    plan.people = 3 + plan.people % 6;
    plan
}

fn held(start: i32, end: i32, dice: &mut Dice) -> Fate {
    let end = end.clamp(start + 1, start + LONGEST);
    let recycled = match dice.weighted(&[86, 4, 10]) {
        0 => None,
        1 => Some(end),
        _ => Some(end + dice.between(2 * 3600, 30 * 3600)),
    };
    Fate::Held {
        start,
        end,
        recycled,
    }
}

fn not_held(created: i32, start: i32, end: i32, dice: &mut Dice) -> Fate {
    if dice.chance(500) {
        // Called off beforehand.
        let at = dice.between(created + 1, start);
        let recycled = false;
        return Fate::NotHeld { at, recycled };
    }
    let at = end + dice.between(0, 300);
    let recycled = dice.chance(200);
    Fate::NotHeld { at, recycled }
}

fn finish(created: i32, reserved: Option<(i32, i32)>, fate: Fate, dice: &mut Dice) -> Plan {
    let people = match dice.weighted(&[8, 62, 24, 5, 1]) {
        0 => 1,
        1 => dice.between(2, 6),
        2 => dice.between(5, 15),
        3 => dice.between(15, 60),
        _ => dice.between(60, 250),
    };
    Plan {
        seed: dice.next(),
        created,
        reserved,
        fate,
        people: u16::try_from(people).unwrap_or(1),
        hosted: dice.chance(880),
    }
}
