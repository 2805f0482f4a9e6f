//! Flags of the sub-commands that print what a package installs beside the binary.

use clap::{Args, CommandFactory};

use super::Cli;

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
    /// The sub-command whose page is printed; the program's own page if absent.
    #[arg(value_name = "COMMAND", value_parser = sub_command)]
    pub command: Option<String>,
}

fn sub_command(text: &str) -> Result<String, String> {
    let definition = Cli::command();
    let mut names = definition.get_subcommands().map(clap::Command::get_name);
    if names.any(|name| name == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<_> = definition
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    Err(format!("expected one of: {}", names.join(", ")))
}
