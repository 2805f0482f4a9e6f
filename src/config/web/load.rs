//! From a file to settings.

use std::{path::Path, time::Duration};

use ::config::FileFormat;

use super::{
    PasswordHash, RequestRate, WebSettings, go_duration, headers, tls,
    words::{secret_word, switch},
};
use crate::config::{
    ConfigError,
    file::read_text,
    node::{Kind, Node},
    parse::parse,
    report::{Origin, Place, Report},
    table::{Demand, Read, Table},
    values::expected,
};

/// Far more than any such file has.
const LARGEST: u64 = 1024 * 1024;

/// A cost above which a comparison takes more than a second.
const SLOW_COST: u32 = 14;

/// A web configuration that can be used, as far as the file alone can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedWeb {
    /// The settings.
    pub settings: WebSettings,
    /// What is allowed but worth a look, a line each.
    pub warnings: Vec<String>,
}

/// Loads a web configuration file; the certificates it names are not read.
///
/// # Errors
/// Everything that is wrong, in one report.
pub fn load_web(path: &Path) -> Result<LoadedWeb, ConfigError> {
    let report = Report::default();
    match read_text(path, LARGEST) {
        Ok((text, mode)) => finish(&text, path, Some(mode), report),
        Err(message) => {
            report.problem(&root(path), message);
            conclude(None, report)
        }
    }
}

/// The same of a text; `path` is what problems name, and relative paths start from its directory.
///
/// # Errors
/// As [`load_web`].
pub fn read_web(text: &str, path: &Path) -> Result<LoadedWeb, ConfigError> {
    finish(text, path, None, Report::default())
}

fn finish(
    text: &str,
    path: &Path,
    mode: Option<u32>,
    report: Report,
) -> Result<LoadedWeb, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if says_nothing(text) {
        return conclude(Some(WebSettings::default()), report);
    }
    let settings = match parse(text, FileFormat::Yaml, path) {
        Ok(values) => {
            let tree = Node::from_values(values, &Origin::File(path.into()));
            read(&tree, path, mode, &report)
        }
        Err(message) => {
            report.problem(&root(path), message);
            None
        }
    };
    conclude(settings, report)
}

fn conclude(settings: Option<WebSettings>, report: Report) -> Result<LoadedWeb, ConfigError> {
    let (settings, warnings) = report.conclude(settings)?;
    Ok(LoadedWeb { settings, warnings })
}

fn root(path: &Path) -> Place {
    Place::root(Origin::File(path.into()))
}

/// Whether a text is comments and the marks around a document only.
fn says_nothing(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| {
        line.is_empty() || line.starts_with('#') || matches!(line, "---" | "..." | "{}" | "null")
    })
}

fn read(tree: &Node, path: &Path, mode: Option<u32>, report: &Report) -> Option<WebSettings> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut table = Table::open(tree, Demand::Part, report)?;
    let tls_node = table.node("tls_server_config");
    let tls = tls_node
        .and_then(|node| Table::open(node, Demand::Part, report))
        .and_then(|table| tls::read(table, directory, report));
    if let (Some(tls), Some(node)) = (&tls, tls_node) {
        warn_of_open_key(tls.key.path().is_none(), mode, node, report);
    }

    let mut settings = WebSettings {
        tls,
        ..WebSettings::default()
    };
    let http = table.node("http_server_config");
    if let Some(mut http) = http.and_then(|node| Table::open(node, Demand::Part, report)) {
        settings.http2 = http.optional("http2", switch).unwrap_or(true);
        settings.headers = headers::read(&mut http, report);
        http.finish();
    }
    for (name, node) in users(&mut table, report) {
        if name.contains(':') {
            report.problem(&node.place, "a user's name cannot hold a colon");
            continue;
        }
        let text = match node.is_nothing() {
            true => Ok(String::new()),
            false => secret_word(node),
        };
        match text.and_then(|text| password(text, node, report)) {
            Ok(hash) => {
                settings.users.insert(name.to_owned(), hash);
            }
            Err(message) => report.problem(&node.place, message),
        }
    }
    let rate = table.node("rate_limit");
    if let Some(rate) = rate.and_then(|node| Table::open(node, Demand::Part, report)) {
        settings.rate_limit = rate_limit(rate, report);
    }
    table.finish();
    Some(settings)
}

/// The users, those without a password included: a name alone must not mean that nobody needs
/// one. A message about something else in their place does not repeat it, for it may be a password.
fn users<'a>(table: &mut Table<'a>, report: &Report) -> Vec<(&'a str, &'a Node)> {
    match table
        .node("basic_auth_users")
        .map(|node| (&node.kind, node))
    {
        None => Vec::new(),
        Some((Kind::Table(entries), _)) => entries
            .iter()
            .map(|(name, node)| (name.as_str(), node))
            .collect(),
        Some((_, node)) => {
            report.problem(&node.place, "expected a mapping of names and hashes");
            Vec::new()
        }
    }
}

fn password(text: String, node: &Node, report: &Report) -> Read<PasswordHash> {
    let hash = PasswordHash::new(text).map_err(|error| error.to_string())?;
    if hash.cost() > SLOW_COST {
        let message = format!("a cost of {} takes seconds for each new login", hash.cost());
        report.warning(&node.place, message);
    }
    Ok(hash)
}

fn rate_limit(mut table: Table<'_>, report: &Report) -> Option<RequestRate> {
    let mut bare = None;
    let interval = table.optional("interval", |node| match &node.kind {
        Kind::Text(text) => go_duration::parse(text),
        // The format's own reader takes a bare number for nanoseconds.
        Kind::Integer(number) => {
            bare = (*number > 0).then(|| node.place.clone());
            Ok(Duration::from_nanos(
                u64::try_from((*number).max(0)).unwrap_or(u64::MAX),
            ))
        }
        _ => Err(expected("a duration such as 1s or 100ms", node)),
    });
    let burst = table.optional("burst", |node| match &node.kind {
        Kind::Integer(number) => u32::try_from(*number)
            .map_err(|_| expected(&format!("a whole number from 0 to {}", u32::MAX), node)),
        _ => Err(expected("a whole number", node)),
    });
    let burst_place = table.place_of("burst");
    table.finish();
    if let Some(place) = bare {
        report.warning(
            &place,
            "a number without a unit is nanoseconds: write 1s or 100ms",
        );
    }
    let interval = interval.filter(|interval| !interval.is_zero())?;
    let burst = burst.unwrap_or(0);
    if burst == 0 {
        report.warning(&burst_place, "a burst of 0 refuses every request");
    }
    Some(RequestRate { interval, burst })
}

fn warn_of_open_key(is_inline: bool, mode: Option<u32>, node: &Node, report: &Report) {
    if let Some(mode) = mode.filter(|mode| is_inline && mode & 0o077 != 0) {
        let message =
            format!("holds a private key and is open to others (mode {mode:04o}): chmod 600 it");
        report.warning(&Place::root(node.place.origin.clone()), message);
    }
}
