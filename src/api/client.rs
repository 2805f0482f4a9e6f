//! The client of one application: one method per endpoint, around one loop of attempts.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::{
    ApiError, BuildError, CallLimit, Class, DailyReport, DayRange, Endpoint, HttpClients,
    MeetingDetail, MeetingPage, MeetingQuery, MeetingUniqueId, Observer, Random, Realtime,
    attempt::Caller,
    limit::Pace,
    observer::Attempt,
    request,
    retry::{self, Next, RETRY_AFTER_CAP},
    throttle::Throttle,
    wire::{self, Problem},
};
use crate::{clock::SharedClock, config::ApiSettings};

/// Asks the vendor on behalf of one application; clones share everything, the rate limit included.
///
/// A call waits for its application's rate limit, takes a place under the global limit for the
/// time of one attempt, and is tried again as `retry` says, each attempt signed afresh. Dropping
/// the future ends the call.
#[derive(Debug, Clone)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: ApiSettings,
    caller: Caller,
    random: Random,
    throttle: Throttle,
    limit: CallLimit,
    pace: Pace,
    observer: Arc<dyn Observer>,
}

impl Client {
    /// A client for `settings`, on the connections of `http`.
    ///
    /// Reads certificates from the disk when `http` has none of this kind yet; makes no call.
    pub fn new(
        settings: &ApiSettings,
        http: &mut HttpClients,
        limit: CallLimit,
        clock: SharedClock,
        random: Random,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, BuildError> {
        Ok(Self(Arc::new(Shared {
            caller: Caller::new(settings, http, clock)?,
            settings: settings.clone(),
            random,
            throttle: Throttle::new(settings.rate_limit),
            limit,
            pace: Pace::default(),
            observer,
        })))
    }

    /// Meetings and people in right now.
    pub async fn realtime(&self) -> Result<Realtime, ApiError> {
        let body = request::realtime();
        self.call(Endpoint::Realtime, body, wire::realtime).await
    }

    /// The figures of every day of `range`, in one call: the caller keeps to the vendor's limit.
    pub async fn daily(&self, range: DayRange) -> Result<DailyReport, ApiError> {
        let settings = &self.0.settings;
        let body = request::daily(&range, &settings.timezone);
        let read = |ret: &str| wire::daily(ret, &range, settings);
        self.call(Endpoint::Daily, body, read).await
    }

    /// One page of the meetings with a final status.
    pub async fn list(&self, query: &MeetingQuery) -> Result<MeetingPage, ApiError> {
        let settings = &self.0.settings;
        let body = request::list(query, &settings.status_names);
        let read = |ret: &str| wire::list(ret, settings);
        self.call(Endpoint::List, body, read).await
    }

    /// One meeting and who was in it.
    pub async fn detail(&self, id: &MeetingUniqueId) -> Result<MeetingDetail, ApiError> {
        let settings = &self.0.settings;
        let read = |ret: &str| wire::detail(ret, id, settings);
        self.call(Endpoint::Detail, request::detail(id), read).await
    }

    /// Attempts until one succeeds, the last one has failed, or no time is left.
    async fn call<T>(
        &self,
        endpoint: Endpoint,
        body: Bytes,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, ApiError> {
        let Shared {
            settings, throttle, ..
        } = &*self.0;
        self.wait_for_leave().await;
        let deadline = Instant::now() + retry::budget(&settings.retry, settings.timeout);
        let mut attempts = 1;
        loop {
            let started = Instant::now();
            let error = match self.attempt(endpoint, &body, attempts, &read).await {
                Ok(answer) => {
                    throttle.recover();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            self.heed(&error, started);
            let Some(pause) = self.pause_after(&error) else {
                return Err(error);
            };
            // A lowered rate can make the next turn come late; beyond the deadline the call has
            // failed.
            let turn = async {
                tokio::time::sleep(pause).await;
                self.wait_for_leave().await;
            };
            if timeout_at(deadline, turn).await.is_err() {
                return Err(error);
            }
            attempts += 1;
        }
    }

    async fn attempt<T>(
        &self,
        endpoint: Endpoint,
        body: &Bytes,
        number: u32,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, ApiError> {
        let shared = &*self.0;
        let app = &shared.settings.app;
        let place = shared.limit.enter(&shared.pace).await;
        let nonce = shared.random.nonce();
        let tried = shared.caller.attempt(endpoint, body.clone(), nonce, read);
        let tried = tried.await;
        shared
            .pace
            .note(tried.duration > shared.settings.timeout / 2);
        drop(place);
        shared.observer.attempt(&Attempt {
            app,
            endpoint,
            code: &tried.code(),
            is_retry: number > 1,
            duration: tried.duration,
            server_duration: tried.found.server_duration,
            clock_skew: tried.found.clock_skew,
        });
        tried.into_result(app, endpoint, number)
    }

    /// Slows the whole application down as a failed attempt, begun at `started`, asks for.
    fn heed(&self, error: &ApiError, started: Instant) {
        let throttle = &self.0.throttle;
        let class = error.class();
        if class == Class::Throttled {
            throttle.slow_down(started);
        }
        if let Some(wait) = error.retry_after.filter(|_| class != Class::Permanent) {
            throttle.pause(wait.min(RETRY_AFTER_CAP));
        }
    }

    /// How long to wait before the next attempt; none where there is to be none.
    fn pause_after(&self, error: &ApiError) -> Option<Duration> {
        let Shared {
            settings, random, ..
        } = &*self.0;
        let (class, wait) = (error.class(), error.retry_after);
        let jitter = |most| random.up_to(most);
        match retry::next(&settings.retry, error.attempts, class, wait, jitter) {
            Next::GiveUp => None,
            Next::After(pause) => Some(pause),
        }
    }

    /// Waits for the application's rate limit.
    async fn wait_for_leave(&self) {
        let waited = self.0.throttle.enter().await;
        if !waited.is_zero() {
            self.0.observer.throttled(&self.0.settings.app, waited);
        }
    }
}
