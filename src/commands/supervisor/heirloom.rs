//! What an application that was changed keeps of what was known of it.

use crate::{
    config::AppSettings,
    snapshot::{AppSnapshot, CollectorName, Reading, SnapshotCell},
};

/// Puts the figures that still hold from the old snapshot into the new one, so that nothing is
/// missing until the first run. Counters are not among them: the new one has the ledger's.
///
/// Where another account is read, or its answers are understood otherwise, nothing holds.
pub(super) fn hand_down(
    old: &SnapshotCell,
    old_settings: &AppSettings,
    new: &SnapshotCell,
    settings: &AppSettings,
) {
    if settings.api.reads_the_same_as(&old_settings.api) {
        let old = old.load();
        new.update(|new| inherit(new, &old));
    }
}

fn inherit(new: &mut AppSnapshot, old: &AppSnapshot) {
    for state in &mut new.collectors {
        let Some(was) = old.collectors.iter().find(|was| was.name == state.name) else {
            continue;
        };
        state.last_run.clone_from(&was.last_run);
        state.last_success = was.last_success;
        let stale_after = state.stale_after;
        match state.name {
            CollectorName::Realtime => new.realtime = aging(old.realtime.as_ref(), stale_after),
            CollectorName::Daily => new.daily = aging(old.daily.as_ref(), stale_after),
            CollectorName::Meetings => new.listed = aging(old.listed.as_ref(), stale_after),
            CollectorName::Details => {}
        }
    }
}

/// A reading as it was, but for how old it may get.
fn aging<T: Clone>(
    reading: Option<&Reading<T>>,
    stale_after: std::time::Duration,
) -> Option<Reading<T>> {
    reading.cloned().map(|reading| Reading {
        stale_after,
        ..reading
    })
}
