//! Flags that protect the web server.

use std::path::PathBuf;

use clap::Args;

/// Flags that protect the web server.
#[derive(Debug, Clone, Args)]
pub struct WebArgs {
    /// TLS, passwords, headers and a rate limit, in the official exporters' web configuration format.
    ///
    /// The file and those it names are followed while the exporter runs.
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// Answer `/-/healthy` and `/-/ready` to everybody, whatever the web configuration demands.
    #[arg(long = "web.health-exempt")]
    pub health_exempt: bool,
    /// How many requests are answered at once; further ones get 503. 0 for any number.
    #[arg(long = "web.max-requests", value_name = "NUMBER", default_value_t = 40)]
    pub max_requests: usize,
    /// Leave out the metrics about the process and about scrapes.
    #[arg(long = "web.disable-exporter-metrics")]
    pub disable_exporter_metrics: bool,
}
