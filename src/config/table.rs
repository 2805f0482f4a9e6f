//! Reads a mapping key by key, and reports everything that is wrong with it.

use std::{collections::BTreeMap, time::Duration};

use super::{
    duration::format_duration,
    node::{Kind, Node},
    report::{Origin, Place, Report},
    suggestion::nearest,
};

/// What reads one value: an error says what was expected, and what was found.
pub(super) type Read<T> = Result<T, String>;

/// Whether a mapping has to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// What is required must be there, and keys must agree with each other.
    Whole,
    /// A part, such as `defaults`, that something else completes: only what is there is checked.
    Part,
}

/// A mapping being read.
///
/// Every getter reports what is wrong and then returns `None`, so that the reader goes on and
/// finds the next problem; [`Table::finish`] reports the keys that nobody asked for.
pub(super) struct Table<'a> {
    place: &'a Place,
    entries: &'a BTreeMap<String, Node>,
    known: Vec<&'static str>,
    demand: Demand,
    report: &'a Report,
}

impl<'a> Table<'a> {
    pub(super) fn open(node: &'a Node, demand: Demand, report: &'a Report) -> Option<Self> {
        let Kind::Table(entries) = &node.kind else {
            report.problem(
                &node.place,
                format!("expected a mapping, got {}", node.describe()),
            );
            return None;
        };
        Some(Self {
            place: &node.place,
            entries,
            known: Vec::new(),
            demand,
            report,
        })
    }

    /// The node of a key, if it is there.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries.get(key).filter(|node| !node.is_nothing())
    }

    /// The value of a key that need not be there.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node) -> Read<T>,
    ) -> Option<T> {
        let node = self.node(key)?;
        read(node)
            .map_err(|message| self.report.problem(&node.place, message))
            .ok()
    }

    /// The value of a key that must be there.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node) -> Read<T>,
    ) -> Option<T> {
        if self.node(key).is_none() {
            self.missing(key);
        }
        self.optional(key, read)
    }

    /// The mapping under a key.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Table<'a>> {
        let Some(node) = self.node(key) else {
            self.missing(key);
            return None;
        };
        Table::open(node, self.demand, self.report)
    }

    /// The keys and values of a mapping whose keys are the operator's own; none if it is not there.
    pub(super) fn entries(&mut self, key: &'static str) -> Vec<(&'a str, &'a Node)> {
        let table = self
            .node(key)
            .and_then(|node| Table::open(node, self.demand, self.report));
        let entries = table.iter().flat_map(|table| table.entries);
        entries
            .filter(|(_, node)| !node.is_nothing())
            .map(|(key, node)| (key.as_str(), node))
            .collect()
    }

    /// The elements of a list that need not be there, each read by itself.
    ///
    /// In an environment variable, a list is its elements joined by commas.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&Node) -> Read<T>,
    ) -> Option<Vec<T>> {
        let node = self.node(key)?;
        let from_text;
        let elements = match &node.kind {
            Kind::List(elements) => elements,
            Kind::Text(text) if node.is_from_variable() => {
                from_text = split_at_commas(text, &node.place);
                &from_text
            }
            _ => {
                let message = format!("expected a list, got {}", node.describe());
                self.report.problem(&node.place, message);
                return None;
            }
        };
        let read: Vec<Option<T>> = elements
            .iter()
            .map(|element| {
                read(element)
                    .map_err(|message| self.report.problem(&element.place, message))
                    .ok()
            })
            .collect();
        read.into_iter().collect()
    }

    pub(super) fn demand(&self) -> Demand {
        self.demand
    }

    pub(super) fn report(&self) -> &'a Report {
        self.report
    }

    /// Where this mapping stands.
    pub(super) fn place(&self) -> &'a Place {
        self.place
    }

    /// Where a key's value stands, or would stand.
    pub(super) fn place_of(&self, key: &str) -> Place {
        match self.entries.get(key) {
            Some(node) if !node.is_nothing() => node.place.clone(),
            _ => Place {
                origin: self.place.origin.clone(),
                path: self.place.key(key),
            },
        }
    }

    /// Reports that a key's value does not go with the rest; of a part, the rest is not known.
    pub(super) fn contradiction(&self, key: &str, message: impl Into<String>) {
        if self.demand == Demand::Whole {
            self.report.problem(&self.place_of(key), message);
        }
    }

    /// Reports that two durations do not go together, at the one that the operator has written.
    pub(super) fn disagreement(
        &self,
        (key, value): (&str, Duration),
        relation: &str,
        (other, other_value): (&str, Duration),
    ) {
        let told = |key| match self.place_of(key).origin {
            Origin::BuiltIn => " by default",
            _ => "",
        };
        let message = format!(
            "{key} ({}{}) must be {relation} {other} ({}{})",
            format_duration(value),
            told(key),
            format_duration(other_value),
            told(other),
        );
        let at = if told(key).is_empty() { key } else { other };
        self.contradiction(at, message);
    }

    /// Warns of a key's value, where it is what holds in the end.
    pub(super) fn warning(&self, key: &str, message: impl Into<String>) {
        if self.demand == Demand::Whole {
            self.report.warning(&self.place_of(key), message);
        }
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(mut self) {
        self.known.sort_unstable();
        self.known.dedup();
        for (key, node) in self.entries {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let message = match nearest(key, &self.known) {
                Some(meant) => format!("unknown key: did you mean {meant}?"),
                None => format!("unknown key; known here: {}", self.known.join(", ")),
            };
            self.report.problem(&node.place, message);
        }
    }

    fn missing(&self, key: &str) {
        self.contradiction(key, "missing");
    }
}

fn split_at_commas(text: &str, place: &Place) -> Vec<Node> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',')
        .map(|element| Node {
            place: place.clone(),
            kind: Kind::Text(element.trim().to_owned()),
        })
        .collect()
}
