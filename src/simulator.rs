//! The vendor's twin: the statistics API of an invented NetEase Meeting, with a ground truth.
//!
//! A [`World`] decides from a seed what takes place; everything the API says follows from the world
//! and the time alone, and tests ask the world itself for the [truth](MeetingTruth). A
//! [`Simulator`] puts the world behind the vendor's HTTP interface: it checks signatures, pages
//! lists, and fails in every way of [`FaultKind`] when told to. It shares no code with the client,
//! only the vendor's published document, so that both cannot be wrong in the same way.
//!
//! ```no_run
//! # use netease_meeting_exporter::simulator::Simulator;
//! # use tokio_util::sync::CancellationToken;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::builder().seed(7).apps(3).meetings_per_day(200.0).build()?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let now = simulator.clock().now();
//! println!("{} meetings in progress", simulator.world().realtime(0, now).meetings);
//! simulator.serve(listener, CancellationToken::new()).await;
//! # Ok(())
//! # }
//! ```
//!
//! How the vendor's document is read, where it leaves a choice:
//! - A meeting belongs to one local day: that of its real start once it has started, of its reserved
//!   start before that or if it never does, and of its creation otherwise. Lists select and sort by
//!   the same time, newest first, and both ends of a range count.
//! - A day's figures are of the meetings that started on it. They grow while the day lasts, and
//!   after midnight until the last of them is over. `meetingMemberCount` counts people once per
//!   meeting, as `memberCount` does, however often they come back; days without meetings are absent.
//! - Daily figures are of whole days: any day a range touches is answered for.
//! - Before it is over, a meeting has a `duration` of 0 and no real end; `peakNum` of single meetings
//!   is 0, as in the vendor's samples. A member who has not left has an empty `exitTime`.
//! - Stays are half-open: who leaves in the second in which another joins has not met them.

mod answer;
mod body;
mod builder;
mod cache;
mod calendar;
mod credentials;
mod delivery;
mod dice;
mod disfigure;
mod endpoint;
mod exchange;
mod fault;
mod gate;
mod meeting;
mod naming;
mod people;
mod plan;
mod question;
mod records;
mod rhythm;
mod server;
mod tape;
mod truth;
mod vendor;
mod world;

pub use self::{
    builder::Builder,
    endpoint::{Endpoint, UnknownEndpoint},
    fault::{Fault, FaultKind, KINDS as FAULT_KINDS, ParseFaultError},
    naming::display_name,
    plan::Status,
    records::SeenRequest,
    tape::{Figures, Live},
    truth::{AttendanceTruth, Kind, MeetingTruth},
    vendor::Simulator,
    world::{MOST_APPS, World, WorldConfig, WorldError},
};
