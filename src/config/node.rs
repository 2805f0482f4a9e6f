//! A configuration as a tree in which every value knows its place.

use std::collections::BTreeMap;

use ::config::{Map, Value, ValueKind};

use super::report::{Origin, Place};

/// A value and where it stands. It can hold a secret, hence has no `Debug`.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone)]
pub(super) enum Kind {
    /// A key without a value; read as if the key were not there.
    Nothing,
    Boolean(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// The tree of a file, or of a file with the environment laid over it.
    ///
    /// `file` is whom a value belongs to that does not come from a variable.
    pub(super) fn from_values(values: Map<String, Value>, file: &Origin) -> Self {
        Self::from_value(Value::new(None, values), Place::root(file.clone()), file)
    }

    fn from_value(value: Value, mut place: Place, file: &Origin) -> Self {
        if let Some(origin) = origin_of(&value) {
            place.origin = match origin.strip_prefix('$') {
                Some(variable) => Origin::Variable(variable.into()),
                None => file.clone(),
            };
        }
        let below = |path: String| Place {
            origin: place.origin.clone(),
            path,
        };
        let kind = match value.kind {
            ValueKind::Nil => Kind::Nothing,
            ValueKind::Boolean(value) => Kind::Boolean(value),
            ValueKind::I64(value) => Kind::Integer(value.into()),
            ValueKind::U64(value) => Kind::Integer(value.into()),
            ValueKind::I128(value) => Kind::Integer(value),
            // Beyond every range that is accepted anywhere.
            ValueKind::U128(value) => Kind::Integer(i128::try_from(value).unwrap_or(i128::MAX)),
            ValueKind::Float(value) => Kind::Number(value),
            ValueKind::String(value) => Kind::Text(value),
            ValueKind::Array(values) => {
                // A gap is the work of the variable that sets an element after it.
                let mut elements: Vec<Node> = Vec::with_capacity(values.len());
                let mut after = place.origin.clone();
                for (index, value) in values.into_iter().enumerate().rev() {
                    let place = Place {
                        origin: after,
                        path: place.element(index),
                    };
                    let element = Self::from_value(value, place, file);
                    after = element.place.origin.clone();
                    elements.push(element);
                }
                elements.reverse();
                Kind::List(elements)
            }
            ValueKind::Table(values) => Kind::Table(
                values
                    .into_iter()
                    .map(|(key, value)| {
                        let node = Self::from_value(value, below(place.key(&key)), file);
                        (key, node)
                    })
                    .collect(),
            ),
        };
        Self { place, kind }
    }

    /// This value where `base` is what holds without it: mappings are merged key by key, however
    /// deep; anything else replaces what was there.
    pub(super) fn over(self, base: &Node) -> Self {
        let Self { place, kind } = self;
        match (kind, &base.kind) {
            (Kind::Nothing, _) => base.clone(),
            (Kind::Table(mut entries), Kind::Table(inherited)) => {
                for (key, inherited) in inherited {
                    let merged = match entries.remove(key) {
                        Some(own) => own.over(inherited),
                        None => inherited.clone(),
                    };
                    entries.insert(key.clone(), merged);
                }
                let kind = Kind::Table(entries);
                Self { place, kind }
            }
            (kind, _) => Self { place, kind },
        }
    }

    /// The value of a key, where this is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Kind::Table(entries) = &self.kind else {
            return None;
        };
        entries.get(key).filter(|node| !node.is_nothing())
    }

    /// The same mapping without some of its keys.
    pub(super) fn without(&self, keys: &[&str]) -> Self {
        let mut node = self.clone();
        if let Kind::Table(entries) = &mut node.kind {
            entries.retain(|key, _| !keys.contains(&key.as_str()));
        }
        node
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self.kind, Kind::Nothing)
    }

    /// Whether this comes from an environment variable, where everything is text.
    pub(super) fn is_from_variable(&self) -> bool {
        matches!(self.place.origin, Origin::Variable(_))
    }

    /// The value in words, for a message; never for a value that can be a secret.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Nothing => "nothing".to_owned(),
            Kind::Boolean(value) => value.to_string(),
            Kind::Integer(value) => value.to_string(),
            Kind::Number(value) => value.to_string(),
            Kind::Text(text) => quoted(text),
            Kind::List(_) => "a list".to_owned(),
            Kind::Table(_) => "a mapping".to_owned(),
        }
    }
}

/// A text in quotes, with control characters escaped, and no longer than a message bears. Where a
/// closing quotation mark is missing, the text goes on over the lines below, and a secret among them
/// is nothing to be quoted.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let holds = |key: &str| text.to_ascii_lowercase().contains(key);
    if holds("app_secret") || (holds("proxy") && holds("@")) {
        return "a text that other keys stand in: a quotation mark is missing".to_owned();
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Where a value comes from; of a mapping, whose origin merging forgets, what its first value says.
fn origin_of(value: &Value) -> Option<&str> {
    match (value.origin(), &value.kind) {
        (Some(origin), _) => Some(origin),
        (None, ValueKind::Table(values)) => {
            // In the order of keys, for the map's own order changes from run to run.
            let first = values
                .iter()
                .filter_map(|(key, value)| origin_of(value).map(|origin| (key, origin)))
                .min();
            first.map(|(_, origin)| origin)
        }
        (None, ValueKind::Array(values)) => values.iter().find_map(origin_of),
        (None, _) => None,
    }
}
