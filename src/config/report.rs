//! What is wrong with a configuration: every problem, each with the place it was found at.

use std::{cell::RefCell, collections::HashSet, error::Error, fmt, path::Path, sync::Arc};

/// Who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The defaults in code.
    BuiltIn,
    /// A configuration file, as the operator named it.
    File(Arc<Path>),
    /// One environment variable.
    Variable(Arc<str>),
    /// The environment as a whole, where there is no file.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("defaults in code"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// Where a value stands: who said it, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) origin: Origin,
    /// The full key path, such as `apps[2].collectors.daily.interval`; empty for the whole.
    pub(super) path: String,
}

impl Place {
    pub(super) fn root(origin: Origin) -> Self {
        Self {
            origin,
            path: String::new(),
        }
    }

    /// The path of a key in the mapping that stands here; a key that is no plain word is quoted.
    pub(super) fn key(&self, key: &str) -> String {
        let plain = !key.is_empty() && key.bytes().all(is_plain);
        let key = if plain {
            key.to_owned()
        } else {
            format!("{key:?}")
        };
        if self.path.is_empty() {
            key
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The path of an element of the list that stands here.
    pub(super) fn element(&self, index: usize) -> String {
        format!("{}[{index}]", self.path)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}", self.origin),
            path => write!(f, "{}: {path}", self.origin),
        }
    }
}

/// Whether a byte can stand in a key without quotes.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// One thing that is wrong: `exporter.yml: apps[2].name: …`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    place: String,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A configuration that cannot be used, with everything that is wrong with it.
///
/// No text of a secret is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// Every problem, in the order found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    /// The number of problems, then a line for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "the configuration has {count} problem{plural}:")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl Error for ConfigError {}

/// Collects problems and warnings while a configuration is read.
///
/// What `defaults` says is read again for every application, so the same finding is kept once.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: RefCell<Findings>,
}

#[derive(Debug, Default)]
struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<String>,
    seen: HashSet<Problem>,
}

impl Report {
    pub(super) fn problem(&self, place: &Place, message: impl Into<String>) {
        let mut findings = self.findings.borrow_mut();
        let problem = finding(place, message);
        if findings.seen.insert(problem.clone()) {
            findings.problems.push(problem);
        }
    }

    pub(super) fn warning(&self, place: &Place, message: impl Into<String>) {
        let mut findings = self.findings.borrow_mut();
        let warning = finding(place, message);
        if findings.seen.insert(warning.clone()) {
            findings.warnings.push(warning.to_string());
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.findings.borrow().problems.is_empty()
    }

    /// What was read with its warnings, unless there was a problem.
    pub(super) fn conclude<T>(self, read: Option<T>) -> Result<(T, Vec<String>), ConfigError> {
        let findings = self.findings.into_inner();
        match read {
            Some(read) if findings.problems.is_empty() => Ok((read, findings.warnings)),
            _ => Err(ConfigError {
                problems: findings.problems,
            }),
        }
    }
}

fn finding(place: &Place, message: impl Into<String>) -> Problem {
    Problem {
        place: place.to_string(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Place {
        Place {
            origin: Origin::File(Path::new("exporter.yml").into()),
            path: path.to_owned(),
        }
    }

    #[test]
    fn each_problem_is_one_line_and_is_told_once() {
        let report = Report::default();
        report.problem(&at("apps[0].name"), "missing");
        report.problem(&at("windows"), "expected a list, got 7");
        report.problem(&at("apps[0].name"), "missing");
        let error = report.conclude(Some(())).unwrap_err();
        insta::assert_snapshot!(error, @r"
        the configuration has 2 problems:
          exporter.yml: apps[0].name: missing
          exporter.yml: windows: expected a list, got 7
        ");
    }

    #[test]
    fn a_key_that_is_no_plain_word_is_quoted_in_its_path() {
        insta::assert_snapshot!(at("labels").key("a b\n"), @r#"labels."a b\n""#);
        insta::assert_snapshot!(at("").key("apps"), @"apps");
        insta::assert_snapshot!(at("apps").element(3), @"apps[3]");
    }
}
