//! A real Prometheus, which a test asks what it has understood.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command},
};

use serde_json::Value;

use super::{eventually, get};
use crate::tools::Release;

/// The name of the one job.
pub(crate) const JOB: &str = "netease-meeting";

/// A Prometheus of Debian's, scraping one exporter every second.
#[derive(Debug)]
pub(crate) struct Prometheus {
    child: Child,
    address: String,
}

impl Prometheus {
    /// One of a release, scraping one exporter every second; starts on what is in `directory/tsdb`,
    /// however old it is.
    pub(crate) fn of(release: Release, exporter: &str, directory: &Path) -> Self {
        let config = format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: {JOB}\n    \
             static_configs: [{{ targets: [\"{exporter}\"] }}]\n"
        );
        Self::configured(release, &config, directory)
    }

    /// The same, with a configuration of the test's own.
    pub(crate) fn configured(release: Release, config: &str, directory: &Path) -> Self {
        let file = directory.join("prometheus.yml");
        fs::write(&file, config).expect("a file");
        let address = free_address();
        let child = Command::new(release.path("prometheus"))
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                directory.join("tsdb").display()
            ))
            .arg("--storage.tsdb.retention.time=10y")
            .arg(format!("--web.listen-address={address}"))
            .args(["--log.level=error"])
            .spawn()
            .expect("prometheus starts");
        Self { child, address }
    }

    /// The one value a query answers with now.
    pub(crate) fn query(&self, query: &str) -> Option<f64> {
        self.value(query, &[])
    }

    /// The one value a query answers with at a UNIX time.
    pub(crate) fn query_at(&self, query: &str, time: f64) -> Option<f64> {
        self.value(query, &[("time", &time.to_string())])
    }

    fn value(&self, query: &str, more: &[(&str, &str)]) -> Option<f64> {
        let results = self.ask("query", query, more)?;
        assert!(results.len() <= 1, "{query}: {results:?}");
        results.first()?["value"][1].as_str()?.parse().ok()
    }

    /// The values of the one series a query answers with from `start` to `end`, with their times.
    pub(crate) fn query_range(
        &self,
        query: &str,
        start: i64,
        end: i64,
        step: i64,
    ) -> Vec<(i64, f64)> {
        let [start, end, step] = [start, end, step].map(|number| number.to_string());
        let more = [("start", &*start), ("end", &end), ("step", &step)];
        let results = self.ask("query_range", query, &more).expect("an answer");
        assert_eq!(results.len(), 1, "{query}: {results:?}");
        let values = results[0]["values"].as_array().expect("values");
        let value = |pair: &Value| {
            let value = pair[1].as_str()?.parse().ok()?;
            Some((pair[0].as_i64()?, value))
        };
        values
            .iter()
            .map(|pair| value(pair).expect("a pair"))
            .collect()
    }

    /// What the API says of a query, `query` or `query_range` with further parameters; an error of the query's
    /// is the test's.
    pub(crate) fn ask(&self, path: &str, query: &str, more: &[(&str, &str)]) -> Option<Vec<Value>> {
        let mut url = format!("/api/v1/{path}?query={}", encoded(query));
        for (name, value) in more {
            url.push_str(&format!("&{name}={}", encoded(value)));
        }
        let answer = get(&self.address, &url).ok()?;
        let answer: Value = serde_json::from_slice(&answer.body).ok()?;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        answer["data"]["result"].as_array().cloned()
    }

    /// What the API has at any other path, once it answers.
    pub(crate) fn data(&self, path: &str) -> Value {
        let answer = eventually(path, || get(&self.address, &format!("/api/v1/{path}")).ok());
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }
}

/// An address that was free just now, for programs that cannot say which port the system gave them. Should
/// another process take it first, the program ends and the test says so.
pub(crate) fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address").to_string()
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
