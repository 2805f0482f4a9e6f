//! Flags of `backfill`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::{ConfigArgs, LogArgs};

/// Flags of `backfill`.
#[derive(Debug, Clone, Args)]
pub struct BackfillArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Whose history.
    #[arg(long = "app", value_name = "NAME")]
    pub app: String,
    /// The first day, in the vendor's time zone.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub from: Date,
    /// The last day; it has to be over.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub to: Date,
    /// The file to write, which is there whole or not at all; standard output if absent.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A label for every series, such as the `job` and `instance` that Prometheus gives to what it
    /// scrapes; can be given several times.
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<String>,
    /// Leave the totals out: only the gauges of each day.
    #[arg(long = "no-totals")]
    pub no_totals: bool,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

fn day(text: &str) -> Result<Date, String> {
    let day = text.parse();
    day.map_err(|_| "expected a day, such as 2026-01-31".to_owned())
}
