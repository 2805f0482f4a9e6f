//! HTTP service discovery for Prometheus: a target for each application, so that the work can be
//! divided, and one for what the exporter says of itself.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{TelemetryPath, origin::Origin, route::PROBE};
use crate::snapshot::AppSnapshot;

/// A target group of one target.
#[derive(Debug, Serialize)]
struct Group<'a> {
    targets: [&'a str; 1],
    labels: BTreeMap<Cow<'static, str>, Cow<'a, str>>,
}

/// The target groups as JSON, in the order of the applications.
///
/// Labels that begin with `__` direct the scrape and then vanish. Every target needs an `instance`
/// of its own, or Prometheus could not tell their `up` apart; `app` cannot be it, because a series
/// that brings the same label would have its own renamed.
pub(super) fn targets(
    snapshots: &[Arc<AppSnapshot>],
    origin: &Origin,
    telemetry_path: &TelemetryPath,
) -> Vec<u8> {
    let applications = snapshots
        .iter()
        .map(|snapshot| application(snapshot, origin));
    let groups: Vec<_> = applications
        .chain([exporter(origin, telemetry_path)])
        .collect();
    #[expect(clippy::expect_used, reason = "lists and maps of text are JSON")]
    serde_json::to_vec(&groups).expect("target groups are JSON")
}

fn application<'a>(snapshot: &'a AppSnapshot, origin: &'a Origin) -> Group<'a> {
    let app = &*snapshot.app;
    let mut group = group(origin, PROBE);
    let mut set = |name: Cow<'static, str>, value: Cow<'a, str>| {
        group.labels.insert(name, value);
    };
    set("__param_app".into(), app.into());
    set("__meta_netease_meeting_app".into(), app.into());
    let prefix = &origin.prefix;
    let instance = format!("{}{prefix}/{app}", origin.authority);
    set("instance".into(), instance.into());
    for (name, value) in &*snapshot.labels {
        let name = format!("__meta_netease_meeting_label_{name}");
        set(name.into(), value.into());
    }
    group
}

fn exporter<'a>(origin: &'a Origin, telemetry_path: &TelemetryPath) -> Group<'a> {
    let mut group = group(origin, telemetry_path.as_str());
    group
        .labels
        .insert("__param_collector".into(), "exporter".into());
    group
}

fn group<'a>(origin: &'a Origin, path: &str) -> Group<'a> {
    let mut labels = BTreeMap::new();
    let path = format!("{}{path}", origin.prefix);
    labels.insert("__metrics_path__".into(), path.into());
    if let Some(scheme) = origin.scheme {
        labels.insert("__scheme__".into(), scheme.into());
    }
    Group {
        targets: [&origin.authority],
        labels,
    }
}
