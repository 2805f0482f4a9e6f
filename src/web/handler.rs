//! From a request to a response: the server's whole behaviour, without a socket.

use hyper::{
    Method, Response, StatusCode,
    header::{ALLOW, HeaderMap, HeaderValue},
    http::request::Parts,
};

use super::{
    Body, WebState,
    answer::{Answer, plain},
    pages, readiness,
    route::{HEALTHY, LANDING, READY, Route, route},
    scrape,
};

/// Answers one request, of which only the head matters.
pub async fn handle(state: &WebState, head: &Parts) -> Response<Body> {
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
    let answer = match route {
        Route::Telemetry => scrape::telemetry(state, head).await,
        Route::Probe => scrape::probe(state, head).await,
        Route::Discovery => pages::discovery(state, head).await,
        Route::Config => pages::config(state).await,
        Route::Landing => pages::landing(state, head).await,
        Route::Status => pages::status(state, head).await,
        Route::Icon => pages::icon(),
        Route::Healthy => plain(StatusCode::OK, "healthy\n"),
        Route::Ready => ready(state),
        Route::Reload => reload(state).await,
        Route::Quit => quit(state).await,
    };
    finish(&head.method, answer)
}

fn ready(state: &WebState) -> Answer {
    match readiness::waiting_for(&state.snapshots.all()) {
        None => plain(StatusCode::OK, "ready\n"),
        Some(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

async fn reload(state: &WebState) -> Answer {
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

async fn quit(state: &WebState) -> Answer {
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

fn lifecycle_is_off() -> Answer {
    let text = "the lifecycle API is not enabled: it takes --web.enable-lifecycle\n";
    plain(StatusCode::FORBIDDEN, text)
}

fn not_found(state: &WebState) -> Answer {
    let text = format!(
        "nothing is here; look at {}, {LANDING}, {HEALTHY} or {READY}\n",
        state.telemetry_path
    );
    plain(StatusCode::NOT_FOUND, text)
}

fn method_not_allowed(methods: &'static str) -> Answer {
    let only = methods.replace(", ", " and ");
    let text = format!("only {only} are answered here\n");
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, text);
    let allowed = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, allowed);
    response
}

/// The answer to HEAD is the answer to GET, its length included, without the body.
fn finish(method: &Method, mut answer: Answer) -> Answer {
    if method == Method::HEAD {
        answer = answer.map(Body::without_bytes);
    }
    answer
}
