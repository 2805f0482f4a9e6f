//! Configuration: what the operator may say, as checked values.
//!
//! `settings` and `vendor` say what a setting *is*; a value that exists has been checked.
//! [`load()`] makes one of what the operator has written, in layers of which the later wins:
//! defaults in code, the file, variables `NETEASE_MEETING__SECTION__KEY`. Every value keeps its
//! place, so that a problem is told with its file and full key path, and all problems in one report.
//!
//! Nothing here reads the process's environment or its clocks: both are given as values.

mod application;
mod apps_dir;
mod collectors;
mod connection;
mod context;
mod defaults;
mod duration;
mod effective;
mod environment;
mod file;
mod host;
mod load;
mod node;
mod parse;
mod proxy;
mod report;
mod secret;
mod settings;
mod stamp;
mod suggestion;
mod table;
mod values;
mod vendor;
mod web;

pub use duration::{DurationError, format_duration, parse_duration};
pub use effective::Effective;
pub use load::{Loaded, Sources, load};
pub use report::{ConfigError, Problem};
pub use settings::{
    AppSettings, CollectorSettings, DailySettings, DetailsSettings, Histograms, MeetingsSettings,
    RealtimeSettings, Settings,
};
pub use stamp::Stamps;
pub use vendor::{ApiSettings, DurationUnit, FinalStatus, Paths, RateLimit, Retry, StatusNames};
pub use web::{
    CipherSuite, ClientAuth, Curve, LoadedWeb, PasswordHash, PasswordHashError, Pem, PemError,
    RequestRate, TlsSettings, TlsVersion, WebSettings, load_web, read_web,
};
