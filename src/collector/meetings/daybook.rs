//! What the list says of single days: every meeting of the days still shown, at its newest status.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    api::{DailyFigures, Meeting, MeetingUniqueId},
    clock::local_day,
    config::FinalStatus,
    snapshot::ListedDay,
};

/// The meetings of the last days, by the local day they belong to.
#[derive(Debug, Default)]
pub(super) struct DayBook {
    days: BTreeMap<Date, HashMap<MeetingUniqueId, Entry>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    status: Option<FinalStatus>,
    took_place: bool,
    duration_ms: u64,
    participants: u64,
    host: Option<u64>,
}

impl DayBook {
    /// Forgets the days before `first`.
    pub(super) fn keep_from(&mut self, first: Date) {
        self.days = self.days.split_off(&first);
    }

    /// Takes note of a meeting of `first` or later; one met before is replaced, so that its status
    /// is the newest. A meeting belongs to the day it began, or was to begin.
    pub(super) fn note(&mut self, meeting: &Meeting, zone: &TimeZone, first: Date) {
        let begins = meeting
            .real_start
            .or(meeting.reserved_start)
            .or(meeting.created);
        let Some(at) = begins else { return };
        let day = local_day(at, zone);
        if day < first {
            return;
        }
        let duration = meeting.duration.unwrap_or_default().as_millis();
        let entry = Entry {
            status: meeting.status,
            took_place: meeting.took_place(),
            duration_ms: u64::try_from(duration).unwrap_or(u64::MAX),
            participants: meeting.participants,
            host: meeting.host_digest,
        };
        self.days
            .entry(day)
            .or_default()
            .insert(meeting.id.clone(), entry);
    }

    /// What to show of each day from `first` to `last`; a day without meetings has zeros.
    pub(super) fn listed(&self, days: impl Iterator<Item = Date>) -> BTreeMap<Date, ListedDay> {
        days.map(|day| (day, self.day(day))).collect()
    }

    fn day(&self, day: Date) -> ListedDay {
        let mut meetings: BTreeMap<_, _> = FinalStatus::ALL
            .iter()
            .map(|status| (status.as_str(), 0))
            .collect();
        let mut hosts = HashSet::new();
        for entry in self.entries(day) {
            if let Some(status) = entry.status {
                *meetings.entry(status.as_str()).or_default() += 1;
            }
            hosts.extend(entry.host);
        }
        ListedDay {
            hosts: u64::try_from(hosts.len()).unwrap_or(u64::MAX),
            meetings,
        }
    }

    /// The list's own sums over the meetings of a day that took place.
    pub(super) fn sums(&self, day: Date) -> DailyFigures {
        let mut sums = DailyFigures::default();
        for entry in self.entries(day).filter(|entry| entry.took_place) {
            sums.meetings += 1;
            sums.duration_ms = sums.duration_ms.saturating_add(entry.duration_ms);
            sums.participants = sums.participants.saturating_add(entry.participants);
        }
        sums
    }

    fn entries(&self, day: Date) -> impl Iterator<Item = &Entry> {
        self.days.get(&day).into_iter().flat_map(HashMap::values)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::date;

    use super::*;

    fn meeting(id: u64, began: &str, status: FinalStatus, host: u64) -> Meeting {
        let began = began.parse().unwrap();
        Meeting {
            id: MeetingUniqueId::new(&id.to_string()).unwrap(),
            status: Some(status),
            created: Some(began),
            reserved_start: None,
            reserved_end: None,
            real_start: (status != FinalStatus::Cancelled).then_some(began),
            real_end: None,
            duration: (status != FinalStatus::Cancelled).then_some(Duration::from_secs(60)),
            participants: 3,
            peak_participants: 0,
            host_digest: Some(host),
        }
    }

    #[test]
    fn a_meeting_counts_once_at_its_newest_status_on_the_day_it_began() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let first = date(2024, 3, 1);
        let mut book = DayBook::default();
        for (id, began, status, host) in [
            (1, "2024-03-01T15:59:59Z", FinalStatus::Ended, 7),
            (1, "2024-03-01T15:59:59Z", FinalStatus::Recycled, 7),
            (2, "2024-03-01T10:00:00Z", FinalStatus::Cancelled, 8),
            (3, "2024-03-01T16:00:00Z", FinalStatus::Ended, 7),
            (4, "2024-02-29T15:59:59Z", FinalStatus::Ended, 9),
        ] {
            book.note(&meeting(id, began, status, host), &zone, first);
        }
        insta::assert_debug_snapshot!(book.listed([first, date(2024, 3, 2)].into_iter()), @r#"
        {
            2024-03-01: ListedDay {
                hosts: 2,
                meetings: {
                    "cancelled": 1,
                    "ended": 0,
                    "recycled": 1,
                },
            },
            2024-03-02: ListedDay {
                hosts: 1,
                meetings: {
                    "cancelled": 0,
                    "ended": 1,
                    "recycled": 0,
                },
            },
        }
        "#);
        let sums = book.sums(first);
        assert_eq!(
            (sums.meetings, sums.duration_ms, sums.participants),
            (1, 60_000, 3)
        );
        book.keep_from(date(2024, 3, 2));
        assert_eq!(book.sums(first), DailyFigures::default(), "forgotten");
    }
}
