//! How a command ends badly: what is said, and with which exit status.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// The command line or the configuration is wrong (`EX_USAGE` of `sysexits.h`).
pub(super) const USAGE: u8 = 64;

/// Why a command ended badly.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line or the configuration is wrong: nothing was started.
    Usage(anyhow::Error),
    /// The start or the work failed.
    Failed(anyhow::Error),
    /// The work was done and found something wrong, which has been said already.
    Said,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Says on standard error why a command ended badly, and returns its exit status.
pub(super) fn report(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => {
            say(&error);
            ExitCode::from(USAGE)
        }
        Err(Failure::Failed(error)) => {
            say(&error);
            ExitCode::FAILURE
        }
        Err(Failure::Said) => ExitCode::FAILURE,
    }
}

/// Prints a text on standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| {
        Failure::Failed(anyhow::Error::new(error).context("cannot write to standard output"))
    })
}

#[expect(
    clippy::print_stderr,
    reason = "a command's last words, whether or not logging began"
)]
fn say(error: &anyhow::Error) {
    eprintln!("netease-meeting-exporter: {error:#}");
}
