//! What is shown besides the metrics follows a reload.

use serde_json::Value;

use super::site::Site;

#[test]
fn pages_and_targets_follow() {
    let site = Site::new(2);
    site.write("", &["a"], "");
    let url = "--web.external-url=https://gateway.example.org/netease";
    let exporter = site.start(&["--web.enable-lifecycle", url]).ready();
    let named = |name: &str| {
        let config = exporter.get("/config").text();
        assert!(config.contains("app_secret: <secret>"), "{config}");
        let secret = site.vendor.simulator.app_secret(0);
        assert!(!config.contains(&secret), "{config}");
        config.contains(&format!("name: \"{name}\""))
    };
    let json =
        |path: &str| -> Value { serde_json::from_slice(&exporter.get(path).body).expect("JSON") };
    let probed = |name: &str| exporter.get(&format!("/probe?app={name}")).status;
    assert_eq!((named("a"), named("b")), (true, false));
    assert_eq!((probed("a"), probed("b")), (200, 404));

    site.write("", &["a", "b"], "");
    assert_eq!(exporter.post("/-/reload").status, 200);
    assert_eq!((named("a"), named("b")), (true, true));
    assert_eq!((probed("a"), probed("b")), (200, 200));
    assert_eq!(json("/api/v1/status")["applications"], 2);
    let targets = json("/sd");
    assert_eq!(targets.as_array().map(Vec::len), Some(3), "{targets}");
    assert_eq!(targets[1]["targets"][0], "gateway.example.org");
    let labels = &targets[1]["labels"];
    assert_eq!(labels["__param_app"], "b");
    assert_eq!(labels["__metrics_path__"], "/netease/probe");

    site.write("", &["b"], "");
    assert_eq!(exporter.post("/-/reload").status, 200);
    assert_eq!((named("a"), named("b")), (false, true));
    assert_eq!((probed("a"), probed("b")), (404, 200));
}
