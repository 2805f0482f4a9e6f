//! The dependencies: each with its reason in the document, and with no feature that is not named there.

use std::{collections::BTreeMap, fs, path::Path};

/// Features by crate.
type Table = BTreeMap<String, Vec<String>>;

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let document = read("docs/dependencies.md");
    let (binary, tests) = document.split_once("## In tests only").expect("two tables");
    let mut linked = declared(&manifest, "[dependencies]");
    linked.extend(declared(
        &manifest,
        "[target.'cfg(target_os = \"linux\")'.dependencies]",
    ));
    assert_eq!(
        documented(binary),
        linked,
        "left: the document, right: Cargo.toml"
    );
    assert_eq!(
        documented(tests),
        declared(&manifest, "[dev-dependencies]"),
        "left: the document, right: Cargo.toml"
    );
    assert!(linked.len() > 20, "{linked:?}");
}

#[test]
fn nothing_is_enabled_unseen() {
    let manifest = read("Cargo.toml");
    for line in manifest
        .lines()
        .filter(|line| line.contains(" = { version = "))
    {
        assert!(line.contains("default-features = false"), "{line}");
    }
}

/// The dependencies of one section of the manifest.
fn declared(manifest: &str, section: &str) -> Table {
    let (_, rest) = manifest
        .split_once(&format!("\n{section}\n"))
        .unwrap_or_else(|| panic!("no {section}"));
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| entry(line).unwrap_or_else(|| panic!("not one line: {line}")))
        .collect()
}

/// `name = { version = "…", default-features = false, features = ["…", "…"] }`
fn entry(line: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = line.split_once(" = { ")?;
    let rest = rest.strip_suffix(" }")?;
    let features = match rest.split_once("features = [") {
        Some((_, list)) => list.strip_suffix(']')?,
        None => "",
    };
    Some((name.to_owned(), words(features, '"')))
}

/// The rows of a table of the document; a reason is needed in each.
fn documented(text: &str) -> Table {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, features, why, _] = cells[..] else {
            panic!("not three columns: {row}")
        };
        assert!(!why.is_empty(), "{row}");
        (name.trim_matches('`').to_owned(), words(features, '`'))
    })
    .collect()
}

/// The words of a list that stand between two of `quote`.
fn words(list: &str, quote: char) -> Vec<String> {
    let words = list.split(quote).skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
