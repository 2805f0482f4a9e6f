//! Flags of the sub-commands that print what a package installs beside the binary.

use clap::Args;

/// Flags of `completion`.
#[derive(Debug, Clone, Copy, Args)]
pub struct CompletionArgs {
    /// The shell that shall know the sub-commands and flags.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Flags of `man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The sub-command whose page is printed, such as `serve` or `ledger list`; the program's own
    /// page if absent.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}
