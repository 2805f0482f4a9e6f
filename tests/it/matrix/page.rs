//! The page of reliability: a line for each row of the matrix, in both languages.

use std::{collections::BTreeSet, fs, path::Path};

use super::{answers, counted, cut_off, disk, host, lists, midnight, tls, wire};

#[test]
fn the_page_has_a_line_for_every_fault_and_no_other() {
    let rows: Vec<&str> = wire::names()
        .chain(answers::names())
        .chain(lists::names())
        .chain(counted::names())
        .chain(tls::names())
        .chain(disk::names())
        .chain(cut_off::names())
        .chain(host::names())
        .chain(midnight::names())
        .collect();
    let unique: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!(unique.len(), rows.len(), "a name stands twice");
    let (english, chinese) = (
        page("docs/reliability.md"),
        page("docs/reliability.zh-CN.md"),
    );
    let table = names(&english);
    let table: BTreeSet<&str> = table.iter().map(String::as_str).collect();
    assert_eq!(table, unique, "left: the page, right: the tests");
    assert_eq!(
        names(&english).len(),
        names(&chinese).len(),
        "a line for a line"
    );
    for page in [english, chinese] {
        assert!(
            page.contains(&format!("**{}**", rows.len())),
            "the page says {} faults",
            rows.len()
        );
    }
}

/// The first column of the rows between the marks.
fn names(page: &str) -> Vec<String> {
    let (_, rest) = page
        .split_once("<!-- matrix:begin -->")
        .expect("a beginning");
    let (table, _) = rest.split_once("<!-- matrix:end -->").expect("an end");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let names = rows.filter_map(|row| row.split(" |").next());
    let names =
        names.filter(|name| !name.starts_with("---") && *name != "fault" && *name != "故障");
    names.map(str::to_owned).collect()
}

fn page(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
