//! The page of promises: every test it names is there and runs, and both languages name the same.

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
        let is_there = sources.iter().any(|(path, text)| {
            let belongs = path.iter().any(|part| {
                let part = Path::new(part);
                part.file_stem().is_some_and(|stem| stem == module.as_str())
            });
            belongs && is_run(text, test)
        });
        assert!(is_there, "no test {test} that runs is in a module {module}");
    }
}

/// Whether a source has a function of that name which is a test and is not left out.
fn is_run(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let places = source.match_indices(&function).map(|(at, _)| at);
    places.into_iter().any(|at| {
        let begin = source[..at].rfind('\n').map_or(0, |end| end + 1);
        // What stands before it, up to the end of the last item or the beginning of its module.
        let above = source[..begin].lines().rev().map(str::trim);
        let attributes: Vec<&str> = above
            .take_while(|line| !line.is_empty() && !line.ends_with(['}', '{', ';']))
            .collect();
        let is_test =
            |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        // What is for Unix alone is tried wherever tests are.
        let is_left_out = |line: &&str| {
            line.starts_with("#[ignore")
                || (line.starts_with("#[cfg(") && !line.starts_with("#[cfg(unix)]"))
        };
        attributes.iter().any(is_test) && !attributes.iter().any(is_left_out)
    })
}

#[test]
fn a_function_that_is_not_run_is_no_test() {
    let cases = [
        ("#[test]\nfn it() {}", true),
        (
            "    #[tokio::test]\n    /// Why.\n    async fn it() {}",
            true,
        ),
        ("fn it() {}", false),
        ("// #[test]\nfn it() {}", false),
        ("#[test]\n#[ignore = \"slow\"]\nfn it() {}", false),
        ("#[ignore]\n#[test]\nfn it() {}", false),
        ("#[test]\n#[cfg(feature = \"bench\")]\nfn it() {}", false),
        ("#[cfg(unix)]\n#[test]\nfn it() {}", true),
        ("#[test]\nfn other() {}\n\nfn it() {}", false),
        ("#[test]\nfn it_is_another() {}", false),
    ];
    for (source, wanted) in cases {
        assert_eq!(is_run(source, "it"), wanted, "{source}");
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
