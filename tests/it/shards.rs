//! Several processes that share the applications of one configuration.

mod moving;

use std::process::{Command, Output};

use netease_meeting_exporter::{shard::owner, simulator::Simulator};

use crate::support::{Exporter, Vendor, binary, eventually, sample};

const APPS: usize = 12;

/// A configuration for every application of the vendor, called `app-0` and so on.
fn config(vendor: &Vendor) -> String {
    let mut text = format!(
        "defaults:\n  host: http://{}\n  collectors:\n    daily: {{ enabled: false }}\n    \
         meetings: {{ enabled: false }}\napps:\n",
        vendor.address
    );
    for app in 0..APPS {
        let (key, secret) = (
            vendor.simulator.app_key(app),
            vendor.simulator.app_secret(app),
        );
        let account = vendor.simulator.account_id(app);
        text.push_str(&format!(
            "  - {{ name: app-{app}, app_key: \"{key}\", app_secret: \"{secret}\", account_id: \"{account}\" }}\n"
        ));
    }
    let path = vendor.directory.path().join("exporter.yml");
    std::fs::write(&path, text).expect("a file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, private).expect("a private file");
    path.to_str().expect("a UTF-8 path").to_owned()
}

fn check(config: &str, flags: &[&str], pod: &str) -> Output {
    Command::new(binary())
        .args(["serve", "--config.check", "--config.file", config])
        .args(flags)
        .env("POD_NAME", pod)
        .output()
        .expect("the binary runs")
}

#[test]
fn every_application_is_watched_by_one_shard() {
    let vendor = Vendor::with(Simulator::builder().apps(APPS));
    let config = config(&vendor);
    for index in 0..3 {
        // The last one is told by the name of its pod.
        let told = if index == 2 {
            "auto".to_owned()
        } else {
            index.to_string()
        };
        let mut command = Command::new(binary());
        command.args(["serve", "--config.file", &config, "--shard.count=3"]);
        command.args(["--web.listen-address=127.0.0.1:0", "--shard.index", &told]);
        command.env("POD_NAME", "exporter-2");
        let exporter = Exporter::spawn(command).ready();
        let metrics = exporter.metrics();
        let up = |app: usize| {
            let name = format!("app-{app}");
            sample(&metrics, "netease_meeting_up", &[("app", &name)])
        };
        for app in 0..APPS {
            let expected = (owner(&format!("app-{app}"), 3) == index).then_some(1.0);
            assert_eq!(up(app), expected, "app-{app} on shard {index}");
        }
        let own = |name| sample(&metrics, name, &[]);
        assert_eq!(
            own("netease_meeting_exporter_shard_index"),
            Some(f64::from(index))
        );
        assert_eq!(own("netease_meeting_exporter_shards"), Some(3.0));
    }
}

#[test]
fn a_shard_without_applications_and_a_process_without_shards_run_too() {
    let vendor = Vendor::start();
    let config = vendor.config("");
    let other = (owner("demo", 2) + 1) % 2;
    let mut command = Command::new(binary());
    command.args(["serve", "--config.file", config.to_str().unwrap()]);
    command.args(["--web.listen-address=127.0.0.1:0", "--shard.count=2"]);
    command.arg(format!("--shard.index={other}"));
    let exporter = Exporter::spawn(command).ready();
    assert_eq!(sample(&exporter.metrics(), "netease_meeting_up", &[]), None);
    let (status, log) = exporter.terminate();
    assert!(status.success(), "{log:#?}");

    let alone = Exporter::serve(&config);
    eventually("the metrics of a process alone", || {
        let metrics = alone.metrics();
        let shards = sample(&metrics, "netease_meeting_exporter_shards", &[]);
        (shards == Some(1.0)).then_some(())
    });
}

#[test]
fn all_applications_are_checked_whatever_the_shard() {
    let vendor = Vendor::with(Simulator::builder().apps(APPS));
    let config = config(&vendor);
    let mut owned = 0;
    for index in 0..3 {
        let flag = format!("--shard.index={index}");
        let output = check(&config, &[&flag, "--shard.count=3"], "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        let rest = text.strip_prefix(&format!(
            "configuration is valid: {APPS} applications, of which shard {index} of 3 has "
        ));
        owned += rest
            .expect(&text)
            .trim()
            .parse::<usize>()
            .expect("a number");
    }
    assert_eq!(owned, APPS);

    let good = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{good}  - {{ name: app-x }}\n")).unwrap();
    for index in 0..2 {
        let flag = format!("--shard.index={index}");
        let output = check(&config, &[&flag, "--shard.count=2"], "");
        assert_eq!(output.status.code(), Some(64), "{output:?}");
    }
}

#[test]
fn a_shard_that_cannot_be_is_a_mistake_on_the_command_line() {
    let vendor = Vendor::start();
    let config = vendor.config("");
    let config = config.to_str().unwrap();
    for (flags, pod, told) in [
        (&["--shard.index=0"][..], "", "--shard.count"),
        (&["--shard.count=2"], "", "--shard.index"),
        (
            &["--shard.index=2", "--shard.count=2"],
            "",
            "the last one is 1",
        ),
        (
            &["--shard.index=0", "--shard.count=0"],
            "",
            "expected 1 to 1024",
        ),
        (
            &["--shard.index=-1", "--shard.count=2"],
            "",
            "--shard.index",
        ),
        (
            &["--shard.index=first", "--shard.count=2"],
            "",
            "expected a number from 0, or auto",
        ),
        (
            &["--shard.index=auto", "--shard.count=2"],
            "exporter",
            "does not end in a number",
        ),
        (
            &["--shard.index=auto", "--shard.count=2"],
            "exporter-2",
            "the last one is 1",
        ),
    ] {
        let output = check(config, flags, pod);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{flags:?}: {error}");
        assert!(error.contains(told), "{flags:?}: {error}");
    }
}
