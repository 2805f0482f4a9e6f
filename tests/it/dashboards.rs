//! The Grafana dashboards: current, sound, the same in both languages, on metrics that exist.

mod files;
mod languages;
mod layout;
mod queries;

use std::{fs, path::Path, process::Command};

use netease_meeting_exporter::catalogue;

use self::files::{Dashboard, FOLDER, all, root};
use crate::tools;

#[test]
fn what_is_committed_is_what_the_program_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = Command::new(tools::path("python3"))
        .args(["-B", "scripts/dashboards"])
        .arg(folder.path())
        .current_dir(root())
        .output()
        .expect("python starts");
    assert!(said.status.success(), "{said:?}");
    let written = names(folder.path());
    assert_eq!(
        names(&root().join(FOLDER)),
        written,
        "run `make dashboards`"
    );
    for name in written {
        let read = |folder: &Path| fs::read_to_string(folder.join(&name)).expect("a dashboard");
        assert!(
            read(&root().join(FOLDER)) == read(folder.path()),
            "{name} is not current: run `make dashboards`"
        );
    }
}

#[test]
fn grafanas_own_schema_finds_no_fault() {
    let check = |files: &[&Path]| {
        Command::new(tools::path("python3"))
            .args(["-B", "tests/it/dashboards/schema.py"])
            .args(files)
            .current_dir(root())
            .output()
            .expect("python starts")
    };
    let dashboards = all();
    let files: Vec<&Path> = dashboards.iter().map(|one| one.path.as_path()).collect();
    let said = check(&files);
    assert!(said.status.success(), "{said:?}");

    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.json");
    let text = fs::read_to_string(files[0]).expect("a dashboard");
    fs::write(&broken, text.replace("\"graphMode\"", "\"grafMode\"")).expect("a file");
    let said = String::from_utf8(check(&[&broken]).stdout).expect("UTF-8");
    assert!(
        said.contains("grafMode: unknown"),
        "this check can fail: {said}"
    );
}

#[test]
fn queries_name_only_metrics_that_exist() {
    // Prometheus adds these to every scrape.
    let scraped = ["up", "scrape_duration_seconds", "scrape_samples_scraped"];
    let mut seen = 0;
    for dashboard in all() {
        for query in dashboard.queries() {
            for name in metrics(&query.expr) {
                let family = ["_bucket", "_count", "_sum"]
                    .iter()
                    .find_map(|suffix| name.strip_suffix(suffix).filter(|name| is_known(name)))
                    .unwrap_or(name);
                assert!(
                    is_known(family) || scraped.contains(&family),
                    "{}: {} asks for {name}",
                    dashboard.name,
                    query.title
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "metrics were found: {seen}");
}

#[test]
fn variables_links_and_provisioning_lead_somewhere() {
    let dashboards = all();
    let uids: Vec<&str> = dashboards.iter().map(Dashboard::uid).collect();
    for (place, uid) in uids.iter().enumerate() {
        assert!(!uids[..place].contains(uid), "{uid} is there twice");
    }
    for dashboard in &dashboards {
        let known = dashboard.variables();
        for query in dashboard.queries() {
            for name in variables(&query.expr) {
                assert!(
                    name.starts_with("__") || known.contains(&name),
                    "{}: {} uses ${name}",
                    dashboard.name,
                    query.title
                );
            }
        }
        let links = dashboard.addresses();
        assert!(links.len() >= 2, "{} leads on: {links:?}", dashboard.name);
        for link in links {
            let uid = link
                .strip_prefix("/d/")
                .expect("a dashboard")
                .split('?')
                .next();
            assert!(
                uids.contains(&uid.expect("a uid")),
                "{}: {link}",
                dashboard.name
            );
        }
    }
    let provisioned = fs::read_to_string(root().join("deploy/grafana/provisioning/dashboards.yml"));
    for language in ["en", "zh-CN"] {
        let folder = format!("path: /var/lib/grafana/dashboards/netease-meeting/{language}\n");
        assert!(
            provisioned.as_ref().expect("a file").contains(&folder),
            "{folder}"
        );
    }
}

fn is_known(name: &str) -> bool {
    catalogue::find(name).is_some()
}

/// The metrics in an expression: names before a selector, and our own wherever they stand.
fn metrics(expr: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    expr.match_indices('{')
        .map(|(end, _)| {
            let start = expr[..end]
                .rfind(|c| !is_part(c))
                .map_or(0, |before| before + 1);
            &expr[start..end]
        })
        .collect()
}

/// The variables in an expression, without `$`.
fn variables(expr: &str) -> Vec<String> {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let names = expr.split('$').skip(1);
    names
        .map(|rest| rest.chars().take_while(is_part).collect())
        .collect()
}

/// The files below a folder, as paths relative to it.
fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for language in fs::read_dir(folder).expect("a folder") {
        let language = language.expect("an entry").path();
        for file in fs::read_dir(&language).expect("a folder") {
            let path = file.expect("an entry").path();
            let relative = path.strip_prefix(folder).expect("below it");
            found.push(relative.to_str().expect("UTF-8").to_owned());
        }
    }
    found.sort();
    found
}
