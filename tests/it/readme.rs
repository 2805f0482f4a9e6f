//! The READMEs: what they say can be typed, is true, and is the same in both languages.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::tools;

#[test]
fn both_languages_say_the_same() {
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    assert_eq!(heading_levels(&english), heading_levels(&chinese));
    assert_eq!(blocks(&english), blocks(&chinese));
    assert_eq!(metrics(&english), metrics(&chinese));
    assert_eq!(
        fixed_columns(&english),
        fixed_columns(&chinese),
        "names, types and labels"
    );
    assert_eq!(
        rows(&english),
        rows(&chinese),
        "a row for a row in every table"
    );
    assert!(
        metrics(&english).len() > 40 && blocks(&english).len() > 5,
        "both were read"
    );
}

#[test]
fn what_they_point_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "README.zh-CN.md"] {
        let text = read(document);
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            assert!(root.join(link).exists(), "{document} points to {link}");
        }
        let shell = blocks(&text)
            .into_iter()
            .filter(|block| block.starts_with("sh\n"));
        let typed: String = shell.collect();
        for word in typed
            .split_whitespace()
            .filter(|word| word.starts_with("deploy/"))
        {
            assert!(root.join(word).exists(), "{document} has {word} installed");
        }
        let makefile = read("Makefile");
        for target in typed.lines().filter_map(|line| line.strip_prefix("make ")) {
            let is_target = |line: &str| line.starts_with(&format!("{target}:"));
            assert!(
                makefile.lines().any(is_target),
                "{document} has make {target} typed"
            );
        }
    }
}

#[test]
fn every_command_of_the_table_exists() {
    let text = read("README.md");
    let commands = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `netease-meeting-exporter "));
    let names: Vec<&str> = commands.filter_map(|rest| rest.split('`').next()).collect();
    assert!(names.len() > 3, "{names:?}");
    for name in names {
        let output = Command::new(env!("CARGO_BIN_EXE_netease-meeting-exporter"))
            .args([name.trim_matches(['[', ']']), "--help"])
            .output()
            .expect("the binary starts");
        assert!(output.status.success(), "{name}: {output:?}");
    }
}

#[test]
fn the_first_configuration_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("exporter.yml");
    fs::write(&file, block("README.md", "yaml", "apps:")).expect("a file");
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_netease-meeting-exporter"))
            .args(["serve", "--config.check", "--config.file"])
            .arg(&file)
            .output();
        output.expect("the binary starts")
    };
    assert_eq!(
        check().status.code(),
        Some(64),
        "the secret is not there yet"
    );
    fs::write(
        folder.path().join("headquarters.secret"),
        "0123456789abcdef\n",
    )
    .expect("a file");
    let output = check();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn prometheus_accepts_the_scrape_configuration_and_the_alerts() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("prometheus.yml");
    fs::write(&config, block("README.md", "yaml", "scrape_configs:")).expect("a file");
    let rules = folder.path().join("rules.yml");
    let expressions = block("README.md", "promql", "");
    let alerts: String = expressions
        .lines()
        .enumerate()
        .map(|(at, line)| format!("  - {{ alert: A{at}, expr: '{line}' }}\n"))
        .collect();
    fs::write(
        &rules,
        format!("groups:\n- name: readme\n  rules:\n{alerts}"),
    )
    .expect("a file");
    for (what, file) in [("config", config), ("rules", rules)] {
        let promtool = Command::new(tools::path("promtool"))
            .args(["check", what])
            .arg(file)
            .output();
        let promtool = promtool.expect("promtool starts");
        assert!(promtool.status.success(), "{promtool:?}");
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code blocks, each beginning with its language.
fn blocks(text: &str) -> Vec<String> {
    text.split("```")
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The only code block in that language whose text begins so.
fn block(document: &str, language: &str, begin: &str) -> String {
    let blocks = blocks(&read(document));
    let texts = blocks
        .iter()
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    let mut texts = texts.filter(|text| text.starts_with(begin));
    let found = texts
        .next()
        .unwrap_or_else(|| panic!("{document} has no {language} {begin}"));
    assert!(
        texts.next().is_none(),
        "{document} has two {language} blocks {begin}"
    );
    found.to_owned()
}

/// How deep each heading is, in order.
fn heading_levels(text: &str) -> Vec<usize> {
    let prose: String = text.split("```").step_by(2).collect();
    let depth = |line: &str| line.chars().take_while(|c| *c == '#').count();
    prose
        .lines()
        .map(depth)
        .filter(|depth| *depth > 0)
        .collect()
}

/// Every metric that is named.
fn metrics(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("netease_meeting_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// Name, type and labels of each row of the metric table.
fn fixed_columns(text: &str) -> Vec<Vec<String>> {
    let (_, rest) = text
        .split_once("<!-- metrics:begin -->")
        .expect("the first marker");
    let (table, _) = rest
        .split_once("<!-- metrics:end -->")
        .expect("the second marker");
    let columns = |row: &str| {
        row.split('|')
            .skip(1)
            .take(3)
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    table.trim().lines().skip(2).map(columns).collect()
}

/// The number of lines of each table.
fn rows(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|'));
    tables.map(<[&str]>::len).filter(|rows| *rows > 0).collect()
}
