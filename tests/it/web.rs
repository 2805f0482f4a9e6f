//! The HTTP server: what it answers, and how it treats its clients.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod answers;
mod attacks;
mod configurations;
mod discovery;
mod gate;
mod lifecycle;
mod pages;
mod parts;
mod protected;
mod renewal;
mod sockets;
mod tls;

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::Request;
use netease_meeting_exporter::{
    clock::ManualClock,
    exposition::{Exposition, Snapshots},
    self_metrics::SelfMetrics,
    web::{Protection, ProtectionOptions, TelemetryPath, WebState, handle},
};

use crate::exposition::fixture::read_at;

/// A server's state with those snapshots, at the moment they were read.
fn state(snapshots: Arc<dyn Snapshots>, telemetry_path: &str) -> Arc<WebState> {
    state_with(snapshots, telemetry_path, |state| state)
}

/// The same, made more of.
fn state_with(
    snapshots: Arc<dyn Snapshots>,
    telemetry_path: &str,
    more: impl FnOnce(WebState) -> WebState,
) -> Arc<WebState> {
    let metrics = Arc::new(SelfMetrics::new().unwrap());
    state_counting(snapshots, telemetry_path, metrics, more)
}

/// The same with instruments that something else counts in as well.
fn state_counting(
    snapshots: Arc<dyn Snapshots>,
    telemetry_path: &str,
    metrics: Arc<SelfMetrics>,
    more: impl FnOnce(WebState) -> WebState,
) -> Arc<WebState> {
    let clock = ManualClock::at(read_at().wall);
    clock.advance(std::time::Duration::from_secs(5));
    let exposition = Arc::new(Exposition::new(
        Arc::clone(&snapshots),
        metrics,
        clock.clone(),
    ));
    let path: TelemetryPath = telemetry_path.parse().unwrap();
    let state = WebState::new(path, exposition, snapshots, clock);
    Arc::new(more(state))
}

/// What was answered to one request, as a status and a text.
async fn say(state: &WebState, request: Request<()>) -> (u16, String) {
    let (head, body) = handle(state, &request.into_parts().0).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status.as_u16(),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

/// Nothing in a client's way.
fn unprotected() -> Arc<Protection> {
    let clock = ManualClock::at(read_at().wall);
    let metrics = Arc::new(SelfMetrics::new().unwrap());
    let options = ProtectionOptions::default();
    Arc::new(Protection::none(options, metrics, clock))
}
