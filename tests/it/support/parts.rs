//! An exporter's parts without its sockets, put together on a clock that is turned by hand.

use std::sync::Arc;

use netease_meeting_exporter::{
    api::{CallLimit, Client, HttpClients, Observer, Random},
    clock::{ManualClock, SharedClock},
    collector,
    config::Settings,
    ledger::{AppOptions, Ledger},
    scheduler::{App, Crank},
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, SnapshotCell, Withheld},
};

/// How the application of that number is counted; it has every collector but perhaps `details`.
pub(crate) fn options(settings: &Settings, number: usize) -> AppOptions {
    let app = &settings.apps[number];
    let wanted = &app.collectors;
    AppOptions {
        since: settings.counters_since,
        timezone: app.api.timezone.clone(),
        settle_days: wanted.daily.as_ref().expect("on").settle,
        lookback: wanted.meetings.as_ref().expect("on").lookback,
        give_up_after: wanted.details.as_ref().map(|it| it.give_up_after),
        histograms: app.histograms.clone(),
    }
}

/// The application of that number, counted in that ledger, and where its snapshots stand.
pub(crate) fn application(
    settings: &Settings,
    number: usize,
    clock: &Arc<ManualClock>,
    ledger: &Ledger,
    metrics: &Arc<SelfMetrics>,
) -> (App, Arc<SnapshotCell>) {
    let clock: SharedClock = clock.clone();
    let app = &settings.apps[number];
    let name: Arc<str> = app.name.as_str().into();
    let counted = ledger
        .app(&name, options(settings, number))
        .expect("counters");
    let mut http = HttpClients::new();
    let (limit, random) = (CallLimit::new(4), Random::new());
    let observer = Arc::clone(metrics) as Arc<dyn Observer>;
    let client =
        Client::new(&app.api, &mut http, limit, clock.clone(), random, observer).expect("a client");
    let collectors = collector::for_app(app, &settings.windows, &client, &counted);
    let cell = SnapshotCell::new(AppSnapshot {
        app: Arc::clone(&name),
        labels: Arc::default(),
        timezone: app.api.timezone.clone(),
        windows: settings.windows.as_slice().into(),
        collectors: collector::first_states(&collectors),
        realtime: None,
        daily: None,
        totals: counted.totals(),
        finished: Some(counted.finished()),
        listed: None,
        attendances: Some(counted.attendances()),
        withheld: Withheld::default(),
    });
    let crank = Crank::new(name, cell.clone(), clock, metrics.clone(), ledger.clone());
    (App::new(crank, collectors), cell)
}
