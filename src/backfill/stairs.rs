//! Totals as they stood when each day began.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    api::DayRange,
    snapshot::{Corrections, Figures, Totals},
};

/// The totals at the beginning of every day written, and at the end of the last one.
#[derive(Debug)]
pub(super) struct Stairs {
    steps: BTreeMap<Date, Totals>,
    first: Date,
}

impl Stairs {
    /// Sums the days from `since` on; steps stand only where there is something to write.
    pub(super) fn new(since: Date, written: &DayRange, figures: &BTreeMap<Date, Figures>) -> Self {
        let mut totals = Totals {
            since,
            meetings: 0,
            duration_ms: 0,
            participants: 0,
            corrections: Corrections::default(),
        };
        let mut steps = BTreeMap::new();
        for (day, figures) in figures.range(since..=written.last()) {
            if *day >= written.first() {
                steps.insert(*day, totals);
            }
            totals.meetings = totals.meetings.saturating_add(figures.meetings);
            totals.duration_ms = totals.duration_ms.saturating_add(figures.duration_ms);
            totals.participants = totals.participants.saturating_add(figures.participants);
        }
        if let Ok(after) = written.last().tomorrow() {
            steps.insert(after, totals);
        }
        Self {
            steps,
            first: since.max(written.first()),
        }
    }

    /// The first day that has totals.
    pub(super) fn first(&self) -> Date {
        self.first
    }

    /// The totals when `day` began; none before counting did.
    pub(super) fn at(&self, day: Date) -> Option<Totals> {
        self.steps.get(&day).copied()
    }
}
