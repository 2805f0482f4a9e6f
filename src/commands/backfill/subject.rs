//! What is asked for on the command line, checked against the configuration and the calendar.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use jiff::{ToSpan as _, civil::Date};

use crate::{
    api::DayRange,
    backfill::Subject,
    catalogue,
    cli::BackfillArgs,
    config::{AppSettings, Settings},
};

/// The most days one history can need: twenty years.
const MOST_DAYS: usize = 7_320;

/// The history that is asked for.
pub(super) fn of(
    args: &BackfillArgs,
    settings: &Settings,
    app: &AppSettings,
    today: Date,
) -> anyhow::Result<Subject> {
    let (from, to) = (args.from, args.to);
    let days =
        DayRange::new(from, to).with_context(|| format!("--to {to} is before --from {from}"))?;
    ensure!(
        to < today,
        "--to {to} is not over in {}: the last day with a history is {}",
        app.api
            .timezone
            .iana_name()
            .unwrap_or("the vendor's time zone"),
        today.saturating_sub(1.days())
    );
    let subject = Subject {
        app: app.name.as_str().into(),
        labels: labels(args, app)?,
        timezone: app.api.timezone.clone(),
        windows: settings.windows.as_slice().into(),
        counted_from: counted_from(args, settings.counters_since)?,
        days,
    };
    let needed = subject.days_needed();
    ensure!(
        needed.days().take(MOST_DAYS + 1).count() <= MOST_DAYS,
        "the days needed begin with {}, more than twenty years before {to}: \
         check --from and `counters_since`",
        needed.first()
    );
    Ok(subject)
}

/// Totals are those of the live counters, or there are none.
fn counted_from(args: &BackfillArgs, since: Option<Date>) -> anyhow::Result<Option<Date>> {
    if args.no_totals {
        return Ok(None);
    }
    let Some(since) = since else {
        bail!(
            "`counters_since` is not set, so the live totals began on whichever day the exporter \
             first saw, and a history that counts from another day would end above or below them: \
             set `counters_since` to the first day to be counted (the live totals then count \
             afresh from there), or leave the totals out with --no-totals"
        );
    };
    if since > args.from {
        let from = args.from;
        tracing::warn!(
            "totals begin with {since}, which is `counters_since`: the days from {from} until then \
             have gauges only"
        );
    }
    Ok(Some(since))
}

/// The application's constant labels, and those of the command line.
fn labels(args: &BackfillArgs, app: &AppSettings) -> anyhow::Result<BTreeMap<String, String>> {
    let mut labels = app.labels.clone();
    for label in &args.labels {
        let (name, value) = label.split_once('=').unwrap_or((label, ""));
        let written = format!("--label {label}");
        ensure!(
            is_name(name) && !value.is_empty(),
            "{written}: expected NAME=VALUE, such as job=netease-meeting"
        );
        let taken = catalogue::all().any(|family| family.labels.contains(&name));
        ensure!(
            !taken,
            "{written}: the exporter's own series have a label {name}"
        );
        let before = labels.insert(name.to_owned(), value.to_owned());
        ensure!(
            before.is_none(),
            "{written}: {name} stands there twice, or among the application's `labels`"
        );
    }
    let missing: Vec<&str> = ["job", "instance"]
        .into_iter()
        .filter(|name| !labels.contains_key(*name))
        .collect();
    if !missing.is_empty() {
        tracing::warn!(
            "without --label for {}, the history is of other series than those Prometheus scrapes, \
             and no sum or increase goes from one to the other",
            missing.join(" and ")
        );
    }
    Ok(labels)
}

/// Whether Prometheus would take it for a label that is not its own.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with("__")
}
