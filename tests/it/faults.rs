//! What the operator sees when something is wrong: one clear line, `up` 0, nothing shown as 0 or
//! frozen, and recovery by itself.

use std::time::Duration;

use jiff::SignedDuration;
use netease_meeting_exporter::simulator::{Endpoint, Fault, FaultKind, Simulator};

use crate::support::{Exporter, Vendor, eventually, sample, samples, until};

const APP: (&str, &str) = ("app", "demo");
const UP: &str = "netease_meeting_up";
const LIVE: &str = "netease_meeting_active_meetings";

fn up(exporter: &Exporter) -> Option<f64> {
    sample(&exporter.metrics(), UP, &[APP])
}

/// What one fault must look like.
struct Expected {
    fault: FaultKind,
    /// The `code` label it is counted under.
    code: &'static str,
    /// What its log line must say.
    says: &'static [&'static str],
}

const ALL: &[Expected] = &[
    Expected {
        fault: FaultKind::Code(300),
        code: "300",
        says: &["300", "illegal parameter"],
    },
    Expected {
        fault: FaultKind::Code(301),
        code: "301",
        says: &["301", "empty parameter"],
    },
    Expected {
        fault: FaultKind::Code(302),
        code: "302",
        says: &["302", "illegal header"],
    },
    Expected {
        fault: FaultKind::Code(303),
        code: "303",
        says: &["303", "illegal charset"],
    },
    Expected {
        fault: FaultKind::Code(401),
        code: "401",
        says: &["401", "app_secret"],
    },
    Expected {
        fault: FaultKind::Code(402),
        code: "402",
        says: &["402", "not enabled"],
    },
    Expected {
        fault: FaultKind::Code(501),
        code: "501",
        says: &["501", "internal error"],
    },
    Expected {
        fault: FaultKind::Code(510),
        code: "510",
        says: &["510", "too frequent"],
    },
    Expected {
        fault: FaultKind::Code(512),
        code: "512",
        says: &["512", "busy"],
    },
    Expected {
        fault: FaultKind::Code(4000),
        code: "4000",
        says: &["4000", "expired"],
    },
    Expected {
        fault: FaultKind::Code(4001),
        code: "4001",
        says: &["4001", "limit"],
    },
    Expected {
        fault: FaultKind::Code(9999),
        code: "other",
        says: &["9999"],
    },
    Expected {
        fault: FaultKind::Http(503),
        code: "http_503",
        says: &["503"],
    },
    Expected {
        fault: FaultKind::Http(404),
        code: "http_404",
        says: &["404"],
    },
    Expected {
        fault: FaultKind::Html,
        code: "decode",
        says: &["HTML"],
    },
    Expected {
        fault: FaultKind::MissingRet,
        code: "decode",
        says: &["ret"],
    },
    Expected {
        fault: FaultKind::Truncated,
        code: "decode",
        says: &["JSON"],
    },
    Expected {
        fault: FaultKind::Oversized,
        code: "decode",
        says: &["16777216"],
    },
    Expected {
        fault: FaultKind::GzipBomb,
        code: "decode",
        says: &["16777216"],
    },
    Expected {
        fault: FaultKind::Hang,
        code: "timeout",
        says: &["3s"],
    },
    Expected {
        fault: FaultKind::Reset,
        code: "connect",
        says: &["connection"],
    },
    Expected {
        fault: FaultKind::ResetHalfway,
        code: "connect",
        says: &["connection"],
    },
];

#[test]
fn each_fault_is_told_once_shown_as_absence_and_healed_from() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let exporter = Exporter::serve(&vendor.config("")).ready();
    until("a good start", &Some(1.0), || up(&exporter));
    for expected in ALL {
        let fault = format!("{:?}", expected.fault);
        let lines_before = exporter.log().len();
        vendor
            .simulator
            .set_faults(vec![Fault::always(expected.fault)]);
        until(&format!("{fault}: up"), &Some(0.0), || up(&exporter));
        eventually(
            &format!("{fault}: live and daily figures to vanish"),
            || {
                let text = exporter.metrics();
                let gone = |name| samples(&text, name, &[APP]).is_empty();
                (gone(LIVE) && gone("netease_meeting_day_meetings")).then_some(())
            },
        );
        let text = exporter.metrics();
        assert!(
            sample(&text, "netease_meeting_meetings_total", &[APP]) > Some(0.0),
            "{fault}"
        );
        for endpoint in ["realtime", "daily"] {
            let labels = [APP, ("endpoint", endpoint), ("code", expected.code)];
            let what = format!("{fault}: {endpoint} to be counted under {}", expected.code);
            eventually(&what, || {
                let name = "netease_meeting_api_requests_total";
                sample(&exporter.metrics(), name, &labels).filter(|count| *count > 0.0)
            });
        }
        vendor.simulator.clear_faults();
        until(&format!("{fault}: recovery"), &Some(1.0), || up(&exporter));
        assert!(
            sample(&exporter.metrics(), LIVE, &[APP]).is_some(),
            "{fault}"
        );

        let log = exporter.log().split_off(lines_before);
        let told: Vec<_> = log
            .iter()
            .filter(|line| line.contains("level=warn"))
            .collect();
        assert_eq!(
            told.len(),
            1,
            "{fault}: one line, not one per poll: {told:#?}"
        );
        for part in expected.says.iter().chain(&["app=demo"]) {
            assert!(told[0].contains(part), "{fault}: {part:?} in {}", told[0]);
        }
        // Both fail for one cause, which is told of whichever failed first.
        let collectors = ["collector=realtime ", "collector=daily "];
        assert!(
            collectors.iter().any(|part| told[0].contains(part)),
            "{fault}: no collector in {}",
            told[0]
        );
        let healed = log
            .iter()
            .filter(|line| line.contains("collecting works again"))
            .count();
        assert_eq!(healed, 1, "{fault}: {log:#?}");
    }
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

