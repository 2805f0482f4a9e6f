//! What is made from the command line's definition: completion scripts and the manual, read by the
//! programs that will read them.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use crate::{
    support::{Exporter, binary, eventually, get},
    tools,
};

#[test]
fn bash_completes_sub_commands_and_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = written(folder.path(), "bash");
    let complete = |words: &str, last: usize| {
        let asks = format!(
            "source '{script}'; COMP_WORDS=({words}); COMP_CWORD={last}; \
             $(complete -p netease-meeting-exporter | sed 's/.*-F \\([^ ]*\\).*/\\1/') \
             netease-meeting-exporter \"${{COMP_WORDS[{last}]}}\" \
             \"${{COMP_WORDS[{last}-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = run(Command::new("bash").args(["--norc", "-c", &asks]));
        assert!(output.status.success(), "{output:?}");
        let said = text(&output);
        said.lines().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let name = "netease-meeting-exporter";
    assert_eq!(
        complete(&format!("{name} heal"), 1),
        BTreeSet::from(["healthcheck".to_owned()])
    );
    assert_eq!(
        complete(&format!("{name} serve --config.c"), 2),
        BTreeSet::from(["--config.check".to_owned()])
    );
    assert_eq!(
        complete(&format!("{name} serve --log.format j"), 3),
        BTreeSet::from(["json".to_owned()])
    );
}

#[test]
fn zsh_and_fish_read_their_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["zsh", "fish"] {
        let script = written(folder.path(), shell);
        let parses = |path: &str| run(Command::new(tools::path(shell)).args(["-n", path]));
        let output = parses(&script);
        assert!(output.status.success(), "{shell}: {output:?}");
        let broken = folder.path().join("broken");
        fs::write(&broken, "if true; then 'a\n").expect("a file");
        let output = parses(broken.to_str().expect("a UTF-8 path"));
        assert!(!output.status.success(), "{shell}: this check can fail");
    }
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_sub_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let mandoc = |page: &str, flags: &[&str]| {
        let path = folder.path().join("page.1");
        fs::write(&path, page).expect("a file");
        run(Command::new(tools::path("mandoc")).args(flags).arg(&path))
    };
    let lint = ["-T", "lint", "-W", "error"];
    let own = page(&[]);
    for word in ["SYNOPSIS", "ENVIRONMENT", "EXIT STATUS", "exporter.yml"] {
        assert!(own.contains(word), "{word}: {own}");
    }
    let mut pages = 0;
    let mut left = listed(&own, &[]);
    while let Some(command) = left.pop() {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let page = page(&command);
        let name = format!(r"netease\-meeting\-exporter\-{}", command.join(r"\-"));
        assert!(page.contains(&name), "{name}: {page}");
        let output = mandoc(&page, &lint);
        assert!(output.status.success(), "{name}: {output:?}");
        left.extend(listed(&page, &command));
        pages += 1;
    }
    assert!(pages > 5, "{own}");
    let output = mandoc(&own, &lint);
    assert!(output.status.success(), "{output:?}");
    assert!(
        !mandoc(".TH a 1\n.so /nowhere\n", &lint).status.success(),
        "this check can fail"
    );
    for unknown in [&["man", "nothing"][..], &["man", "serve", "nothing"]] {
        let output = run(Command::new(binary()).args(unknown));
        assert_eq!(output.status.code(), Some(64), "{output:?}");
    }
}

#[test]
fn the_health_check_knows_alive_from_not() {
    let check = |address: &str| {
        run(Command::new(binary()).args(["healthcheck", "--web.listen-address", address]))
    };
    let demo = ["demo", "--web.listen-address=127.0.0.1:0", "--apps=1"];
    let exporter = Exporter::start(&demo);
    eventually("an answer", || get(exporter.address(), "/-/healthy").ok());
    let output = check(exporter.address());
    assert!(output.status.success(), "{output:?}");
    let (_, port) = exporter.address().rsplit_once(':').expect("a port");
    let output = check(&format!(":{port}"));
    assert!(output.status.success(), "{output:?}");

    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address").to_string();
    drop(nobody);
    let output = check(&address);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("cannot connect"),
        "{output:?}"
    );
}

/// The sub-commands that a page lists, each with all of its names.
fn listed(page: &str, command: &[&str]) -> Vec<Vec<String>> {
    let own: String = command.iter().map(|name| format!(r"{name}\-")).collect();
    let prefix = format!(r"netease\-meeting\-exporter\-{own}");
    let names = page
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix)?.strip_suffix("(1)"));
    let names = names.map(|name| name.replace('\\', ""));
    names
        .map(|name| {
            let mut all: Vec<String> = command.iter().map(|name| (*name).to_owned()).collect();
            all.push(name);
            all
        })
        .collect()
}

/// A shell's completion script, as a file.
fn written(folder: &Path, shell: &str) -> String {
    let output = run(Command::new(binary()).args(["completion", shell]));
    assert!(output.status.success(), "{output:?}");
    let path = folder.join(shell);
    fs::write(&path, output.stdout).expect("a file");
    path.to_str().expect("a UTF-8 path").to_owned()
}

fn page(command: &[&str]) -> String {
    let output = run(Command::new(binary()).arg("man").args(command));
    assert!(output.status.success(), "{output:?}");
    text(&output)
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}
