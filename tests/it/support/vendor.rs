//! The simulated vendor, served by the test itself, so that it can be asked for the truth and be
//! told to fail.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use jiff::SignedDuration;
use netease_meeting_exporter::{
    clock::{OffsetClock, SharedClock, SystemClock},
    simulator::{Builder, Simulator},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A vendor that serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// The simulator: its truth, its faults, its records.
    pub(crate) simulator: Arc<Simulator>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// A directory for this test's files.
    pub(crate) directory: TempDir,
    stop: CancellationToken,
    runtime: Option<Runtime>,
}

impl Vendor {
    /// A vendor of one application, on the machine's clock.
    pub(crate) fn start() -> Self {
        Self::with(Simulator::builder())
    }

    /// A vendor whose clock is `offset` from the machine's.
    pub(crate) fn with_clock_offset(offset: SignedDuration) -> Self {
        let clock: SharedClock = Arc::new(OffsetClock::new(SystemClock::shared(), offset));
        Self::with(Simulator::builder().clock(clock))
    }

    /// A vendor made to order.
    pub(crate) fn with(builder: Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let simulator = builder.build().expect("a world");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port on loopback");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let serving = Arc::clone(&simulator).serve(listener, stop.clone());
        drop(runtime.handle().spawn(serving));
        let directory = tempfile::tempdir().expect("a directory");
        Self {
            simulator,
            address,
            directory,
            stop,
            runtime: Some(runtime),
        }
    }

    /// Writes a configuration for the first application, called `demo`, with short intervals;
    /// `more` stands beside `apps`, at the top level.
    pub(crate) fn config(&self, more: &str) -> PathBuf {
        self.config_with(&self.simulator.app_secret(0), more, "")
    }

    /// The same, with another secret, and further keys of the application, each indented by four.
    pub(crate) fn config_with(&self, secret: &str, more: &str, of_app: &str) -> PathBuf {
        self.config_for(&format!("http://{}", self.address), secret, more, of_app)
    }

    /// The same, for another host.
    pub(crate) fn config_for(&self, host: &str, secret: &str, more: &str, of_app: &str) -> PathBuf {
        let (key, account) = (self.simulator.app_key(0), self.simulator.account_id(0));
        let text = format!(
            r#"{more}
defaults:
  host: {host}
  timeout: 3s
  rate_limit: {{ requests_per_second: 500, burst: 100 }}
  retry: {{ attempts: 1, base: 10ms, max: 10ms }}
  collectors:
    realtime: {{ interval: 200ms, stale_after: 1s }}
    daily: {{ interval: 300ms, stale_after: 2s }}
    meetings: {{ enabled: false }}
apps:
  - name: demo
    app_key: "{key}"
    app_secret: "{secret}"
    account_id: "{account}"
{of_app}"#
        );
        let path = self.directory.path().join("exporter.yml");
        std::fs::write(&path, text).expect("a file");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, private).expect("a private file");
        path
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}
