//! Reloading: what changes with the configuration, and what must not.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod many;
mod pages;
mod secrets;
mod site;

use std::{collections::BTreeSet, process::Command, thread};

use self::site::{Site, connections};
use crate::support::{Exporter, binary, eventually, get_with, sample, until};

const OK: &str = "netease_meeting_exporter_config_last_reload_successful";
const WHEN: &str = "netease_meeting_exporter_config_last_reload_success_timestamp_seconds";

#[test]
fn a_bad_file_changes_nothing_and_says_why() {
    let site = Site::new(2);
    site.write("", &["a", "b"], "");
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();
    let loaded = sample(&exporter.metrics(), WHEN, &[]).expect("loaded");

    let secret = site.vendor.simulator.app_secret(0);
    let bad = format!("    app_secret: {secret}\n    timeout: never\n    app_sekret: {secret}\n");
    site.write("", &["a"], &bad);
    let answer = exporter.post("/-/reload");
    assert_eq!(answer.status, 500);
    let said = answer.text();
    assert!(
        said.contains("apps[0].timeout") && said.contains("app_sekret"),
        "{said}"
    );
    exporter.signal("HUP");
    let logged = eventually("the signal's answer", || {
        let lines = exporter.log_with("configuration not reloaded");
        (lines.len() == 2).then_some(lines)
    });
    assert!(logged[0].contains("trigger=HTTP") && logged[1].contains("trigger=SIGHUP"));
    assert!(logged[1].contains("apps[0].timeout"), "{logged:?}");
    for text in [&said, &logged.concat()] {
        assert!(!text.contains(&secret), "{text}");
    }

    let text = exporter.metrics();
    assert_eq!(sample(&text, OK, &[]), Some(0.0));
    assert_eq!(sample(&text, WHEN, &[]), Some(loaded));
    for app in ["a", "b"] {
        assert_eq!(
            sample(&text, "netease_meeting_up", &[("app", app)]),
            Some(1.0)
        );
    }

    site.write("", &["a", "b"], "");
    let answer = exporter.post("/-/reload");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (
            200,
            "applications: 0 added, 0 removed, 0 changed, 2 unchanged\n"
        )
    );
    let text = exporter.metrics();
    assert_eq!(sample(&text, OK, &[]), Some(1.0));
    assert!(sample(&text, WHEN, &[]).is_some_and(|when| when >= loaded));
}

