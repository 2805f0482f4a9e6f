//! The command line: flags in the style of the official exporters, and sub-commands.

mod backfill;
mod documents;
mod healthcheck;
mod ledger;
mod shard;
mod web;

use std::path::PathBuf;

pub use self::{
    backfill::BackfillArgs,
    documents::{CompletionArgs, ManArgs},
    healthcheck::HealthcheckArgs,
    ledger::{LedgerArgs, LedgerCommand, LedgerExportArgs, LedgerImportArgs, LedgerListArgs},
    shard::{ShardArgs, ShardIndex},
    web::WebArgs,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Prometheus exporter for NetEase Meeting (网易会议).
///
/// Without a sub-command it is the daemon: `serve`.
#[derive(Debug, Parser)]
#[command(
    name = "netease-meeting-exporter",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Exit status: 0 done or stopped by a signal; 1 the start or the work failed; \
                  64 the command line or the configuration is wrong."
)]
pub struct Cli {
    /// Print version and build details, and exit.
    #[arg(long, short = 'V')]
    pub version: bool,
    /// What to do; `serve` if absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The daemon's flags, which also work without naming `serve`.
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the exporter (the default).
    Serve(ServeArgs),
    /// Run the exporter against a simulated vendor: no file, network or account needed.
    Demo(DemoArgs),
    /// Run the simulated vendor alone.
    Simulate(SimulateArgs),
    /// Collect once, print the metrics on standard output, and exit: 1 if anything failed.
    Collect(CollectArgs),
    /// Make one signed call per endpoint and say in plain words what is wrong.
    Doctor(DoctorArgs),
    /// Write an application's history as OpenMetrics with timestamps, for `promtool tsdb
    /// create-blocks-from openmetrics`.
    Backfill(BackfillArgs),
    /// Move what was counted of applications from one state directory to another.
    Ledger(LedgerArgs),
    /// Ask a running exporter whether it is healthy, and exit: 0 if it is, else 1.
    Healthcheck(HealthcheckArgs),
    /// Print the completion script of a shell.
    Completion(CompletionArgs),
    /// Print the manual page of the program or of a sub-command.
    Man(ManArgs),
}

/// Which configuration to load.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file: .yml, .yaml, .toml or .json.
    ///
    /// Without it everything comes from the environment, `NETEASE_MEETING__SECTION__KEY`.
    #[arg(long = "config.file", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// What to log, and how.
#[derive(Debug, Clone, Copy, Args)]
pub struct LogArgs {
    /// The least severe level that is logged.
    #[arg(
        long = "log.level",
        value_enum,
        default_value = "info",
        value_name = "LEVEL"
    )]
    pub level: LogLevel,
    /// One line per event, in this form, on standard error.
    #[arg(
        long = "log.format",
        value_enum,
        default_value = "logfmt",
        value_name = "FORMAT"
    )]
    pub format: LogFormat,
}

/// The least severe level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Every attempt at a call.
    Debug,
    /// Changes of state.
    Info,
    /// What may need someone.
    Warn,
    /// What needs someone.
    Error,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `ts=… level=… message=…`
    Logfmt,
    /// One JSON object.
    Json,
}

/// Flags of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Check the configuration, report every problem, and exit: 0 if there is none, else 64.
    #[arg(long = "config.check")]
    pub check: bool,
    /// Where to listen: `:10163`, `127.0.0.1:10163`, `[::1]:10163`, `unix:///run/exporter.sock`;
    /// can be given several times.
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        default_value = ":10163"
    )]
    pub listen: Vec<String>,
    /// Listen on the sockets that systemd hands over (socket activation) instead.
    #[arg(long = "web.systemd-socket")]
    pub systemd_socket: bool,
    /// Let clients ask for a reload (`POST /-/reload`) or the end (`POST /-/quit`).
    #[arg(long = "web.enable-lifecycle")]
    pub enable_lifecycle: bool,
    /// How often to look whether the files of the configuration, those of secrets and certificates
    /// included, have changed, and to use what they say now; `0`: never, only SIGHUP does.
    #[arg(
        long = "config.watch-interval",
        default_value = "30s",
        value_name = "DURATION"
    )]
    pub watch_interval: String,
    /// The path of the metrics.
    #[arg(
        long = "web.telemetry-path",
        value_name = "PATH",
        default_value = "/metrics"
    )]
    pub telemetry_path: String,
    /// The URL by which Prometheus reaches this exporter, for the targets at `/sd`.
    ///
    /// Without it they have the host and port that Prometheus asked by. With a path, where a proxy
    /// puts the exporter under one.
    #[arg(long = "web.external-url", value_name = "URL")]
    pub external_url: Option<String>,
    /// Which of the applications this process has.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// Who may ask, and how much.
    #[command(flatten)]
    pub web: WebArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Flags that shape the simulated vendor.
#[derive(Debug, Clone, Args)]
pub struct WorldArgs {
    /// The seed: the same one gives the same meetings.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
    /// How many applications the vendor has.
    #[arg(long, default_value_t = 3, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub apps: u32,
    /// Meetings of a middle-sized application on a working day.
    #[arg(long, default_value_t = 400.0, value_name = "NUMBER", value_parser = meetings_per_day)]
    pub meetings_per_day: f64,
    /// Let calls fail: `KIND:RATE` with a rate from 0 to 1; can be given several times.
    #[arg(long = "fault", value_name = "KIND:RATE")]
    pub faults: Vec<String>,
    /// How long each answer takes, such as `20ms`.
    #[arg(long, value_name = "DURATION")]
    pub latency: Option<String>,
}

/// Flags of `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Where the exporter listens.
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:10163"
    )]
    pub listen: Vec<String>,
    /// The simulated vendor.
    #[command(flatten)]
    pub world: WorldArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Flags of `simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Where the simulated vendor listens.
    #[arg(
        long = "listen-address",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:10164"
    )]
    pub listen: String,
    /// The simulated vendor.
    #[command(flatten)]
    pub world: WorldArgs,
    /// Print a configuration for these applications on standard output.
    #[arg(long = "print-config")]
    pub print_config: bool,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Flags of `collect`.
#[derive(Debug, Clone, Args)]
pub struct CollectArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Only this application; can be given several times.
    #[arg(long = "app", value_name = "NAME")]
    pub apps: Vec<String>,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Flags of `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Only this application; can be given several times.
    #[arg(long = "app", value_name = "NAME")]
    pub apps: Vec<String>,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

fn meetings_per_day(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1_000_000.0).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 to 1000000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_may_go_without_saying() {
        let bare = Cli::try_parse_from(["x", "--config.file=a.yml", "--web.listen-address", ":1"]);
        let bare = bare.unwrap();
        assert!(bare.command.is_none());
        assert_eq!(bare.serve.listen, [":1"]);
        let named = Cli::try_parse_from(["x", "serve", "--config.file=a.yml", "--config.check"]);
        let Some(Command::Serve(serve)) = named.unwrap().command else {
            panic!("serve")
        };
        assert!(serve.check);
        assert_eq!(serve.config.file, Some("a.yml".into()));
    }
}
