//! What there is to look at besides the metrics: for people, for programs, for Prometheus.

use hyper::{
    StatusCode,
    header::{CONTENT_SECURITY_POLICY, HeaderValue},
    http::request::Parts,
};

use super::{
    WebState,
    answer::{Answer, fresh, plain},
    discovery, landing,
    origin::Origin,
};

const JSON: &str = "application/json";

/// The page for people.
pub(super) fn landing(state: &WebState) -> Answer {
    let page = landing::page(
        &state.snapshots.all(),
        &state.clock.moment(),
        &state.telemetry_path,
    );
    let mut answer = fresh(StatusCode::OK, "text/html; charset=utf-8", page);
    let policy = HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
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
