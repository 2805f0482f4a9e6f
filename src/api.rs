//! The vendor's statistics API: asks, signs, retries, and turns answers into checked values.
//!
//! Knows nothing of Prometheus: an [`Observer`] is told of every attempt.

mod attempt;
mod client;
mod envelope;
mod error;
#[cfg(any(fuzzing, feature = "bench"))]
pub mod fuzzing;
mod limit;
mod model;
mod observer;
mod random;
mod request;
mod retry;
mod scrub;
mod sign;
#[cfg(any(test, fuzzing, feature = "bench"))]
mod testing;
mod throttle;
mod transport;
mod wire;

pub use client::Client;
pub use error::{ApiError, BuildError, Class, ErrorKind, TlsCause, VendorCode, code_labels};
pub use limit::CallLimit;
pub use model::{
    Attendance, ClientType, DailyFigures, DailyReport, DayRange, Endpoint, Meeting, MeetingDetail,
    MeetingPage, MeetingQuery, MeetingUniqueId, Realtime,
};
pub use observer::{Attempt, NoObserver, Observer};
pub use random::Random;
pub use sign::sign;
pub use transport::HttpClients;
