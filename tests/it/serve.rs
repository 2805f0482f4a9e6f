//! The daemon, end to end: what the vendor says is what `/metrics` says.

use netease_meeting_exporter::simulator::{Endpoint, Simulator};

use crate::support::{Exporter, Vendor, eventually, get_with, sample, samples, until};

const APP: (&str, &str) = ("app", "demo");

#[test]
fn live_and_daily_numbers_equal_the_truth() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let exporter = Exporter::serve(&vendor.config("windows: [7d, 30d]")).ready();
    let world = vendor.simulator.world();
    // The world moves while we look: a scrape is right when it equals the truth of one moment
    // within the time the exporter may have asked at.
    eventually("figures that equal the truth", || {
        let now = vendor.simulator.clock().now();
        let text = exporter.metrics();
        let seen = |name: &str, labels: &[(&str, &str)]| sample(&text, name, labels);
        let live = world.realtime(0, now);
        let today = world.day_at(now);
        let yesterday = world.daily(0, today.yesterday().unwrap(), now);
        let month = world.totals(
            0,
            today.saturating_sub(jiff::Span::new().days(29)),
            today,
            now,
        );
        let day = |day: &'static str| [APP, ("day", day)];
        let wanted = [
            (
                seen("netease_meeting_active_meetings", &[APP]),
                live.meetings,
            ),
            (
                seen("netease_meeting_active_participants", &[APP]),
                live.participants,
            ),
            (
                seen("netease_meeting_day_meetings", &day("yesterday")),
                yesterday.meetings,
            ),
            (
                seen("netease_meeting_day_participants", &day("yesterday")),
                yesterday.participants,
            ),
            (
                seen("netease_meeting_day_duration_seconds", &day("yesterday")),
                yesterday.duration_seconds,
            ),
            (
                seen("netease_meeting_day_peak_participants", &day("yesterday")),
                yesterday.peak_participants,
            ),
            (
                seen("netease_meeting_window_meetings", &[APP, ("window", "30d")]),
                month.meetings,
            ),
        ];
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        wanted
            .iter()
            .all(|(seen, truth)| *seen == Some(*truth as f64))
            .then_some(())
    });
    let text = exporter.metrics();
    assert_eq!(sample(&text, "netease_meeting_up", &[APP]), Some(1.0));
    let (status, log) = exporter.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn the_documents_samples_give_their_numbers() {
    let vendor = Vendor::start();
    let realtime = r#"{"code":200,"ret":{"inMeetingCount":"12","inMeetingMemberCount":34},"requestId":"mc_1","costTime":"32ms"}"#;
    vendor.simulator.set_answer(Endpoint::Realtime, realtime);
    let exporter = Exporter::serve(&vendor.config("")).ready();
    until("meetings", &Some(12.0), || {
        sample(
            &exporter.metrics(),
            "netease_meeting_active_meetings",
            &[APP],
        )
    });
    let sample_of_the_document = include_str!("../fixtures/vendor/realtime.json");
    vendor
        .simulator
        .set_answer(Endpoint::Realtime, sample_of_the_document);
    until("a real zero is shown as zero", &Some(0.0), || {
        sample(
            &exporter.metrics(),
            "netease_meeting_active_participants",
            &[APP],
        )
    });
}

#[test]
fn the_first_scrape_knows_what_there_is_to_know() {
    let vendor = Vendor::start();
    vendor
        .simulator
        .set_latency(std::time::Duration::from_secs(30));
    let exporter = Exporter::serve(&vendor.config(""));
    let text = exporter.metrics();
    assert_eq!(sample(&text, "netease_meeting_up", &[APP]), Some(0.0));
    for collector in ["realtime", "daily"] {
        let labels = [APP, ("collector", collector)];
        assert_eq!(
            sample(&text, "netease_meeting_collector_success", &labels),
            Some(0.0)
        );
        let labels = [APP, ("endpoint", collector), ("code", "200")];
        assert_eq!(
            sample(&text, "netease_meeting_api_requests_total", &labels),
            Some(0.0)
        );
    }
    assert_eq!(
        samples(&text, "netease_meeting_exporter_build_info", &[]),
        [1.0]
    );
    assert!(samples(&text, "netease_meeting_active_meetings", &[]).is_empty());
    assert!(samples(&text, "netease_meeting_day_meetings", &[]).is_empty());
    assert_eq!(exporter.get("/-/ready").status, 503);
    assert_eq!(exporter.get("/-/healthy").status, 200);
    let head = get_with("HEAD", exporter.address(), "/metrics", &[]).unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn totals_survive_a_restart_with_a_state_directory() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let more = format!("state_dir: {}/state", vendor.directory.path().display());
    let config = vendor.config(&more);
    let total = |exporter: &Exporter| {
        sample(
            &exporter.metrics(),
            "netease_meeting_meetings_total",
            &[APP],
        )
    };
    let exporter = Exporter::serve(&config).ready();
    let before = eventually("a total", || total(&exporter).filter(|total| *total > 0.0));
    assert_eq!(exporter.terminate().0.code(), Some(0));
    // The vendor now hangs: what is shown can only come from the state directory.
    vendor
        .simulator
        .set_latency(std::time::Duration::from_secs(30));
    let exporter = Exporter::serve(&config);
    assert!(
        total(&exporter).is_some_and(|total| total >= before),
        "at least {before}"
    );
}

#[test]
fn too_many_series_cost_the_optional_ones_and_one_line() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let secret = vendor.simulator.app_secret(0);
    let config = vendor.config_with(&secret, "", "    max_series: 30\n");
    let exporter = Exporter::serve(&config).ready();
    let text = eventually("a limited exposition", || {
        let text = exporter.metrics();
        let known = sample(&text, "netease_meeting_meetings_total", &[APP]).is_some();
        let live = sample(&text, "netease_meeting_active_meetings", &[APP]).is_some();
        (known && live).then_some(text)
    });
    let dropped = sample(&text, "netease_meeting_exporter_dropped_series", &[APP]);
    // Two windows of four figures.
    assert_eq!(dropped, Some(8.0));
    assert_eq!(
        samples(&text, "netease_meeting_window_meetings", &[APP]).len(),
        0
    );
    assert_eq!(
        samples(&text, "netease_meeting_day_meetings", &[APP]).len(),
        2
    );
    assert_eq!(sample(&text, "netease_meeting_up", &[APP]), Some(1.0));
    let (_, log) = exporter.terminate();
    let lines = log.iter().filter(|line| line.contains("too many series"));
    assert_eq!(lines.count(), 1, "{log:#?}");
}
