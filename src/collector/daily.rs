//! Figures by local day, and the totals made of them.

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::{CollectError, Collected, Collector, Update, recorded};
use crate::{
    api::{Client, DailyFigures, DailyReport, DayRange},
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

    async fn read(&self, now: Moment) -> Collected {
        let today = local_day(now.wall, &self.timezone);
        let shown = shown_range(today, self.shown_days);
        let asked = covering(shown, self.ledger.days_wanted(today));
        let mut days = BTreeMap::new();
        let mut totals = None;
        let mut inconsistent_answers = 0;
        let mut error = None;
        for chunk in in_order(asked.chunks(self.settings.max_range), &shown) {
            match self.read_chunk(chunk, today).await {
                Ok((report, so_far)) => {
                    inconsistent_answers += u64::from(!report.sums_agree);
                    totals = Some(so_far);
                    let wanted = report.days.into_iter();
                    days.extend(wanted.filter(|(day, _)| shown.contains(*day)));
                }
                Err(failure) => {
                    error = Some(failure);
                    break;
                }
            }
        }
        let is_whole = shown.days().all(|day| days.contains_key(&day));
        let shown_days = days
            .into_iter()
            .map(|(day, figures)| (day, to_snapshot(figures)));
        let daily = is_whole.then(|| Reading {
            value: snapshot::Daily {
                days: shown_days.collect(),
            },
            read_at: now,
            stale_after: self.settings.stale_after,
        });
        // Totals without some of their days would jump when those come.
        let totals = totals.filter(|_| error.is_none());
        Collected {
            update: daily.map(|daily| Update::Daily { daily, totals }),
            inconsistent_answers,
            error,
        }
    }

    /// Reads some days, and keeps what they say: whatever comes of the others.
    async fn read_chunk(
        &self,
        chunk: DayRange,
        today: Date,
    ) -> Result<(DailyReport, snapshot::Totals), CollectError> {
        let report = self.client.daily(chunk).await?;
        let days = report.days.clone();
        let totals = recorded(&self.ledger, move |ledger| ledger.record_days(today, &days)).await?;
        Ok((report, totals))
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
        Box::pin(self.read(now))
    }
}

/// What is shown first, so that a long past that cannot be read does not hide it; then the past from
/// its beginning, as the ledger closes days in their order.
fn in_order(chunks: impl Iterator<Item = DayRange>, shown: &DayRange) -> Vec<DayRange> {
    let (mut first, rest): (Vec<_>, Vec<_>) =
        chunks.partition(|chunk| chunk.last() >= shown.first());
    first.reverse();
    first.extend(rest);
    first
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
    fn what_is_shown_comes_first_and_then_the_past_in_order() {
        let shown = shown_range(date(2024, 3, 2), 7);
        let asked = DayRange::new(date(2024, 1, 1), date(2024, 3, 2)).unwrap();
        let order: Vec<_> = in_order(asked.chunks(15), &shown)
            .iter()
            .map(|chunk| format!("{} to {}", chunk.first(), chunk.last()))
            .collect();
        insta::assert_snapshot!(order.join("\n"), @r"
        2024-03-01 to 2024-03-02
        2024-02-15 to 2024-02-29
        2024-01-01 to 2024-01-15
        2024-01-16 to 2024-01-30
        2024-01-31 to 2024-02-14
        ");
    }

    #[test]
    fn days_wanted_by_the_ledger_are_asked_for_too() {
        let shown = shown_range(date(2024, 3, 2), 7);
        let wanted = DayRange::new(date(2024, 1, 1), date(2024, 3, 2));
        assert_eq!(covering(shown, wanted).first(), date(2024, 1, 1));
        assert_eq!(covering(shown, None), shown);
    }
}
