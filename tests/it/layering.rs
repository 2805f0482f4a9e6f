//! Holds the sources to the tables of ARCHITECTURE.md: who may use whom, and what stands only where.

mod document;
mod source;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use self::{document::table, source::Source};

/// A file of `src`, as the module it is.
#[derive(Debug)]
struct File {
    path: PathBuf,
    /// The top-level module it belongs to: `lib` and `main` for the roots.
    module: String,
    source: Source,
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let layers = table(&read("ARCHITECTURE.md"), "module");
    let mut broken = Vec::new();
    for file in files() {
        if file.module == "lib" {
            continue;
        }
        let Some(allowed) = layers.get(&file.module) else {
            broken.push(format!("{} has no row", file.module));
            continue;
        };
        let used = file.source.modules();
        let foreign = used
            .iter()
            .filter(|used| **used != file.module && !allowed.permits(used));
        broken.extend(foreign.map(|used| format!("{} uses {used}", file.path.display())));
    }
    assert!(
        broken.is_empty(),
        "against the table of ARCHITECTURE.md:\n{}",
        broken.join("\n")
    );
}

#[test]
fn the_table_has_a_row_for_every_module_and_for_nothing_else() {
    let rows: BTreeSet<String> = table(&read("ARCHITECTURE.md"), "module")
        .into_keys()
        .collect();
    let modules: BTreeSet<String> = files().into_iter().map(|file| file.module).collect();
    let modules: BTreeSet<String> = modules.into_iter().filter(|name| name != "lib").collect();
    assert_eq!(rows, modules, "left: the table, right: src");
}

#[test]
fn what_belongs_to_one_place_stands_nowhere_else() {
    let places = table(&read("ARCHITECTURE.md"), "name");
    let files = files();
    let mut broken = Vec::new();
    for (name, allowed) in &places {
        let outside = files.iter().filter(|file| !allowed.permits(&file.module));
        let outside = outside.filter(|file| file.source.names(name));
        broken.extend(outside.map(|file| format!("{} names {name}", file.path.display())));
        if !files.iter().any(|file| file.source.names(name)) {
            broken.push(format!("nobody names {name}"));
        }
    }
    assert!(
        broken.is_empty(),
        "against the table of ARCHITECTURE.md:\n{}",
        broken.join("\n")
    );
}

#[test]
fn the_check_sees_every_way_to_name_a_module() {
    let seen =
        |path: &[&str], text: &str| Vec::from_iter(Source::parse(path, text).modules()).join(" ");
    let child = ["api", "client"];
    assert_eq!(seen(&child, "use crate::web::Server;"), "web");
    assert_eq!(
        seen(&child, "use crate::{clock::{A, B}, web, config as c};"),
        "clock config web"
    );
    assert_eq!(
        seen(
            &child,
            "fn f(a: &crate::web::X) {} use super::super::ledger;"
        ),
        "ledger web"
    );
    assert_eq!(seen(&child, "use super::{model, error};"), "", "a sibling");
    assert_eq!(
        seen(&["api"], "use super::{web, clock::X};"),
        "clock web",
        "a root's child"
    );
    assert_eq!(
        seen(&[], "use netease_meeting_exporter::commands;"),
        "commands"
    );
    assert_eq!(seen(&child, "use crate::*;"), "*", "which no row allows");
    let quiet = r##"
        // use crate::web;
        /* crate::web /* nested */ crate::web */
        /// [`crate::web`]
        const A: &str = "crate::web"; const B: &str = r#"a "quoted" crate::web"#;
        const C: [char; 3] = ['"', '\'', '\\']; pub(crate) fn f<'a>() {}
        #[cfg(test)] use crate::web;
        #[cfg(test)] mod tests { use crate::web; mod inner {} }
    "##;
    assert_eq!(seen(&child, quiet), "");
    assert_eq!(
        seen(&child, &format!("{quiet} use crate::clock;")),
        "clock",
        "and reads on"
    );
    assert!(Source::parse(&child, "type T = reqwest::Client;").names("reqwest"));
    assert!(!Source::parse(&child, "// reqwest").names("reqwest"));
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of `src` but those that are compiled for tests only, which are called `tests`.
fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path
                .strip_prefix(&root)
                .expect("below src")
                .with_extension("");
            let names: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
            if names.contains(&"tests") {
                continue;
            }
            let is_root = matches!(names[..], ["lib" | "main"]);
            let text = fs::read_to_string(&path).expect("a readable file");
            let source = Source::parse(if is_root { &[] } else { &names }, &text);
            files.push(File {
                module: names[0].to_owned(),
                path,
                source,
            });
        }
    }
    files
}
