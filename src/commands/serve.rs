//! `serve`: the daemon.

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    activation::{self, Inherited},
    build::{self, Common},
    daemon::Daemon,
    failure::{self, Failure},
    keeper::{self, Keeper, Loader, Watch},
    listen, shard,
    supervisor::Supervisor,
};
use crate::{
    cli::ServeArgs,
    clock::SystemClock,
    config::{Sources, parse_duration},
    logging,
    shard::Shard,
    web::ExternalUrlError,
};

pub(super) async fn run(
    args: ServeArgs,
    environment: Vec<(String, String)>,
    inherited: Vec<Inherited>,
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
    let watch = parse_duration(&args.watch_interval);
    let watch = watch
        .context("invalid --config.watch-interval")
        .map_err(Failure::Usage)?;
    let loader = Loader::new(Sources::new(args.config.file, environment), shard);
    let (loaded, configured) = loader.load().map_err(Failure::Usage)?;
    let web = build::web(&args.web)?;
    logging::init(args.log);
    keeper::warn(&loaded.warnings);
    for warning in web.warnings() {
        tracing::warn!("web configuration: {warning}");
    }
    let own = loaded.settings.apps.len();
    if args.check {
        return failure::print(&valid(configured, own, shard));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        revision = env!("BUILD_REVISION"),
        applications = own,
        shard = shard.index(),
        shards = shard.count(),
        "starting"
    );
    let clock = SystemClock::shared();
    let listeners = if args.systemd_socket {
        activation::listeners(inherited)?
    } else {
        listen::bind(&args.listen).await?
    };
    let common = Common::open(&loaded.settings, &clock, !args.web.disable_exporter_metrics)?;
    common.metrics.sharded(shard);
    let stop = CancellationToken::new();
    let supervisor = Supervisor::new(common, stop.clone());
    let watch = Watch::new((!watch.is_zero()).then_some(watch));
    let keeper = Keeper::start(supervisor, loader, watch, loaded).await?;
    let daemon = Daemon {
        web,
        keeper: keeper.with_hangups().context("cannot take over SIGHUP")?,
        listeners,
        telemetry_path,
        external_url,
        enable_lifecycle: args.enable_lifecycle,
    };
    daemon.run(JoinSet::new(), stop).await
}

/// What `--config.check` says of a configuration without a problem.
fn valid(configured: usize, own: usize, shard: Shard) -> String {
    let noun = if configured == 1 {
        "application"
    } else {
        "applications"
    };
    let mut text = format!("configuration is valid: {configured} {noun}");
    if shard != Shard::ONLY {
        let (index, count) = (shard.index(), shard.count());
        text.push_str(&format!(", of which shard {index} of {count} has {own}"));
    }
    text.push('\n');
    text
}
