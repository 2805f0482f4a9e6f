//! The exporter's HTTP server: hands out the exposition, says how it fares, and nothing else.
//!
//! It never calls the vendor. [`handle`] is the whole behaviour, from a request to a response;
//! [`serve`] puts it on sockets.

mod answer;
mod body;
mod config_page;
mod connection;
mod crowd;
mod discovery;
mod handler;
mod landing;
mod lifecycle;
mod limits;
mod listener;
mod origin;
mod pages;
mod peer;
mod query;
mod readiness;
mod route;
mod scrape;
mod server;
mod stall;
mod state;
mod status;
mod toolkit;

pub use body::Body;
pub use config_page::{ConfigPage, ConfigText};
pub use handler::handle;
pub use lifecycle::{Lifecycle, LifecycleRequest};
pub use limits::Limits;
pub use listener::{Listener, Stream, UnixSocket};
pub use origin::{ExternalUrl, ExternalUrlError};
pub use route::{TelemetryPath, TelemetryPathError};
pub use server::serve;
pub use state::WebState;
pub use toolkit::{Prepared, Protection, ProtectionError, ProtectionOptions, RulesError, TlsError};
