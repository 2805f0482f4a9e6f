//! The vendor's four questions, by path and body.

use std::{fmt, str::FromStr};

/// A question the vendor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Meetings in progress: the list's path, with a body that has no `startTime`.
    Realtime,
    /// Figures by day.
    Daily,
    /// Meetings of a range of time, in pages.
    List,
    /// One meeting and its members.
    Detail,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Realtime, Self::Daily, Self::List, Self::Detail];

    /// `realtime`, `daily`, `list` or `detail`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Daily => "daily",
            Self::List => "list",
            Self::Detail => "detail",
        }
    }

    /// The path it is asked at.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Realtime | Self::List => "/v1/statistic/meeting/list",
            Self::Daily => "/v1/statistic/meeting/getByTimeRange",
            Self::Detail => "/v1/statistic/meeting/detail",
        }
    }

    /// A small number of its own, for tables.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Realtime => 0,
            Self::Daily => 1,
            Self::List => 2,
            Self::Detail => 3,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no endpoint: realtime, daily, list or detail")]
pub struct UnknownEndpoint(String);

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|endpoint| endpoint.as_str() == text)
            .ok_or_else(|| UnknownEndpoint(text.to_owned()))
    }
}
