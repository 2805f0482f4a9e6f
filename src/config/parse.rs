//! Parses a configuration file's text, with errors that never quote what it says.

mod repeated;

use std::{error::Error, path::Path};

use ::config::{FileFormat, Format, Map, Value};

/// How deep a line may be indented, which bounds how deep YAML nests.
const DEEPEST: usize = 256;

/// The values of a configuration file's text; `path` is noted as their origin.
pub(super) fn parse(
    text: &str,
    format: FileFormat,
    path: &Path,
) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    // The crate would take the last of them.
    if format == FileFormat::Json {
        repeated::refuse(text).map_err(|error| format!("not JSON: {error}"))?;
    }
    // The YAML parser calls itself for every level, and levels written in one line are unbounded.
    if format == FileFormat::Yaml && text.lines().any(is_too_deep) {
        return Err(format!("a line is indented by more than {DEEPEST} columns"));
    }
    let origin = path.display().to_string();
    match format.parse(Some(&origin), text) {
        Ok(values) if values.is_empty() => Err("the file holds no setting".to_owned()),
        Ok(values) => Ok(values),
        Err(error) => Err(explain(error.as_ref())),
    }
}

fn is_too_deep(line: &str) -> bool {
    let indentation = line.bytes().take_while(|byte| b" \t-?:".contains(byte));
    indentation.count() > DEEPEST
}

/// A parser's error without the part of the file that some of them quote: it can be a secret.
fn explain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    if error.is::<Box<::config::ConfigError>>() || error.is::<::config::ConfigError>() {
        return "expected a mapping of settings at the top of the file".to_owned();
    }
    let text = error.to_string();
    if text.starts_with("Cannot parse ") {
        return "a list or a mapping stands where a key is expected".to_owned();
    }
    if let Some((key, rest)) = text.split_once(": duplicated key in mapping") {
        return format!("{} is given twice{}", yaml_key(key), yaml_position(rest));
    }
    if let Some((message, position)) = text.rsplit_once(" at byte ") {
        return format!("not YAML: {message}{}", yaml_position(position));
    }
    if text.starts_with("Got ") {
        return "more than one YAML document".to_owned();
    }
    // TOML's errors show the line; what begins with a number and a bar is that.
    let told: Vec<&str> = text.lines().filter(|line| !is_excerpt(line)).collect();
    told.join(": ")
}

/// `the key "apps"` of `String("apps")`; other keys are not repeated.
fn yaml_key(debug: &str) -> String {
    match debug
        .strip_prefix("String(")
        .and_then(|key| key.strip_suffix(')'))
    {
        Some(key) => format!("the key {key}"),
        None => "a key".to_owned(),
    }
}

/// ` (line 3, column 7)` of `… line 3 column 7`.
fn yaml_position(text: &str) -> String {
    let numbers = text
        .rsplit_once("line ")
        .and_then(|(_, rest)| rest.split_once(" column "));
    match numbers {
        Some((line, column)) => format!(" (line {line}, column {column})"),
        None => String::new(),
    }
}

fn is_excerpt(line: &str) -> bool {
    line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
        .starts_with('|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::format_of;

    fn check(name: &str, text: &str) -> String {
        let path = Path::new(name);
        match parse(text, format_of(path).unwrap(), path) {
            Ok(values) => format!("{} keys", values.len()),
            Err(message) => message,
        }
    }

    #[test]
    fn what_is_no_mapping_of_settings_is_explained_without_quoting_it() {
        let table: String = [
            ("a.yml", ""),
            ("a.yml", " \n"),
            ("a.yml", "# nothing\n"),
            ("a.yml", "---\n"),
            ("a.yml", "hunter2\n"),
            ("a.yml", "- hunter2\n"),
            ("a.yml", "app_secret: [hunter2\n"),
            ("a.yml", "a: 1\n\tapp_secret: hunter2\n"),
            ("a.yml", "a: 1\na: hunter2\n"),
            ("a.yml", "app_secret: {{ hunter2 }}\n"),
            ("a.yml", "{hunter2: 1}: 1\n"),
            ("a.yml", "{a: hunter2, a: 1}: 1\n"),
            ("a.yml", "a: *hunter2\n"),
            ("a.yml", "a: 1\n---\nb: 2\n"),
            ("a.yml", "app_secret: 'hunter2\n"),
            ("a.toml", "app_secret = hunter2\n"),
            ("a.toml", "a = 1\na = 2 # hunter2\n"),
            ("a.json", "{\"app_secret\": hunter2}"),
            ("a.json", "\"hunter2\""),
            ("a.json", "{\"a\": 1, \"a\": 2}"),
        ]
        .iter()
        .map(|(name, text)| format!("{text:?} => {}\n", check(name, text)))
        .collect();
        insta::assert_snapshot!(table, @r##"
        "" => the file is empty
        " \n" => the file is empty
        "# nothing\n" => the file holds no setting
        "---\n" => expected a mapping of settings at the top of the file
        "hunter2\n" => expected a mapping of settings at the top of the file
        "- hunter2\n" => expected a mapping of settings at the top of the file
        "app_secret: [hunter2\n" => not YAML: while parsing a flow sequence, expected ',' or ']' (line 2, column 1)
        "a: 1\n\tapp_secret: hunter2\n" => not YAML: while scanning a plain scalar, found a tab (line 1, column 4)
        "a: 1\na: hunter2\n" => the key "a" is given twice (line 2, column 4)
        "app_secret: {{ hunter2 }}\n" => a list or a mapping stands where a key is expected
        "{hunter2: 1}: 1\n" => a list or a mapping stands where a key is expected
        "{a: hunter2, a: 1}: 1\n" => the key "a" is given twice (line 1, column 17)
        "a: *hunter2\n" => not YAML: while parsing node, found unknown anchor (line 1, column 4)
        "a: 1\n---\nb: 2\n" => more than one YAML document
        "app_secret: 'hunter2\n" => not YAML: while scanning a quoted scalar, found unexpected end of stream (line 1, column 13)
        "app_secret = hunter2\n" => TOML parse error at line 1, column 14: string values must be quoted, expected literal string
        "a = 1\na = 2 # hunter2\n" => TOML parse error at line 2, column 1: duplicate key
        "{\"app_secret\": hunter2}" => not JSON: expected value at line 1 column 16
        "\"hunter2\"" => expected a mapping of settings at the top of the file
        "{\"a\": 1, \"a\": 2}" => not JSON: the key "a" is given twice at line 1 column 12
        "##);
        let told = table.lines().map(|line| line.rsplit("=>").next().unwrap());
        assert!(!told.collect::<String>().contains("hunter2"));
    }

    #[test]
    fn nesting_without_end_is_refused_before_it_is_parsed() {
        let deep = format!("a:\n  {}1\n", "- ".repeat(100_000));
        insta::assert_snapshot!(check("a.yml", &deep), @"a line is indented by more than 256 columns");
        let deepest: String = (0..DEEPEST)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect();
        insta::assert_snapshot!(check("a.yml", &deepest), @"1 keys");
        let deep = "[".repeat(100_000);
        insta::assert_snapshot!(check("a.yml", &deep), @"not YAML: recursion limit exceeded (line 1, column 256)");
        insta::assert_snapshot!(check("a.json", &deep), @"not JSON: recursion limit exceeded at line 1 column 128");
        let deep = format!("a = {deep}");
        insta::assert_snapshot!(check("a.toml", &deep), @"TOML parse error at line 1, column 85: cannot recurse further; max recursion depth met");
    }
}
