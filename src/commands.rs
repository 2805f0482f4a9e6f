//! The sub-commands: the only place where the parts are put together.

mod activation;
mod backfill;
mod build;
mod collect;
mod daemon;
mod demo;
mod doctor;
mod documents;
mod failure;
mod healthcheck;
mod keeper;
mod ledger;
mod listen;
mod serve;
mod service;
mod shard;
mod simulate;
mod supervisor;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};

use self::failure::Failure;
use crate::{
    cli::{Cli, Command},
    threads,
};

/// Runs the command line `args` with the environment `environment`, and returns the exit status:
/// 0 done, 1 the start or the work failed, 64 the command line or the configuration is wrong.
pub fn main(
    args: impl IntoIterator<Item = std::ffi::OsString>,
    environment: Vec<(String, String)>,
) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // Nobody is left to tell when the terminal itself is gone.
            drop(error.print());
            return ExitCode::from(if asked { 0 } else { failure::USAGE });
        }
    };
    if cli.version {
        return failure::report(failure::print(&build::version()));
    }
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    failure::report(run(command, environment))
}

fn run(command: Command, environment: Vec<(String, String)>) -> Result<(), Failure> {
    // Before there are threads: taking the sockets over changes the process's environment.
    let inherited = match &command {
        Command::Serve(args) if args.systemd_socket => activation::take(&environment)?,
        _ => Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads::MOST)
        .build()
        .map_err(|error| Failure::Failed(anyhow::Error::new(error).context("cannot start")))?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(args, environment, inherited).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Simulate(args) => simulate::run(args).await,
            Command::Collect(args) => collect::run(args, environment).await,
            Command::Doctor(args) => doctor::run(args, environment).await,
            Command::Backfill(args) => backfill::run(args, environment).await,
            Command::Ledger(args) => ledger::run(args, &environment),
            Command::Healthcheck(args) => healthcheck::run(args).await,
            Command::Completion(args) => documents::completion(args),
            Command::Man(args) => documents::man(&args),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}
