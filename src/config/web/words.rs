//! Single values as the shared format reads them: laxer about types than the exporter's own file.

use crate::config::{
    node::{Kind, Node},
    table::Read,
    values::expected,
};

/// Any scalar, as its text: `X-XSS-Protection: 1` is a number to YAML and a text to HTTP.
pub(super) fn word(node: &Node) -> Read<String> {
    match &node.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Integer(number) => Ok(number.to_string()),
        Kind::Number(number) => Ok(number.to_string()),
        Kind::Boolean(switch) => Ok(switch.to_string()),
        Kind::Nothing | Kind::List(_) | Kind::Table(_) => Err(expected("text", node)),
    }
}

/// A text that can be a secret: an error says nothing of it.
pub(super) fn secret_word(node: &Node) -> Read<String> {
    word(node).map_err(|_| "expected text".to_owned())
}

/// A switch, in any of the words that YAML 1.1 has for it.
pub(super) fn switch(node: &Node) -> Read<bool> {
    let read = match &node.kind {
        Kind::Boolean(switch) => Some(*switch),
        Kind::Text(text) => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" | "true" => Some(true),
            "n" | "no" | "off" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    };
    read.ok_or_else(|| expected("true or false", node))
}
