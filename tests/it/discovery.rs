//! Prometheus finds the applications by itself, with the configuration that the README gives.

use netease_meeting_exporter::simulator::Simulator;

use crate::{
    support::{Exporter, JOB, Prometheus, Vendor, eventually},
    tools::Release,
};

/// The README's configuration for HTTP service discovery, for an exporter at that address.
fn configuration(readme: &str, exporter: &str) -> String {
    let text = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
    let text = std::fs::read_to_string(text).expect("a README");
    let mut blocks = text.split("```yaml\n").skip(1);
    let block = blocks
        .find(|block| block.contains("http_sd_configs"))
        .expect("a block about service discovery");
    let block = block.split("```").next().expect("a block's end");
    assert!(block.contains("127.0.0.1:10163"), "{block}");
    let block = block.replace("127.0.0.1:10163", exporter);
    // So that the test need not wait for a minute; whoever copies it has intervals of their own.
    let often = "http_sd_configs:\n      - refresh_interval: 1s\n        url:";
    let block = block.replace("http_sd_configs:\n      - url:", often);
    assert!(block.contains("refresh_interval"), "{block}");
    format!("global: {{ scrape_interval: 1s }}\n{block}")
}

#[test]
fn prometheus_finds_and_divides_the_applications() {
    let vendor = Vendor::with(Simulator::builder().apps(3).meetings_per_day(600.0));
    let simulator = &vendor.simulator;
    let mut others = "    labels: { region: cn-east }\n".to_owned();
    for app in [1, 2] {
        others.push_str(&format!(
            "  - name: other{app}\n    app_key: \"{}\"\n    app_secret: \"{}\"\n    account_id: \"{}\"\n",
            simulator.app_key(app),
            simulator.app_secret(app),
            simulator.account_id(app),
        ));
    }
    let config = vendor.config_with(&simulator.app_secret(0), "windows: [7d]", &others);
    let exporter = Exporter::serve(&config).ready();
    let address = exporter.address();
    let english = configuration("README.md", address);
    assert_eq!(configuration("README.zh-CN.md", address), english);
    let directory = vendor.directory.path();
    let prometheus = Prometheus::configured(Release::Stable, &english, directory);
    let asked = |query: &str, wanted: f64| {
        eventually(query, || {
            prometheus.query(query).filter(|value| *value == wanted)
        });
    };
    // Each application has its own `up`, and the exporter one more.
    asked(&format!("count(up{{job=\"{JOB}\"}} == 1)"), 4.0);
    asked(&format!("up{{instance=\"{address}/demo\"}}"), 1.0);
    asked(&format!("up{{instance=\"{address}\"}}"), 1.0);
    // Every series comes from one of them only, under the labels it has in the exposition.
    asked("count(netease_meeting_up)", 3.0);
    asked("count(netease_meeting_exporter_build_info)", 1.0);
    asked(
        "count(count by (app) (netease_meeting_active_meetings))",
        3.0,
    );
    let whole = format!(
        "netease_meeting_meetings_total{{app=\"demo\",region=\"cn-east\",instance=\"{address}/demo\"}} > 0"
    );
    eventually(&whole, || prometheus.query(&whole));
    for renamed in ["exported_app", "exported_instance"] {
        assert_eq!(
            prometheus.query(&format!("count({{{renamed}!=\"\"}})")),
            None
        );
    }
    let dropped = "sum(scrape_samples_scraped - scrape_samples_post_metric_relabeling)";
    assert_eq!(prometheus.query(dropped), Some(0.0));
}
