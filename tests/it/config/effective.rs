//! The settings in force, as they are shown.

use std::{path::Path, sync::Arc};

use netease_meeting_exporter::config::{Effective, Settings, Sources, load};
use proptest::prelude::*;

/// Settings as a file has them.
fn read(text: &str, directory: &Path) -> Settings {
    let path = directory.join("exporter.yml");
    std::fs::write(&path, text).unwrap();
    let sources = Sources::new(Some(path), Vec::<(String, String)>::new());
    match load(&sources) {
        Ok(loaded) => loaded.settings,
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn shown(settings: Settings) -> String {
    Effective::new(Arc::new(settings)).to_string()
}

const WRITTEN: &str = r#"
state_dir: /var/lib/state
counters_since: 2026-01-01
windows: [30d, 7d]
defaults:
  proxy: https://keeper:hunter2@proxy.example.org:3128
  collectors:
    details: { enabled: true }
apps:
  - name: hq
    app_key: "0123456789abcdef"
    app_secret: s3cr3t-of-hq
    account_id: "1160033511272363"
    labels: { region: "cn-\"east\"", note: "没有 # : { 秘密" }
  - name: lab
    app_key: key
    app_secret: s3cr3t-of-lab
    account_id: lab-account
    host: http://127.0.0.1:8080/gateway
    timezone: UTC
    proxy: direct
    rate_limit: { requests_per_second: 0.5 }
    max_series: 700
    status_names: { 4: cancelled, 5: recycled }
    collectors:
      meetings: { enabled: false }
      details: { enabled: false }
    histograms: { duration: [0.5, 60] }
"#;

#[test]
fn defaults_are_filled_in_and_secrets_are_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let text = shown(read(WRITTEN, directory.path()));
    for secret in [
        "s3cr3t",
        "hunter2",
        "keeper",
        "1160033511272363",
        "lab-account",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    insta::assert_snapshot!(text, @r#"
    state_dir: "/var/lib/state"
    counters_since: 2026-01-01
    windows: [7d, 30d]
    concurrency: 64
    max_series: 5000000
    apps:
      - name: "hq"
        labels: { note: "没有 # : { 秘密", region: "cn-\"east\"" }
        host: "https://meeting-api.netease.im"
        paths:
          realtime: "/v1/statistic/meeting/list"
          daily: "/v1/statistic/meeting/getByTimeRange"
          list: "/v1/statistic/meeting/list"
          detail: "/v1/statistic/meeting/detail"
        app_key: "0123456789abcdef"
        app_secret: <secret>
        send_app_secret: true
        account_id: <secret>
        timezone: Asia/Shanghai
        timeout: 10s
        rate_limit: { requests_per_second: 5, burst: 10 }
        retry: { attempts: 3, base: 500ms, max: 10s }
        max_body_bytes: 16777216
        proxy: "https://<secret>@proxy.example.org:3128"
        duration_unit: seconds
        status_names: { 3: ended, 4: recycled, 5: cancelled }
        max_series: 2000
        collectors:
          realtime: { enabled: true, interval: 15s, stale_after: 1m }
          daily: { enabled: true, interval: 5m, stale_after: 30m, max_range: 30d, settle: 7d }
          meetings: { enabled: true, interval: 1m, stale_after: 10m, lookback: 7d, hot_window: 6h, sweep_interval: 1h, page_size: 100 }
          details: { enabled: true, interval: 15s, max_per_minute: 60, give_up_after: 1d }
        histograms:
          duration: [60, 300, 600, 900, 1800, 2700, 3600, 5400, 7200, 10800, 14400, 28800]
          participants: [1, 2, 3, 5, 10, 20, 50, 100, 200, 300, 500, 1000]
          start_delay: [0, 30, 60, 120, 300, 600, 900, 1800, 3600]
          overrun: [0, 60, 120, 300, 600, 900, 1800, 3600, 7200]
          attendance: [60, 300, 600, 1800, 3600, 5400, 7200, 14400, 28800]
      - name: "lab"
        labels: {}
        host: "http://127.0.0.1:8080/gateway"
        paths:
          realtime: "/v1/statistic/meeting/list"
          daily: "/v1/statistic/meeting/getByTimeRange"
          list: "/v1/statistic/meeting/list"
          detail: "/v1/statistic/meeting/detail"
        app_key: "key"
        app_secret: <secret>
        send_app_secret: true
        account_id: <secret>
        timezone: UTC
        timeout: 10s
        rate_limit: { requests_per_second: 0.5, burst: 10 }
        retry: { attempts: 3, base: 500ms, max: 10s }
        max_body_bytes: 16777216
        proxy: "direct"
        duration_unit: seconds
        status_names: { 3: ended, 4: cancelled, 5: recycled }
        max_series: 700
        collectors:
          realtime: { enabled: true, interval: 15s, stale_after: 1m }
          daily: { enabled: true, interval: 5m, stale_after: 30m, max_range: 30d, settle: 7d }
          meetings: { enabled: false }
          details: { enabled: false }
        histograms:
          duration: [0.5, 60]
          participants: [1, 2, 3, 5, 10, 20, 50, 100, 200, 300, 500, 1000]
          start_delay: [0, 30, 60, 120, 300, 600, 900, 1800, 3600]
          overrun: [0, 60, 120, 300, 600, 900, 1800, 3600, 7200]
          attendance: [60, 300, 600, 1800, 3600, 5400, 7200, 14400, 28800]
    "#);
}

/// What is shown can be read again, and then says the same.
#[test]
fn what_is_shown_is_a_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let first = shown(read(WRITTEN, directory.path()));
    assert_eq!(shown(read(&first, directory.path())), first);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_back_as_it_was(
        key in "[!-~]{1,40}",
        label in "[^\\p{C}]{1,40}",
        path in "/[!\"$-\\[\\]-~&&[^?]]{0,20}",
    ) {
        let directory = tempfile::tempdir().unwrap();
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let text = format!(
            "apps:\n  - name: a\n    app_key: {}\n    app_secret: x\n    account_id: y\n    \
             labels: {{ l: {} }}\n    paths: {{ list: {} }}\n",
            quoted(&key), quoted(&label), quoted(&path),
        );
        let settings = read(&text, directory.path());
        let again = read(&shown(settings.clone()), directory.path());
        prop_assert_eq!(&again.apps[0].api.app_key, &key);
        prop_assert_eq!(&again.apps[0].labels["l"], &label);
        prop_assert_eq!(&again.apps[0].api.paths.list, &path);
        prop_assert_eq!(shown(again), shown(settings));
    }
}
