//! Two shards become three, and their ledgers move along.
//!
//! On an injected clock that the simulated vendor shares: ten days pass in seconds.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use jiff::civil::{Date, date};
use netease_meeting_exporter::{
    clock::{Clock as _, ManualClock, start_of_day},
    config::{Settings, Sources, load},
    ledger::Ledger,
    shard::owner,
    simulator::Simulator,
};
use tempfile::TempDir;

use crate::{
    replicas::Replica,
    support::{Vendor, binary, options},
};

const APPS: usize = 9;
const FIRST: Date = date(2026, 3, 1);
const STEP: Duration = Duration::from_secs(6 * 3600);

/// A vendor with nine applications, and what an exporter is told of them.
struct Setting {
    vendor: Vendor,
    settings: Settings,
    clock: Arc<ManualClock>,
    states: TempDir,
}

/// What is counted of one application, as text that can be compared.
type Counted = BTreeMap<usize, String>;

impl Setting {
    fn new() -> Self {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let clock = ManualClock::at(start_of_day(FIRST, &zone).unwrap());
        clock.advance(STEP / 2);
        let vendor = Vendor::with(
            Simulator::builder()
                .apps(APPS)
                .meetings_per_day(40.0)
                .first_day(FIRST)
                .clock(clock.clone())
                .strict_nonces(false),
        );
        let config = fs::read_to_string(super::config(&vendor)).unwrap().replace(
            "    daily: { enabled: false }\n    meetings: { enabled: false }\n",
            "    meetings: { lookback: 2d }\n  rate_limit: { requests_per_second: 500, burst: 500 }\n",
        );
        let path = vendor.directory.path().join("all.yml");
        fs::write(&path, format!("counters_since: {FIRST}\n{config}")).unwrap();
        let sources = Sources::new(Some(path), Vec::<(String, String)>::new());
        let settings = load(&sources).unwrap().settings;
        let states = tempfile::tempdir().unwrap();
        Self {
            vendor,
            settings,
            clock,
            states,
        }
    }

    fn state(&self, name: &str) -> PathBuf {
        self.states.path().join(name)
    }

    /// Lets one shard of `count`, or all of them, run for a number of steps of time.
    async fn run(&self, shards: &[&str], steps: u32) -> Counted {
        let count = u32::try_from(shards.len()).unwrap();
        let ledgers: Vec<Ledger> = shards
            .iter()
            .map(|name| Ledger::open(Some(&self.state(name))).expect("a ledger"))
            .collect();
        let mut replicas: Vec<Replica> = (0..APPS)
            .map(|app| {
                let shard = owner(&self.settings.apps[app].name, count) as usize;
                Replica::on(&ledgers[shard], &self.settings, app, &self.clock)
            })
            .collect();
        for _ in 0..steps {
            self.clock.advance(STEP);
            for replica in &mut replicas {
                replica.collect().await;
            }
        }
        let counted = replicas
            .iter()
            .map(|it| format!("{:?} {:?}", it.totals(), it.finished()));
        counted.enumerate().collect()
    }

    /// The totals of the world, as far as one was told of it.
    fn assert_true(&self, counted: &Counted) {
        let world = self.vendor.simulator.world();
        let now = self.clock.now();
        for (app, counted) in counted {
            let truth = world.totals(*app, FIRST, world.day_at(now), now);
            let start = format!("Totals {{ since: {FIRST}, meetings: {}, ", truth.meetings);
            assert!(counted.starts_with(&start), "app-{app}: {start} {counted}");
            let participants = format!("participants: {}, ", truth.participants);
            assert!(
                counted.contains(&participants),
                "app-{app}: {participants} {counted}"
            );
        }
    }
}

fn ledger(args: &[&str], paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(binary());
    command.arg("ledger").args(args);
    for (flag, path) in paths {
        if !flag.is_empty() {
            command.arg(flag);
        }
        command.arg(path);
    }
    command.output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn refused(output: &Output, why: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(error.contains(why), "{error}");
}

#[test]
fn two_shards_become_three_and_nothing_is_lost_or_counted_twice() {
    let setting = Setting::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = runtime.block_on(setting.run(&["a", "b"], 16));
    setting.assert_true(&before);

    // Each old shard gives away what it will not have.
    let mut moved = 0;
    let mut files = Vec::new();
    for (index, name) in ["a", "b"].into_iter().enumerate() {
        let file = setting.state(&format!("{name}.export"));
        let flags = [
            "export",
            "--shard.count=3",
            &format!("--shard.index={index}"),
        ];
        let (state, output) = (setting.state(name), file.clone());
        let output = ledger(&flags, &[("--state-dir", &state), ("--output", &output)]);
        let lines = said(&output);
        moved += lines.lines().count();
        assert!(
            lines.lines().all(|line| line.ends_with("\texported")),
            "{lines}"
        );
        files.push(file);
    }
    let new = (0..APPS)
        .filter(|app| owner(&format!("app-{app}"), 3) == 2)
        .count();
    assert_eq!(moved, new, "all go to the new shard, and no others");
    assert!(new > 0);

    // Every shard is offered every file, and takes what it has; once more changes nothing.
    for again in [false, true] {
        for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
            let flags = [
                "import",
                "--shard.count=3",
                &format!("--shard.index={index}"),
            ];
            let state = setting.state(name);
            let paths = [("--state-dir", &*state), ("", &*files[0]), ("", &*files[1])];
            let lines = said(&ledger(&flags, &paths));
            let with = |what: &str| lines.lines().filter(|line| line.ends_with(what)).count();
            let expected = if index == 2 { new } else { 0 };
            let what = if again {
                "had been imported before"
            } else {
                "\timported"
            };
            assert_eq!(with(what), expected, "{lines}");
            assert_eq!(with("not for this ledger"), new - expected, "{lines}");
        }
    }

    // They go on where they were: a day without anybody is made up for, too.
    setting.clock.advance(STEP * 4);
    let after = runtime.block_on(setting.run(&["a", "b", "c"], 16));
    setting.assert_true(&after);
    // A single process that begins with the same first day reads the same history.
    let alone = Ledger::open(None).unwrap();
    runtime.block_on(async {
        for app in 0..APPS {
            let mut replica = Replica::on(&alone, &setting.settings, app, &setting.clock);
            replica.collect().await;
            let counted = format!("{:?} {:?}", replica.totals(), replica.finished());
            assert_eq!(after[&app], counted, "app-{app}");
        }
    });
}

