//! The other sub-commands and the exit codes: what a person at a terminal sees.

use std::process::{Command, Output};

use netease_meeting_exporter::simulator::{Endpoint, Fault, FaultKind, Simulator};

use crate::support::{Exporter, Vendor, binary, eventually, sample, samples};

fn run(args: &[&str]) -> Output {
    Command::new(binary())
        .args(args)
        .env_clear()
        .output()
        .expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn bad_usage_exits_64_and_a_failed_start_1() {
    let vendor = Vendor::start();
    let config = vendor.config("");
    let config = config.to_str().unwrap();
    for args in [
        &["--no-such-flag"][..],
        &["no-such-command"],
        &["serve", "--log.level", "loud"],
        &["serve", "--config.file", "/nonexistent.yml"],
        &[
            "serve",
            "--config.file",
            config,
            "--web.listen-address",
            "nowhere",
        ],
        &[
            "serve",
            "--config.file",
            config,
            "--web.telemetry-path",
            "metrics",
        ],
        &["collect", "--config.file", config, "--app", "nobody"],
        &["simulate", "--fault", "nonsense"],
        &["demo", "--latency", "5 minutes"],
        &["serve"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {}", err(&output));
        assert!(!err(&output).is_empty(), "{args:?}");
    }
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let held_at = held.local_addr().unwrap().to_string();
    let output = run(&[
        "serve",
        "--config.file",
        config,
        "--web.listen-address",
        &held_at,
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(
        err(&output).contains(&format!("cannot listen on {held_at}")),
        "{}",
        err(&output)
    );
}

#[test]
fn help_and_version_are_answers() {
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for word in [
        "demo",
        "simulate",
        "collect",
        "doctor",
        "--config.file",
        "64",
    ] {
        assert!(out(&help).contains(word), "{word}");
    }
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    let first = concat!(
        "netease-meeting-exporter, version ",
        env!("CARGO_PKG_VERSION"),
        " ("
    );
    assert!(out(&version).starts_with(first), "{}", out(&version));
}

#[test]
fn a_configuration_is_checked_without_starting() {
    let vendor = Vendor::start();
    let good = vendor.config("");
    let output = run(&["--config.check", "--config.file", good.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output), "configuration is valid: 1 application\n");
    assert_eq!(vendor.simulator.all_requests(), 0, "nobody was asked");

    let bad = vendor.config("windows: [7 days]\nconcurrency: 0");
    let output = run(&["--config.check", "--config.file", bad.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(64));
    let said = err(&output);
    assert!(said.contains("2 problems"), "{said}");
    assert!(
        said.contains("windows[0]") && said.contains("concurrency"),
        "{said}"
    );
}

#[test]
fn collect_prints_one_round_and_says_by_its_status_how_it_went() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(600.0));
    // A busy machine may take its time between the two collectors.
    let patient =
        "    collectors: { realtime: { stale_after: 60s }, daily: { stale_after: 60s } }\n";
    let config = vendor.config_with(&vendor.simulator.app_secret(0), "", patient);
    let args = ["collect", "--config.file", config.to_str().unwrap()];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert_eq!(
        sample(&text, "netease_meeting_up", &[("app", "demo")]),
        Some(1.0)
    );
    assert!(
        sample(
            &text,
            "netease_meeting_day_meetings",
            &[("day", "yesterday")]
        ) > Some(0.0)
    );
    assert!(
        !text.contains("\nprocess_"),
        "they would be taken for another process's"
    );

    vendor
        .simulator
        .set_faults(vec![Fault::always(FaultKind::Code(402))]);
    let output = run(&args);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        sample(&out(&output), "netease_meeting_up", &[("app", "demo")]),
        Some(0.0)
    );
    assert!(err(&output).contains("402"), "{}", err(&output));
}

#[test]
fn the_doctor_says_what_is_well_and_what_is_not() {
    let vendor = Vendor::with(Simulator::builder().meetings_per_day(100.0));
    let config = vendor.config("");
    let config = config.to_str().unwrap();
    let output = run(&["doctor", "--config.file", config]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "realtime:",
        "daily:",
        "list:",
        "detail:",
        "clock:",
        "units:",
        "0 problems",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }

    vendor.simulator.set_faults(vec![
        Fault::always(FaultKind::Milliseconds).for_endpoint(Endpoint::Daily),
    ]);
    let said = out(&run(&["doctor", "--config.file", config]));
    assert!(said.contains("set `duration_unit: milliseconds`"), "{said}");

    vendor
        .simulator
        .set_faults(vec![Fault::always(FaultKind::Code(402))]);
    let output = run(&["doctor", "--config.file", config]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("402") && out(&output).contains("not enabled"));

    vendor.simulator.clear_faults();
    let wrong = vendor.config_with("wrong-secret-71", "", "");
    let output = run(&["doctor", "--config.file", wrong.to_str().unwrap()]);
    let said = out(&output) + &err(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("app_secret") && !said.contains("wrong-secret-71"),
        "{said}"
    );
}

#[test]
fn the_demo_needs_nothing_and_stops_on_ctrl_c() {
    let demo = Exporter::start(&["demo"]).ready();
    let text = eventually("numbers", || {
        let text = demo.metrics();
        (samples(&text, "netease_meeting_up", &[]) == [1.0; 3]).then_some(text)
    });
    for name in [
        "netease_meeting_active_meetings",
        "netease_meeting_meetings_total",
        "netease_meeting_finished_duration_seconds_count",
    ] {
        let values = samples(&text, name, &[]);
        assert_eq!(values.len(), 3, "{name}");
        assert!(values.iter().sum::<f64>() > 0.0, "{name}: {values:?}");
    }
    let (status, log) = demo.stop_by("INT");
    assert_eq!(status.code(), Some(0), "{log:#?}");
    assert!(
        log.iter().all(|line| !line.contains("level=error")),
        "{log:#?}"
    );
}
