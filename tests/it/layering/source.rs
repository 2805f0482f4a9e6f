//! Just enough of Rust's grammar to see which modules and crates a file names.

use std::collections::BTreeSet;

/// The names, in code that is not only for tests, of a file that is the module `path`.
#[derive(Debug)]
pub(super) struct Source {
    tokens: Vec<String>,
    depth: usize,
}

impl Source {
    /// `path` is the module's path below the crate's root, empty for the root itself.
    pub(super) fn parse(path: &[&str], text: &str) -> Self {
        Self {
            tokens: without_tests(tokens(text)),
            depth: path.len(),
        }
    }

    /// Every top-level module that is named, by `crate::`, the crate's own name, or enough `super::`.
    pub(super) fn modules(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let continued = at > 0 && self.tokens[at - 1] == "::";
            let root = match token.as_str() {
                "crate" | "netease_meeting_exporter" => Some(at + 1),
                "super" if !continued => {
                    let supers = self.tokens[at..].chunks(2);
                    let supers = supers.take_while(|pair| pair[0] == "super").count();
                    (supers >= self.depth).then_some(at + 2 * supers - 1)
                }
                _ => None,
            };
            if let Some(at) = root.filter(|at| self.at(*at) == "::") {
                self.heads(at + 1, &mut found);
            }
        }
        found.remove("self");
        found
    }

    /// Whether an identifier occurs.
    pub(super) fn names(&self, identifier: &str) -> bool {
        self.tokens.iter().any(|token| token == identifier)
    }

    fn at(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }

    /// The first name of a path, or of each path of a group.
    fn heads(&self, start: usize, found: &mut BTreeSet<String>) {
        if self.at(start) != "{" {
            found.insert(self.at(start).to_owned());
            return;
        }
        let mut depth = 0_usize;
        for at in start..self.tokens.len() {
            let opens_path = matches!(self.at(at.saturating_sub(1)), "{" | ",");
            match self.at(at) {
                "{" => depth += 1,
                "}" if depth == 1 => return,
                "}" => depth -= 1,
                name if depth == 1 && at > start && opens_path && name != "," => {
                    found.insert(name.to_owned());
                }
                _ => {}
            }
        }
    }
}

/// Identifiers, `::` and single characters; no comments, strings or spaces.
fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let word = rest
            .iter()
            .take_while(|c| c.is_alphanumeric() || **c == '_')
            .count();
        at += match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['r' | 'b' | 'c', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            ['\'', '\\', _, ..] => 3 + rest[3..].iter().take_while(|c| **c != '\'').count() + 1,
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            _ if word > 0 => {
                tokens.push(rest[..word].iter().collect());
                word
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

fn block_comment(text: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn string(text: &[char]) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(text: &[char]) -> Option<usize> {
    let prefix = text
        .iter()
        .take_while(|c| matches!(c, 'r' | 'b' | 'c'))
        .count();
    let hashes = text[prefix..].iter().take_while(|c| **c == '#').count();
    let opens = text.get(prefix + hashes) == Some(&'"') && text[..prefix].contains(&'r');
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let body = prefix + hashes + 1;
    let end = || {
        text[body..]
            .windows(closing.len())
            .position(|part| part == closing)
    };
    opens.then(|| end().map_or(text.len(), |end| body + end + closing.len()))
}

/// Without items that are compiled for tests only.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..]
            .iter()
            .map(String::as_str)
            .take(7)
            .eq(ATTRIBUTE)
        {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        // The item ends with its first `;` outside braces, or with the brace that closes it.
        let mut depth = 0_usize;
        at += ATTRIBUTE.len();
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            let ended = depth == 0 && matches!(tokens[at].as_str(), "}" | ";");
            at += 1;
            if ended {
                break;
            }
        }
    }
    kept
}
