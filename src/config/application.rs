//! Reads one application.

use std::collections::BTreeMap;

use super::{
    AppSettings, Histograms, collectors, connection,
    context::Context,
    node::Node,
    secret,
    table::{Demand, Read, Table},
    values::{expected, integer, number, text},
};

/// Labels that the exporter's own series have, or that Prometheus gives every series.
const RESERVED: [&str; 14] = [
    "app",
    "client_type",
    "code",
    "collector",
    "day",
    "endpoint",
    "field",
    "instance",
    "job",
    "kind",
    "le",
    "quantile",
    "status",
    "window",
];

const MOST_LABELS: usize = 16;
const MOST_BUCKETS: usize = 100;
const MOST_SERIES: usize = 1_000_000;

/// An application with what it inherits: its own keys before those of `defaults`.
pub(super) fn inherit(app: Node, defaults: &Node) -> Node {
    // An application's own way to its secret stands for all of the inherited ones.
    let own_secret = secret::KEYS.iter().any(|key| app.get(key).is_some());
    match own_secret {
        true => app.over(&defaults.without(&secret::KEYS)),
        false => app.over(defaults),
    }
}

/// Reports what is wrong with `defaults` by itself, whichever application uses it.
pub(super) fn check_defaults(defaults: &Node, context: &Context<'_>) {
    if let Some(name) = defaults.get("name") {
        context.report.problem(
            &name.place,
            "every application has a name of its own: it cannot be inherited",
        );
    }
    if let Some(table) = Table::open(defaults, Demand::Part, context.report) {
        read_table(table, context);
    }
}

/// Reads an application that has inherited what it does not say itself.
pub(super) fn read(app: &Node, context: &Context<'_>) -> Option<AppSettings> {
    read_table(Table::open(app, Demand::Whole, context.report)?, context)
}

fn read_table(mut table: Table<'_>, context: &Context<'_>) -> Option<AppSettings> {
    let name = table.required("name", app_name);
    let labels = labels(&mut table);
    let api = connection::read(&mut table, name.as_deref(), context);
    let collectors = collectors::read(&mut table);
    let histograms = histograms(&mut table);
    let max_series = table.required("max_series", integer(1..=MOST_SERIES));
    table.finish();
    Some(AppSettings {
        name: name?,
        labels: labels?,
        api: api?,
        collectors: collectors?,
        histograms: histograms?,
        max_series: max_series?,
    })
}

/// An application's name, which is its `app` label.
pub(super) fn app_name(node: &Node) -> Read<String> {
    let name = text(node)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    match (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        true => Ok(name.to_owned()),
        false => Err(expected(
            "1 to 64 letters, digits, \"_\", \"-\" or \".\"",
            node,
        )),
    }
}

fn labels(table: &mut Table<'_>) -> Option<BTreeMap<String, String>> {
    let entries = table.entries("labels");
    if entries.len() > MOST_LABELS {
        let message = format!(
            "{} labels: at most {MOST_LABELS} are allowed",
            entries.len()
        );
        table.report().problem(&table.place_of("labels"), message);
    }
    let labels: Vec<Option<(String, String)>> = entries
        .into_iter()
        .map(|(name, node)| {
            let value = label_name(name).and_then(|()| label_value(node));
            value
                .map(|value| (name.to_owned(), value))
                .map_err(|message| table.report().problem(&node.place, message))
                .ok()
        })
        .collect();
    labels.into_iter().collect()
}

fn label_name(name: &str) -> Read<()> {
    if RESERVED.contains(&name) || name.starts_with("__") {
        return Err(
            "the exporter or Prometheus itself uses this label: choose another name".into(),
        );
    }
    let mut bytes = name.bytes();
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let valid = bytes.next().is_some_and(first)
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= 64;
    match valid {
        true => Ok(()),
        false => Err("a label's name is 1 to 64 letters, digits and \"_\", no digit first".into()),
    }
}

fn label_value(node: &Node) -> Read<String> {
    let value = text(node)?;
    let fits = (1..=256).contains(&value.len()) && !value.chars().any(char::is_control);
    match fits {
        true => Ok(value.to_owned()),
        false => Err(expected("1 to 256 bytes of text on one line", node)),
    }
}

fn histograms(table: &mut Table<'_>) -> Option<Histograms> {
    let mut table = table.section("histograms")?;
    let duration = buckets(&mut table, "duration", f64::MIN_POSITIVE);
    let participants = buckets(&mut table, "participants", f64::MIN_POSITIVE);
    // A meeting that starts or ends on time counts as 0, hence 0 can be a bound of its own.
    let start_delay = buckets(&mut table, "start_delay", 0.0);
    let overrun = buckets(&mut table, "overrun", 0.0);
    let attendance = buckets(&mut table, "attendance", f64::MIN_POSITIVE);
    table.finish();
    Some(Histograms {
        duration: duration?,
        participants: participants?,
        start_delay: start_delay?,
        overrun: overrun?,
        attendance: attendance?,
    })
}

fn buckets(table: &mut Table<'_>, key: &'static str, least: f64) -> Option<Vec<f64>> {
    let bounds = table.list(key, |node| {
        let bound = number(node)?;
        match bound >= least && bound.is_sign_positive() {
            true => Ok(bound),
            false if least > 0.0 => Err(expected("a number above 0", node)),
            false => Err(expected("a number from 0", node)),
        }
    })?;
    if !(1..=MOST_BUCKETS).contains(&bounds.len()) {
        let message = format!("{} bounds: expected 1 to {MOST_BUCKETS}", bounds.len());
        table.report().problem(&table.place_of(key), message);
        return None;
    }
    if let Some(pair) = bounds.windows(2).find(|pair| pair[0] >= pair[1]) {
        let message = format!("bounds must ascend: {} follows {}", pair[1], pair[0]);
        table.report().problem(&table.place_of(key), message);
        return None;
    }
    Some(bounds)
}
