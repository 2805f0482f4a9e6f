//! The files of `config/`: what is shown must be true.

use std::{fs, path::Path};

use netease_meeting_exporter::config::Settings;

use super::{Files, SECRET, load};

/// An example of `config/` as loaded, with the secret's file among the credentials.
fn example(text: &str) -> Settings {
    let files = Files::new(&[
        ("exporter.yml", text),
        ("credentials/headquarters.secret", SECRET),
        ("apps.d/.hidden.yml", "not: read"),
    ]);
    let credentials = files.path("credentials");
    let environment = [("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())];
    let loaded = files.load("exporter.yml", &environment).unwrap();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    loaded.settings
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new("config").join(name)).unwrap()
}

#[test]
fn the_minimal_example_is_enough() {
    let settings = example(&read("minimal.example.yml"));
    insta::assert_debug_snapshot!(settings, @r#"
    Settings {
        state_dir: None,
        counters_since: None,
        windows: [
            7,
            30,
        ],
        concurrency: 64,
        max_series: 5000000,
        apps: [
            AppSettings {
                name: "headquarters",
                labels: {},
                api: ApiSettings {
                    app: "headquarters",
                    host: "https://meeting-api.netease.im",
                    paths: Paths {
                        realtime: "/v1/statistic/meeting/list",
                        daily: "/v1/statistic/meeting/getByTimeRange",
                        list: "/v1/statistic/meeting/list",
                        detail: "/v1/statistic/meeting/detail",
                    },
                    app_key: "0123456789abcdef",
                    app_secret: SecretBox<str>([REDACTED]),
                    account_id: "1160033511272363",
                    timezone: TimeZone(
                        TZif(
                            "Asia/Shanghai",
                        ),
                    ),
                    timeout: 10s,
                    rate_limit: RateLimit {
                        requests_per_second: 5.0,
                        burst: 10,
                    },
                    retry: Retry {
                        attempts: 3,
                        base: 500ms,
                        max: 10s,
                    },
                    send_app_secret: true,
                    max_body_bytes: 16777216,
                    ca_file: None,
                    proxy: None,
                    duration_unit: Seconds,
                    status_names: StatusNames(
                        {
                            3: Ended,
                            4: Recycled,
                            5: Cancelled,
                        },
                    ),
                },
                collectors: CollectorSettings {
                    realtime: Some(
                        RealtimeSettings {
                            interval: 15s,
                            stale_after: 60s,
                        },
                    ),
                    daily: Some(
                        DailySettings {
                            interval: 300s,
                            stale_after: 1800s,
                            max_range: 30,
                            settle: 7,
                        },
                    ),
                    meetings: Some(
                        MeetingsSettings {
                            interval: 60s,
                            stale_after: 600s,
                            lookback: 604800s,
                            hot_window: 21600s,
                            sweep_interval: 3600s,
                            page_size: 100,
                        },
                    ),
                    details: None,
                },
                histograms: Histograms {
                    duration: [
                        60.0,
                        300.0,
                        600.0,
                        900.0,
                        1800.0,
                        2700.0,
                        3600.0,
                        5400.0,
                        7200.0,
                        10800.0,
                        14400.0,
                        28800.0,
                    ],
                    participants: [
                        1.0,
                        2.0,
                        3.0,
                        5.0,
                        10.0,
                        20.0,
                        50.0,
                        100.0,
                        200.0,
                        300.0,
                        500.0,
                        1000.0,
                    ],
                    start_delay: [
                        0.0,
                        30.0,
                        60.0,
                        120.0,
                        300.0,
                        600.0,
                        900.0,
                        1800.0,
                        3600.0,
                    ],
                    overrun: [
                        0.0,
                        60.0,
                        120.0,
                        300.0,
                        600.0,
                        900.0,
                        1800.0,
                        3600.0,
                        7200.0,
                    ],
                    attendance: [
                        60.0,
                        300.0,
                        600.0,
                        1800.0,
                        3600.0,
                        5400.0,
                        7200.0,
                        14400.0,
                        28800.0,
                    ],
                },
                max_series: 2000,
            },
        ],
    }
    "#);
}

#[test]
fn the_full_example_states_the_defaults() {
    let full = example(&read("exporter.example.yml"));
    let mut minimal = example(&read("minimal.example.yml"));
    // What the full example sets that has no default.
    minimal.state_dir = Some("/var/lib/netease-meeting-exporter".into());
    minimal.apps[0].labels = [("region".to_owned(), "cn-east".to_owned())].into();
    assert_eq!(format!("{full:#?}"), format!("{minimal:#?}"));
}

#[test]
fn what_the_full_example_comments_out_can_be_used() {
    // `#key: value` is a setting, `# Prose` is not.
    let uncommented: Vec<String> = read("exporter.example.yml")
        .lines()
        .filter(|line| {
            // There is no such file, and a secret is given once.
            !line.contains("ca_file:") && !line.contains("#app_secret")
        })
        .map(|line| match line.trim_start().strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => line.replacen('#', "", 1),
            _ => line.to_owned(),
        })
        .collect();
    let settings = example(&uncommented.join("\n"));
    assert!(settings.apps[0].api.proxy.is_some());
    assert_eq!(settings.counters_since.unwrap().to_string(), "2026-01-01");
}

#[test]
fn every_bad_file_is_told_what_its_comments_expect() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir("config").unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if !name.ends_with(".bad.yml") {
            continue;
        }
        checked += 1;
        let text = fs::read_to_string(&path).unwrap();
        let comments = text
            .lines()
            .take_while(|line| line.starts_with("# expect: "));
        let expected: Vec<String> = comments.map(str::to_owned).collect();

        let error = load(&path, &[]).unwrap_err();
        let shown = format!("{error}\n{error:?}");
        assert!(!shown.contains(SECRET), "{shown}");
        let problems = error.problems().iter().map(ToString::to_string);
        let told: Vec<String> = problems
            .map(|problem| problem.replacen(&format!("{name}: "), "# expect: ", 1))
            .collect();
        if told != expected {
            wrong.push(format!("{name} should begin with\n{}\n", told.join("\n")));
        }
    }
    assert!(checked >= 9, "only {checked} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
