//! The headers that may be set, and what they may say.

use std::collections::BTreeMap;

use super::words::word;
use crate::config::{node::Node, report::Report, table::Table};

/// The headers the shared format allows, with the values where they are few.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

pub(super) fn read(http: &mut Table<'_>, report: &Report) -> BTreeMap<&'static str, String> {
    let mut headers = BTreeMap::new();
    for (name, node) in http.entries("headers") {
        match header(name, node) {
            // Blank means unset.
            Ok((_, value)) if value.is_empty() => {}
            Ok((name, value)) => {
                headers.insert(name, value);
            }
            Err(message) => report.problem(&node.place, message),
        }
    }
    headers
}

fn header(name: &str, node: &Node) -> Result<(&'static str, String), String> {
    let allowed = ALLOWED.iter().find(|(allowed, _)| *allowed == name);
    let Some((name, values)) = allowed else {
        return Err(format!("HTTP header {name:?} can not be configured"));
    };
    let value = word(node)?;
    if !values.is_empty() && !values.contains(&value.as_str()) {
        let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
        let values = values.join(" ");
        return Err(format!(
            "invalid value for {name}. Expected one of: [{values}], but got: {value:?}"
        ));
    }
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(format!(
            "invalid value for {name}. Expected visible ASCII characters and spaces"
        ));
    }
    Ok((name, value))
}
