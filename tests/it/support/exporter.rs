//! The real binary, as a child process that never outlives its test.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use super::{Answer, eventually, get, get_with};

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_netease-meeting-exporter"))
}

/// A running exporter.
#[derive(Debug)]
pub(crate) struct Exporter {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    address: String,
}

impl Exporter {
    /// `serve` with a configuration file, on a port of its own, at the most verbose level.
    pub(crate) fn serve(config: &Path) -> Self {
        Self::start(&[
            "serve",
            "--config.file",
            config.to_str().expect("a UTF-8 path"),
        ])
    }

    /// Any sub-command that listens; waits until it says where.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_by(Command::new(binary()), args)
    }

    /// The same by a command that runs the binary.
    pub(crate) fn start_by(mut command: Command, args: &[&str]) -> Self {
        command.args(args);
        command.args([
            "--web.listen-address",
            "127.0.0.1:0",
            "--log.level",
            "debug",
        ]);
        Self::spawn(command)
    }

    /// A prepared command that listens; waits until it says where.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let kept = Arc::clone(&log);
        // Ends by itself when the child's end of the pipe closes.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("nobody panics with it").push(line);
            }
        });
        let mut exporter = Self {
            child,
            log,
            address: String::new(),
        };
        exporter.address = eventually("the exporter to listen", || {
            if let Some(status) = exporter.child.try_wait().expect("a child") {
                panic!("it ended with {status}: {:#?}", exporter.log());
            }
            let log = exporter.log();
            let url = log.iter().find_map(|line| {
                line.split(['=', '"', ' ']).find_map(|part| {
                    part.strip_prefix("http://")
                        .or_else(|| part.strip_prefix("https://"))
                })
            })?;
            url.split('/').next().map(str::to_owned)
        });
        exporter
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// The lines logged so far that hold `part`.
    pub(crate) fn log_with(&self, part: &str) -> Vec<String> {
        self.log()
            .into_iter()
            .filter(|line| line.contains(part))
            .collect()
    }

    /// The warnings logged so far, but for those about the configuration: a test's intervals are
    /// shorter than anybody else's should be.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = self.log_with("level=warn");
        warnings.retain(|line| !line.contains("configuration:"));
        warnings
    }

    /// GET.
    pub(crate) fn get(&self, path: &str) -> Answer {
        get(&self.address, path).expect("an answer")
    }

    /// POST without a body.
    pub(crate) fn post(&self, path: &str) -> Answer {
        get_with("POST", &self.address, path, &[]).expect("an answer")
    }

    /// Waits for its end, which something else has asked for.
    pub(crate) fn wait(mut self) -> (ExitStatus, Vec<String>) {
        let status = eventually("the exporter to end", || {
            self.child.try_wait().expect("a child")
        });
        (status, self.log())
    }

    /// The metrics, as text.
    pub(crate) fn metrics(&self) -> String {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// Waits until it is ready: every application had its first round.
    pub(crate) fn ready(self) -> Self {
        eventually("readiness", || {
            (self.get("/-/ready").status == 200).then_some(())
        });
        self
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Runs a command among the mounts of the exporter.
    pub(crate) fn enter(&self, command: &[&str]) {
        let said = Command::new("nsenter")
            .args(["--preserve-credentials", "--user", "--mount", "--target"])
            .arg(self.id().to_string())
            .args(command)
            .output()
            .expect("nsenter");
        assert!(said.status.success(), "{said:?}");
    }

    /// Sends a signal by its name (`TERM`).
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("kill");
        assert!(status.success());
    }

    /// Asks it to stop, and waits for it.
    pub(crate) fn terminate(self) -> (ExitStatus, Vec<String>) {
        self.stop_by("TERM")
    }

    /// The same, by a signal's name.
    pub(crate) fn stop_by(self, signal: &str) -> (ExitStatus, Vec<String>) {
        self.signal(signal);
        self.wait()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
