//! `serve`: the daemon.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    build,
    daemon::Daemon,
    failure::{self, Failure},
    listen, shard,
};
use crate::{
    cli::ServeArgs,
    clock::SystemClock,
    config::{Effective, Settings},
    logging,
    shard::Shard,
    web::{ConfigPage, ExternalUrlError},
};

pub(super) async fn run(
    args: ServeArgs,
    environment: Vec<(String, String)>,
) -> Result<(), Failure> {
    let telemetry_path = args.telemetry_path.parse();
    let telemetry_path = telemetry_path.map_err(|error| {
        Failure::Usage(anyhow::Error::new(error).context("invalid --web.telemetry-path"))
    })?;
    let external_url = args.external_url.as_deref().map(str::parse).transpose();
    let external_url = external_url.map_err(|error: ExternalUrlError| {
        Failure::Usage(anyhow::Error::new(error).context("invalid --web.external-url"))
    })?;
    let shard = shard::chosen(&args.shard, &environment)?;
    let loaded = build::load(&args.config, environment)?;
    let web = build::web(&args.web)?;
    logging::init(args.log);
    for warning in &loaded.warnings {
        tracing::warn!("configuration: {warning}");
    }
    for warning in web.warnings() {
        tracing::warn!("web configuration: {warning}");
    }
    let settings = &loaded.settings;
    // All of them are checked, and those of this shard are watched.
    let apps: Vec<_> = settings
        .apps
        .iter()
        .filter(|app| shard.has(&app.name))
        .collect();
    if args.check {
        let number = settings.apps.len();
        let noun = if number == 1 {
            "application"
        } else {
            "applications"
        };
        let mut text = format!("configuration is valid: {number} {noun}");
        if shard != Shard::ONLY {
            let (own, index, count) = (apps.len(), shard.index(), shard.count());
            text.push_str(&format!(", of which shard {index} of {count} has {own}"));
        }
        return failure::print(&format!("{text}\n"));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        revision = env!("BUILD_REVISION"),
        applications = apps.len(),
        shard = shard.index(),
        shards = shard.count(),
        "starting"
    );
    let clock = SystemClock::shared();
    let listeners = listen::bind(&args.listen).await?;
    let parts = build::parts(settings, &apps, &clock)?;
    parts.metrics.sharded(shard);
    let config = Settings {
        apps: apps.into_iter().cloned().collect(),
        ..settings.clone()
    };
    let daemon = Daemon {
        parts,
        web,
        listeners,
        telemetry_path,
        external_url,
        config: ConfigPage::new(Arc::new(Effective::new(Arc::new(config)))),
        clock,
    };
    daemon.run(JoinSet::new(), CancellationToken::new()).await
}
