//! Configuration: what the operator may say, as checked values.
//!
//! This module's files say what a setting *is*; a value that exists has been checked.

mod duration;
mod settings;
mod vendor;

pub use duration::{DurationError, format_duration, parse_duration};
pub use settings::{
    AppSettings, CollectorSettings, DailySettings, DetailsSettings, Histograms, MeetingsSettings,
    RealtimeSettings, Settings,
};
pub use vendor::{ApiSettings, DurationUnit, FinalStatus, Paths, RateLimit, Retry, StatusNames};
