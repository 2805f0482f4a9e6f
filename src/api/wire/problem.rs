//! What is wrong with an answer.

use serde_path_to_error::{Error, Path};

/// What is wrong with an answer, and the setting that explains it, where one can.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) struct Problem {
    /// Which field, and what is wrong with it.
    pub(in crate::api) reason: String,
    /// The setting's key.
    pub(in crate::api) setting: Option<&'static str>,
}

impl Problem {
    /// A field that is not as it should be.
    pub(in crate::api) fn field(reason: String) -> Self {
        Self {
            reason,
            setting: None,
        }
    }

    /// Something that a setting explains.
    pub(super) fn setting(setting: &'static str, reason: String) -> Self {
        Self {
            reason,
            setting: Some(setting),
        }
    }
}

/// The field's path below `root`, and what is wrong, without the value.
pub(super) fn describe(root: &str, error: &Error<serde_json::Error>) -> String {
    let what = error.inner().to_string();
    if !error.inner().is_data() {
        // A fault of the JSON itself: the library's text has the line and column, and no data. The
        // path is left out, since it could show a key that is not one of ours.
        return format!("not JSON: {what}");
    }
    let path = join(root, error.path());
    let what = without_position(&what);
    if let Some(field) = quoted(what, "missing field ") {
        return match path.is_empty() {
            true => format!("`{field}` is missing"),
            false => format!("`{path}.{field}` is missing"),
        };
    }
    let what = without_value(what);
    match path.is_empty() {
        true => what,
        false => format!("`{path}`: {what}"),
    }
}

fn join(root: &str, path: &Path) -> String {
    let path = path.to_string();
    match path.as_str() {
        "." => root.to_owned(),
        path if root.is_empty() => path.to_owned(),
        path if path.starts_with('[') => format!("{root}{path}"),
        path => format!("{root}.{path}"),
    }
}

/// The column is that within `ret`, which helps nobody.
fn without_position(what: &str) -> &str {
    what.rsplit_once(" at line ").map_or(what, |(what, _)| what)
}

fn quoted<'a>(what: &'a str, before: &str) -> Option<&'a str> {
    what.strip_prefix(before)?
        .strip_prefix('`')?
        .strip_suffix('`')
}

/// Serde's own `invalid type: string "the value", expected …`, without the value. Our own
/// messages, which hold none, pass.
fn without_value(what: &str) -> String {
    let ours = !what.starts_with("invalid type: ") && !what.starts_with("invalid value: ");
    match what.rsplit_once(", expected ") {
        _ if ours => what.to_owned(),
        None => "it is of the wrong type".to_owned(),
        Some((found, expected)) => {
            let (_, found) = found.split_once(": ").unwrap_or_default();
            let end = found.find([' ', '`', '"']).unwrap_or(found.len());
            format!(
                "{} where {} is expected",
                in_json(&found[..end]),
                in_json(expected)
            )
        }
    }
}

/// Serde's word for a kind of value, in those of JSON.
fn in_json(kind: &str) -> &str {
    match kind {
        "map" => "an object",
        "sequence" | "a sequence" => "an array",
        "string" => "a string",
        "boolean" => "a boolean",
        "integer" | "floating" => "a number",
        kind => kind,
    }
}
