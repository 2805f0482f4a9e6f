//! Flags of `healthcheck`.

use clap::Args;

/// Flags of `healthcheck`.
#[derive(Debug, Clone, Args)]
pub struct HealthcheckArgs {
    /// Where the exporter listens: as its own `--web.listen-address`.
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        default_value = ":10163"
    )]
    pub listen: String,
}
