//! How a reply goes over the wire: whole, cut, padded, compressed.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{self, HeaderValue},
};

use super::{
    body::{PADDING_BYTES, WireBody},
    calendar::timestamp,
    fault::FaultKind,
};

/// Answers shorter than this are not worth compressing.
const SHORTEST_COMPRESSED: usize = 512;

/// What an answer says.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

/// Puts a reply on the wire as the faults that struck want it; `date` is in UNIX seconds.
pub(super) fn deliver(
    reply: Reply,
    struck: &[FaultKind],
    accepts_gzip: bool,
    date: i64,
) -> Response<WireBody> {
    let struck = |kind| struck.contains(&kind);
    let mut body = reply.body;
    if struck(FaultKind::Truncated) {
        body.truncate(body.len() / 2);
    }
    let (bomb, oversized) = (struck(FaultKind::GzipBomb), struck(FaultKind::Oversized));
    let worth_it = body.len() >= SHORTEST_COMPRESSED && !oversized;
    let compressed = bomb || (accepts_gzip && worth_it);
    if bomb {
        body = gzip(&padded(&body));
    } else if compressed {
        body = gzip(&body);
    }
    let body = if struck(FaultKind::ResetHalfway) {
        WireBody::halfway(&body)
    } else if oversized && !compressed {
        WireBody::padded(&body)
    } else {
        WireBody::Whole(body)
    };
    let mut response = response(reply.status, body, date);
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(reply.content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    if compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if matches!(reply.status.as_u16(), 429 | 503) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A bare HTTP answer, for requests that are not in the vendor's document.
pub(super) fn plain(status: StatusCode, date: i64) -> Response<WireBody> {
    let mut response = response(status, WireBody::Whole(Bytes::new()), date);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("POST");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// Whether whoever asks can read gzip.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|coding| coding.trim() == "gzip"))
}

fn response(status: StatusCode, body: WireBody, date: i64) -> Response<WireBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::DATE, http_date(date));
    response
}

fn padded(body: &Bytes) -> Vec<u8> {
    let mut padded = body.to_vec();
    let at = padded.len().min(1);
    let padding = std::iter::repeat_n(b' ', PADDING_BYTES);
    padded.splice(at..at, padding);
    padded
}

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a vector cannot fail.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default().into()
}

/// RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(second: i64) -> HeaderValue {
    let text = timestamp(second).strftime("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::from_str(&text.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
