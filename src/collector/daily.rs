//! Figures by local day, and the totals made of them.

use std::{future::Future, pin::Pin, time::Duration};

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::{CollectError, Collected, Collector, Update, recorded};
use crate::{
    api::{Client, DailyFigures, DayRange},
    clock::{Moment, local_day},
    config::DailySettings,
    ledger::AppLedger,
    snapshot::{self, CollectorName, Reading},
};

/// Reads the daily endpoint: one call a run for every `max_range` days that are shown or counted.
///
/// All days are read again each time, because the vendor changes days after they have closed.
#[derive(Debug)]
pub struct Daily {
    settings: DailySettings,
    /// How many days are shown: the longest window, and at least today and yesterday.
    shown_days: u16,
    timezone: TimeZone,
    client: Client,
    ledger: AppLedger,
}

impl Daily {
    /// A collector of one application's days.
    #[must_use]
    pub fn new(
        settings: DailySettings,
        windows: &[u16],
        timezone: TimeZone,
        client: Client,
        ledger: AppLedger,
    ) -> Self {
        let shown_days = windows.iter().copied().max().unwrap_or_default().max(2);
        Self {
            settings,
            shown_days,
            timezone,
            client,
            ledger,
        }
    }

    async fn read(&self, now: Moment) -> Result<Collected, CollectError> {
        let today = local_day(now.wall, &self.timezone);
        let shown = shown_range(today, self.shown_days);
        let asked = covering(shown, self.ledger.days_wanted(today));
        let mut days: Vec<(Date, DailyFigures)> = Vec::new();
        let mut inconsistent_answers = 0;
        for chunk in asked.chunks(self.settings.max_range) {
            let report = self.client.daily(chunk).await?;
            inconsistent_answers += u64::from(!report.sums_agree);
            days.extend(report.days);
        }
        let figures = days.clone();
        let totals = recorded(&self.ledger, move |ledger| {
            ledger.record_days(today, &figures)
        })
        .await?;
        let value = snapshot::Daily {
            days: days
                .into_iter()
                .filter(|(day, _)| shown.contains(*day))
                .map(|(day, figures)| (day, to_snapshot(figures)))
                .collect(),
        };
        let daily = Reading {
            value,
            read_at: now,
            stale_after: self.settings.stale_after,
        };
        Ok(Collected {
            update: Some(Update::Daily { daily, totals }),
            inconsistent_answers,
            error: None,
        })
    }
}

impl Collector for Daily {
    fn name(&self) -> CollectorName {
        CollectorName::Daily
    }

    fn interval(&self) -> Duration {
        self.settings.interval
    }

    fn stale_after(&self) -> Duration {
        self.settings.stale_after
    }

    fn run(&mut self, now: Moment) -> Pin<Box<dyn Future<Output = Collected> + Send + '_>> {
        Box::pin(async move { self.read(now).await.unwrap_or_else(Collected::nothing) })
    }
}

/// The last `days` local days, today included.
fn shown_range(today: Date, days: u16) -> DayRange {
    let first = today.saturating_sub((i64::from(days.max(1)) - 1).days());
    DayRange::new(first, today).unwrap_or_else(|| DayRange::single(today))
}

/// One range that holds both.
fn covering(shown: DayRange, wanted: Option<DayRange>) -> DayRange {
    let Some(wanted) = wanted else { return shown };
    let first = shown.first().min(wanted.first());
    let last = shown.last().max(wanted.last());
    DayRange::new(first, last).unwrap_or(shown)
}

fn to_snapshot(figures: DailyFigures) -> snapshot::Figures {
    snapshot::Figures {
        meetings: figures.meetings,
        duration_ms: figures.duration_ms,
        participants: figures.participants,
        peak_participants: figures.peak_participants,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_shown_end_today() {
        let range = shown_range(date(2024, 3, 2), 7);
        assert_eq!(
            (range.first(), range.last()),
            (date(2024, 2, 25), date(2024, 3, 2))
        );
    }

    #[test]
    fn days_wanted_by_the_ledger_are_asked_for_too() {
        let shown = shown_range(date(2024, 3, 2), 7);
        let wanted = DayRange::new(date(2024, 1, 1), date(2024, 3, 2));
        assert_eq!(covering(shown, wanted).first(), date(2024, 1, 1));
        assert_eq!(covering(shown, None), shown);
    }
}
