//! What there is to look at besides the metrics: for people, for programs, for Prometheus.

use std::sync::Arc;

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
pub(super) fn landing(state: &WebState, request: &Parts) -> Answer {
    let snapshots = match selected(state, request) {
        Ok(snapshots) => snapshots,
        Err(error) => return refuse(&error),
    };
    let status = Status::of(&snapshots, &state.clock.moment(), &state.started);
    let page = landing::page(&status, &state.telemetry_path);
    let mut answer = fresh(StatusCode::OK, "text/html; charset=utf-8", page);
    let policy = HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

/// The same for programs.
pub(super) fn status(state: &WebState, request: &Parts) -> Answer {
    match selected(state, request) {
        Ok(snapshots) => {
            let status = Status::of(&snapshots, &state.clock.moment(), &state.started);
            fresh(StatusCode::OK, JSON, status.json())
        }
        Err(error) => refuse(&error),
    }
}

/// The configuration in force.
pub(super) fn config(state: &WebState) -> Answer {
    match state.config.text() {
        Some(text) => plain(StatusCode::OK, text),
        None => plain(StatusCode::NOT_FOUND, "no configuration is in force\n"),
    }
}

/// What Prometheus can scrape here, one application at a time.
pub(super) fn discovery(state: &WebState, request: &Parts) -> Answer {
    let Some(origin) = Origin::of(request, state.external_url.as_ref()) else {
        let text = "the request does not say by which host and port this exporter is reached: \
                    set --web.external-url\n";
        return plain(StatusCode::BAD_REQUEST, text);
    };
    let targets = discovery::targets(&state.snapshots.all(), &origin, &state.telemetry_path);
    fresh(StatusCode::OK, JSON, targets)
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
