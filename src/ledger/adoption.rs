//! Bringing what was counted to what is configured.

use std::sync::Arc;

use jiff::civil::Date;

use super::{
    core::Core,
    error::StoreError,
    options::AppOptions,
    plan::{Changes, Plan},
    state::AppState,
    store::Store,
};

/// Brings applications to their options, and says what had to start afresh: all of them in one
/// transaction, or none, because whoever asks may go on with the earlier options if it fails.
pub(super) fn adopt(
    store: &Store,
    apps: &[(Arc<Core>, Arc<AppOptions>)],
) -> Result<(), StoreError> {
    let adopted = match Core::transact_all(store, apps, decide) {
        // Somebody else's round had failed: there is nobody who would do this one again.
        Err(StoreError::Reopened) => Core::transact_all(store, apps, decide),
        adopted => adopted,
    }?;
    for ((core, _), adopted) in apps.iter().zip(adopted) {
        adopted.say(core.app());
    }
    Ok(())
}

fn decide(options: &AppOptions, before: &AppState) -> Plan<Adopted> {
    let mut state = before.clone();
    let counted_since = before.since.filter(|counted| {
        let wanted = options.since;
        wanted.is_some_and(|wanted| wanted != *counted)
    });
    if counted_since.is_some() {
        state = AppState {
            number: before.number,
            ..AppState::empty(options)
        };
    }
    let restarted = state.rebucket(&options.histograms);
    Plan {
        state,
        changes: Changes {
            wipe: counted_since.is_some(),
            ..Changes::default()
        },
        value: Adopted {
            counted_since,
            restarted,
        },
    }
}

/// What had to start afresh for the options to hold.
struct Adopted {
    /// All counters, which were counted from this day on.
    counted_since: Option<Date>,
    /// Histograms, by name.
    restarted: Vec<&'static str>,
}

impl Adopted {
    fn say(&self, app: &str) {
        if let Some(before) = self.counted_since {
            tracing::warn!(
                app,
                "counters_since is another day than {before}, from which this application was \
                 counted: its counters start afresh"
            );
        }
        for histogram in &self.restarted {
            tracing::warn!(
                app,
                histogram,
                "bucket bounds were changed in a way the histogram's buckets cannot follow: it \
                 starts afresh, its _count and _sum with it; the counters of meetings and \
                 attendances go on"
            );
        }
    }
}
