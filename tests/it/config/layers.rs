//! Which layer wins, what is inherited, and what the environment reaches.

use std::time::Duration;

use netease_meeting_exporter::config::{self, FinalStatus, Settings, Sources};
use secrecy::ExposeSecret;

use super::{Files, SECRET, app};

fn settings(text: &str, environment: &[(&str, &str)]) -> Settings {
    let files = Files::new(&[("exporter.yml", text)]);
    files.load("exporter.yml", environment).unwrap().settings
}

#[test]
fn the_file_wins_over_defaults_and_the_environment_over_both() {
    let text = format!(
        "windows: [30d, 7d, 1w]\nconcurrency: 8\napps: [{}]",
        app("x", "")
    );
    let read = settings(&text, &[]);
    assert_eq!((read.windows, read.concurrency), (vec![7, 30], 8));
    let environment = [
        ("NETEASE_MEETING__WINDOWS", "90d, 1d"),
        ("NETEASE_MEETING__CONCURRENCY", "9"),
    ];
    let read = settings(&text, &environment);
    assert_eq!((read.windows, read.concurrency), (vec![1, 90], 9));
    let none = [("NETEASE_MEETING__WINDOWS", "")];
    assert_eq!(settings(&text, &none).windows, Vec::<u16>::new());
}

#[test]
fn mappings_are_inherited_key_by_key_and_lists_whole() {
    let text = format!(
        "
defaults:
  timeout: 3s
  labels: {{ region: cn-east, Team: a }}
  collectors: {{ daily: {{ interval: 10m, settle: 3d }} }}
  histograms: {{ duration: [1, 2.5] }}
apps:
  - {}
  - {}
",
        app("inherits", ""),
        app(
            "differs",
            "timeout: 4s, labels: {region: cn-north}, collectors: {daily: {interval: 7m}}, \
             histograms: {duration: [9]}, status_names: {4: cancelled, 5: recycled}",
        ),
    );
    let apps = settings(&text, &[]).apps;
    let shown: Vec<String> = apps
        .iter()
        .map(|app| {
            let daily = app.collectors.daily.as_ref().unwrap();
            let names: Vec<_> = app.api.status_names.numbers().collect();
            format!(
                "{}: {:?} {:?} {daily:?} {:?} {names:?} 4={:?}",
                app.name,
                app.api.timeout,
                app.labels,
                app.histograms.duration,
                app.api.status_names.get(4).map(FinalStatus::as_str),
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    inherits: 3s {"Team": "a", "region": "cn-east"} DailySettings { interval: 600s, stale_after: 1800s, max_range: 30, settle: 3 } [1.0, 2.5] [3, 4, 5] 4=Some("recycled")
    differs: 4s {"Team": "a", "region": "cn-north"} DailySettings { interval: 420s, stale_after: 1800s, max_range: 30, settle: 3 } [9.0] [3, 4, 5] 4=Some("cancelled")
    "#);
}

#[test]
fn a_key_without_a_value_is_as_good_as_absent() {
    let text = format!(
        "defaults:\nwindows:\napps: [{}]",
        app(
            "x",
            "timeout: , collectors: {daily: , realtime: {interval: }}, labels: "
        )
    );
    let app = settings(&text, &[]).apps.remove(0);
    assert_eq!(app.api.timeout, Duration::from_secs(10));
    assert!(app.collectors.daily.is_some());
    let files = Files::new(&[("exporter.yml", &format!("nonsense:\n{text}"))]);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @"exporter.yml: nonsense: unknown key; known here: apps, apps_dir, concurrency, counters_since, defaults, max_series, state_dir, windows");
}

#[test]
fn the_environment_reaches_into_lists() {
    let text = format!(
        "apps: [{}, {}]",
        app("first", "timeout: 1s"),
        app("second", "timeout: 2s")
    );
    let environment = [
        ("NETEASE_MEETING__APPS__1__TIMEOUT", "9s"),
        ("NETEASE_MEETING__APPS__1__LABELS__REGION", "cn-east"),
        ("NETEASE_MEETING__APPS__1__LABELS__Team", "a"),
        ("NETEASE_MEETING__DEFAULTS__STATUS_NAMES__4", "cancelled"),
        ("NETEASE_MEETING__DEFAULTS__SEND_APP_SECRET", "false"),
        (
            "NETEASE_MEETING__DEFAULTS__RATE_LIMIT__REQUESTS_PER_SECOND",
            "2.5",
        ),
        (
            "NETEASE_MEETING__DEFAULTS__HISTOGRAMS__PARTICIPANTS",
            "1,10,100",
        ),
        ("NETEASE_MEETING__DEFAULTS__MAX_BODY_BYTES", "65536"),
    ];
    let apps = settings(&text, &environment).apps;
    let shown: Vec<String> = apps
        .iter()
        .map(|app| {
            format!(
                "{} {:?} {:?} {:?} {} {} {:?} {}",
                app.name,
                app.api.timeout,
                app.labels,
                app.api.status_names.get(4),
                app.api.send_app_secret,
                app.api.rate_limit.requests_per_second,
                app.histograms.participants,
                app.api.max_body_bytes,
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    first 1s {} Some(Cancelled) false 2.5 [1.0, 10.0, 100.0] 65536
    second 9s {"Team": "a", "region": "cn-east"} Some(Cancelled) false 2.5 [1.0, 10.0, 100.0] 65536
    "#);
}

#[test]
fn the_environment_alone_is_enough() {
    let environment = [
        ("NETEASE_MEETING__APPS__0__NAME", "headquarters"),
        ("NETEASE_MEETING__APPS__0__APP_KEY", "0123456789"),
        ("NETEASE_MEETING__APPS__0__APP_SECRET", SECRET),
        ("NETEASE_MEETING__APPS__0__ACCOUNT_ID", "1160033511272363"),
        ("NETEASE_MEETING__STATE_DIR", "state"),
        ("PATH", "/usr/bin"),
    ];
    let loaded = config::load(&Sources::new(None, environment)).unwrap();
    let app = &loaded.settings.apps[0];
    assert_eq!(app.api.app_key, "0123456789");
    assert_eq!(app.api.app_secret.expose_secret(), SECRET);
    assert_eq!(loaded.settings.state_dir.unwrap().to_str(), Some("state"));
    assert_eq!((loaded.warnings.len(), loaded.files.len()), (0, 0));
}

#[test]
fn the_three_formats_say_the_same() {
    let files = Files::new(&[
        (
            "exporter.yml",
            "counters_since: 2026-01-01\napps:\n  - {name: x, app_key: k, account_id: a, app_secret: s, status_names: {3: recycled}, rate_limit: {requests_per_second: 2}}",
        ),
        (
            "exporter.toml",
            "counters_since = 2026-01-01\n[[apps]]\nname = 'x'\napp_key = 'k'\naccount_id = 'a'\napp_secret = 's'\nstatus_names = {3 = 'recycled'}\nrate_limit.requests_per_second = 2\n",
        ),
        (
            "exporter.json",
            r#"{"counters_since": "2026-01-01", "apps": [{"name": "x", "app_key": "k", "account_id": "a", "app_secret": "s", "status_names": {"3": "recycled"}, "rate_limit": {"requests_per_second": 2}}]}"#,
        ),
    ]);
    let shown: Vec<String> = ["exporter.yml", "exporter.toml", "exporter.json"]
        .iter()
        .map(|name| format!("{:?}", files.load(name, &[]).unwrap().settings))
        .collect();
    assert!(
        shown[0].contains("2026-01-01") && shown[0].contains("3: Recycled"),
        "{}",
        shown[0]
    );
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
}

#[test]
fn apps_dir_adds_applications_and_every_file_is_noted() {
    let files = Files::new(&[
        (
            "exporter.yml",
            &format!(
                "apps_dir: apps.d\ndefaults: {{timeout: 3s}}\napps: [{}]",
                app("z", "")
            ),
        ),
        ("apps.d/20.yml", &app("b", "timeout: 5s")),
        (
            "apps.d/10.yml",
            "name: a\napp_key: k\naccount_id: a\napp_secret_file: a.secret\nca_file: ../ca.pem",
        ),
        ("apps.d/a.secret", SECRET),
        ("ca.pem", ""),
    ]);
    let loaded = files.load("exporter.yml", &[]).unwrap();
    let apps: Vec<String> = loaded
        .settings
        .apps
        .iter()
        .map(|app| format!("{} {:?}", app.name, app.api.timeout))
        .collect();
    insta::assert_snapshot!(apps.join("\n"), @r"
    z 3s
    a 3s
    b 5s
    ");
    let noted: Vec<String> = loaded
        .files
        .iter()
        .map(|path| files.plain(path.display()))
        .collect();
    insta::assert_snapshot!(noted.join("\n"), @r"
    apps.d
    apps.d/../ca.pem
    apps.d/10.yml
    apps.d/20.yml
    apps.d/a.secret
    exporter.yml
    ");
}

#[test]
fn a_proxy_comes_from_the_application_or_the_environment() {
    let text = format!(
        "apps: [{}, {}, {}, {}]",
        app("environment", ""),
        app("own", "proxy: 'socks5h://user:pass@127.0.0.1:1080'"),
        app("direct", "proxy: direct"),
        app("simulator", "host: 'http://127.0.0.1:8080'"),
    );
    let environment = [("https_proxy", "http://proxy.example.org:3128")];
    let shown: Vec<String> = settings(&text, &environment)
        .apps
        .iter()
        .map(|app| {
            let proxy = app.api.proxy.as_ref().map(ExposeSecret::expose_secret);
            format!("{} {proxy:?}", app.name)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    environment Some("http://proxy.example.org:3128/")
    own Some("socks5h://user:pass@127.0.0.1:1080")
    direct None
    simulator None
    "#);
}
