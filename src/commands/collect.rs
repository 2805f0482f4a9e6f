//! `collect`: one round of every enabled collector, for cron and the textfile collector.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    build::{self, Built, Common, Globals},
    failure::{self, Failure},
    keeper,
};
use crate::{
    cli::CollectArgs,
    clock::SystemClock,
    exposition::{Format, encode},
    logging,
};

pub(super) async fn run(
    args: CollectArgs,
    environment: Vec<(String, String)>,
) -> Result<(), Failure> {
    let loaded = build::load(&args.config, environment)?;
    logging::init(args.log);
    keeper::warn(&loaded.warnings);
    let clock = SystemClock::shared();
    let chosen = build::chosen(&loaded.settings, &args.apps)?;
    let common = Common::open(&loaded.settings, &clock, true)?;
    let globals = Globals::of(&loaded.settings);
    let clients = common.clients(chosen.iter().copied(), &globals)?;
    let built = common.build(&chosen, &globals, &clients)?;
    let cells = built.iter().map(|built| Arc::clone(&built.cell));
    common.board.replace(cells.collect());
    common.metrics.config_loaded(clock.now());
    // The calls of all of them together are bounded by the global limit.
    let mut rounds = JoinSet::new();
    for Built { mut app, .. } in built {
        rounds.spawn(async move { app.run_once().await });
    }
    let mut all_good = true;
    while let Some(round) = rounds.join_next().await {
        all_good &= round.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a round ended early"
            );
            false
        });
    }
    let mut families = common.exposition.gather();
    // In the textfile collector they would be taken for those of the exporter that reads the file.
    families.retain(|family| !family.name().starts_with("process_"));
    failure::print(&encode(&families, Format::Text))?;
    if all_good { Ok(()) } else { Err(Failure::Said) }
}
