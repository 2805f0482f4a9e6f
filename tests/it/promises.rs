//! The page of promises: every test it names is there, and both languages name the same.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_promise_is_held_by_tests_that_exist() {
    let sources = sources();
    let named = named("docs/promises.md");
    assert!(named.len() > 30, "only {} tests were found", named.len());
    for (module, test) in &named {
        let function = format!("fn {test}(");
        let is_there = sources.iter().any(|(path, text)| {
            let belongs = path.iter().any(|part| {
                let part = Path::new(part);
                part.file_stem().is_some_and(|stem| stem == module.as_str())
            });
            belongs && text.contains(&function)
        });
        assert!(is_there, "no test {test} is in a module {module}");
    }
}

#[test]
fn both_languages_name_the_same_tests() {
    assert_eq!(named("docs/promises.md"), named("docs/promises.zh-CN.md"));
}

/// The tests in a page's tables, as `module::test`, in the order they stand there.
fn named(page: &str) -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join(page)).expect("the page can be read");
    let cells = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("::"))
        .filter_map(|line| line.trim_end_matches([' ', '|']).rsplit_once(" | "));
    cells
        .flat_map(|(_, cell)| cell.split('`').skip(1).step_by(2))
        .filter_map(|name| name.split_once("::"))
        .map(|(module, test)| (module.to_owned(), test.to_owned()))
        .collect()
}

/// Every Rust file, by its path below the root.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from("src"), PathBuf::from("tests/it")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(entry.path()).expect("a source");
                files.push((path, text));
            }
        }
    }
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
