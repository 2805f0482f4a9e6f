//! `serve`: the daemon.

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    build,
    daemon::Daemon,
    failure::{self, Failure},
    listen,
};
use crate::{cli::ServeArgs, clock::SystemClock, logging};

pub(super) async fn run(
    args: ServeArgs,
    environment: Vec<(String, String)>,
) -> Result<(), Failure> {
    let telemetry_path = args.telemetry_path.parse();
    let telemetry_path = telemetry_path.map_err(|error| {
        Failure::Usage(anyhow::Error::new(error).context("invalid --web.telemetry-path"))
    })?;
    let loaded = build::load(&args.config, environment)?;
    logging::init(args.log);
    for warning in &loaded.warnings {
        tracing::warn!("configuration: {warning}");
    }
    let settings = &loaded.settings;
    if args.check {
        let number = settings.apps.len();
        let noun = if number == 1 {
            "application"
        } else {
            "applications"
        };
        return failure::print(&format!("configuration is valid: {number} {noun}\n"));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        revision = env!("BUILD_REVISION"),
        applications = settings.apps.len(),
        "starting"
    );
    let clock = SystemClock::shared();
    let listeners = listen::bind(&args.listen).await?;
    let apps: Vec<_> = settings.apps.iter().collect();
    let parts = build::parts(settings, &apps, &clock)?;
    let daemon = Daemon {
        parts,
        listeners,
        telemetry_path,
        clock,
    };
    daemon.run(JoinSet::new(), CancellationToken::new()).await
}