#[test]
fn a_wrong_secret_is_named_and_never_printed() {
    let vendor = Vendor::start();
    let config = vendor.config_with("not-the-secret-3f9a", "", "");
    let exporter = Exporter::serve(&config).ready();
    let line = eventually("a line about 401", || exporter.warnings().pop());
    assert!(
        line.contains("401") && line.contains("app_secret"),
        "{line}"
    );
    assert!(line.contains("request id mc_"), "{line}");
    assert_eq!(up(&exporter), Some(0.0));
    assert!(samples(&exporter.metrics(), LIVE, &[]).is_empty());
    let pages = [exporter.metrics(), exporter.get("/").text()].concat();
    let (status, log) = exporter.terminate();
    assert_eq!(status.code(), Some(0));
    let said = log.concat() + &pages;
    assert!(
        !said.contains("not-the-secret-3f9a"),
        "the secret is in there"
    );
}

#[test]
fn no_secret_is_ever_said() {
    let vendor = Vendor::start();
    let secret = vendor.simulator.app_secret(0);
    let exporter = Exporter::serve(&vendor.config("")).ready();
    for kind in [
        FaultKind::Code(401),
        FaultKind::Html,
        FaultKind::Reset,
        FaultKind::Hang,
    ] {
        vendor.simulator.set_faults(vec![Fault::always(kind)]);
        until("down", &Some(0.0), || up(&exporter));
        vendor.simulator.clear_faults();
        until("up", &Some(1.0), || up(&exporter));
    }
    let pages = [exporter.metrics(), exporter.get("/").text()].concat();
    let said = exporter.terminate().1.concat() + &pages;
    assert!(said.contains("api.code"), "the log is at its most verbose");
    assert!(!said.contains(&secret), "the secret is in there");
    let sent = vendor.simulator.latest_requests();
    assert!(
        sent.iter()
            .all(|request| request.header("AppSecret") == Some(secret.as_str()))
    );
}

#[test]
fn a_clock_that_is_off_is_said_to_be() {
    for (offset, side) in [(-300, "ahead of"), (300, "behind")] {
        let vendor = Vendor::with_clock_offset(SignedDuration::from_secs(offset));
        let exporter = Exporter::serve(&vendor.config("")).ready();
        let line = eventually("a line about the clock", || exporter.warnings().pop());
        assert!(line.contains("401") && line.contains(side), "{line}");
        assert!(
            ["299", "300", "301"]
                .iter()
                .any(|seconds| line.contains(seconds)),
            "{line}"
        );
        let skew = sample(
            &exporter.metrics(),
            "netease_meeting_api_clock_skew_seconds",
            &[APP],
        );
        let skew = skew.expect("a skew");
        assert!(
            (skew + f64::from(i32::try_from(offset).unwrap())).abs() < 3.0,
            "{skew}"
        );
        assert_eq!(up(&exporter), Some(0.0));
    }
}

#[test]
fn a_vendor_that_is_not_there_is_told_and_waited_for() {
    let vendor = Vendor::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let secret = vendor.simulator.app_secret(0);
    let config = vendor.config_for(&format!("http://{address}"), &secret, "", "");
    let exporter = Exporter::serve(&config).ready();
    let line = eventually("a line about the connection", || exporter.warnings().pop());
    assert!(
        line.contains("connection") && line.contains("demo"),
        "{line}"
    );
    assert_eq!(up(&exporter), Some(0.0));
    let labels = [APP, ("endpoint", "realtime"), ("code", "connect")];
    let counted = sample(
        &exporter.metrics(),
        "netease_meeting_api_requests_total",
        &labels,
    );
    assert!(counted > Some(0.0));
}

#[test]
fn a_list_where_live_figures_should_be_names_the_setting() {
    let vendor = Vendor::start();
    let exporter = Exporter::serve(&vendor.config("")).ready();
    until("a good start", &Some(1.0), || up(&exporter));
    let fault = Fault::always(FaultKind::ListForRealtime).for_endpoint(Endpoint::Realtime);
    vendor.simulator.set_faults(vec![fault]);
    let line = eventually("a line about paths", || exporter.warnings().pop());
    assert!(line.contains("paths.realtime"), "{line}");
    eventually("live figures to vanish", || {
        samples(&exporter.metrics(), LIVE, &[APP])
            .is_empty()
            .then_some(())
    });
    let text = exporter.metrics();
    assert!(
        !samples(&text, "netease_meeting_day_meetings", &[APP]).is_empty(),
        "the others stay"
    );
}

#[test]
fn odd_but_readable_answers_are_read() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    let kinds = [
        FaultKind::NumbersAsStrings,
        FaultKind::EmptyStrings,
        FaultKind::MissingOptional,
        FaultKind::Nulls,
        FaultKind::UnknownFields,
        FaultKind::Slow(Duration::from_millis(50)),
    ];
    vendor
        .simulator
        .set_faults(kinds.map(Fault::always).to_vec());
    let exporter = Exporter::serve(&vendor.config("")).ready();
    until("up", &Some(1.0), || up(&exporter));
    assert_eq!(exporter.warnings(), Vec::<String>::new());
}
