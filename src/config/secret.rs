//! The application's secret: from a value, a file or a variable, never two at once.

use std::path::Path;

use secrecy::SecretString;

use super::{
    context::Context,
    node::Node,
    table::{Demand, Read, Table},
    values::text,
};

/// The keys of which exactly one says where the secret is.
pub(super) const KEYS: [&str; 3] = ["app_secret", "app_secret_file", "app_secret_env"];

/// More than any secret: what is larger is another file by mistake.
const LARGEST: usize = 64 * 1024;

/// Reads the secret wherever it is; its text is in no message.
pub(super) fn read(table: &mut Table<'_>, context: &Context<'_>) -> Option<SecretString> {
    let given: Vec<(&str, &Node)> = KEYS
        .into_iter()
        .filter_map(|key| table.node(key).map(|node| (key, node)))
        .collect();
    match given.as_slice() {
        [] => {
            if table.demand() == Demand::Whole {
                let message = format!("one of {} is missing", KEYS.join(", "));
                context.report.problem(table.place(), message);
            }
            None
        }
        [(key, node)] => {
            let secret = match *key {
                "app_secret" => from_value(node, context),
                "app_secret_file" => from_file(node, context),
                _ => from_variable(node, context),
            };
            secret
                .map(SecretString::from)
                .map_err(|message| context.report.problem(&node.place, message))
                .ok()
        }
        [(_, first), others @ ..] => {
            for (_, other) in others {
                context.report.problem(
                    &other.place,
                    format!(
                        "the secret is given by {} already: exactly one of {} is allowed",
                        first.place,
                        KEYS.join(", ")
                    ),
                );
            }
            None
        }
    }
}

fn from_value(node: &Node, context: &Context<'_>) -> Read<String> {
    let secret = text(node).map_err(|_| "expected text: put it in quotes")?;
    context.secret_is_written_in(&node.place.origin);
    check(secret)
}

fn from_file(node: &Node, context: &Context<'_>) -> Read<String> {
    let path = Path::new(text(node)?);
    if path.as_os_str().is_empty() {
        return Err("expected a file's path".to_owned());
    }
    let path = context.resolve_secret(&node.place.origin, path);
    context
        .text(&path, LARGEST as u64)
        .and_then(|secret| check(secret.trim_end_matches(['\r', '\n'])))
        .map_err(|message| format!("{}: {message}", path.display()))
}

fn from_variable(node: &Node, context: &Context<'_>) -> Read<String> {
    let name = text(node)?;
    let secret = context.environment.text(name);
    // The name is not repeated: it can be the secret itself, written under the wrong key.
    let secret = secret.ok_or("there is no variable of this name")?;
    secret
        .and_then(|secret| check(secret.trim_end_matches(['\r', '\n'])))
        .map_err(|message| format!("${name}: {message}"))
}

/// A secret is sent in a header, hence it is visible ASCII; anything else in it is a slip, such as
/// a second line or a space copied with it.
fn check(secret: &str) -> Read<String> {
    if secret.is_empty() {
        return Err("the secret is empty".to_owned());
    }
    if secret.len() > LARGEST {
        return Err(format!("the secret is larger than {LARGEST} bytes"));
    }
    match secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(secret.to_owned()),
        false => {
            Err("the secret holds a space, a control character or one beyond ASCII".to_owned())
        }
    }
}
