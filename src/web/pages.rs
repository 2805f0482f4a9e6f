//! What there is to look at besides the metrics: for people, for programs, for Prometheus.

use std::{panic::resume_unwind, sync::Arc};

use hyper::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue},
    http::request::Parts,
};

use super::{
    WebState,
    answer::{Answer, fresh, plain, respond},
    discovery, landing,
    origin::Origin,
    query::{self, QueryError},
    scrape::{configured, refuse},
    status::Status,
};
use crate::snapshot::AppSnapshot;

const JSON: &str = "application/json";

/// The page for people, of every application or of those that the query names.
pub(super) async fn landing(state: &WebState, request: &Parts) -> Answer {
    let snapshots = match selected(state, request) {
        Ok(snapshots) => snapshots,
        Err(error) => return refuse(&error),
    };
    let (now, started) = (state.clock.moment(), state.started);
    let telemetry_path = state.telemetry_path.clone();
    beside(move || {
        let status = Status::of(&snapshots, &now, &started);
        let page = landing::page(&status, &telemetry_path);
        let mut answer = fresh(StatusCode::OK, "text/html; charset=utf-8", page);
        let policy = HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY);
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        answer
    })
    .await
}

/// The same for programs.
pub(super) async fn status(state: &WebState, request: &Parts) -> Answer {
    let snapshots = match selected(state, request) {
        Ok(snapshots) => snapshots,
        Err(error) => return refuse(&error),
    };
    let (now, started) = (state.clock.moment(), state.started);
    beside(move || {
        let status = Status::of(&snapshots, &now, &started);
        fresh(StatusCode::OK, JSON, status.json())
    })
    .await
}

/// The configuration in force.
pub(super) async fn config(state: &WebState) -> Answer {
    let page = Arc::clone(&state.config);
    beside(move || match page.text() {
        Some(text) => plain(StatusCode::OK, text),
        None => plain(StatusCode::NOT_FOUND, "no configuration is in force\n"),
    })
    .await
}

/// What Prometheus can scrape here, one application at a time.
pub(super) async fn discovery(state: &WebState, request: &Parts) -> Answer {
    let Some(origin) = Origin::of(request, state.external_url.as_ref()) else {
        let text = "the request does not say by which host and port this exporter is reached: \
                    set --web.external-url\n";
        return plain(StatusCode::BAD_REQUEST, text);
    };
    let (snapshots, telemetry_path) = (state.snapshots.all(), state.telemetry_path.clone());
    beside(move || {
        let targets = discovery::targets(&snapshots, &origin, &telemetry_path);
        fresh(StatusCode::OK, JSON, targets)
    })
    .await
}

/// The icon that browsers show beside the page's title.
pub(super) fn icon() -> Answer {
    let icon = include_str!("icon.svg");
    let mut answer = respond(StatusCode::OK, "image/svg+xml", icon);
    let headers = answer.headers_mut();
    let policy = HeaderValue::from_static("default-src 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    let a_day = HeaderValue::from_static("max-age=86400");
    headers.insert(CACHE_CONTROL, a_day);
    answer
}

fn selected(state: &WebState, request: &Parts) -> Result<Vec<Arc<AppSnapshot>>, QueryError> {
    let selection = query::apps(request.uri.query());
    configured(state, &selection)?;
    let mut snapshots = state.snapshots.all();
    snapshots.retain(|snapshot| selection.has_app(&snapshot.app));
    Ok(snapshots)
}

/// Writes an answer beside the other tasks: of thousands of applications it takes a while, during
/// which scrapes go on.
async fn beside(write: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    match tokio::task::spawn_blocking(write).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        },
    }
}
