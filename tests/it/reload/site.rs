//! A vendor, and a configuration that is written anew.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use netease_meeting_exporter::simulator::Simulator;

use crate::support::{Exporter, Vendor};

/// The vendor's applications are called `a`, `b` and so on.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A vendor and a configuration for it.
pub(super) struct Site {
    pub(super) vendor: Vendor,
}

impl Site {
    /// A vendor of so many applications.
    pub(super) fn new(apps: usize) -> Self {
        let builder = Simulator::builder().apps(apps).meetings_per_day(600.0);
        // Many requests meet the same short nonce by chance.
        let vendor = Vendor::with(builder.strict_nonces(false));
        Self { vendor }
    }

    /// A file of this test.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.vendor.directory.path().join(name)
    }

    /// Puts a file in place, whole at once.
    pub(super) fn put(&self, name: &str, text: &str) {
        let unfinished = self.file("unfinished");
        fs::write(&unfinished, text).unwrap();
        fs::set_permissions(&unfinished, PermissionsExt::from_mode(0o600)).unwrap();
        fs::rename(&unfinished, self.file(name)).unwrap();
    }

    /// Writes a configuration of applications, all with the same further keys; `more` stands at the
    /// top level.
    pub(super) fn write(&self, more: &str, apps: &[&str], of_each: &str) {
        let apps: Vec<_> = apps.iter().map(|app| (*app, of_each)).collect();
        self.write_each(more, &apps);
    }

    /// Writes a configuration of applications with further keys, indented by four; without a
    /// secret among them it is the right one.
    pub(super) fn write_each(&self, more: &str, apps: &[(&str, &str)]) {
        let simulator = &self.vendor.simulator;
        let mut text = format!(
            r"{more}
defaults:
  host: http://{}
  timeout: 30s
  rate_limit: {{ requests_per_second: 500, burst: 100 }}
  retry: {{ attempts: 1, base: 10ms, max: 10ms }}
  collectors:
    realtime: {{ interval: 200ms, stale_after: 60s }}
    daily: {{ interval: 300ms, stale_after: 60s }}
    meetings: {{ enabled: false }}
apps:
",
            self.vendor.address
        );
        for (name, more) in apps {
            let index = NAMES.iter().position(|known| known == name).unwrap();
            let (key, account) = (simulator.app_key(index), simulator.account_id(index));
            text.push_str(&format!(
                "  - name: {name}\n    app_key: \"{key}\"\n    account_id: \"{account}\"\n{more}"
            ));
            if !more.contains("app_secret") {
                let secret = simulator.app_secret(index);
                text.push_str(&format!("    app_secret: \"{secret}\"\n"));
            }
        }
        self.put("exporter.yml", &text);
    }

    /// The exporter with this configuration, and further flags.
    pub(super) fn start(&self, flags: &[&str]) -> Exporter {
        let config = self.file("exporter.yml");
        let mut args = vec!["serve", "--config.file", config.to_str().unwrap()];
        if !flags
            .iter()
            .any(|flag| flag.starts_with("--config.watch-interval"))
        {
            args.push("--config.watch-interval=0");
        }
        args.extend_from_slice(flags);
        Exporter::start(&args)
    }
}

/// The connections that an exporter holds to `address`, by the inodes of their sockets.
pub(super) fn connections(exporter: &Exporter, address: SocketAddr) -> BTreeSet<u64> {
    const ESTABLISHED: &str = "01";
    let process = PathBuf::from(format!("/proc/{}", exporter.pid()));
    let own = sockets(&process);
    let table = fs::read_to_string(process.join("net/tcp")).unwrap();
    let remote = format!(":{:04X}", address.port());
    let lines = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines
        .filter(|columns| columns[2].ends_with(&remote) && columns[3] == ESTABLISHED)
        .filter_map(|columns| columns[9].parse().ok())
        .filter(|inode| own.contains(inode))
        .collect()
}

/// The inodes of a process's sockets.
fn sockets(process: &Path) -> BTreeSet<u64> {
    fs::read_dir(process.join("fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| {
            let inode = target
                .to_str()?
                .strip_prefix("socket:[")?
                .strip_suffix(']')?;
            inode.parse().ok()
        })
        .collect()
}
