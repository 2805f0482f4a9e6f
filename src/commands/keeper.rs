//! Keeps the configuration in use what it is on the disk, and answers for the process's life.

mod loader;
mod watch;

use std::{io, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::Receiver,
    time::{Interval, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

pub(super) use self::{loader::Loader, watch::Watch};
use super::{
    build::Common,
    service,
    supervisor::{Refusal, Supervisor},
};
use crate::{
    config::{Effective, Loaded, Stamps},
    shutdown::TaskResult,
    web::{ConfigPage, ConfigText, LifecycleRequest},
};

/// How long reading the configuration may take: files can be on a disk that does not answer.
const LOAD_LIMIT: Duration = Duration::from_secs(30);

/// The owner of the applications, and of what may change them.
#[derive(Debug)]
pub(super) struct Keeper {
    supervisor: Supervisor,
    loader: Loader,
    watch: Watch,
    /// None where SIGHUP ends the process.
    hangups: Option<Signal>,
    /// Where the configuration in use is shown.
    page: Arc<ConfigPage>,
    /// The warnings that have been logged.
    warned: Vec<String>,
}

/// What came of a reload, for whoever asked.
type Outcome = Result<String, String>;

impl Keeper {
    /// Has `supervisor` run what `loader` has loaded, and keeps it; its warnings have been logged.
    pub(super) async fn start(
        mut supervisor: Supervisor,
        loader: Loader,
        watch: Watch,
        loaded: Loaded,
    ) -> Result<Self, Refusal> {
        let page = ConfigPage::new(shown(&loaded));
        let (watch, warned) = (watch.using(&loaded.stamps), loaded.warnings.clone());
        supervisor.apply(loaded).await?;
        let common = supervisor.common();
        common.metrics.config_loaded(common.clock.now());
        Ok(Self {
            supervisor,
            loader,
            watch,
            hangups: None,
            page,
            warned,
        })
    }

    /// Takes SIGHUP over, which from here on no longer ends the process.
    pub(super) fn with_hangups(mut self) -> io::Result<Self> {
        self.hangups = Some(signal(SignalKind::hangup())?);
        Ok(self)
    }

    /// What applications have in common.
    pub(super) fn common(&self) -> &Common {
        self.supervisor.common()
    }

    /// Where the configuration in use is shown.
    pub(super) fn page(&self) -> Arc<ConfigPage> {
        Arc::clone(&self.page)
    }

    /// Answers signals, requests and changes of files until `stop` is cancelled; then everything
    /// ends.
    pub(super) async fn run(
        mut self,
        mut requests: Receiver<LifecycleRequest>,
        stop: CancellationToken,
    ) -> TaskResult {
        let mut alive = service::alive_interval().map(ticking);
        let mut look = self.watch.interval().map(ticking);
        service::ready(&self.status());
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                error = self.supervisor.ended() => return Err(error),
                () = tick(&mut alive) => Event::Alive,
                Some(request) = requests.recv() => Event::Request(request),
                () = hung_up(&mut self.hangups) => Event::Hangup,
                () = tick(&mut look) => Event::Look,
            };
            // Nothing that is under way here has to be finished once everything is to end.
            let answered = stop.run_until_cancelled(self.answer(event, &mut requests, &stop));
            answered.await.unwrap_or(Ok(()))?;
        }
        service::stopping();
        self.supervisor.end().await
    }

    async fn answer(
        &mut self,
        event: Event,
        requests: &mut Receiver<LifecycleRequest>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        match event {
            Event::Alive => {
                // Whoever answers or collects takes these locks: one that is stuck shows here.
                drop(self.common().board.load());
                service::alive();
            }
            Event::Hangup => drop(self.reload(Trigger::Signal).await?),
            Event::Look => {
                if self.watch.has_changed().await {
                    drop(self.reload(Trigger::File).await?);
                }
            }
            Event::Request(LifecycleRequest::Quit) => {
                tracing::info!("stopping was asked for over HTTP");
                stop.cancel();
            }
            Event::Request(LifecycleRequest::Reload(answer)) => {
                // Whoever asked by now is answered by what is read from now on.
                let mut answers = vec![answer];
                while let Ok(request) = requests.try_recv() {
                    match request {
                        LifecycleRequest::Reload(answer) => answers.push(answer),
                        LifecycleRequest::Quit => stop.cancel(),
                    }
                }
                let outcome = self.reload(Trigger::Http).await?;
                for answer in answers {
                    // A client that has gone needs no answer.
                    drop(answer.send(outcome.clone()));
                }
            }
        }
        Ok(())
    }

    /// Loads the configuration and uses it, or says why that cannot be; an error is one that the
    /// process cannot go on with.
    async fn reload(&mut self, trigger: Trigger) -> anyhow::Result<Outcome> {
        service::reloading();
        let outcome = match self.load_and_apply().await {
            Ok(said) => {
                let trigger = trigger.as_str();
                tracing::info!(trigger, "configuration reloaded; {said}");
                let tasks = Handle::current().metrics().num_alive_tasks();
                tracing::debug!(tasks, "tasks alive after a reload");
                Ok(said)
            }
            Err(Refusal::Broken(error)) => return Err(error),
            Err(Refusal::Rejected(error)) => Err(self.refused(trigger, &error, None)),
            Err(Refusal::Unbuilt(error, stamps)) => {
                Err(self.refused(trigger, &error, Some(stamps)))
            }
        };
        service::ready(&match &outcome {
            Ok(_) => self.status(),
            Err(_) => format!("{}; the last reload failed", self.status()),
        });
        Ok(outcome)
    }

    /// Says why the earlier configuration stays in use, and answers that.
    fn refused(
        &mut self,
        trigger: Trigger,
        error: &anyhow::Error,
        unbuilt: Option<Stamps>,
    ) -> String {
        let reason = format!("{error:#}");
        self.common().metrics.config_rejected();
        let again = match unbuilt {
            Some(_) => "; tried again when a file changes, or when asked for",
            None => "",
        };
        let news = self.watch.rejected(&reason, unbuilt);
        if news || trigger != Trigger::File {
            tracing::error!(
                trigger = trigger.as_str(),
                "configuration not reloaded, the earlier one stays in use: {reason}{again}"
            );
        }
        reason
    }

    async fn load_and_apply(&mut self) -> Result<String, Refusal> {
        let loaded = self.load().await.map_err(Refusal::Rejected)?;
        let (stamps, warnings) = (loaded.stamps.clone(), loaded.warnings.clone());
        let shown = shown(&loaded);
        let changes = self.supervisor.apply(loaded).await?;
        self.watch.accepted(stamps);
        self.page.replace(shown);
        let common = self.common();
        common.metrics.config_loaded(common.clock.now());
        if warnings != self.warned {
            warn(&warnings);
            self.warned = warnings;
        }
        Ok(changes.to_string())
    }

    async fn load(&self) -> anyhow::Result<Loaded> {
        let loader = self.loader.clone();
        let loading = tokio::task::spawn_blocking(move || loader.load());
        match timeout(LOAD_LIMIT, loading).await {
            Ok(loaded) => Ok(loaded??.0),
            Err(_) => anyhow::bail!("it could not be read within {LOAD_LIMIT:?}"),
        }
    }

    /// What the service manager shows.
    fn status(&self) -> String {
        match self.supervisor.applications() {
            1 => "watching 1 application".to_owned(),
            number => format!("watching {number} applications"),
        }
    }
}

/// Logs what is allowed but worth a look.
pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("configuration: {warning}");
    }
}

/// A configuration as it is shown, without secrets.
fn shown(loaded: &Loaded) -> ConfigText {
    Arc::new(Effective::new(Arc::new(loaded.settings.clone())))
}

/// What a keeper answers.
#[derive(Debug)]
enum Event {
    Alive,
    Hangup,
    Look,
    Request(LifecycleRequest),
}

/// Why the configuration is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Signal,
    Http,
    File,
}

impl Trigger {
    fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::Http => "HTTP",
            Self::File => "file",
        }
    }
}

fn ticking(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Waits for the next tick; for ever where nothing ticks.
async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// Waits for the next SIGHUP; for ever where it is not ours.
async fn hung_up(hangups: &mut Option<Signal>) {
    let heard = match hangups {
        Some(hangups) => hangups.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}