#[test]
fn an_application_is_counted_in_one_place_at_a_time() {
    let setting = Setting::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let counted = runtime.block_on(setting.run(&["a"], 4));
    let (state, other) = (setting.state("a"), setting.state("b"));
    let file = setting.state("app-3.export");
    let export = |output: &Path, app: &str| {
        ledger(
            &["export", "--app", app],
            &[("--state-dir", &state), ("--output", output)],
        )
    };
    let import = |state: &Path, flags: &[&str], file: &Path| {
        let flags = [&["import"], flags].concat();
        ledger(&flags, &[("--state-dir", state), ("", file)])
    };

    refused(&export(&file, "nobody"), "no application called \"nobody\"");
    said(&export(&file, "app-3"));
    refused(&export(&file, "app-3"), "is there already");
    let again = setting.state("again.export");
    said(&export(&again, "app-3"));
    assert_eq!(
        fs::read(&file).unwrap(),
        fs::read(&again).unwrap(),
        "it is frozen"
    );
    let list = said(&ledger(&["list"], &[("--state-dir", &state)]));
    let marked: Vec<_> = list
        .lines()
        .filter(|line| line.contains("\texported "))
        .collect();
    assert_eq!((list.lines().count(), marked.len()), (APPS, 1), "{list}");

    // The old place will not go on with it.
    let old = Ledger::open(Some(&state)).unwrap();
    let options = options(&setting.settings, 3);
    let error = old.app("app-3", options.clone()).unwrap_err().to_string();
    assert!(error.contains("was exported from this ledger"), "{error}");
    old.app("app-4", options).unwrap();
    drop(old);

    // A file that was cut short brings nothing at all, and the whole one everything.
    let bytes = fs::read(&file).unwrap();
    let cut = setting.state("cut.export");
    fs::write(&cut, &bytes[..bytes.len() - 1]).unwrap();
    refused(&import(&other, &[], &cut), "damaged or not whole");
    said(&import(&other, &[], &file));
    let there = Ledger::open(Some(&other)).unwrap();
    let replica = Replica::on(&there, &setting.settings, 3, &setting.clock);
    let moved = format!("{:?} {:?}", replica.totals(), replica.finished());
    assert_eq!(moved, counted[&3]);
    drop((replica, there));

    // What is counted somewhere is not put back by mistake, only on purpose.
    let elsewhere = setting.state("c");
    runtime.block_on(setting.run(&["c"], 1));
    refused(
        &import(&elsewhere, &[], &file),
        "app-3 is counted in this ledger already",
    );
    said(&import(&elsewhere, &["--replace"], &file));
    // And back where it came from, which undoes the export.
    said(&import(&state, &["--app", "app-3"], &file));
    let back = Ledger::open(Some(&state)).unwrap();
    let replica = Replica::on(&back, &setting.settings, 3, &setting.clock);
    assert_eq!(
        format!("{:?} {:?}", replica.totals(), replica.finished()),
        counted[&3]
    );
}

#[test]
fn a_ledger_in_use_is_left_alone() {
    let setting = Setting::new();
    let state = setting.state("a");
    let held = Ledger::open(Some(&state)).unwrap();
    let file = setting.state("x.export");
    let paths = [("--state-dir", &*state), ("--output", &*file)];
    refused(
        &ledger(&["export", "--app", "app-1"], &paths),
        "in use by another process",
    );
    drop(held);
    let nowhere = setting.state("nowhere");
    let paths = [("--state-dir", &*nowhere), ("--output", &*file)];
    refused(
        &ledger(&["export", "--app", "app-1"], &paths),
        "there is no ledger in",
    );
    assert!(!nowhere.exists());
    let output = ledger(&["export"], &paths);
    assert_eq!(output.status.code(), Some(64), "{output:?}");
}
