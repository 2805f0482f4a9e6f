//! Whether there is something to scrape yet.

use std::sync::Arc;

use crate::snapshot::AppSnapshot;

/// How many applications the answer names.
const NAMED: usize = 10;

/// What is still waited for; `None` when every enabled collector of every application has had its
/// first run, good or bad.
pub(super) fn waiting_for(snapshots: &[Arc<AppSnapshot>]) -> Option<String> {
    let waiting: Vec<_> = snapshots
        .iter()
        .filter(|snapshot| !snapshot.had_first_round())
        .collect();
    if waiting.is_empty() {
        return None;
    }
    let mut text = format!(
        "not ready: {} of {} applications have not had their first round\n",
        waiting.len(),
        snapshots.len()
    );
    for snapshot in waiting.iter().take(NAMED) {
        let collectors: Vec<_> = snapshot
            .collectors
            .iter()
            .filter(|collector| collector.last_run.is_none())
            .map(|collector| collector.name.as_str())
            .collect();
        text.push_str(&format!("{}: {}\n", snapshot.app, collectors.join(", ")));
    }
    if waiting.len() > NAMED {
        text.push_str(&format!("and {} more\n", waiting.len() - NAMED));
    }
    Some(text)
}
