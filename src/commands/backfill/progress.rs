//! A bar on standard error while the vendor is asked, where somebody sees it.

use std::io::{self, IsTerminal as _, Write as _};

/// Characters of the bar.
const WIDTH: usize = 40;

/// How many of so many days are known; says nothing unless standard error is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    days: usize,
    is_seen: bool,
}

impl Progress {
    /// None of `days` yet.
    pub(super) fn new(days: usize) -> Self {
        let progress = Self {
            days,
            is_seen: io::stderr().is_terminal(),
        };
        progress.show(0);
        progress
    }

    /// So many are known.
    pub(super) fn show(&self, known: usize) {
        self.say(&format!("\r{}", bar(known, self.days)));
    }

    /// Takes the bar away, to make room for a line of text.
    pub(super) fn clear(&self) {
        self.say("\r\x1b[K");
    }

    fn say(&self, text: &str) {
        if self.is_seen {
            let mut terminal = io::stderr().lock();
            // A terminal that is gone needs no bar.
            drop(terminal.write_all(text.as_bytes()));
            drop(terminal.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(known: usize, days: usize) -> String {
    let days = days.max(1);
    let full = (known * WIDTH / days).min(WIDTH);
    format!(
        "[{}{}] {known} of {days} days",
        "#".repeat(full),
        ".".repeat(WIDTH - full)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_from_nothing_to_all() {
        let bars = [(0, 180), (90, 180), (179, 180), (180, 180), (0, 0)];
        let bars = bars.map(|(known, days)| bar(known, days));
        insta::assert_snapshot!(bars.join("\n"), @"
    [........................................] 0 of 180 days
    [####################....................] 90 of 180 days
    [#######################################.] 179 of 180 days
    [########################################] 180 of 180 days
    [........................................] 0 of 1 days
    ");
    }
}
