//! From settings to parts that are ready to run: the one place that constructs them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use jiff::civil::Date;

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

/// What applications have in common, and what outlives them. Clones share everything.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) clock: SharedClock,
    /// What the exporter counts of its own work.
    pub(super) metrics: Arc<SelfMetrics>,
    pub(super) ledger: Ledger,
    /// Every application's newest snapshot.
    pub(super) board: Arc<Board>,
    /// What `/metrics` shows.
    pub(super) exposition: Arc<Exposition>,
}

/// What applications share because it is configured for all of them together. Clones share
/// everything.
#[derive(Debug, Clone)]
pub(super) struct Globals {
    counters_since: Option<Date>,
    windows: Arc<[u16]>,
    calls: CallLimit,
    quotas: Arc<Quotas>,
}

/// An application that is ready to run.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) app: App,
    pub(super) cell: Arc<SnapshotCell>,
    pub(super) counted: AppLedger,
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

impl Common {
    /// Opens the ledger; the board is empty. `itself` says whether the metrics about the process and
    /// about scrapes are shown.
    pub(super) fn open(
        settings: &Settings,
        clock: &SharedClock,
        itself: bool,
    ) -> anyhow::Result<Self> {
        let metrics = SelfMetrics::showing(itself);
        let metrics = Arc::new(metrics.context("cannot set up the exporter's metrics")?);
        let ledger = Ledger::open(settings.state_dir.as_deref())?;
        metrics.state_written(ledger.health().is_good());
        let board = Board::new(Vec::new());
        let snapshots = Arc::clone(&board);
        let exposition = Exposition::new(snapshots, Arc::clone(&metrics), Arc::clone(clock));
        Ok(Self {
            clock: Arc::clone(clock),
            metrics,
            ledger,
            board,
            exposition: Arc::new(exposition),
        })
    }

    /// The clients of `apps`, in that order. Nothing but reading certificates happens here, so that
    /// what is configured is known to be usable before anything is changed.
    pub(super) fn clients<'a>(
        &self,
        apps: impl IntoIterator<Item = &'a AppSettings>,
        globals: &Globals,
    ) -> anyhow::Result<Vec<Client>> {
        let mut http = HttpClients::for_calls(globals.calls.calls());
        let mut clients = Vec::new();
        for app in apps {
            let observer = Arc::clone(&self.metrics) as Arc<dyn Observer>;
            let (limit, random) = (globals.calls.clone(), Random::new());
            let clock = Arc::clone(&self.clock);
            let client = Client::new(&app.api, &mut http, limit, clock, random, observer)?;
            clients.push(client);
        }
        Ok(clients)
    }

    /// Builds applications around their clients: all of them, or nothing is changed. Reads and
    /// writes the ledger, hence may block.
    pub(super) fn build(
        &self,
        apps: &[&AppSettings],
        globals: &Globals,
        clients: &[Client],
    ) -> anyhow::Result<Vec<Built>> {
        let wanted = apps
            .iter()
            .map(|app| (app.name.as_str(), options(app, globals)));
        let counted = self.ledger.apps(wanted)?;
        let parts = apps.iter().zip(clients).zip(counted);
        let built =
            parts.map(|((app, client), counted)| self.assemble(app, globals, client, counted));
        Ok(built.collect())
    }

    fn assemble(
        &self,
        settings: &AppSettings,
        globals: &Globals,
        client: &Client,
        counted: AppLedger,
    ) -> Built {
        let collectors = collector::for_app(settings, &globals.windows, client, &counted);
        let states = collector::first_states(&collectors);
        let first = first_snapshot(settings, &globals.windows, &counted, states);
        let cell = SnapshotCell::new(first);
        self.metrics
            .register_app(&settings.name, &endpoints(settings));
        let crank = Crank::new(
            settings.name.as_str().into(),
            Arc::clone(&cell),
            Arc::clone(&self.clock),
            Arc::clone(&self.metrics),
            self.ledger.clone(),
        );
        let crank = crank.limited(globals.quotas.app(settings.max_series));
        Built {
            app: App::new(crank, collectors),
            cell,
            counted,
        }
    }
}

impl Globals {
    /// What `settings` say of all applications together.
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            counters_since: settings.counters_since,
            windows: settings.windows.as_slice().into(),
            calls: CallLimit::new(settings.concurrency),
            quotas: Quotas::new(settings.max_series),
        }
    }
}

/// Over how long the first runs of that many applications are spread: one has its first numbers
/// at once, and many do not come all together.
pub(super) fn startup_spread(apps: usize) -> Duration {
    Duration::from_millis(10).saturating_mul(u32::try_from(apps).unwrap_or(u32::MAX))
}

fn options(app: &AppSettings, globals: &Globals) -> AppOptions {
    let wanted = &app.collectors;
    AppOptions {
        since: globals.counters_since,
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
