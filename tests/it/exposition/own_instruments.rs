//! The exporter's own instruments, and all of it together.

use std::{collections::BTreeMap, io::Read as _, sync::Arc, time::Duration};

use jiff::SignedDuration;
use netease_meeting_exporter::{
    api::{Attempt, Endpoint, Observer as _},
    catalogue,
    clock::ManualClock,
    exposition::{Encoding, Exposition, Format, Selection, encode},
    self_metrics::SelfMetrics,
    shard::Shard,
};
use prometheus::proto::MetricType;

use super::fixture::{Fixed, known, lines, read_at, unknown};

fn attempt<'a>(app: &'a str, endpoint: Endpoint, code: &'a str) -> Attempt<'a> {
    Attempt {
        app,
        endpoint,
        code,
        is_retry: false,
        duration: Duration::from_millis(43),
        server_duration: None,
        clock_skew: None,
    }
}

/// What is exposed about the exporter's work, with two applications of which nothing else is known;
/// without buckets and without what differs from one machine to the next.
fn own(metrics: &Arc<SelfMetrics>) -> String {
    let snapshots = Fixed::new([unknown("hq"), unknown("lab")]);
    let clock = ManualClock::at(read_at().wall);
    let exposition = Exposition::new(snapshots, Arc::clone(metrics), clock);
    let text = encode(&exposition.gather(), Format::Text);
    let other = ["#", "process_", "up{", "collector_", "exporter_dropped"];
    lines(&text, |line| {
        !other.iter().any(|other| line.starts_with(other))
            && !line.contains("_info{")
            && !line.contains("_bucket{")
    })
}

fn instruments() -> Arc<SelfMetrics> {
    Arc::new(SelfMetrics::new().unwrap())
}

