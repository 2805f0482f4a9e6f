//! `simulate`: the simulated vendor alone.

use std::{fmt::Write as _, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    failure::{self, Failure},
    listen,
};
use crate::{
    cli::{SimulateArgs, WorldArgs},
    config::parse_duration,
    logging,
    shutdown::{self, Signals},
    simulator::{Fault, Simulator},
};

pub(super) async fn run(args: SimulateArgs) -> Result<(), Failure> {
    let simulator = simulator(&args.world)?;
    logging::init(args.log);
    let listener = listen::bind_tcp(&args.listen).await?;
    let address = listener
        .local_addr()
        .context("cannot tell where it listens")?;
    let signals = Signals::new().context("cannot take over SIGTERM and SIGINT")?;
    tracing::info!(
        url = format!("http://{address}"),
        "the simulated vendor is listening"
    );
    if args.print_config {
        failure::print(&configuration(&simulator, address, args.world.apps))?;
    }
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let serving = Arc::clone(&simulator).serve(listener, stop.clone());
    tasks.spawn(async move {
        serving.await;
        Ok(())
    });
    shutdown::run(tasks, stop, signals).await?;
    Ok(())
}

/// The simulated vendor that the flags describe.
pub(super) fn simulator(args: &WorldArgs) -> Result<Arc<Simulator>, Failure> {
    let usage = |error: anyhow::Error| Failure::Usage(error);
    let faults: Result<Vec<Fault>, _> = args.faults.iter().map(|fault| fault.parse()).collect();
    let faults = faults.context("invalid --fault").map_err(usage)?;
    let latency = args.latency.as_deref().map(parse_duration).transpose();
    let latency = latency.context("invalid --latency").map_err(usage)?;
    let apps = usize::try_from(args.apps).unwrap_or(usize::MAX);
    // Many applications ask so often that short nonces meet again by chance.
    Simulator::builder()
        .seed(args.seed)
        .apps(apps)
        .meetings_per_day(args.meetings_per_day)
        .faults(faults)
        .latency(latency.unwrap_or_default())
        .strict_nonces(apps <= 100)
        .build()
        .map_err(|error| usage(error.into()))
}

/// A configuration for every application of a simulated vendor.
fn configuration(simulator: &Simulator, address: SocketAddr, apps: u32) -> String {
    let mut text = format!("defaults:\n  host: http://{address}\napps:\n");
    for app in 0..usize::try_from(apps).unwrap_or_default() {
        let (name, key) = (simulator.display_name(app), simulator.app_key(app));
        let (secret, account) = (simulator.app_secret(app), simulator.account_id(app));
        writeln!(
            text,
            "  - {{ name: {name}, app_key: \"{key}\", app_secret: \"{secret}\", account_id: \"{account}\" }}"
        )
        .expect("writing to a string cannot fail");
    }
    text
}
