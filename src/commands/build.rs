//! From settings to parts that are ready to run: the one place that constructs them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;

use super::failure::Failure;
use crate::{
    api::{CallLimit, Client, Endpoint, HttpClients, Observer, Random},
    cardinality::Quotas,
    cli::{ConfigArgs, WebArgs},
    clock::SharedClock,
    collector,
    config::{AppSettings, Loaded, Settings, Sources, load as load_settings},
    exposition::Exposition,
    ledger::{AppLedger, AppOptions, Ledger},
    scheduler::{App, Crank},
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, Board, CollectorName, SnapshotCell, Withheld},
    web::{Prepared, ProtectionOptions},
};

/// Everything an exporter is made of, not yet running.
#[derive(Debug)]
pub(super) struct Parts {
    /// Every application's newest snapshot.
    pub(super) board: Arc<Board>,
    /// The applications, with their collectors.
    pub(super) apps: Vec<App>,
    /// What `/metrics` shows.
    pub(super) exposition: Arc<Exposition>,
    /// What the exporter counts of its own work.
    pub(super) metrics: Arc<SelfMetrics>,
}

/// The text of `--version`, in the form of the official exporters.
pub(super) fn version() -> String {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let (revision, rustc) = (env!("BUILD_REVISION"), env!("BUILD_RUSTVERSION"));
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "{name}, version {version} (revision: {revision})\n  rust version:     {rustc}\n  \
         platform:         {system}/{machine}\n"
    )
}

/// Loads the configuration.
pub(super) fn load(
    args: &ConfigArgs,
    environment: Vec<(String, String)>,
) -> Result<Loaded, Failure> {
    let sources = Sources::new(args.file.clone(), environment);
    load_settings(&sources).map_err(|error| Failure::Usage(error.into()))
}

/// The rules of the web configuration file, if there is one.
pub(super) fn web(args: &WebArgs) -> Result<Prepared, Failure> {
    let options = ProtectionOptions {
        health_exempt: args.health_exempt,
        max_requests: args.max_requests,
    };
    // As the official exporters have it, a blank name means no file.
    let file = args.config_file.as_deref();
    let file = file.filter(|file| !file.as_os_str().is_empty());
    Prepared::load(file, options).map_err(|error| Failure::Usage(error.into()))
}

/// The settings of the applications named; of all of them if none is.
pub(super) fn chosen<'a>(
    settings: &'a Settings,
    names: &[String],
) -> Result<Vec<&'a AppSettings>, Failure> {
    let known = |name: &String| settings.apps.iter().any(|app| app.name == *name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let names: Vec<_> = settings.apps.iter().map(|app| app.name.as_str()).collect();
        let names = names.join(", ");
        let error = anyhow::anyhow!("no application is called {unknown:?}; there are: {names}");
        return Err(Failure::Usage(error));
    }
    let wanted = |app: &&AppSettings| names.is_empty() || names.contains(&app.name);
    Ok(settings.apps.iter().filter(wanted).collect())
}

/// A client for one application alone.
pub(super) fn lone_client(
    settings: &AppSettings,
    clock: SharedClock,
    observer: Arc<dyn Observer>,
) -> anyhow::Result<Client> {
    let (limit, random) = (CallLimit::new(1), Random::new());
    Ok(Client::new(
        &settings.api,
        &mut HttpClients::new(),
        limit,
        clock,
        random,
        observer,
    )?)
}

