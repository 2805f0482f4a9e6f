//! `demo`: a simulated vendor and the exporter wired to it, in one process.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use jiff::ToSpan as _;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    build::Common,
    daemon::Daemon,
    failure::{self, Failure},
    keeper::{Keeper, Loader, Watch},
    listen, simulate,
    supervisor::Supervisor,
};
use crate::{
    cli::DemoArgs,
    clock::SystemClock,
    config::Sources,
    logging,
    shard::Shard,
    simulator::Simulator,
    web::{Listener, Prepared, ProtectionOptions, TelemetryPath},
};

/// How far back the demo counts, so that its totals mean something from the first second.
const HISTORY_DAYS: i64 = 30;

pub(super) async fn run(args: DemoArgs) -> Result<(), Failure> {
    let simulator = simulate::simulator(&args.world)?;
    logging::init(args.log);
    let listeners = listen::bind(&args.listen).await?;
    let vendor = TcpListener::bind("127.0.0.1:0")
        .await
        .context("cannot listen on loopback")?;
    let address = vendor
        .local_addr()
        .context("cannot tell where the vendor listens")?;

    let clock = SystemClock::shared();
    let since = simulator
        .world()
        .day_at(clock.now())
        .saturating_sub(HISTORY_DAYS.days());
    let environment = environment(&simulator, address, since.to_string());
    let loader = Loader::new(Sources::new(None, environment), Shard::ONLY);
    let (loaded, apps) = loader.load()?;
    let common = Common::open(&loaded.settings, &clock, true)?;

    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let serving = Arc::clone(&simulator).serve(vendor, stop.clone());
    tasks.spawn(async move {
        serving.await;
        Ok(())
    });
    let supervisor = Supervisor::new(common, stop.clone());
    let keeper = Keeper::start(supervisor, loader, Watch::new(None), loaded).await?;
    failure::print(&welcome(&listeners, apps))?;
    Daemon {
        keeper,
        web: Prepared::load(None, ProtectionOptions::default()).map_err(anyhow::Error::new)?,
        listeners,
        telemetry_path: TelemetryPath::default(),
        external_url: None,
        enable_lifecycle: false,
    }
    .run(tasks, stop)
    .await
}

/// The demo's configuration, as an operator would write it into the environment.
fn environment(
    simulator: &Simulator,
    vendor: SocketAddr,
    counters_since: String,
) -> Vec<(String, String)> {
    let mut environment = Vec::new();
    let mut set = |key: &str, value: String| {
        environment.push((format!("NETEASE_MEETING__{key}"), value));
    };
    set("COUNTERS_SINCE", counters_since);
    for (key, value) in [
        ("RATE_LIMIT__REQUESTS_PER_SECOND", "500"),
        ("RATE_LIMIT__BURST", "100"),
        ("COLLECTORS__REALTIME__INTERVAL", "5s"),
        ("COLLECTORS__DAILY__INTERVAL", "15s"),
        ("COLLECTORS__MEETINGS__INTERVAL", "15s"),
        ("COLLECTORS__DETAILS__ENABLED", "true"),
        ("COLLECTORS__DETAILS__INTERVAL", "5s"),
        ("COLLECTORS__DETAILS__MAX_PER_MINUTE", "600"),
    ] {
        set(&format!("DEFAULTS__{key}"), value.to_owned());
    }
    set("DEFAULTS__HOST", format!("http://{vendor}"));
    for app in 0..simulator.world().apps() {
        set(&format!("APPS__{app}__NAME"), simulator.display_name(app));
        set(&format!("APPS__{app}__APP_KEY"), simulator.app_key(app));
        set(
            &format!("APPS__{app}__APP_SECRET"),
            simulator.app_secret(app),
        );
        set(
            &format!("APPS__{app}__ACCOUNT_ID"),
            simulator.account_id(app),
        );
    }
    environment
}

/// What to open.
fn welcome(listeners: &[Listener], apps: usize) -> String {
    let mut text = format!(
        "A demonstration with a simulated vendor: {apps} applications, nothing leaves this machine.\n\n"
    );
    for listener in listeners {
        let (page, metrics) = (listener.url(false, "/"), listener.url(false, "/metrics"));
        text.push_str(&format!(
            "  status page   {page}\n  metrics       {metrics}\n"
        ));
    }
    text.push_str("\nPress Ctrl-C to stop.\n\n");
    text
}
