//! Owns the applications' tasks: starts them, and exchanges them when the configuration changes.

mod change;
mod heirloom;

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub(super) use self::change::Changes;
use self::change::{Fate, Plan};
use super::{
    build::{self, Built, Common, Globals},
    failure::Failure,
};
use crate::{
    api::Client,
    config::{AppSettings, Loaded, Settings, Stamps},
    ledger::AppLedger,
    scheduler::App,
    snapshot::SnapshotCell,
};

/// The applications that run, and what they were made from.
#[derive(Debug)]
pub(super) struct Supervisor {
    common: Common,
    /// What is configured for all applications together, once something is; it names none.
    settings: Option<(Settings, Globals)>,
    /// In the configured order.
    running: Vec<Running>,
    tasks: JoinSet<(Arc<str>, App)>,
    /// Cancelled when everything is to end.
    stop: CancellationToken,
}

/// An application that runs.
#[derive(Debug)]
struct Running {
    settings: AppSettings,
    /// How its file of certificate authorities stood.
    authorities: Stamps,
    cell: Arc<SnapshotCell>,
    counted: AppLedger,
    stop: CancellationToken,
}

/// How long reading certificate authorities may take: they can be on a disk that does not answer.
const READ_LIMIT: Duration = Duration::from_secs(30);

/// Why a configuration is not in use.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It cannot be used; what ran before was not touched.
    Rejected(anyhow::Error),
    /// The ledger did not give or take what it needs; what ran before was stopped for it, and runs
    /// on. With how the files stood that it was read from.
    Unbuilt(anyhow::Error, Stamps),
    /// A task ended although nobody had asked it to: the process cannot go on.
    Broken(anyhow::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (Refusal::Rejected(error) | Refusal::Unbuilt(error, _) | Refusal::Broken(error)) =
            refusal;
        Self::Failed(error)
    }
}

impl Supervisor {
    /// Nothing runs yet. Everything ends when `stop` is cancelled.
    pub(super) fn new(common: Common, stop: CancellationToken) -> Self {
        Self {
            common,
            settings: None,
            running: Vec::new(),
            tasks: JoinSet::new(),
            stop,
        }
    }

    /// What applications have in common.
    pub(super) fn common(&self) -> &Common {
        &self.common
    }

    /// How many applications run.
    pub(super) fn applications(&self) -> usize {
        self.running.len()
    }

    /// Brings what runs to what is configured.
    ///
    /// Everything that can be wrong with a configuration is found before anything is changed. An
    /// application that is configured as before is not touched. One that is not ends before the
    /// new one is built, so that two never count for it at once; should the ledger fail then, for
    /// whichever of them, nothing was changed in it and the old ones run on.
    pub(super) async fn apply(&mut self, loaded: Loaded) -> Result<Changes, Refusal> {
        let Loaded {
            mut settings,
            stamps,
            ..
        } = loaded;
        let wanted: Vec<Wanted> = mem::take(&mut settings.apps)
            .into_iter()
            .map(|settings| Wanted::new(settings, &stamps))
            .collect();
        let globals = self.globals(&settings).map_err(Refusal::Rejected)?;
        let all_change = self.settings.is_some() && globals.is_none();
        let globals = globals.unwrap_or_else(|| Globals::of(&settings));
        let places = self.running.iter().enumerate();
        let before: HashMap<&str, usize> = places
            .map(|(place, running)| (running.settings.name.as_str(), place))
            .collect();
        let plan = Plan::new(&wanted, self.running.len(), |wanted| {
            let place = *before.get(wanted.settings.name.as_str())?;
            let same = !all_change && wanted.is(&self.running[place]);
            Some((place, same))
        });
        let fresh = wanted
            .iter()
            .zip(plan.fates())
            .filter(|(_, fate)| fate.is_built());
        let fresh: Vec<AppSettings> = fresh.map(|(wanted, _)| wanted.settings.clone()).collect();
        let clients = self.clients(fresh.clone(), &globals).await;
        let clients = clients.map_err(Refusal::Rejected)?;
        let parked = self.park(&plan.ending()).await.map_err(Refusal::Broken)?;
        let built = match self.build(fresh, clients, &globals).await {
            Ok(built) => built,
            Err(error) => {
                self.unpark(parked);
                return Err(Refusal::Unbuilt(error, stamps));
            }
        };
        drop(parked);
        self.exchange(wanted, &plan, built);
        self.settings = Some((settings, globals));
        Ok(plan.changes())
    }