/// Builds everything that `settings` ask for, for the applications in `chosen`.
pub(super) fn parts(
    settings: &Settings,
    chosen: &[&AppSettings],
    clock: &SharedClock,
) -> anyhow::Result<Parts> {
    let metrics = Arc::new(SelfMetrics::new().context("cannot set up the exporter's metrics")?);
    let ledger = Ledger::open(settings.state_dir.as_deref())?;
    metrics.state_written(ledger.health().is_good());
    let mut http = HttpClients::new();
    let limit = CallLimit::new(settings.concurrency);
    let quotas = Quotas::new(settings.max_series);
    let windows: Arc<[u16]> = settings.windows.as_slice().into();
    let (mut apps, mut cells) = (Vec::new(), Vec::new());
    for app in chosen {
        let observer = Arc::clone(&metrics) as Arc<dyn Observer>;
        let (limit, random) = (limit.clone(), Random::new());
        let client = Client::new(
            &app.api,
            &mut http,
            limit,
            Arc::clone(clock),
            random,
            observer,
        )?;
        let counted = ledger.app(&app.name, options(settings, app))?;
        let collectors = collector::for_app(app, &windows, &client, &counted);
        let states = collector::first_states(&collectors);
        let cell = SnapshotCell::new(first_snapshot(app, &windows, &counted, states));
        metrics.register_app(&app.name, &endpoints(app));
        cells.push(Arc::clone(&cell));
        let (name, metrics) = (app.name.as_str().into(), Arc::clone(&metrics));
        let crank = Crank::new(name, cell, Arc::clone(clock), metrics, ledger.clone());
        let crank = crank.limited(quotas.app(app.max_series));
        apps.push(App::new(crank, collectors));
    }
    let board = Board::new(cells);
    let snapshots = Arc::clone(&board);
    let exposition = Arc::new(Exposition::new(
        snapshots,
        Arc::clone(&metrics),
        Arc::clone(clock),
    ));
    metrics.config_loaded(clock.now());
    Ok(Parts {
        board,
        apps,
        exposition,
        metrics,
    })
}

/// Over how long the first runs of that many applications are spread: one has its first numbers
/// at once, and many do not come all together.
pub(super) fn startup_spread(apps: usize) -> Duration {
    Duration::from_millis(10).saturating_mul(u32::try_from(apps).unwrap_or(u32::MAX))
}

fn options(settings: &Settings, app: &AppSettings) -> AppOptions {
    let wanted = &app.collectors;
    AppOptions {
        since: settings.counters_since,
        timezone: app.api.timezone.clone(),
        settle_days: wanted.daily.as_ref().map_or(7, |daily| daily.settle),
        lookback: wanted
            .meetings
            .as_ref()
            .map_or(Duration::from_secs(7 * 24 * 3600), |meetings| {
                meetings.lookback
            }),
        give_up_after: wanted.details.as_ref().map(|details| details.give_up_after),
        histograms: app.histograms.clone(),
    }
}

/// What is known before the first call: the counters of earlier runs.
fn first_snapshot(
    app: &AppSettings,
    windows: &Arc<[u16]>,
    counted: &AppLedger,
    collectors: Vec<crate::snapshot::CollectorState>,
) -> AppSnapshot {
    let has = |name| collectors.iter().any(|state| state.name == name);
    AppSnapshot {
        app: app.name.as_str().into(),
        labels: Arc::new(app.labels.clone()),
        timezone: app.api.timezone.clone(),
        windows: Arc::clone(windows),
        realtime: None,
        daily: None,
        totals: has(CollectorName::Daily)
            .then(|| counted.totals())
            .flatten(),
        finished: has(CollectorName::Meetings).then(|| counted.finished()),
        listed: None,
        attendances: has(CollectorName::Details).then(|| counted.attendances()),
        withheld: Withheld::default(),
        collectors,
    }
}

/// The endpoints that an application's collectors call.
fn endpoints(app: &AppSettings) -> Vec<Endpoint> {
    let wanted = &app.collectors;
    [
        (Endpoint::Realtime, wanted.realtime.is_some()),
        (Endpoint::Daily, wanted.daily.is_some()),
        (Endpoint::List, wanted.meetings.is_some()),
        (Endpoint::Detail, wanted.details.is_some()),
    ]
    .into_iter()
    .filter_map(|(endpoint, wanted)| wanted.then_some(endpoint))
    .collect()
}
