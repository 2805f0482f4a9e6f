//! From a request to a response: the server's whole behaviour, without a socket.

use hyper::{
    Method, Request, Response, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};

use super::{
    Body, WebState, landing, readiness,
    route::{HEALTHY, LANDING, READY, Route, route},
};
use crate::exposition::{Encoding, negotiate_encoding, negotiate_format};

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers one request. Its body, if it has one, is not read.
pub async fn handle<B>(state: &WebState, request: Request<B>) -> Response<Body> {
    let (head, _) = request.into_parts();
    let Some(route) = route(head.uri.path(), &state.telemetry_path) else {
        return finish(&head.method, not_found(state));
    };
    let (methods, allowed): (_, [Method; 2]) = if route.acts() {
        ("POST, PUT", [Method::POST, Method::PUT])
    } else {
        ("GET, HEAD", [Method::GET, Method::HEAD])
    };
    if !allowed.contains(&head.method) {
        return finish(&head.method, method_not_allowed(methods));
    }
    if route.acts() && is_from_another_site(&head.headers) {
        let text = "another site's page may not ask for this\n";
        return finish(&head.method, plain(StatusCode::FORBIDDEN, text));
    }
    let response = match route {
        Route::Telemetry => telemetry(state, &head.headers),
        Route::Landing => landing(state),
        Route::Healthy => plain(StatusCode::OK, "healthy\n"),
        Route::Ready => ready(state),
        Route::Reload => reload(state).await,
        Route::Quit => quit(state).await,
    };
    finish(&head.method, response)
}

fn telemetry(state: &WebState, headers: &HeaderMap) -> Response<Body> {
    let content_type = negotiate_format(texts(headers, ACCEPT));
    let encoding = negotiate_encoding(texts(headers, ACCEPT_ENCODING));
    let body = state.exposition.render(content_type.format, encoding);
    let mut response = respond(
        StatusCode::OK,
        HeaderValue::from_static(content_type.header()),
        body,
    );
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if encoding == Encoding::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A header's values that are text, in the order they came.
fn texts(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
}

fn landing(state: &WebState) -> Response<Body> {
    let page = landing::page(
        &state.snapshots.all(),
        &state.clock.moment(),
        &state.telemetry_path,
    );
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = respond(StatusCode::OK, html, page);
    response.headers_mut().insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY),
    );
    response
}

fn ready(state: &WebState) -> Response<Body> {
    match readiness::waiting_for(&state.snapshots.all()) {
        None => plain(StatusCode::OK, "ready\n"),
        Some(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

async fn reload(state: &WebState) -> Response<Body> {
    let Some(lifecycle) = &state.lifecycle else {
        return lifecycle_is_off();
    };
    match lifecycle.reload().await {
        Ok(changes) => plain(StatusCode::OK, format!("{changes}\n")),
        Err(reason) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("failed to reload the configuration: {reason}\n"),
        ),
    }
}

async fn quit(state: &WebState) -> Response<Body> {
    match &state.lifecycle {
        None => lifecycle_is_off(),
        Some(lifecycle) if lifecycle.quit().await => plain(StatusCode::OK, "stopping\n"),
        Some(_) => plain(StatusCode::OK, "stopping already\n"),
    }
}

/// Whether a browser sends this on behalf of a page that is not ours: it would send a password or
/// certificate along that the page's author does not have.
fn is_from_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

fn lifecycle_is_off() -> Response<Body> {
    let text = "the lifecycle API is not enabled: it takes --web.enable-lifecycle\n";
    plain(StatusCode::FORBIDDEN, text)
}

fn not_found(state: &WebState) -> Response<Body> {
    let text = format!(
        "nothing is here; look at {}, {LANDING}, {HEALTHY} or {READY}\n",
        state.telemetry_path
    );
    plain(StatusCode::NOT_FOUND, text)
}

fn method_not_allowed(methods: &'static str) -> Response<Body> {
    let only = methods.replace(", ", " and ");
    let text = format!("only {only} are answered here\n");
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, text);
    let allowed = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, allowed);
    response
}

fn plain(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    respond(status, PLAIN, text)
}

fn respond(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response<Body> {
    let body = body.into();
    let length = body.len();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The answer to HEAD is the answer to GET, its length included, without the body.
fn finish(method: &Method, mut response: Response<Body>) -> Response<Body> {
    if method == Method::HEAD {
        response = response.map(Body::without_bytes);
    }
    response
}
