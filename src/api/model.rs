//! What the vendor's answers mean: checked, in base units, without a trace of JSON.

use std::{fmt, time::Duration};

use jiff::{Timestamp, civil::Date};

use crate::config::FinalStatus;

/// The four endpoints, by the names used in labels, logs and settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Meetings and people in right now.
    Realtime,
    /// Figures by local day.
    Daily,
    /// Meetings, paged.
    List,
    /// One meeting and who was in it.
    Detail,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 4] = [Self::Realtime, Self::Daily, Self::List, Self::Detail];

    /// The name in labels, logs and settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Daily => "daily",
            Self::List => "list",
            Self::Detail => "detail",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Meetings and people in right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Realtime {
    /// `inMeetingCount`.
    pub meetings: u64,
    /// `inMeetingMemberCount`.
    pub participants: u64,
}

/// A range of local days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    first: Date,
    last: Date,
}

impl DayRange {
    /// The days from `first` to `last`; `None` when `last` is before `first`.
    #[must_use]
    pub fn new(first: Date, last: Date) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// One day alone.
    #[must_use]
    pub fn single(day: Date) -> Self {
        Self {
            first: day,
            last: day,
        }
    }

    /// The first day.
    #[must_use]
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day, still inside.
    #[must_use]
    pub fn last(&self) -> Date {
        self.last
    }

    /// Whether `day` is inside.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// Every day, ascending.
    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        let last = self.last;
        std::iter::successors(Some(self.first), |day| day.tomorrow().ok())
            .take_while(move |day| *day <= last)
    }

    /// The same days in runs of at most `most` days, oldest first.
    pub fn chunks(&self, most: u16) -> impl Iterator<Item = DayRange> + use<> {
        let last = self.last;
        let step = jiff::Span::new().days(i64::from(most.max(1)) - 1);
        let chunk = move |first: Date| {
            (first <= last).then(|| DayRange {
                first,
                last: first.saturating_add(step).min(last),
            })
        };
        std::iter::successors(chunk(self.first), move |previous| {
            previous.last.tomorrow().ok().and_then(chunk)
        })
    }
}

/// The figures of one local day, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyFigures {
    /// `meetingCount`.
    pub meetings: u64,
    /// `meetingDuration`, in milliseconds whatever the unit configured.
    pub duration_ms: u64,
    /// `meetingMemberCount`: attendances, so one person can count several times.
    pub participants: u64,
    /// `peakNum`: the most people in at once.
    pub peak_participants: u64,
}

/// What the daily endpoint says of a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyReport {
    /// The days asked for.
    pub range: DayRange,
    /// Every day of the range, ascending, each once; a day the vendor omits has no meetings and
    /// stands here with zeros.
    pub days: Vec<(Date, DailyFigures)>,
    /// Whether the vendor's `sum*` fields equal the sums of its `details`.
    pub sums_agree: bool,
}

/// `meetingUniqueId`, kept as text: it can be beyond 2^53.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingUniqueId(String);

impl MeetingUniqueId {
    /// An id as the vendor writes it: 1 to 64 printable ASCII characters.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let good = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(id.to_owned()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which meetings to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingQuery {
    /// From this moment on.
    pub from: Timestamp,
    /// Up to this moment.
    pub until: Timestamp,
    /// The page, from 1.
    pub page_index: u32,
    /// Meetings per page; from 1 to 100.
    pub page_size: u16,
}

/// One page of the list of meetings, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingPage {
    /// The page that was answered, from 1.
    pub page_index: u32,
    /// Meetings per page, as the vendor applied it.
    pub page_size: u32,
    /// How many pages there are; can change from one page to the next.
    pub total_pages: u32,
    /// How many meetings there are; can change from one page to the next.
    pub total: u64,
    /// The meetings on this page.
    pub meetings: Vec<Meeting>,
}

/// One meeting, without what names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The vendor's id of this one occurrence.
    pub id: MeetingUniqueId,
    /// Its final status; `None` while it is not over, or where the number is not documented.
    pub status: Option<FinalStatus>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was to start; none for an instant meeting.
    pub reserved_start: Option<Timestamp>,
    /// When it was to end.
    pub reserved_end: Option<Timestamp>,
    /// When it did start; none where it never did.
    pub real_start: Option<Timestamp>,
    /// When it did end.
    pub real_end: Option<Timestamp>,
    /// How long it lasted.
    pub duration: Option<Duration>,
    /// People in it.
    pub participants: u64,
    /// The most people in at once, as the vendor says (0 in every documented sample).
    pub peak_participants: u64,
    /// A 64-bit digest of the AppKey and the host's (else the creator's) account: enough to count
    /// distinct hosts without keeping who they are.
    pub host_digest: Option<u64>,
}

impl Meeting {
    /// Whether it did take place: decided by its real start and duration, never by its status.
    #[must_use]
    pub fn took_place(&self) -> bool {
        self.real_start.is_some() && self.duration.is_some_and(|duration| !duration.is_zero())
    }

    /// Whether it was planned: it has a reserved start.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.reserved_start.is_some()
    }
}

/// One meeting and who was in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingDetail {
    /// The meeting.
    pub meeting: Meeting,
    /// One entry for each time somebody came in.
    pub members: Vec<Attendance>,
}

/// One stay of one person in a meeting, without who it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// When they came in.
    pub joined: Option<Timestamp>,
    /// When they left.
    pub left: Option<Timestamp>,
    /// How long they stayed, as the vendor says.
    pub duration: Option<Duration>,
    /// From what kind of client.
    pub client_type: ClientType,
}

/// `clientType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientType {
    /// 1: a television or room system.
    Tv,
    /// 2.
    Ios,
    /// 3.
    Android,
    /// 4: Windows.
    Windows,
    /// 5.
    Macos,
    /// 6: a browser.
    Web,
    /// 7: a SIP or H.323 device.
    Sip,
    /// 8.
    Linux,
    /// Any other number.
    Unknown,
}

impl ClientType {
    /// Every kind of client.
    pub const ALL: [Self; 9] = [
        Self::Tv,
        Self::Ios,
        Self::Android,
        Self::Windows,
        Self::Macos,
        Self::Web,
        Self::Sip,
        Self::Linux,
        Self::Unknown,
    ];

    /// The meaning of the vendor's number.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Tv,
            2 => Self::Ios,
            3 => Self::Android,
            4 => Self::Windows,
            5 => Self::Macos,
            6 => Self::Web,
            7 => Self::Sip,
            8 => Self::Linux,
            _ => Self::Unknown,
        }
    }

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tv => "tv",
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Windows => "windows",
            Self::Macos => "macos",
            Self::Web => "web",
            Self::Sip => "sip",
            Self::Linux => "linux",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn chunks_cover_a_range_once() {
        let range = DayRange::new(date(2024, 2, 27), date(2024, 3, 5)).unwrap();
        let chunks: Vec<_> = range
            .chunks(3)
            .map(|chunk| (chunk.first(), chunk.last()))
            .collect();
        assert_eq!(
            chunks,
            [
                (date(2024, 2, 27), date(2024, 2, 29)),
                (date(2024, 3, 1), date(2024, 3, 3)),
                (date(2024, 3, 4), date(2024, 3, 5)),
            ]
        );
        assert_eq!(range.days().count(), 8);
        assert!(DayRange::new(range.last(), range.first()).is_none());
    }
}
