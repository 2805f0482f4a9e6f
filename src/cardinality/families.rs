//! The order in which families go, and how many series each of them is.

use crate::{
    catalogue::{Family, attendances as stays, by_day as day, exporter as own, finished as over},
    snapshot::{AppSnapshot, Histogram, Withheld},
};

/// How many steps there are until only what is essential is left.
pub(super) const STEPS: u8 = 9;

/// The optional families, in the order in which they go: what has the most series and is missed by
/// the fewest goes first. What is not here is essential: how the collectors fare, what is going on
/// now, and totals.
static ORDER: [&[&Family]; STEPS as usize] = [
    &[&stays::ATTENDANCE_DURATION],
    &[&over::START_DELAY, &over::OVERRUN],
    &[
        &stays::FINISHED_PEAK_PARTICIPANTS,
        &over::FINISHED_PARTICIPANTS,
    ],
    &[&over::FINISHED_DURATION],
    &[&over::DAY_LISTED_MEETINGS, &over::DAY_HOSTS],
    &[
        &day::WINDOW_MEETINGS,
        &day::WINDOW_DURATION,
        &day::WINDOW_PARTICIPANTS,
        &day::WINDOW_PEAK_PARTICIPANTS,
    ],
    &[&stays::ATTENDANCES],
    &[
        &day::DAY_MEETINGS,
        &day::DAY_DURATION,
        &day::DAY_PARTICIPANTS,
        &day::DAY_PEAK_PARTICIPANTS,
        &day::DAY_START,
    ],
    &[&over::FINISHED_MEETINGS, &own::CONSISTENCY_RATIO],
];

/// Whether a family of an application's snapshot is to be shown.
#[must_use]
pub fn shows(withheld: Withheld, family: &Family) -> bool {
    let gone = ORDER.iter().take(usize::from(withheld.steps));
    !gone
        .flat_map(|step| step.iter())
        .any(|optional| optional.name == family.name)
}

/// How many series a snapshot makes if nothing is kept out and every figure is fresh: a figure that
/// comes and goes with its age does not make others come and go.
#[must_use]
pub fn series(snapshot: &AppSnapshot) -> usize {
    Sizes::of(snapshot).all()
}

/// How many series the families of a snapshot are.
pub(super) struct Sizes {
    essential: usize,
    /// In the order in which they go.
    pub(super) optional: [usize; STEPS as usize],
}

impl Sizes {
    pub(super) fn of(snapshot: &AppSnapshot) -> Self {
        let finished = snapshot.finished.as_deref();
        let attendances = snapshot.attendances.as_deref();
        let daily = snapshot.daily.as_ref().map(|daily| &daily.value);
        let listed = snapshot.listed.as_ref().map(|listed| &listed.value);
        let of = |histogram: Option<&Histogram>| histogram.map_or(0, buckets);
        let days = |most: usize| daily.map_or(0, |daily| daily.days.len().min(most));

        // A window is shown where every one of its days is known.
        let whole = |days: usize| {
            snapshot
                .windows
                .iter()
                .filter(move |it| usize::from(**it) <= days)
        };
        let windows = daily.map_or(0, |daily| whole(daily.days.len()).count());
        let collectors = 4 * snapshot.collectors.len();
        let now = if snapshot.realtime.is_some() { 2 } else { 0 };
        let totals = if snapshot.totals.is_some() { 7 } else { 0 };
        let queue = attendances.map_or(0, |known| 1 + known.skipped.len());
        let agreement = if daily.is_some() && listed.is_some() {
            3
        } else {
            0
        };
        Self {
            // `up`, and the one that says how many are kept out.
            essential: 2 + collectors + now + totals + queue,
            optional: [
                attendances.map_or(0, |known| {
                    let stays = known.stays.values();
                    stays.map(|stays| buckets(&stays.length)).sum()
                }),
                of(finished.map(|known| &known.start_delay))
                    + of(finished.map(|known| &known.overrun)),
                of(attendances.map(|known| &known.peak_participants))
                    + of(finished.map(|known| &known.participants)),
                of(finished.map(|known| &known.duration)),
                listed.map_or(0, |known| {
                    known.days.values().map(|day| 1 + day.meetings.len()).sum()
                }),
                4 * windows,
                attendances.map_or(0, |known| known.stays.len()),
                5 * days(2),
                finished.map_or(0, |known| known.meetings.len()) + agreement,
            ],
        }
    }

    pub(super) fn all(&self) -> usize {
        self.essential + self.optional.iter().sum::<usize>()
    }
}

/// A histogram is a series for each bound, one for `+Inf`, its count and its sum.
fn buckets(histogram: &Histogram) -> usize {
    histogram.bounds.len() + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, Group, Kind};

    #[test]
    fn what_is_essential_never_goes_and_every_histogram_can() {
        let everything_gone = Withheld {
            steps: STEPS,
            series: 0,
        };
        for family in catalogue::all() {
            let stays = shows(everything_gone, family);
            match family.group {
                Group::Realtime | Group::Process => assert!(stays, "{}", family.name),
                _ if family.kind == Kind::Histogram && family.labels.first() == Some(&"app") => {
                    assert!(!stays, "{}", family.name);
                }
                _ => {}
            }
            assert!(shows(Withheld::default(), family), "{}", family.name);
        }
        assert!(shows(everything_gone, &own::UP));
        assert!(shows(everything_gone, &day::MEETINGS));
    }

    #[test]
    fn no_family_goes_twice() {
        let mut names: Vec<_> = ORDER
            .iter()
            .flat_map(|step| step.iter())
            .map(|it| it.name)
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
