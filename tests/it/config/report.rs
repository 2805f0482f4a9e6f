//! Problems that need more than one file, or none.

use std::path::Path;

use netease_meeting_exporter::config::{self, Sources};

use super::{Files, app, load};

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let files = Files::new(&[
        ("exporter.conf", "apps: []"),
        ("latin1.yml", ""),
        ("directory.yml/file", ""),
        ("large.yml", &" ".repeat(9 * 1024 * 1024)),
    ]);
    std::fs::write(files.path("latin1.yml"), b"apps: [\xe9]").unwrap();
    insta::assert_snapshot!(files.problems("missing.yml", &[]), @"missing.yml: no such file");
    insta::assert_snapshot!(files.problems("exporter.conf", &[]), @"exporter.conf: the format is told by the extension: .yml or .yaml, .toml or .json is expected");
    insta::assert_snapshot!(files.problems("latin1.yml", &[]), @"latin1.yml: not UTF-8 text");
    insta::assert_snapshot!(files.problems("directory.yml", &[]), @"directory.yml: this is a directory, not a file");
    insta::assert_snapshot!(files.problems("large.yml", &[]), @"large.yml: larger than 8388608 bytes");
}

#[test]
fn without_a_file_the_environment_is_named() {
    let nothing = Sources::new(None, Vec::<(String, String)>::new());
    insta::assert_snapshot!(config::load(&nothing).unwrap_err(), @r"
    the configuration has 1 problem:
      environment: no application is configured: name one under apps, or in a file of apps_dir
    ");
    let variables = [
        ("NETEASE_MEETING__APPS__0__NAME", "two words"),
        ("NETEASE_MEETING__APPS__2__APP_KEY", ""),
        ("NETEASE_MEETING__CONCURRENCY", "many"),
        ("NETEASE_MEETING__WINDOWS", "7d,1y2d"),
        ("NETEASE_MEETING__DEFAULT__HOST", "https://example.org"),
        ("NETEASE_MEETING__DEFAULTS__SEND_APP_SECRET", "yes"),
        ("NETEASE_MEETING__DEFAULTS__RATE_LIMIT__BURST", "1e3"),
        ("NETEASE_MEETING__DEFAULTS__COLLECTORS__DAILY", "5m"),
    ];
    let error = config::load(&Sources::new(None, variables)).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    the configuration has 15 problems:
      $NETEASE_MEETING__WINDOWS: windows: expected whole days from 1d to 366d, got "1y2d"
      $NETEASE_MEETING__CONCURRENCY: concurrency: expected a whole number from 1 to 10000, got "many"
      $NETEASE_MEETING__DEFAULT__HOST: default: unknown key: did you mean defaults?
      $NETEASE_MEETING__DEFAULTS__RATE_LIMIT__BURST: defaults.rate_limit.burst: expected a whole number from 1 to 10000, got "1e3"
      $NETEASE_MEETING__DEFAULTS__SEND_APP_SECRET: defaults.send_app_secret: expected true or false, got "yes"
      $NETEASE_MEETING__DEFAULTS__COLLECTORS__DAILY: defaults.collectors.daily: expected a mapping, got "5m"
      $NETEASE_MEETING__APPS__2__APP_KEY: apps[1]: nothing stands here: elements are numbered from 0 without gaps
      $NETEASE_MEETING__APPS__0__NAME: apps[0].name: expected 1 to 64 letters, digits, "_", "-" or ".", got "two words"
      $NETEASE_MEETING__APPS__0__NAME: apps[0].app_key: missing
      $NETEASE_MEETING__APPS__0__NAME: apps[0]: one of app_secret, app_secret_file, app_secret_env is missing
      $NETEASE_MEETING__APPS__0__NAME: apps[0].account_id: missing
      $NETEASE_MEETING__APPS__2__APP_KEY: apps[2].name: missing
      $NETEASE_MEETING__APPS__2__APP_KEY: apps[2].app_key: expected 1 to 256 visible ASCII characters without spaces, got ""
      $NETEASE_MEETING__APPS__2__APP_KEY: apps[2]: one of app_secret, app_secret_file, app_secret_env is missing
      $NETEASE_MEETING__APPS__2__APP_KEY: apps[2].account_id: missing
    "#);
}

#[test]
fn every_file_of_apps_dir_is_heard() {
    let files = Files::new(&[
        (
            "exporter.yml",
            &format!("apps_dir: apps.d\napps: [{}]", app("first", "")),
        ),
        ("apps.d/a.yml", &app("second", "timeout: 1h")),
        ("apps.d/b.json", r#"{"name": "first"}"#),
        ("apps.d/c.toml", "name = \"second\"\napp_keys = 'x'\n"),
        ("apps.d/d.yaml", "name: [\n"),
        ("apps.d/e.yml", "# nothing\n"),
        ("apps.d/ignored.txt", "["),
        ("apps.d/.ignored.yml", "["),
        ("apps.d/ignored.yml/file", "["),
    ]);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @r#"
    apps.d/d.yaml: not YAML: while parsing a node, did not find expected node content (line 2, column 1)
    apps.d/e.yml: the file holds no setting
    apps.d/a.yml: timeout: expected a duration from 100ms to 5m, got "1h"
    apps.d/b.json: name: "first" is taken by exporter.yml: apps[0].name
    apps.d/b.json: app_key: missing
    apps.d/b.json: one of app_secret, app_secret_file, app_secret_env is missing
    apps.d/b.json: account_id: missing
    apps.d/c.toml: name: "second" is taken by apps.d/a.yml: name
    apps.d/c.toml: app_key: missing
    apps.d/c.toml: one of app_secret, app_secret_file, app_secret_env is missing
    apps.d/c.toml: account_id: missing
    apps.d/c.toml: app_keys: unknown key: did you mean app_key?
    "#);
    let missing = Files::new(&[("exporter.yml", "apps_dir: apps.d")]);
    insta::assert_snapshot!(missing.problems("exporter.yml", &[]), @"exporter.yml: apps_dir: apps.d: No such file or directory (os error 2)");
    std::fs::create_dir(missing.path("apps.d")).unwrap();
    insta::assert_snapshot!(missing.problems("exporter.yml", &[]), @"exporter.yml: no application is configured: name one under apps, or in a file of apps_dir");
}

#[test]
fn what_defaults_say_wrong_is_told_once() {
    let apps: Vec<String> = (0..50).map(|n| app(&format!("app-{n}"), "")).collect();
    let text = format!(
        "defaults: {{timeout: soon, hosts: x}}\napps: [{}]",
        apps.join(", ")
    );
    let files = Files::new(&[("exporter.yml", &text)]);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @r#"
    exporter.yml: defaults.timeout: expected a duration such as 300ms, 15s or 1h30m, got "soon"
    exporter.yml: defaults.hosts: unknown key: did you mean host?
    "#);
}

#[test]
fn a_whole_that_is_no_mapping_is_told() {
    let files = Files::new(&[
        ("a.yml", "defaults: [host]\napps: {name: x}"),
        (
            "b.yml",
            "defaults:\napps: [x, [y]]\ndefaults.host: https://example.org",
        ),
    ]);
    insta::assert_snapshot!(files.problems("a.yml", &[]), @r"
    a.yml: apps: expected a list, got a mapping
    a.yml: defaults: expected a mapping, got a list
    ");
    insta::assert_snapshot!(files.problems("b.yml", &[]), @r#"
    b.yml: "defaults.host": unknown key
    b.yml: apps[0]: expected a mapping, got "x"
    b.yml: apps[1]: expected a mapping, got a list
    "#);
}

#[test]
fn short_intervals_and_idle_applications_draw_warnings() {
    let off = "realtime: {enabled: false, interval: 1s}, daily: {enabled: false}, meetings: {enabled: false}";
    let files = Files::new(&[(
        "exporter.yml",
        &format!(
            "defaults: {{collectors: {{daily: {{interval: 300ms}}}}}}\napps: [{}, {}, {}]",
            app("fast", "collectors: {realtime: {interval: 4999ms}}"),
            app("inherits", ""),
            app("idle", &format!("collectors: {{{off}}}")),
        ),
    )]);
    let loaded = files.load("exporter.yml", &[]).unwrap();
    insta::assert_snapshot!(files.plain(loaded.warnings.join("\n")), @r"
    exporter.yml: apps[0].collectors.realtime.interval: 4s999ms is short: every run is a call at least, and the vendor limits them
    exporter.yml: defaults.collectors.daily.interval: 300ms is short: every run is a call at least, and the vendor limits them
    exporter.yml: apps[2].collectors: every collector is disabled
    ");
}

#[test]
fn a_relative_file_is_named_as_it_was_given() {
    let error = load(Path::new("no-such-directory/exporter.yml"), &[]).unwrap_err();
    insta::assert_snapshot!(error, @r"
    the configuration has 1 problem:
      no-such-directory/exporter.yml: no such file
    ");
}
