//! What the doctor says, line by line.

use std::fmt::Write as _;

/// A report for people: one block per application, one line per finding.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: String,
    problems: u32,
    warnings: u32,
}

impl Report {
    /// Begins an application's block.
    pub(super) fn application(&mut self, name: &str, host: &str) {
        self.line("", &format!("application {name:?} at {host}"));
    }

    /// Something is as it should be.
    pub(super) fn good(&mut self, text: impl AsRef<str>) {
        self.line("  ok       ", text.as_ref());
    }

    /// Something to look at.
    pub(super) fn warning(&mut self, text: impl AsRef<str>) {
        self.warnings += 1;
        self.line("  warning  ", text.as_ref());
    }

    /// Something is wrong.
    pub(super) fn problem(&mut self, text: impl AsRef<str>) {
        self.problems += 1;
        self.line("  PROBLEM  ", text.as_ref());
    }

    /// The last line.
    pub(super) fn end(&mut self) {
        let (problems, warnings) = (self.problems, self.warnings);
        self.line("", &format!("{problems} problems, {warnings} warnings"));
    }

    /// Everything said so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing was wrong.
    pub(super) fn is_clean(&self) -> bool {
        self.problems == 0
    }

    fn line(&mut self, mark: &str, text: &str) {
        writeln!(self.text, "{mark}{text}").expect("writing to a string cannot fail");
    }
}