#[test]
fn each_application_is_treated_by_what_became_of_it() {
    let site = Site::new(4);
    site.write("", &["a", "b", "c"], "");
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();
    let counters = |text: &str, app: &str| {
        let app = ("app", app);
        let total = sample(text, "netease_meeting_meetings_total", &[app]);
        let labels = [app, ("endpoint", "realtime"), ("code", "200")];
        let requests = sample(text, "netease_meeting_api_requests_total", &labels);
        (total, requests)
    };
    let before = exporter.metrics();
    let held = connections(&exporter, site.vendor.address);
    assert!(!held.is_empty());

    // b is changed, c goes, d comes, a stays, and the order is another.
    site.write_each("", &[("d", ""), ("b", "    timeout: 29s\n"), ("a", "")]);
    let answer = exporter.post("/-/reload");
    assert_eq!(
        answer.text(),
        "applications: 1 added, 1 removed, 1 changed, 1 unchanged\n"
    );
    let after = exporter.metrics();
    for app in ["a", "b"] {
        let (old, new) = (counters(&before, app), counters(&after, app));
        assert!(
            old.0.is_some() && new >= old,
            "{app}: {old:?}, then {new:?}"
        );
        let up = sample(&after, "netease_meeting_up", &[("app", app)]);
        let live = sample(&after, "netease_meeting_active_meetings", &[("app", app)]);
        assert!(
            up == Some(1.0) && live.is_some(),
            "{app} is shown all the time"
        );
    }
    assert!(!after.contains(r#"app="c""#), "nothing is left of it");
    let polled = |index: usize| {
        let endpoint = netease_meeting_exporter::simulator::Endpoint::Realtime;
        site.vendor.simulator.requests(index, endpoint)
    };
    let asked = polled(2);
    until("d", &Some(1.0), || {
        sample(&exporter.metrics(), "netease_meeting_up", &[("app", "d")])
    });
    let still = connections(&exporter, site.vendor.address);
    assert!(held.is_subset(&still), "{held:?}, then {still:?}");
    let changed = polled(1);
    eventually("the changed one to go on", || {
        (polled(1) > changed + 2).then_some(())
    });
    assert_eq!(polled(2), asked, "nobody asks for the removed one");

    // What comes back finds its counters.
    site.write("", &["c"], "");
    assert_eq!(
        exporter.post("/-/reload").text(),
        "applications: 1 added, 3 removed, 0 changed, 0 unchanged\n"
    );
    let (old, new) = (counters(&before, "c"), counters(&exporter.metrics(), "c"));
    assert!(new.0 >= old.0, "{old:?}, then {new:?}");
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

#[test]
fn what_holds_for_all_changes_all_and_what_cannot_change_is_refused() {
    let site = Site::new(2);
    let state = |name: &str| format!("state_dir: {}\n", site.file(name).display());
    site.write(&state("one"), &["a", "b"], "");
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();
    let window = |length: &str| {
        let labels = [("app", "a"), ("window", length)];
        sample(
            &exporter.metrics(),
            "netease_meeting_window_meetings",
            &labels,
        )
    };
    assert!(window("30d").is_some());
    site.write(&format!("{}windows: [3d]\n", state("one")), &["a", "b"], "");
    assert_eq!(
        exporter.post("/-/reload").text(),
        "applications: 0 added, 0 removed, 2 changed, 0 unchanged\n"
    );
    assert_eq!(window("30d"), None);
    eventually("the new window", || window("3d"));

    site.write(&state("two"), &["a"], "");
    let answer = exporter.post("/-/reload");
    let said = answer.text();
    assert_eq!(answer.status, 500);
    assert!(
        said.contains("state_dir cannot be changed while the exporter runs"),
        "{said}"
    );
    assert!(!site.file("two").exists());
    assert!(
        window("3d").is_some(),
        "the earlier configuration is in use"
    );
}

#[test]
fn the_signal_always_works_and_requests_only_when_allowed() {
    let site = Site::new(2);
    site.write("", &["a"], "");
    let exporter = site.start(&[]).ready();
    site.write("", &["a", "b"], "");
    for path in ["/-/reload", "/-/quit"] {
        assert_eq!(exporter.post(path).status, 403);
    }
    // One who asks three times gets it done at least once, and nobody is killed by it.
    for _ in 0..3 {
        exporter.signal("HUP");
    }
    until("b", &Some(1.0), || {
        sample(&exporter.metrics(), "netease_meeting_up", &[("app", "b")])
    });
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

#[test]
fn requests_at_once_are_all_answered() {
    let site = Site::new(2);
    site.write("", &["a", "b"], "");
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();
    let address = exporter.address();
    let said: BTreeSet<(u16, String)> = thread::scope(|scope| {
        let ask = |_| scope.spawn(|| get_with("PUT", address, "/-/reload", &[]).unwrap());
        let asking: Vec<_> = (0..40).map(ask).collect();
        let answers = asking.into_iter().map(|asked| asked.join().unwrap());
        answers
            .map(|answer| (answer.status, answer.text()))
            .collect()
    });
    let unchanged = "applications: 0 added, 0 removed, 0 changed, 2 unchanged\n";
    assert_eq!(said, BTreeSet::from([(200, unchanged.to_owned())]));
}

#[test]
fn it_can_be_asked_to_stop() {
    let site = Site::new(1);
    site.write("", &["a"], "");
    let exporter = site.start(&["--web.enable-lifecycle"]).ready();
    let answer = exporter.post("/-/quit");
    assert_eq!((answer.status, answer.text().as_str()), (200, "stopping\n"));
    let (status, log) = exporter.wait();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    assert!(
        log.last().is_some_and(|line| line.contains("stopped")),
        "{log:#?}"
    );
}

#[test]
fn the_demonstration_ends_when_its_terminal_does() {
    // Under nohup, as these tests may run, it is meant to go on.
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP").arg(binary());
    let exporter = Exporter::start_by(command, &["demo", "--apps", "1"]);
    let (status, _) = exporter.stop_by("HUP");
    assert_eq!(status.code(), None, "the signal ended it");
}
