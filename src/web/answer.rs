//! Responses, with the headers that every one of them needs.

use hyper::{
    Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS},
};

use super::Body;

/// A response of ours.
pub(super) type Answer = Response<Body>;

/// Text for whoever asked, true at this moment only.
pub(super) fn plain(status: StatusCode, text: impl Into<Body>) -> Answer {
    fresh(status, "text/plain; charset=utf-8", text)
}

/// Something that is true at this moment only, so that nobody on the way may keep it.
pub(super) fn fresh(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Answer {
    let mut answer = respond(status, content_type, body);
    let no_store = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, no_store);
    answer
}

/// A body of that type, which is to be taken for nothing else.
pub(super) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Answer {
    let body = body.into();
    let length = body.len();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
