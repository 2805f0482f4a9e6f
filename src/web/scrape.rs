//! The answers to scrapes: everything, the parts selected, or one application.

use std::collections::BTreeSet;

use hyper::{
    StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, VARY},
    http::request::Parts,
};

use super::{
    Body, WebState,
    answer::{Answer, plain, respond},
    query::{self, QueryError},
};
use crate::exposition::{Encoding, Selection, negotiate_encoding, negotiate_format};

/// Everything there is to show, or what the query selects of it.
pub(super) async fn telemetry(state: &WebState, request: &Parts) -> Answer {
    let selected = query::selection(request.uri.query())
        .and_then(|selection| configured(state, &selection).map(|()| selection));
    match selected {
        Ok(selection) => scrape(state, &request.headers, selection).await,
        Err(error) => refuse(&error),
    }
}

/// The series of the one application that the query names.
pub(super) async fn probe(state: &WebState, request: &Parts) -> Answer {
    let selected = query::one_app(request.uri.query()).and_then(|app| {
        let selection = Selection::default().with_app(app);
        configured(state, &selection).map(|()| selection)
    });
    match selected {
        Ok(selection) => scrape(state, &request.headers, selection).await,
        Err(error) => refuse(&error),
    }
}

/// Says what is wrong with a query.
pub(super) fn refuse(error: &QueryError) -> Answer {
    let status = match error {
        QueryError::NoSuchApp(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    plain(status, format!("{error}\n"))
}

/// Whether every application named is one of ours: a name is looked up, and never used otherwise.
pub(super) fn configured(state: &WebState, selection: &Selection) -> Result<(), QueryError> {
    let Some(names) = selection.apps() else {
        return Ok(());
    };
    let mut unknown: BTreeSet<&str> = names.collect();
    for snapshot in &state.snapshots.all() {
        unknown.remove(&*snapshot.app);
    }
    match unknown.first() {
        None => Ok(()),
        Some(name) => Err(QueryError::NoSuchApp((*name).to_owned())),
    }
}

async fn scrape(state: &WebState, headers: &HeaderMap, selection: Selection) -> Answer {
    let content_type = negotiate_format(texts(headers, ACCEPT));
    let encoding = negotiate_encoding(texts(headers, ACCEPT_ENCODING));
    let scrape = state
        .exposition
        .scrape(content_type.format, encoding, selection)
        .await;
    let body = Body::shared(scrape.pieces);
    let mut answer = respond(StatusCode::OK, content_type.header(), body);
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if encoding == Encoding::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// A header's values that are text, in the order they came.
fn texts(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
}
