//! Settings for tests.

use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;

use crate::config::{ApiSettings, DurationUnit, Paths, RateLimit, Retry, StatusNames};

/// An application on `host` with everything as documented.
pub(super) fn settings(host: &str) -> ApiSettings {
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
        app_secret: SecretString::from("hush"),
        account_id: "1160033511272363".to_owned(),
        timezone: TimeZone::get("Asia/Shanghai").expect("a zone that is built in"),
        timeout: Duration::from_secs(10),
        rate_limit: RateLimit {
            requests_per_second: 1000.0,
            burst: 1000,
        },
        retry: Retry {
            attempts: 1,
            base: Duration::from_millis(1),
            max: Duration::from_millis(1),
        },
        send_app_secret: true,
        max_body_bytes: 1 << 20,
        ca_file: None,
        proxy: None,
        duration_unit: DurationUnit::Seconds,
        status_names: StatusNames::default(),
    }
}
