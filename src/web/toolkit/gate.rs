//! The order in which a request is looked at before it is answered.

use std::sync::{Arc, PoisonError};

use hyper::{
    HeaderMap, Method, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    http::request::Parts,
};

use super::{Protection, basic_auth::Credentials, passwords::Outcome, rules::Rules};
use crate::{
    self_metrics::Refusal,
    web::{
        Body,
        peer::Peer,
        route::{HEALTHY, READY},
    },
};

/// What comes before every path of the server's own: they are not limited in number, so that the
/// server can be asked how it is and told to stop while it is busy.
const OWN: &str = "/-/";

/// Answers a request by `answer`, unless something stands against it: too many requests, no
/// certificate, no password, too many at once, in this order.
pub(in crate::web) async fn pass<F>(
    protection: &Protection,
    peer: &Peer,
    head: &Parts,
    answer: impl FnOnce() -> F,
) -> Response<Body>
where
    F: Future<Output = Response<Body>>,
{
    let rules = protection.rules();
    let is_head = head.method == Method::HEAD;
    let is_exempt = protection.options.health_exempt && matches!(head.uri.path(), HEALTHY | READY);
    if !is_exempt && !protection.is_within_rate(&rules) {
        protection.refused(Refusal::RateLimit);
        let refusal = refused(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests\n");
        return without_body_if(is_head, refusal);
    }
    let mut response = match protection
        .refusal(&rules, peer, &head.headers, is_exempt)
        .await
    {
        Some(refusal) => refusal,
        None => {
            peer.is_welcome();
            protection.answer(head, answer).await
        }
    };
    for (name, value) in &rules.headers {
        // What a page says of itself is stricter, and stays.
        if !response.headers().contains_key(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    without_body_if(is_head, response)
}

impl Protection {
    fn is_within_rate(&self, rules: &Rules) -> bool {
        if rules.settings.rate_limit.is_none() {
            return true;
        }
        let now = self.clock.monotonic();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(now)
    }

    /// Who asks: what to say to somebody who may not.
    async fn refusal(
        &self,
        rules: &Rules,
        peer: &Peer,
        headers: &HeaderMap,
        is_exempt: bool,
    ) -> Option<Response<Body>> {
        if is_exempt {
            return None;
        }
        if rules.demands_certificate && !peer.has_certificate() {
            self.refused(Refusal::Certificate);
            return Some(refused(
                StatusCode::FORBIDDEN,
                "a client certificate is required\n",
            ));
        }
        let users = rules.users.as_ref()?;
        let outcome = match Credentials::of(headers) {
            Some(credentials) => {
                self.passwords
                    .check(users, credentials, peer.address())
                    .await
            }
            None => Outcome::Wrong,
        };
        match outcome {
            Outcome::Right => None,
            Outcome::Wrong => {
                self.refused(Refusal::Password);
                let mut response = refused(StatusCode::UNAUTHORIZED, "Unauthorized\n");
                let basic = HeaderValue::from_static("Basic");
                response.headers_mut().insert(WWW_AUTHENTICATE, basic);
                Some(response)
            }
            Outcome::Busy => {
                self.refused(Refusal::PasswordQueue);
                Some(busy("too many passwords are being checked\n"))
            }
        }
    }

    /// Answers, if not too many are being answered already.
    async fn answer<F>(&self, head: &Parts, answer: impl FnOnce() -> F) -> Response<Body>
    where
        F: Future<Output = Response<Body>>,
    {
        let slots = self
            .requests
            .as_ref()
            .filter(|_| !head.uri.path().starts_with(OWN));
        let Some(slots) = slots else {
            return answer().await;
        };
        match Arc::clone(slots).try_acquire_owned() {
            Ok(permit) => answer().await.map(|body| body.holding(permit)),
            Err(_) => {
                self.refused(Refusal::MaxRequests);
                busy("Limit of concurrent requests reached, try again later.\n")
            }
        }
    }
}

fn busy(text: &'static str) -> Response<Body> {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, text);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn refused(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    response
}

fn without_body_if(is_head: bool, response: Response<Body>) -> Response<Body> {
    match is_head {
        true => response.map(Body::without_bytes),
        false => response,
    }
}