#[test]
fn known_series_are_there_from_the_start() {
    let metrics = instruments();
    metrics.register_app("hq", &[Endpoint::Realtime, Endpoint::Daily]);
    insta::assert_snapshot!(own(&metrics), @r#"
    api_request_duration_seconds_sum{endpoint="daily"} 0
    api_request_duration_seconds_count{endpoint="daily"} 0
    api_request_duration_seconds_sum{endpoint="realtime"} 0
    api_request_duration_seconds_count{endpoint="realtime"} 0
    api_requests_total{app="hq",endpoint="realtime",code="200"} 0
    api_requests_total{app="hq",endpoint="daily",code="200"} 0
    api_retries_total{app="hq",endpoint="realtime"} 0
    api_retries_total{app="hq",endpoint="daily"} 0
    api_server_duration_seconds_sum{endpoint="daily"} 0
    api_server_duration_seconds_count{endpoint="daily"} 0
    api_server_duration_seconds_sum{endpoint="realtime"} 0
    api_server_duration_seconds_count{endpoint="realtime"} 0
    api_throttled_seconds_total{app="hq"} 0
    exporter_exposition_bytes 0
    exporter_scrape_duration_seconds_sum 0
    exporter_scrape_duration_seconds_count 0
    exporter_scrapes_total 0
    exporter_web_refusals_total{reason="certificate"} 0
    exporter_web_refusals_total{reason="connection"} 0
    exporter_web_refusals_total{reason="handshake"} 0
    exporter_web_refusals_total{reason="max_requests"} 0
    exporter_web_refusals_total{reason="password"} 0
    exporter_web_refusals_total{reason="password_queue"} 0
    exporter_web_refusals_total{reason="rate_limit"} 0
    inconsistent_answers_total{app="hq"} 0
    "#);
}

#[test]
fn attempts_are_counted() {
    let metrics = instruments();
    metrics.register_app("hq", &[Endpoint::List]);
    metrics.attempt(&attempt("hq", Endpoint::List, "510"));
    metrics.attempt(&Attempt {
        is_retry: true,
        server_duration: Some(Duration::from_millis(32)),
        clock_skew: Some(SignedDuration::from_millis(-1500)),
        ..attempt("hq", Endpoint::List, "200")
    });
    metrics.attempt(&attempt("hq", Endpoint::List, "timeout"));
    metrics.throttled("hq", Duration::from_millis(250));
    metrics.throttled("hq", Duration::from_millis(500));
    metrics.inconsistent_answer("hq");
    insta::assert_snapshot!(own(&metrics), @r#"
    api_clock_skew_seconds{app="hq"} -1.5
    api_request_duration_seconds_sum{endpoint="list"} 0.129
    api_request_duration_seconds_count{endpoint="list"} 3
    api_requests_total{app="hq",endpoint="list",code="200"} 1
    api_requests_total{app="hq",endpoint="list",code="510"} 1
    api_requests_total{app="hq",endpoint="list",code="timeout"} 1
    api_retries_total{app="hq",endpoint="list"} 1
    api_server_duration_seconds_sum{endpoint="list"} 0.032
    api_server_duration_seconds_count{endpoint="list"} 1
    api_throttled_seconds_total{app="hq"} 0.75
    exporter_exposition_bytes 0
    exporter_scrape_duration_seconds_sum 0
    exporter_scrape_duration_seconds_count 0
    exporter_scrapes_total 0
    exporter_web_refusals_total{reason="certificate"} 0
    exporter_web_refusals_total{reason="connection"} 0
    exporter_web_refusals_total{reason="handshake"} 0
    exporter_web_refusals_total{reason="max_requests"} 0
    exporter_web_refusals_total{reason="password"} 0
    exporter_web_refusals_total{reason="password_queue"} 0
    exporter_web_refusals_total{reason="rate_limit"} 0
    inconsistent_answers_total{app="hq"} 1
    "#);
}

#[test]
fn an_application_that_is_gone_leaves_no_series() {
    let metrics = instruments();
    let before = own(&metrics);
    for app in ["hq", "lab"] {
        metrics.register_app(app, &[]);
        metrics.attempt(&attempt(app, Endpoint::Daily, "401"));
        metrics.attempt(&Attempt {
            is_retry: true,
            clock_skew: Some(SignedDuration::ZERO),
            ..attempt(app, Endpoint::Daily, "401")
        });
    }
    metrics.forget_app("hq");
    let after = own(&metrics);
    assert!(!after.contains("hq"), "{after}");
    assert!(after.contains(r#"api_requests_total{app="lab",endpoint="daily",code="401"} 2"#));
    assert!(!before.contains("api_requests"), "{before}");
}

#[test]
fn what_was_never_set_is_absent() {
    let metrics = instruments();
    let state = |metrics: &Arc<SelfMetrics>| {
        lines(&own(metrics), |line| {
            line.contains("config_") || line.contains("state_")
        })
    };
    assert_eq!(state(&metrics), "");
    metrics.config_loaded("2020-12-17T10:00:00.5+08:00".parse().unwrap());
    metrics.state_written(true);
    insta::assert_snapshot!(state(&metrics), @r"
    exporter_config_last_reload_success_timestamp_seconds 1608170400.5
    exporter_config_last_reload_successful 1
    exporter_state_ok 1
    ");
    metrics.config_rejected();
    metrics.state_written(false);
    metrics.web_config_loaded("2020-12-17T10:00:01+08:00".parse().unwrap());
    metrics.web_config_rejected();
    insta::assert_snapshot!(state(&metrics), @r"
    exporter_config_last_reload_success_timestamp_seconds 1608170400.5
    exporter_config_last_reload_successful 0
    exporter_state_ok 0
    exporter_web_config_last_reload_success_timestamp_seconds 1608170401
    exporter_web_config_last_reload_successful 0
    ");
}

/// Families of the instruments, and those the `prometheus` crate makes, are the catalogue's.
#[test]
fn the_catalogue_knows_every_instrument() {
    let metrics = instruments();
    metrics.register_app("hq", &Endpoint::ALL);
    metrics.attempt(&Attempt {
        clock_skew: Some(SignedDuration::ZERO),
        ..attempt("hq", Endpoint::List, "200")
    });
    metrics.config_loaded(jiff::Timestamp::UNIX_EPOCH);
    metrics.web_config_loaded(jiff::Timestamp::UNIX_EPOCH);
    metrics.state_written(true);
    let gathered = metrics.gather();
    for family in &gathered {
        let known = catalogue::find(family.name()).unwrap();
        let kind = match known.kind {
            catalogue::Kind::Counter => MetricType::COUNTER,
            catalogue::Kind::Gauge | catalogue::Kind::Info => MetricType::GAUGE,
            catalogue::Kind::Histogram => MetricType::HISTOGRAM,
        };
        assert_eq!(
            (family.help(), family.get_field_type()),
            (known.help, kind),
            "{}",
            known.name
        );
        let mut labels: Vec<_> = family.get_metric()[0]
            .get_label()
            .iter()
            .map(|pair| pair.name())
            .collect();
        let mut expected = known.labels.to_vec();
        labels.sort_unstable();
        expected.sort_unstable();
        assert_eq!(labels, expected, "{}", known.name);
    }
}

/// With an application of which everything is known, every family of the catalogue is exposed.
#[test]
fn every_family_of_the_catalogue_can_be_seen() {
    let exposition = whole();
    let text = text(&exposition, Format::OpenMetrics);
    for family in catalogue::all() {
        if !cfg!(target_os = "linux") && family.group == catalogue::Group::Process {
            continue;
        }
        let head = format!("# TYPE {} {}\n", family.base_name(), family.kind.as_str());
        assert!(text.contains(&head), "{} is missing", family.name);
    }
    assert!(text.ends_with("\n# EOF\n"));
}

#[test]
fn own_series_carry_the_labels_of_their_application() {
    let text = text(&whole(), Format::Text);
    let about = |app: &str| {
        lines(&text, |line| {
            line.starts_with("api_re") && line.contains(app)
        })
    };
    insta::assert_snapshot!(about("hq"), @r#"
    api_requests_total{app="hq",endpoint="realtime",code="200",region="cn-east"} 1
    api_retries_total{app="hq",endpoint="realtime",region="cn-east"} 0
    "#);
    insta::assert_snapshot!(about("lab"), @r#"
    api_requests_total{app="lab",endpoint="realtime",code="200"} 0
    api_retries_total{app="lab",endpoint="realtime"} 0
    "#);
}

#[test]
fn a_scrape_is_counted_after_it_was_answered() {
    let clock = ManualClock::at(read_at().wall);
    let exposition = Exposition::new(Fixed::new([known("hq")]), instruments(), clock.clone());
    let count = || {
        let text = text(&exposition, Format::Text);
        lines(&text, |line| line.starts_with("exporter_scrapes_total"))
    };
    assert_eq!(count(), "exporter_scrapes_total 0");
    assert_eq!(count(), "exporter_scrapes_total 0", "the same bytes again");
    clock.advance(Duration::from_secs(1));
    assert_eq!(count(), "exporter_scrapes_total 2");
}

#[test]
fn compressed_is_the_same_but_smaller() {
    let clock = ManualClock::at(read_at().wall);
    let exposition = Exposition::new(Fixed::new([known("hq")]), instruments(), clock);
    let plain = exposition.render(Format::Text, Encoding::Identity, &Selection::default());
    let compressed = exposition.render(Format::Text, Encoding::Gzip, &Selection::default());
    assert!(
        compressed.len() < plain.len() / 2,
        "{} of {}",
        compressed.len(),
        plain.len()
    );
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&*compressed)
        .read_to_string(&mut text)
        .unwrap();
    let ours = |text: &str| lines(text, |line| !line.contains("process_"));
    assert_eq!(ours(&text), ours(std::str::from_utf8(&plain).unwrap()));
}

/// Two applications, one with a label of its own, and every instrument in use.
fn whole() -> Exposition {
    let mut labelled = known("hq");
    labelled.labels = Arc::new(BTreeMap::from([("region".into(), "cn-east".into())]));
    let metrics = instruments();
    for app in ["hq", "lab"] {
        metrics.register_app(app, &[Endpoint::Realtime]);
    }
    metrics.attempt(&Attempt {
        clock_skew: Some(SignedDuration::ZERO),
        ..attempt("hq", Endpoint::Realtime, "200")
    });
    metrics.config_loaded(jiff::Timestamp::UNIX_EPOCH);
    metrics.web_config_loaded(jiff::Timestamp::UNIX_EPOCH);
    metrics.state_written(true);
    metrics.sharded(Shard::ONLY);
    metrics.run_began("realtime", Duration::from_millis(3));
    let clock = ManualClock::at(read_at().wall);
    clock.advance(Duration::from_secs(10));
    Exposition::new(Fixed::new([labelled, unknown("lab")]), metrics, clock)
}

fn text(exposition: &Exposition, format: Format) -> String {
    let body = exposition.render(format, Encoding::Identity, &Selection::default());
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn what_is_about_the_exporter_itself_can_be_left_out() {
    let metrics = Arc::new(SelfMetrics::showing(false).unwrap());
    metrics.register_app("hq", &[Endpoint::Realtime]);
    let clock = ManualClock::at(read_at().wall);
    let exposition = Exposition::new(Fixed::new([known("hq")]), metrics, clock);
    for format in [Format::Text, Format::OpenMetrics] {
        let text = text(&exposition, format);
        assert!(
            !text.contains("process_") && !text.contains("exporter_scrape"),
            "{text}"
        );
        assert!(
            text.contains("netease_meeting_exporter_build_info{"),
            "{text}"
        );
        assert!(
            text.contains("netease_meeting_api_requests_total{"),
            "{text}"
        );
        assert_eq!(text.ends_with("# EOF\n"), format == Format::OpenMetrics);
    }
}
