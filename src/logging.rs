//! Log lines on standard error, one per event, as logfmt or JSON.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::cli::{LogArgs, LogFormat, LogLevel};

/// Starts logging for the whole process; a second call changes nothing.
pub fn init(args: LogArgs) {
    let level = match args.level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    // Libraries may print what they are given at their lower levels; only our own words are
    // known to hold no secret.
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = match args.format {
        LogFormat::Logfmt => tracing_logfmt::builder()
            .layer()
            .with_writer(io::stderr)
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr)
            .with_filter(filter)
            .boxed(),
    };
    if tracing_subscriber::registry()
        .with(lines)
        .try_init()
        .is_ok()
    {
        log_panics();
    }
}

/// A panic is a defect; it is logged in the form everything else is.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(
            panic.message = message,
            panic.place = place,
            "a defect: the code panicked"
        );
    }));
}
