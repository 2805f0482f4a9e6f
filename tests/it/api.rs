//! The API client against small servers that answer with given bytes.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

mod answers;
mod failures;
mod limits;
mod samples;
mod secrets;
mod server;
mod tls;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{SignedDuration, tz::TimeZone};
use netease_meeting_exporter::{
    api::{Attempt, CallLimit, Client, HttpClients, Observer, Random},
    clock::SystemClock,
    config::{ApiSettings, DurationUnit, Paths, RateLimit, Retry, StatusNames},
};
use secrecy::SecretString;

const SECRET: &str = "hush-hush-hush";

/// An application on `host`: three attempts with next to no pause, a rate that is never in the way.
fn settings(host: &str) -> ApiSettings {
    ApiSettings {
        app: "hq".to_owned(),
        host: host.to_owned(),
        paths: Paths {
            realtime: "/v1/statistic/meeting/list".to_owned(),
            daily: "/v1/statistic/meeting/getByTimeRange".to_owned(),
            list: "/v1/statistic/meeting/list".to_owned(),
            detail: "/v1/statistic/meeting/detail".to_owned(),
        },
        app_key: "key".to_owned(),
        app_secret: SecretString::from(SECRET),
        account_id: "1160033511272363".to_owned(),
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        timeout: Duration::from_secs(10),
        rate_limit: RateLimit {
            requests_per_second: 1000.0,
            burst: 1000,
        },
        retry: Retry {
            attempts: 3,
            base: Duration::from_millis(1),
            max: Duration::from_millis(1),
        },
        send_app_secret: true,
        max_body_bytes: 64 * 1024,
        ca_file: None,
        proxy: None,
        duration_unit: DurationUnit::Seconds,
        status_names: StatusNames::default(),
    }
}

fn client(settings: &ApiSettings) -> Client {
    observed(settings, Arc::default())
}

fn observed(settings: &ApiSettings, heard: Arc<Heard>) -> Client {
    Client::new(
        settings,
        &mut HttpClients::new(),
        CallLimit::new(64),
        SystemClock::shared(),
        Random::seeded(1),
        heard,
    )
    .unwrap()
}

/// An observer that remembers.
#[derive(Debug, Default)]
struct Heard {
    attempts: Mutex<Vec<HeardAttempt>>,
    waits: Mutex<Vec<Duration>>,
}

#[derive(Debug)]
struct HeardAttempt {
    what: String,
    server_duration: Option<Duration>,
    clock_skew: Option<SignedDuration>,
}

impl Heard {
    /// Endpoint, code and whether it was a retry, of every attempt.
    fn attempts(&self) -> Vec<String> {
        let attempts = self.attempts.lock().unwrap();
        attempts.iter().map(|it| it.what.clone()).collect()
    }
}

impl Observer for Heard {
    fn attempt(&self, attempt: &Attempt<'_>) {
        assert_eq!(attempt.app, "hq");
        let retry = if attempt.is_retry { " retry" } else { "" };
        self.attempts.lock().unwrap().push(HeardAttempt {
            what: format!("{} {}{retry}", attempt.endpoint, attempt.code),
            server_duration: attempt.server_duration,
            clock_skew: attempt.clock_skew,
        });
    }

    fn throttled(&self, app: &str, waited: Duration) {
        assert_eq!(app, "hq");
        self.waits.lock().unwrap().push(waited);
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}
