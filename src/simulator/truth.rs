//! What really happened: the figures a test holds the exporter's against.
//!
//! Every answer is a function of the world and of `now`, and counts from the meetings themselves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};

use super::{
    calendar::timestamp, meeting::Sight, people::peak, plan::Status, tape::Figures, world::World,
};

/// Whether time was reserved for a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No reserved start: started on the spot, or in a personal room.
    Instant,
    /// Has a reserved start and end.
    Scheduled,
}

/// One meeting as it stands at the time of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingTruth {
    /// `meetingUniqueId`.
    pub unique_id: u64,
    /// Its status now.
    pub status: Status,
    /// When its status first became final and which one it was then; none while it is not.
    ///
    /// A meeting that ended may be recycled hours later, so this status can differ from `status`.
    pub first_final: Option<(Timestamp, Status)>,
    /// Instant or scheduled.
    pub kind: Kind,
    /// When it was entered.
    pub created: Timestamp,
    /// Reserved start and end.
    pub reserved: Option<(Timestamp, Timestamp)>,
    /// Real start, once it has started.
    pub real_start: Option<Timestamp>,
    /// Real end, once it is over; none for meetings that never took place.
    pub real_end: Option<Timestamp>,
    /// Distinct people so far.
    pub participants: u64,
    /// The most members at one time so far: stays are `[join, exit)`.
    pub peak_participants: u64,
    /// `hostAccountId`, where the answers name one.
    pub host: Option<String>,
    /// Every stay so far, in order of joining.
    pub attendances: Vec<AttendanceTruth>,
}

/// One stay of one person in a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttendanceTruth {
    /// The vendor's client type; 11 in a few, which no document knows.
    pub client_type: u8,
    /// When the stay began.
    pub joined: Timestamp,
    /// When it was over; none while it lasts.
    pub left: Option<Timestamp>,
}

impl MeetingTruth {
    /// Length in whole seconds, 1 or more; none for a meeting that is not over or never was.
    #[must_use]
    pub fn duration_seconds(&self) -> Option<u64> {
        Some(seconds_from(self.real_start?, self.real_end?))
    }

    /// How late a scheduled meeting started; 0 for one that was early.
    #[must_use]
    pub fn start_delay_seconds(&self) -> Option<u64> {
        Some(seconds_from(self.reserved?.0, self.real_start?))
    }

    /// How long a scheduled meeting went on after its reserved end; 0 for one that ended before.
    #[must_use]
    pub fn overrun_seconds(&self) -> Option<u64> {
        Some(seconds_from(self.reserved?.1, self.real_end?))
    }
}

impl AttendanceTruth {
    /// Length of the stay in whole seconds, 1 or more; none while it lasts.
    #[must_use]
    pub fn stayed_seconds(&self) -> Option<u64> {
        Some(seconds_from(self.joined, self.left?))
    }
}

fn seconds_from(earlier: Timestamp, later: Timestamp) -> u64 {
    u64::try_from(later.as_second() - earlier.as_second()).unwrap_or(0)
}

impl World {
    /// Every meeting of the local days `first..=last` that had been created by `now`, days in
    /// order. A meeting belongs to the day on which it starts, or for which it was reserved.
    #[must_use]
    pub fn meetings(
        &self,
        app: usize,
        first: Date,
        last: Date,
        now: Timestamp,
    ) -> Vec<MeetingTruth> {
        self.sights(app, first, last, now.as_second())
            .iter()
            .map(|sight| self.truth(sight))
            .collect()
    }

    /// Those of [`World::meetings`] whose status is final at `now`.
    #[must_use]
    pub fn finished(
        &self,
        app: usize,
        first: Date,
        last: Date,
        now: Timestamp,
    ) -> Vec<MeetingTruth> {
        self.sights(app, first, last, now.as_second())
            .iter()
            .filter(|sight| sight.status.is_final())
            .map(|sight| self.truth(sight))
            .collect()
    }

    /// One meeting by its identifier.
    #[must_use]
    pub fn meeting(&self, app: usize, unique_id: u64, now: Timestamp) -> Option<MeetingTruth> {
        let sight = self.find(app, unique_id, now.as_second())?;
        Some(self.truth(&sight))
    }

    /// The figures of the local days `first..=last` together: sums, and the highest daily peak.
    #[must_use]
    pub fn totals(&self, app: usize, first: Date, last: Date, now: Timestamp) -> Figures {
        first
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= last)
            .map(|day| self.daily(app, day, now))
            .fold(Figures::default(), Figures::and)
    }

    /// How many of a local day's meetings have each status at `now`.
    #[must_use]
    pub fn counts_by_status(&self, app: usize, day: Date, now: Timestamp) -> BTreeMap<Status, u64> {
        let mut counts = BTreeMap::new();
        for sight in self.sights(app, day, day, now.as_second()) {
            *counts.entry(sight.status).or_default() += 1;
        }
        counts
    }

    /// How many distinct hosts are named by a local day's meetings whose status is final at `now`,
    /// cancelled ones included.
    #[must_use]
    pub fn hosts(&self, app: usize, day: Date, now: Timestamp) -> u64 {
        let sights = self.sights(app, day, day, now.as_second());
        let hosts: BTreeSet<String> = sights
            .iter()
            .filter(|sight| sight.status.is_final())
            .filter_map(|sight| sight.host(self))
            .collect();
        hosts.len() as u64
    }

    /// Stays in the finished meetings of the local days `first..=last`, by the vendor's client type.
    #[must_use]
    pub fn attendances_by_client(
        &self,
        app: usize,
        first: Date,
        last: Date,
        now: Timestamp,
    ) -> BTreeMap<u8, u64> {
        let mut counts = BTreeMap::new();
        for meeting in self.finished(app, first, last, now) {
            for attendance in &meeting.attendances {
                *counts.entry(attendance.client_type).or_default() += 1;
            }
        }
        counts
    }

    fn truth(&self, sight: &Sight) -> MeetingTruth {
        let plan = sight.plan();
        let stays = sight.stays(self);
        let joins: Vec<i32> = stays.iter().map(|stay| stay.join).collect();
        let mut exits: Vec<i32> = stays.iter().map(|stay| stay.exit).collect();
        exits.sort_unstable();
        let final_at = plan.final_at();
        let first_final = plan
            .status(final_at)
            .filter(|_| sight.status.is_final())
            .map(|status| (timestamp(sight.second(final_at)), status));
        MeetingTruth {
            unique_id: sight.unique_id(),
            status: sight.status,
            first_final,
            kind: match plan.reserved {
                Some(_) => Kind::Scheduled,
                None => Kind::Instant,
            },
            created: timestamp(sight.created()),
            reserved: sight
                .reserved()
                .map(|(start, end)| (timestamp(start), timestamp(end))),
            real_start: sight.real_start().map(timestamp),
            real_end: sight.real_end().map(timestamp),
            participants: sight.participants(self),
            peak_participants: peak(&joins, &exits, i32::MAX),
            host: sight.host(self),
            attendances: stays
                .iter()
                .map(|stay| AttendanceTruth {
                    client_type: stay.client,
                    joined: timestamp(sight.second(stay.join)),
                    left: sight
                        .has_left(stay)
                        .then(|| timestamp(sight.second(stay.exit))),
                })
                .collect(),
        }
    }
}
