//! A day's meetings boiled down to what counting needs: sorted times, answered by binary search.
//!
//! Ten thousand applications are asked for their present every few seconds. From these arrays the
//! answer costs four searches; the meetings themselves are needed again only for lists.

use super::{
    people::{peak, stays},
    plan::Plan,
};

/// Meetings and members of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// Meetings in progress.
    pub meetings: u64,
    /// Members present in them; a person is present once.
    pub participants: u64,
}

/// One day's figures, or a sum of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Meetings that started on the day.
    pub meetings: u64,
    /// Summed length of those that are over, in seconds, credited to the day of their start.
    pub duration_seconds: u64,
    /// People who came to them, counted once per meeting.
    pub participants: u64,
    /// The most members at one time in all meetings that started on the day.
    pub peak_participants: u64,
}

impl Figures {
    /// Both together: sums, and the higher peak.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            meetings: self.meetings + other.meetings,
            duration_seconds: self.duration_seconds + other.duration_seconds,
            participants: self.participants + other.participants,
            peak_participants: self.peak_participants.max(other.peak_participants),
        }
    }
}

/// The times of one day of one application, in seconds since its midnight, each list ascending.
#[derive(Debug)]
pub(super) struct Tape {
    starts: Box<[i32]>,
    /// Ends, each with the summed length of the meetings over by then.
    ends: Box<[(i32, u64)]>,
    /// First joins: one per person and meeting.
    arrivals: Box<[i32]>,
    joins: Box<[i32]>,
    exits: Box<[i32]>,
}

impl Tape {
    pub(super) fn of(plans: &[Plan], directory: u32) -> Self {
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        let (mut arrivals, mut joins, mut exits) = (Vec::new(), Vec::new(), Vec::new());
        for plan in plans {
            let Some((start, end)) = plan.real() else {
                continue;
            };
            starts.push(start);
            ends.push((end, u64::from((end - start).unsigned_abs())));
            for stay in stays(plan, directory) {
                joins.push(stay.join);
                exits.push(stay.exit);
                if !stay.again {
                    arrivals.push(stay.join);
                }
            }
        }
        ends.sort_unstable();
        let mut sum = 0;
        for (_, over) in &mut ends {
            sum += *over;
            *over = sum;
        }
        Self {
            starts: sorted(starts),
            ends: ends.into(),
            arrivals: sorted(arrivals),
            joins: sorted(joins),
            exits: sorted(exits),
        }
    }

    /// Bytes it takes, about.
    pub(super) fn weight(&self) -> usize {
        let times =
            self.starts.len() + self.arrivals.len() + self.joins.len() + self.exits.len() + 40;
        times * 4 + self.ends.len() * 16
    }

    /// What takes place at `now`.
    pub(super) fn live(&self, now: i32) -> Live {
        Live {
            meetings: count(&self.starts, now) - self.over(now).0,
            participants: count(&self.joins, now) - count(&self.exits, now),
        }
    }

    /// The day's figures as they stand at `now`.
    pub(super) fn figures(&self, now: i32) -> Figures {
        Figures {
            meetings: count(&self.starts, now),
            duration_seconds: self.over(now).1,
            participants: count(&self.arrivals, now),
            peak_participants: peak(&self.joins, &self.exits, now),
        }
    }

    /// From when on the figures stay as they are.
    pub(super) fn settled_at(&self) -> i32 {
        self.ends.last().map_or(0, |(end, _)| *end)
    }

    /// Meetings over by `now`, and their summed length.
    fn over(&self, now: i32) -> (u64, u64) {
        let over = self.ends.partition_point(|(end, _)| *end <= now);
        let length = over.checked_sub(1).map_or(0, |last| self.ends[last].1);
        (over as u64, length)
    }
}

fn sorted(mut times: Vec<i32>) -> Box<[i32]> {
    times.sort_unstable();
    times.into()
}

fn count(times: &[i32], now: i32) -> u64 {
    times.partition_point(|time| *time <= now) as u64
}
