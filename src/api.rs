//! The vendor's statistics API: asks, signs, retries, and turns answers into checked values.
//!
//! Knows nothing of Prometheus: an [`Observer`] is told of every attempt.

mod error;
mod model;
mod observer;

pub use error::{ApiError, Class, ErrorKind, VendorCode};
pub use model::{
    Attendance, ClientType, DailyFigures, DailyReport, DayRange, Endpoint, Meeting, MeetingDetail,
    MeetingPage, MeetingQuery, MeetingUniqueId, Realtime,
};
pub use observer::{Attempt, NoObserver, Observer};
