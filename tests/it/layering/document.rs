//! The tables of ARCHITECTURE.md that the sources are held to.

use std::collections::{BTreeMap, BTreeSet};

/// What the second column of a table says of the names in the first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Anything.
    Everything,
    /// These, and itself.
    Only(BTreeSet<String>),
}

impl Allowed {
    /// Whether `name` is among them.
    pub(super) fn permits(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

/// The table whose first row begins with `heading`; names are what stands in backticks.
pub(super) fn table(document: &str, heading: &str) -> BTreeMap<String, Allowed> {
    let start = format!("| {heading} |");
    let rows = document
        .lines()
        .skip_while(|line| !line.starts_with(&start));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        for name in quoted(cells[0]) {
            let allowed = match cells[1].trim() {
                "everything" => Allowed::Everything,
                cell => Allowed::Only(quoted(cell)),
            };
            assert!(
                table.insert(name.clone(), allowed).is_none(),
                "{name} has two rows"
            );
        }
    }
    assert!(!table.is_empty(), "no table begins with {start:?}");
    table
}

fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
