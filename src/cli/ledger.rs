//! Flags of `ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LogArgs, ShardArgs};

/// Flags of `ledger`.
#[derive(Debug, Clone, Args)]
pub struct LedgerArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What can be done with a ledger while no exporter uses it.
#[derive(Debug, Clone, Subcommand)]
pub enum LedgerCommand {
    /// Print the applications it knows, one a line, and when one was exported.
    List(LedgerListArgs),
    /// Write what was counted of applications to a file; they are counted here no more.
    Export(LedgerExportArgs),
    /// Take in what an export has written, to go on counting from there.
    Import(LedgerImportArgs),
}

/// Flags of `ledger list`.
#[derive(Debug, Clone, Args)]
pub struct LedgerListArgs {
    /// The directory the ledger is in: `state_dir` of the configuration.
    #[arg(long = "state-dir", value_name = "DIR")]
    pub state_dir: PathBuf,
}

/// Flags of `ledger export`.
#[derive(Debug, Clone, Args)]
pub struct LedgerExportArgs {
    /// The directory the ledger is in: `state_dir` of the configuration.
    #[arg(long = "state-dir", value_name = "DIR")]
    pub state_dir: PathBuf,
    /// The file to write, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// This application; can be given several times.
    #[arg(long = "app", value_name = "NAME", conflicts_with = "shard.index")]
    pub apps: Vec<String>,
    /// The shard that this ledger is going to be for: exports all that the shard does not have.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Flags of `ledger import`.
#[derive(Debug, Clone, Args)]
pub struct LedgerImportArgs {
    /// The directory the ledger is in: `state_dir` of the configuration; made where it is missing.
    #[arg(long = "state-dir", value_name = "DIR")]
    pub state_dir: PathBuf,
    /// Only this application; can be given several times.
    #[arg(long = "app", value_name = "NAME", conflicts_with = "shard.index")]
    pub apps: Vec<String>,
    /// The shard that this ledger is for: imports only what the shard has.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// Replace what is counted here already.
    #[arg(long)]
    pub replace: bool,
    /// Files that `ledger export` has written.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
