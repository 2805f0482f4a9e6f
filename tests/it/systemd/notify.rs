//! Notifications, received as systemd receives them.

use std::{collections::BTreeMap, os::unix::net::UnixDatagram, time::Duration};

use super::serve;
use crate::support::{Exporter, Vendor, eventually};

/// What a notification says.
type Said = BTreeMap<String, String>;

struct Manager(UnixDatagram);

impl Manager {
    fn next(&self) -> Said {
        let mut bytes = [0; 4096];
        let length = self.0.recv(&mut bytes).expect("a notification");
        let text = std::str::from_utf8(&bytes[..length]).expect("UTF-8");
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// The next notification that says something of `key`; those before it are well-known.
    fn next_of(&self, key: &str) -> Said {
        eventually(key, || {
            let said = self.next();
            let is_alive = said.len() == 1 && said.contains_key("WATCHDOG");
            assert!(is_alive || said.contains_key(key), "{said:?}");
            (!is_alive || key == "WATCHDOG").then_some(said)
        })
    }
}

#[test]
fn the_service_manager_hears_of_every_change_of_state() {
    let vendor = Vendor::start();
    let socket = vendor.directory.path().join("notify.sock");
    let manager = Manager(UnixDatagram::bind(&socket).expect("a socket"));
    let patience = Some(Duration::from_secs(60));
    manager.0.set_read_timeout(patience).expect("a time limit");

    let mut command = serve(&vendor);
    command.args([
        "--web.listen-address=127.0.0.1:0",
        "--config.watch-interval=0",
    ]);
    command
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "200000");
    let exporter = Exporter::spawn(command);
    let ready = manager.next_of("READY");
    assert_eq!(ready["READY"], "1");
    assert_eq!(ready["STATUS"], "watching 1 application");
    assert_eq!(
        exporter.get("/-/healthy").status,
        200,
        "it serves when it says so"
    );
    for _ in 0..3 {
        assert_eq!(manager.next_of("WATCHDOG")["WATCHDOG"], "1");
    }

    exporter.signal("HUP");
    let reloading = manager.next_of("RELOADING");
    assert_eq!(reloading["RELOADING"], "1");
    let since_boot: u64 = reloading["MONOTONIC_USEC"].parse().expect("microseconds");
    assert!(since_boot > 0);
    assert_eq!(manager.next_of("READY")["STATUS"], "watching 1 application");

    std::fs::write(vendor.directory.path().join("exporter.yml"), "apps: 7\n").expect("a file");
    exporter.signal("HUP");
    manager.next_of("RELOADING");
    let ready = manager.next_of("READY");
    assert_eq!(
        ready["STATUS"],
        "watching 1 application; the last reload failed"
    );

    exporter.signal("TERM");
    assert_eq!(manager.next_of("STOPPING")["STOPPING"], "1");
    assert_eq!(exporter.wait().0.code(), Some(0));
}

#[test]
fn a_service_manager_that_is_gone_stops_nothing() {
    let vendor = Vendor::start();
    let mut command = serve(&vendor);
    command.arg("--web.listen-address=127.0.0.1:0");
    command.env("NOTIFY_SOCKET", vendor.directory.path().join("nobody.sock"));
    let exporter = Exporter::spawn(command).ready();
    assert!(
        !exporter
            .log_with("the service manager cannot be told")
            .is_empty()
    );
    assert_eq!(exporter.terminate().0.code(), Some(0));
}
