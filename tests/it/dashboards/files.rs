//! The dashboards as they are committed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

pub(crate) const FOLDER: &str = "deploy/grafana/dashboards";

/// A committed dashboard.
pub(crate) struct Dashboard {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) json: Value,
}

/// A query of a panel or an annotation.
pub(crate) struct Query {
    pub(crate) title: String,
    pub(crate) expr: String,
    pub(crate) instant: bool,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every dashboard in every language, in order.
pub(crate) fn all() -> Vec<Dashboard> {
    let mut found = of_language("en");
    found.extend(of_language("zh-CN"));
    found
}

/// The dashboards in one language, in order.
pub(crate) fn of_language(language: &str) -> Vec<Dashboard> {
    ["application", "exporter", "overview"]
        .into_iter()
        .map(|name| {
            let path = root()
                .join(FOLDER)
                .join(language)
                .join(format!("{name}.json"));
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Dashboard {
                name: format!("{language}/{name}"),
                json: serde_json::from_str(&text).expect("JSON"),
                path,
            }
        })
        .collect()
}

impl Dashboard {
    pub(crate) fn uid(&self) -> &str {
        self.json["uid"].as_str().expect("a uid")
    }

    /// Rows and panels, as they stand.
    pub(crate) fn panels(&self) -> &Vec<Value> {
        self.json["panels"].as_array().expect("panels")
    }

    /// The panels that draw something.
    pub(crate) fn drawn(&self) -> impl Iterator<Item = &Value> {
        self.panels().iter().filter(|panel| panel["type"] != "row")
    }

    pub(crate) fn variables(&self) -> Vec<String> {
        let list = self.json["templating"]["list"]
            .as_array()
            .expect("variables");
        list.iter().map(|one| text(&one["name"])).collect()
    }

    /// Every query that Grafana would send, of panels and annotations.
    pub(crate) fn queries(&self) -> Vec<Query> {
        let mut queries = Vec::new();
        for panel in self.drawn() {
            for target in panel["targets"].as_array().expect("targets") {
                queries.push(Query {
                    title: text(&panel["title"]),
                    expr: text(&target["expr"]),
                    instant: target["instant"].as_bool().expect("a boolean"),
                });
            }
        }
        for annotation in self.json["annotations"]["list"].as_array().expect("a list") {
            if annotation["builtIn"] == 1 {
                continue;
            }
            queries.push(Query {
                title: text(&annotation["name"]),
                expr: text(&annotation["expr"]),
                instant: false,
            });
        }
        queries
    }

    /// Where its links and those of its fields lead.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect_addresses(&self.json, &mut found);
        found
    }
}

fn collect_addresses(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("url").map(text));
            fields
                .values()
                .for_each(|inner| collect_addresses(inner, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|inner| collect_addresses(inner, found)),
        _ => {}
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}
