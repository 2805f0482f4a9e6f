//! Makes text from outside fit for a log line: short, printable, and without our secrets.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The most characters of foreign text in an error.
const LONGEST: usize = 200;

/// Removes an application's secrets from text that others wrote.
pub(super) struct Scrubber {
    secrets: Vec<SecretString>,
}

impl Scrubber {
    /// Removes these; empty ones are ignored.
    pub(super) fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let secrets = secrets
            .into_iter()
            .filter(|secret| !secret.expose_secret().is_empty())
            .collect();
        Self { secrets }
    }

    /// The text in one line, without secrets, cut to 200 characters.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut clean: String = text.chars().filter(|c| !c.is_control()).collect();
        // Before the cut: half a secret is still a secret.
        for secret in &self.secrets {
            if clean.contains(secret.expose_secret()) {
                clean = clean.replace(secret.expose_secret(), "<secret>");
            }
        }
        if let Some((cut, _)) = clean.char_indices().nth(LONGEST) {
            clean.truncate(cut);
            clean.push('…');
        }
        clean
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_short_line_without_secrets() {
        let scrubber = Scrubber::new([SecretString::from("hush"), SecretString::from("")]);
        assert_eq!(
            scrubber.clean("your hu\0sh\r\nis hush"),
            "your <secret>is <secret>"
        );
        let long = scrubber.clean(&"会".repeat(300));
        assert_eq!(long.chars().count(), 201);
        let at_the_cut = format!("{}hush", "x".repeat(198));
        assert!(!scrubber.clean(&at_the_cut).contains("hu"));
    }
}
