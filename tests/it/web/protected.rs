//! A server behind a web configuration, with the files it needs, and clients to send there.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Output},
    sync::Arc,
};

use netease_meeting_exporter::{
    clock::SystemClock,
    self_metrics::SelfMetrics,
    web::{Limits, Prepared, ProtectionOptions, serve},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;

use super::state_counting;
use crate::{
    exposition::fixture::{Fixed, known},
    support::{Authority, Pair, sample},
    tools,
};

/// What every configuration here with TLS begins with.
pub(super) const TLS: &str =
    "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";

/// A directory with certificates, and a server on its web configuration.
pub(super) struct Protected {
    pub(super) files: Files,
    pub(super) address: SocketAddr,
    stop: CancellationToken,
    runtime: Option<Runtime>,
}

/// A directory with a server's certificate and its authority's; the configuration is `web.yml`.
pub(super) struct Files {
    pub(super) directory: TempDir,
    pub(super) authority: Authority,
}

impl Files {
    pub(super) fn new(configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = Authority::new("test");
        fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
        authority.server().write(directory.path(), "server");
        let files = Self {
            directory,
            authority,
        };
        files.write("web.yml", configuration);
        files
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts a file in its place at once, as renewal tools do.
    pub(super) fn write(&self, name: &str, text: &str) {
        let new = self.path("new");
        fs::write(&new, text).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&new, private).unwrap();
        fs::rename(&new, self.path(name)).unwrap();
    }

    pub(super) fn pair(&self, pair: &Pair, name: &str) {
        pair.write(self.directory.path(), name);
    }
}

impl Protected {
    pub(super) fn start(configuration: &str) -> Self {
        Self::with(
            Files::new(configuration),
            ProtectionOptions::default(),
            Limits::default(),
        )
    }

    pub(super) fn with(files: Files, options: ProtectionOptions, limits: Limits) -> Self {
        Self::with_applications(files, options, limits, 1)
    }

    /// The same, with more to answer than one application's figures.
    pub(super) fn with_applications(
        files: Files,
        options: ProtectionOptions,
        limits: Limits,
        applications: usize,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let prepared = Prepared::load(Some(&files.path("web.yml")), options);
        let prepared = prepared.unwrap_or_else(|error| panic!("{error}"));
        let metrics = Arc::new(SelfMetrics::new().unwrap());
        let protection = Arc::new(prepared.protect(Arc::clone(&metrics), SystemClock::shared()));
        let names = (0..applications).map(|number| match number {
            0 => "hq".to_owned(),
            number => format!("app{number}"),
        });
        let state = state_counting(
            Fixed::new(names.map(|name| known(&name))),
            "/metrics",
            metrics,
            |state| state,
        );
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let grace = std::time::Duration::from_secs(5);
        let serving = serve(
            vec![listener.into()],
            state,
            protection,
            limits,
            stop.clone(),
            grace,
        );
        drop(runtime.spawn(serving));
        Self {
            files,
            address,
            stop,
            runtime: Some(runtime),
        }
    }

    /// The metrics, as a user of the tests' own asks for them, or anybody where there are none.
    pub(super) fn metric(&self, name: &str) -> Option<f64> {
        let alice = ["--user", "alice:alice's"];
        let answer = self.plain(&[alice[0], alice[1], "/metrics"]);
        sample(&answer.body, name, &[])
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// curl that trusts the test's authority; the arguments end with a path.
    pub(super) fn curl(&self, arguments: &[&str]) -> Curl {
        let (path, arguments) = arguments.split_last().unwrap();
        let mut command = Command::new(tools::path("curl"));
        command
            .current_dir(self.files.directory.path())
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "60",
                "--noproxy",
                "*",
            ])
            .args(["--cacert", "ca.pem", "--dump-header", "/dev/stderr"])
            .args(["--write-out", "\n%{http_code} %{http_version}"])
            .args(arguments)
            .arg(self.url(path));
        Curl::of(&command.output().unwrap())
    }

    /// The same without TLS.
    pub(super) fn plain(&self, arguments: &[&str]) -> Curl {
        let (path, arguments) = arguments.split_last().unwrap();
        let mut command = Command::new(tools::path("curl"));
        command
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "60",
                "--noproxy",
                "*",
            ])
            .args([
                "--dump-header",
                "/dev/stderr",
                "--write-out",
                "\n%{http_code} %{http_version}",
            ])
            .args(arguments)
            .arg(format!("http://{}{path}", self.address));
        Curl::of(&command.output().unwrap())
    }

    /// `openssl s_client` sending one request; what it says of the session and the answer.
    pub(super) fn s_client(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(tools::path("openssl"));
        command
            .current_dir(self.files.directory.path())
            .args([
                "s_client",
                "-CAfile",
                "ca.pem",
                "-verify_return_error",
                "-servername",
                "localhost",
            ])
            .args(["-connect", &self.address.to_string(), "-ign_eof"])
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        // It may have ended already, when the handshake failed.
        drop(std::io::Write::write_all(&mut pipe, request));
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

impl Drop for Protected {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }
}

/// What curl came back with.
#[derive(Debug)]
pub(super) struct Curl {
    /// Its own exit status: 0 for any HTTP answer.
    pub(super) exit: i32,
    /// The answer's status, or 0.
    pub(super) status: u16,
    /// `1.1` or `2`.
    pub(super) version: String,
    pub(super) body: String,
    /// The answer's headers, and what went wrong.
    pub(super) told: String,
}

impl Curl {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let (body, last) = text.rsplit_once('\n').unwrap();
        let (status, version) = last.split_once(' ').unwrap();
        Self {
            exit: output.status.code().unwrap(),
            status: status.parse().unwrap(),
            version: version.to_owned(),
            body: body.to_owned(),
            told: String::from_utf8_lossy(&output.stderr).to_ascii_lowercase(),
        }
    }
}

/// A user's line for `basic_auth_users`: the password is `NAME's`.
pub(super) fn user(name: &str, cost: u32) -> String {
    let hash = bcrypt::hash_with_salt(format!("{name}'s"), cost, [9; 16]).unwrap();
    format!(
        "  {name}: {}\n",
        hash.format_for_version(bcrypt::Version::TwoY)
    )
}
