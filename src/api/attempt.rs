//! One attempt: signed, sent, answered or not, and read.

mod requests;

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use self::requests::Requests;
use super::{
    ApiError, BuildError, Endpoint, ErrorKind, HttpClients,
    envelope::{self, Envelope},
    error::OK_LABEL,
    scrub::Scrubber,
    transport::{self, Head},
    wire::Problem,
};
use crate::{clock::SharedClock, config::ApiSettings};

/// Everything that every attempt of an application has in common.
#[derive(Debug)]
pub(super) struct Caller {
    app: String,
    http: reqwest::Client,
    proxied: bool,
    requests: Requests,
    timeout: Duration,
    max_body_bytes: usize,
    clock: SharedClock,
    scrubber: Scrubber,
}

/// How an attempt went.
#[derive(Debug)]
pub(super) struct Tried<T> {
    pub(super) result: Result<T, ErrorKind>,
    /// From the first byte sent, or the first try to connect, to the last one received.
    pub(super) duration: Duration,
    pub(super) found: Found,
}

/// What an attempt found out on its way, whether or not it got to the end.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) head: Option<Head>,
    pub(super) clock_skew: Option<SignedDuration>,
    pub(super) request_id: Option<String>,
    pub(super) server_duration: Option<Duration>,
}

impl<T> Tried<T> {
    /// The outcome's label.
    pub(super) fn code(&self) -> Cow<'static, str> {
        match &self.result {
            Ok(_) => Cow::Borrowed(OK_LABEL),
            Err(kind) => kind.label(),
        }
    }

    /// The result, with all that is known about it where it is an error.
    pub(super) fn into_result(
        self,
        app: &str,
        endpoint: Endpoint,
        attempts: u32,
    ) -> Result<T, ApiError> {
        let Found {
            head,
            clock_skew,
            request_id,
            server_duration: _,
        } = self.found;
        self.result.map_err(|kind| ApiError {
            http_status: head.as_ref().map(|head| head.status),
            retry_after: head.and_then(|head| head.retry_after),
            clock_skew,
            request_id: request_id.map(Into::into),
            attempts,
            ..ApiError::new(app, endpoint, kind)
        })
    }
}

impl Caller {
    /// Checks what can be checked without a call.
    pub(super) fn new(
        settings: &ApiSettings,
        http: &mut HttpClients,
        clock: SharedClock,
    ) -> Result<Self, BuildError> {
        let proxy = settings.proxy.as_ref();
        let secrets = [Some(settings.app_secret.clone()), proxy.and_then(password)];
        Ok(Self {
            app: settings.app.clone(),
            requests: Requests::new(settings)?,
            http: http.get(settings.ca_file.as_deref(), proxy)?,
            proxied: proxy.is_some(),
            timeout: settings.timeout,
            max_body_bytes: settings.max_body_bytes,
            clock,
            scrubber: Scrubber::new(secrets.into_iter().flatten()),
        })
    }

    /// Makes one attempt, signed with `nonce` and the time at which it begins.
    pub(super) async fn attempt<T>(
        &self,
        endpoint: Endpoint,
        body: Bytes,
        nonce: u32,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Tried<T> {
        let started = Instant::now();
        let mut found = Found::default();
        let answer = self.exchange(endpoint, body, nonce, &mut found).await;
        let duration = started.elapsed();
        let result = answer.and_then(|(head, body)| open(&head, &body, &mut found, read));
        let clean = |text: String| self.scrubber.clean(&text);
        found.request_id = found.request_id.map(clean);
        let tried = Tried {
            result: result.map_err(|kind| kind.map_text(clean)),
            duration,
            found,
        };
        self.log(endpoint, &tried);
        tried
    }

    /// Sends the request and reads the whole answer, inside the time limit.
    async fn exchange(
        &self,
        endpoint: Endpoint,
        body: Bytes,
        nonce: u32,
        found: &mut Found,
    ) -> Result<(Head, Vec<u8>), ErrorKind> {
        let limit = self.timeout;
        let deadline = Instant::now() + limit;
        let timeout = |_| ErrorKind::Timeout { limit };

        let sent = self.clock.now();
        let request = self
            .requests
            .signed(endpoint, body, nonce, sent.as_second());
        let response = timeout_at(deadline, self.http.execute(request)).await;
        let response = response
            .map_err(timeout)?
            .map_err(|error| transport::explain(error, self.proxied))?;

        let received = self.clock.now();
        let head = Head::read(&response, received);
        found.clock_skew = head.clock_skew(sent, received);
        found.head = Some(head.clone());

        let body = transport::read_body(response, &head, self.max_body_bytes, self.proxied);
        let body = timeout_at(deadline, body).await.map_err(timeout)?;
        match body {
            Ok(body) => Ok((head, body)),
            // An error page that cannot be read is an error page all the same.
            Err(ErrorKind::Decode { .. } | ErrorKind::TooLarge { .. })
                if !head.status.is_success() =>
            {
                Err(ErrorKind::Http {
                    status: head.status.as_u16(),
                    what: "a body that cannot be read, or is too long".to_owned(),
                })
            }
            Err(kind) => Err(kind),
        }
    }

    fn log<T>(&self, endpoint: Endpoint, tried: &Tried<T>) {
        tracing::debug!(
            app = self.app,
            api.endpoint = endpoint.as_str(),
            api.code = %tried.code(),
            api.request_id = tried.found.request_id,
            duration_ms = u64::try_from(tried.duration.as_millis()).unwrap_or(u64::MAX),
            "an attempt at a call ended"
        );
    }
}

/// Opens the envelope and reads what is in it.
fn open<T>(
    head: &Head,
    body: &[u8],
    found: &mut Found,
    read: impl Fn(&str) -> Result<T, Problem>,
) -> Result<T, ErrorKind> {
    let Envelope {
        request_id,
        server_duration,
        ret,
    } = envelope::open(head, body)?;
    found.request_id = request_id;
    found.server_duration = server_duration;
    let problem = match ret {
        Err((code, message)) => return Err(ErrorKind::Vendor { code, message }),
        Ok(None) => Problem::field("`ret` is missing".to_owned()),
        Ok(Some(ret)) => match read(ret) {
            Ok(value) => return Ok(value),
            Err(problem) => problem,
        },
    };
    let Problem { reason, setting } = problem;
    Err(ErrorKind::Decode { reason, setting })
}

/// The password in a proxy's URL.
fn password(proxy: &SecretString) -> Option<SecretString> {
    let url = Url::parse(proxy.expose_secret()).ok()?;
    url.password().map(SecretString::from)
}
