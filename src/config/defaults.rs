//! The defaults in code, as the mapping an operator would write.

use ::config::{FileFormat, Format};

use super::{
    node::Node,
    report::{Origin, Place, Report},
};

/// Every default. `config/exporter.example.yml` states the same ones, and a test compares them.
const DEFAULTS: &str = "
windows: [7d, 30d]
concurrency: 64
max_series: 5000000
defaults:
  host: https://meeting-api.netease.im
  timezone: Asia/Shanghai
  timeout: 10s
  rate_limit: { requests_per_second: 5, burst: 10 }
  retry: { attempts: 3, base: 500ms, max: 10s }
  paths:
    realtime: /v1/statistic/meeting/list
    daily: /v1/statistic/meeting/getByTimeRange
    list: /v1/statistic/meeting/list
    detail: /v1/statistic/meeting/detail
  send_app_secret: true
  allow_insecure_http: false
  max_body_bytes: 16MiB
  duration_unit: seconds
  status_names: { 3: ended, 4: recycled, 5: cancelled }
  collectors:
    realtime: { enabled: true, interval: 15s, stale_after: 60s }
    daily: { enabled: true, interval: 5m, stale_after: 30m, max_range: 30d, settle: 7d }
    meetings:
      enabled: true
      interval: 1m
      stale_after: 10m
      lookback: 7d
      hot_window: 6h
      sweep_interval: 1h
      page_size: 100
    details: { enabled: false, interval: 15s, max_per_minute: 60, give_up_after: 24h }
  histograms:
    duration: [60, 300, 600, 900, 1800, 2700, 3600, 5400, 7200, 10800, 14400, 28800]
    participants: [1, 2, 3, 5, 10, 20, 50, 100, 200, 300, 500, 1000]
    start_delay: [0, 30, 60, 120, 300, 600, 900, 1800, 3600]
    overrun: [0, 60, 120, 300, 600, 900, 1800, 3600, 7200]
    attendance: [60, 300, 600, 1800, 3600, 5400, 7200, 14400, 28800]
  max_series: 2000
";

/// The defaults as a tree.
pub(super) fn tree(report: &Report) -> Option<Node> {
    let values = FileFormat::Yaml.parse(None, DEFAULTS);
    values
        .map(|values| Node::from_values(values, &Origin::BuiltIn))
        .map_err(|error| report.problem(&Place::root(Origin::BuiltIn), error.to_string()))
        .ok()
}
