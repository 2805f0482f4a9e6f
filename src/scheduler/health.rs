//! One log line per change of state: the memory of what has been said already.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{clock::Moment, collector::CollectError, snapshot::CollectorName};

/// Causes can take turns, as a gateway's do that times out now and answers 503 then. Each is told
/// when it is new, and again only after this long.
const TOLD_AGAIN: Duration = Duration::from_secs(3600);

/// What is wrong with one application's collectors, as far as the log has been told.
#[derive(Debug, Default)]
pub(super) struct Health {
    failing: Mutex<BTreeMap<CollectorName, Failing>>,
    units_suspected: AtomicBool,
}

#[derive(Debug, Clone)]
struct Failing {
    cause: String,
    since: Moment,
    /// The causes told since then, each with when, as far back as that keeps it from being told.
    told: BTreeMap<String, Moment>,
}

/// What a run's outcome means for the log.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// Nothing the log has not been told.
    None,
    /// Something is wrong that was not before.
    Broke,
    /// All is well again, after this many seconds.
    Recovered(u64),
}

impl Health {
    /// Takes note of how a run went, and logs it if that is news: several collectors that fail
    /// for one cause are one piece of news.
    pub(super) fn record(
        &self,
        app: &str,
        collector: CollectorName,
        error: Option<&CollectError>,
        now: Moment,
    ) {
        let name = collector.as_str();
        let cause = error.map(CollectError::cause);
        match (self.change(collector, cause.as_deref(), now), error) {
            (Change::Broke, Some(error)) => {
                tracing::warn!(
                    app,
                    collector = name,
                    error.cause = cause.as_deref(),
                    "{error}"
                );
            }
            (Change::Recovered(seconds), _) => tracing::info!(
                app,
                collector = name,
                failed_for_seconds = seconds,
                "collecting works again"
            ),
            (_, Some(error)) => tracing::debug!(app, collector = name, "still failing: {error}"),
            _ => {}
        }
    }

    /// Says once when the two endpoints' durations differ by a factor that smells of units.
    pub(super) fn check_units(&self, app: &str, ratio: Option<f64>) {
        let Some(ratio) = ratio else { return };
        let suspected = is_unit_factor(ratio);
        if suspected && !self.units_suspected.swap(suspected, Ordering::Relaxed) {
            tracing::warn!(
                app,
                ratio,
                "the daily endpoint's meeting time is about a thousand times more or less than the \
                 list's own sum for the same day: check this application's `duration_unit`"
            );
        }
        self.units_suspected.store(suspected, Ordering::Relaxed);
    }

    fn change(&self, collector: CollectorName, cause: Option<&str>, now: Moment) -> Change {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cause) = cause else {
            let Some(was) = failing.remove(&collector) else {
                return Change::None;
            };
            let others_share_it = failing.values().any(|other| other.cause == was.cause);
            return if others_share_it {
                Change::None
            } else {
                Change::Recovered(now.since(&was.since).as_secs())
            };
        };
        let is_recent = |at: &Moment| now.since(at) < TOLD_AGAIN;
        let known = failing.values().any(|failing| {
            failing.cause == cause || failing.told.get(cause).is_some_and(is_recent)
        });
        let here = failing.entry(collector).or_insert_with(|| Failing {
            cause: String::new(),
            since: now,
            told: BTreeMap::new(),
        });
        cause.clone_into(&mut here.cause);
        if known {
            return Change::None;
        }
        here.told.retain(|_, at| is_recent(at));
        here.told.insert(cause.to_owned(), now);
        Change::Broke
    }
}

/// Whether two sums that should be equal look as if one were in seconds, one in milliseconds.
fn is_unit_factor(ratio: f64) -> bool {
    (500.0..=2000.0).contains(&ratio) || (1.0 / 2000.0..=1.0 / 500.0).contains(&ratio)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::{Clock, ManualClock};

    #[test]
    fn one_line_for_each_cause_and_one_when_it_is_over() {
        use CollectorName::{Daily, Realtime};
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let health = Health::default();
        let change = |collector, cause| health.change(collector, cause, clock.moment());
        assert_eq!(change(Realtime, None), Change::None);
        assert_eq!(change(Realtime, Some("401")), Change::Broke);
        assert_eq!(change(Daily, Some("401")), Change::None, "the same cause");
        clock.advance(Duration::from_secs(30));
        assert_eq!(
            change(Realtime, Some("timeout")),
            Change::Broke,
            "another cause"
        );
        assert_eq!(change(Daily, None), Change::Recovered(30));
        assert_eq!(
            change(Realtime, Some("timeout")),
            Change::None,
            "nothing new"
        );
        assert_eq!(change(Realtime, None), Change::Recovered(30));
        assert_eq!(change(Realtime, None), Change::None);
    }

    #[test]
    fn causes_that_take_turns_are_told_once_an_hour() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let health = Health::default();
        let mut told = Vec::new();
        for minute in 0..150 {
            let cause = ["timeout", "503"][minute % 2];
            let change = health.change(CollectorName::Realtime, Some(cause), clock.moment());
            if change == Change::Broke {
                told.push((minute, cause));
            }
            clock.advance(Duration::from_secs(60));
        }
        let hourly = [0, 60, 120].map(|hour| [(hour, "timeout"), (hour + 1, "503")]);
        assert_eq!(told, hourly.concat());
        let over = health.change(CollectorName::Realtime, None, clock.moment());
        assert_eq!(over, Change::Recovered(150 * 60));
        let again = health.change(CollectorName::Realtime, Some("503"), clock.moment());
        assert_eq!(again, Change::Broke, "it was over");
    }

    #[test]
    fn a_factor_of_a_thousand_smells_of_units() {
        for ratio in [1000.0, 870.0, 0.001, 0.0013] {
            assert!(is_unit_factor(ratio), "{ratio}");
        }
        for ratio in [0.0, 1.0, 0.9, 24.0, 60.0, 1.0 / 60.0, f64::INFINITY] {
            assert!(!is_unit_factor(ratio), "{ratio}");
        }
    }
}