    /// Waits until a task ends although nobody asked it to, and says why.
    pub(super) async fn ended(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(ended) => unasked(ended),
            None => std::future::pending().await,
        }
    }

    /// Ends everything, and waits for it; `stop` must have been cancelled.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(panicked)?;
        }
        Ok(())
    }

    /// The globals in use, if `settings` say the same of all applications together.
    fn globals(&self, settings: &Settings) -> anyhow::Result<Option<Globals>> {
        let Some((before, globals)) = &self.settings else {
            return Ok(None);
        };
        let shown = |settings: &Settings| match &settings.state_dir {
            Some(directory) => directory.display().to_string(),
            None => "none".to_owned(),
        };
        if before.state_dir != settings.state_dir {
            anyhow::bail!(
                "state_dir cannot be changed while the exporter runs (from {} to {}): restart it",
                shown(before),
                shown(settings)
            );
        }
        Ok((before == settings).then(|| globals.clone()))
    }

    /// Ends the applications with these places, and keeps them.
    async fn park(&mut self, places: &[usize]) -> anyhow::Result<HashMap<Arc<str>, App>> {
        let mut asked = HashSet::new();
        for place in places {
            let running = &self.running[*place];
            running.stop.cancel();
            asked.insert(running.settings.name.as_str());
        }
        let mut parked = HashMap::new();
        while parked.len() < places.len() {
            let Some(ended) = self.tasks.join_next().await else {
                anyhow::bail!("an application's task is gone");
            };
            let (name, app) = ended.map_err(panicked)?;
            if !asked.contains(&*name) {
                return Err(unasked(Ok((name, app))));
            }
            parked.insert(name, app);
        }
        for place in places {
            self.running[*place].counted.settled().await;
        }
        Ok(parked)
    }

    /// Lets applications that were parked run on.
    fn unpark(&mut self, mut parked: HashMap<Arc<str>, App>) {
        let startup = build::startup_spread(parked.len());
        for running in &mut self.running {
            if let Some((name, app)) = parked.remove_entry(running.settings.name.as_str()) {
                running.stop = self.stop.child_token();
                let stop = running.stop.clone();
                self.tasks
                    .spawn(async move { (name, app.run_until(stop, startup).await) });
            }
        }
    }

    /// Makes clients where it may block: certificate authorities are files.
    async fn clients(
        &self,
        settings: Vec<AppSettings>,
        globals: &Globals,
    ) -> anyhow::Result<Vec<Client>> {
        let (common, globals) = (self.common.clone(), globals.clone());
        let making = tokio::task::spawn_blocking(move || common.clients(&settings, &globals));
        match timeout(READ_LIMIT, making).await {
            Ok(made) => made?,
            Err(_) => anyhow::bail!(
                "certificate authorities (ca_file, or the system's) could not be read within {READ_LIMIT:?}"
            ),
        }
    }

    /// Builds applications where it may block: the ledger waits for the disk. Should that fail,
    /// nothing was changed.
    async fn build(
        &self,
        settings: Vec<AppSettings>,
        clients: Vec<Client>,
        globals: &Globals,
    ) -> anyhow::Result<Vec<Built>> {
        let (common, globals) = (self.common.clone(), globals.clone());
        let building = tokio::task::spawn_blocking(move || {
            let settings: Vec<&AppSettings> = settings.iter().collect();
            common.build(&settings, &globals, &clients)
        });
        building.await?
    }

    /// Puts what was built in the place of what ended, and starts it.
    fn exchange(&mut self, wanted: Vec<Wanted>, plan: &Plan, built: Vec<Built>) {
        let startup = build::startup_spread(built.len());
        let mut built = built.into_iter();
        let mut before: Vec<Option<Running>> =
            mem::take(&mut self.running).into_iter().map(Some).collect();
        for (wanted, fate) in wanted.into_iter().zip(plan.fates()) {
            let old = fate.before().and_then(|place| before[place].take());
            let running = match (fate, old) {
                (Fate::Unchanged(_), Some(old)) => old,
                (_, old) => {
                    let Some(built) = built.next() else { continue };
                    if let Some(old) = old {
                        heirloom::hand_down(
                            &old.cell,
                            &old.settings,
                            &built.cell,
                            &wanted.settings,
                        );
                    }
                    self.start(wanted, built, startup)
                }
            };
            self.running.push(running);
        }
        let cells = self.running.iter().map(|running| Arc::clone(&running.cell));
        self.common.board.replace(cells.collect());
        let removed = before.into_iter().flatten();
        let removed: Vec<String> = removed.map(|removed| removed.settings.name).collect();
        self.forget(&removed);
    }

    /// Leaves nothing of applications that do not run.
    fn forget(&self, names: &[String]) {
        for name in names {
            self.common.metrics.forget_app(name);
            self.common.ledger.release(name);
        }
    }

    fn start(&mut self, wanted: Wanted, built: Built, startup: Duration) -> Running {
        let Wanted {
            settings,
            authorities,
        } = wanted;
        let Built { app, cell, counted } = built;
        let stop = self.stop.child_token();
        let (name, stopped) = (Arc::from(settings.name.as_str()), stop.clone());
        self.tasks
            .spawn(async move { (name, app.run_until(stopped, startup).await) });
        Running {
            settings,
            authorities,
            cell,
            counted,
            stop,
        }
    }
}

/// An application as it is to run.
#[derive(Debug)]
struct Wanted {
    settings: AppSettings,
    authorities: Stamps,
}

impl Wanted {
    fn new(settings: AppSettings, stamps: &Stamps) -> Self {
        let file = settings.api.ca_file.as_ref();
        let authorities = file.map(|file| stamps.only(file)).unwrap_or_default();
        Self {
            settings,
            authorities,
        }
    }

    /// Whether it runs just so already.
    fn is(&self, running: &Running) -> bool {
        self.settings == running.settings && self.authorities == running.authorities
    }
}

/// Why a task that nobody asked to end has ended.
fn unasked(ended: Result<(Arc<str>, App), JoinError>) -> anyhow::Error {
    match ended {
        Ok((name, _)) => anyhow::anyhow!("the task of application {name:?} ended by itself"),
        Err(error) => panicked(error),
    }
}

fn panicked(error: JoinError) -> anyhow::Error {
    anyhow::Error::new(error).context("an application's task panicked")
}
