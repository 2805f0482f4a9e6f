//! The catalogue: the one place where a metric's name, type, labels and help text stand.
//!
//! Names are a contract with dashboards and alerts. Everything that writes a metric takes the
//! family from here, and the README's table is made from here.

pub mod attendances;
pub mod by_day;
pub mod exporter;
mod family;
pub mod finished;
pub mod process;
pub mod realtime;
mod reference;

pub use family::{Family, Group, Kind};
pub use reference::{ReferenceError, check_reference, reference};

/// Every family the exporter can expose, in the order of the reference table.
pub fn all() -> impl Iterator<Item = &'static Family> {
    [
        realtime::ALL,
        by_day::ALL,
        finished::ALL,
        attendances::ALL,
        exporter::ALL,
        process::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The family with that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Family> {
    all().find(|family| family.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn names_follow_the_rules() {
        for family in all() {
            let name = family.name;
            assert!(
                name.starts_with("netease_meeting_") || family.group == Group::Process,
                "{name}: namespace"
            );
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{name}: snake case"
            );
            assert_eq!(
                name.ends_with("_total"),
                family.kind == Kind::Counter,
                "{name}: _total"
            );
            assert_eq!(
                name.ends_with("_info"),
                family.kind == Kind::Info,
                "{name}: _info"
            );
            for reserved in ["_bucket", "_count", "_sum", "_created"] {
                assert!(!name.ends_with(reserved), "{name}: reserved suffix");
            }
            for word in ["counter", "gauge", "histogram", "summary", "untyped"] {
                assert!(
                    !name.split('_').any(|token| token == word),
                    "{name}: type in name"
                );
            }
            let mut labels = family.labels.to_vec();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(
                labels.len(),
                family.labels.len(),
                "{name}: labels named twice"
            );
            assert!(
                !labels.contains(&"le") && !labels.contains(&"quantile"),
                "{name}: labels"
            );
            if let Some(place) = family.labels.iter().position(|label| *label == "app") {
                assert_eq!(place, 0, "{name}: `app` stands first");
            }
        }
    }

    #[test]
    fn help_is_one_sentence_or_more_on_one_line() {
        for family in all() {
            assert!(
                family.help.ends_with('.'),
                "{}: {:?}",
                family.name,
                family.help
            );
            assert!(
                !family.help.contains(['\n', '|', '"', '\\']),
                "{}: help",
                family.name
            );
        }
    }

    /// OpenMetrics forbids two families whose samples could be mistaken for each other's.
    #[test]
    fn no_two_families_share_a_sample_name() {
        let mut owners = BTreeMap::new();
        for family in all() {
            let base = family.base_name();
            let suffixes: &[&str] = match family.kind {
                Kind::Counter => &["", "_total", "_created"],
                Kind::Gauge => &[""],
                Kind::Info => &["", "_info"],
                Kind::Histogram => &["", "_bucket", "_count", "_sum", "_created"],
            };
            for suffix in suffixes {
                let sample = format!("{base}{suffix}");
                if let Some(other) = owners.insert(sample.clone(), family.name) {
                    panic!("{sample} belongs to {other} and to {}", family.name);
                }
            }
        }
    }
}
