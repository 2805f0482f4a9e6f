//! The command line's entry point: everything it does is in the library.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    // A variable that is not UTF-8 cannot be one of ours, nor hold a value we accept.
    let environment = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    netease_meeting_exporter::commands::main(env::args_os(), environment)
}
