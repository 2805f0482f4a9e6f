//! Secrets that are exchanged while the exporter runs.

use std::fs;

use super::{OK, site::Site};
use crate::support::{Exporter, sample, until};

const OF_APP: &str = "    app_secret_file: a.secret\n";

fn up(exporter: &Exporter) -> Option<f64> {
    sample(&exporter.metrics(), "netease_meeting_up", &[("app", "a")])
}

#[test]
fn a_secret_is_exchanged_without_a_word() {
    let site = Site::new(1);
    site.put("a.secret", "not-this-one\n");
    site.write("", &["a"], OF_APP);
    let exporter = site.start(&["--config.watch-interval=100ms"]).ready();
    assert_eq!(up(&exporter), Some(0.0));
    site.put("a.secret", &site.vendor.simulator.app_secret(0));
    until("the new secret", &Some(1.0), || up(&exporter));
    assert_eq!(exporter.log_with("trigger=file").len(), 1);
}

#[test]
fn a_secret_half_written_leaves_the_last_good_one() {
    let site = Site::new(1);
    let secret = site.vendor.simulator.app_secret(0);
    site.put("a.secret", &secret);
    site.write("", &["a"], OF_APP);
    let exporter = site.start(&["--config.watch-interval=100ms"]).ready();
    let reloaded = || sample(&exporter.metrics(), OK, &[]);
    assert_eq!((up(&exporter), reloaded()), (Some(1.0), Some(1.0)));

    // As an editor or a script does it: emptied first, filled later.
    fs::write(site.file("a.secret"), "").unwrap();
    until("the reload to fail", &Some(0.0), reloaded);
    assert_eq!(up(&exporter), Some(1.0), "calls are signed as before");
    fs::remove_file(site.file("a.secret")).unwrap();
    until("it to be missed", &1, || {
        exporter.log_with("a.secret: no such file").len()
    });
    assert_eq!(up(&exporter), Some(1.0));

    site.put("a.secret", &format!("{secret}\n"));
    until("the reload to succeed", &Some(1.0), reloaded);
    assert_eq!(up(&exporter), Some(1.0));
    let refused = exporter.log_with("configuration not reloaded");
    assert_eq!(refused.len(), 2, "one line for each reason: {refused:#?}");
}
