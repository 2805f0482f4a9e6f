//! A real Prometheus, which a test asks what it has understood.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command},
};

use serde_json::Value;

use super::get;
use crate::tools;

/// The name of the one job.
pub(crate) const JOB: &str = "netease-meeting";

/// A Prometheus of Debian's, scraping one exporter every second.
#[derive(Debug)]
pub(crate) struct Prometheus {
    child: Child,
    address: String,
}

impl Prometheus {
    /// Starts on what is in `directory/tsdb`, however old it is.
    pub(crate) fn scraping(exporter: &str, directory: &Path) -> Self {
        let config = directory.join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: {JOB}\n    \
             static_configs: [{{ targets: [\"{exporter}\"] }}]\n"
        );
        fs::write(&config, text).expect("a file");
        // Prometheus cannot say which port the system gave it, so it gets one that was free just
        // now; should another process take it first, Prometheus ends and the test says so.
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let child = Command::new(tools::path("prometheus"))
            .arg(format!("--config.file={}", config.display()))
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

    fn ask(&self, path: &str, query: &str, more: &[(&str, &str)]) -> Option<Vec<Value>> {
        let mut url = format!("/api/v1/{path}?query={}", encoded(query));
        for (name, value) in more {
            url.push_str(&format!("&{name}={}", encoded(value)));
        }
        let answer = get(&self.address, &url).ok()?;
        let answer: Value = serde_json::from_slice(&answer.body).ok()?;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        answer["data"]["result"].as_array().cloned()
    }
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
