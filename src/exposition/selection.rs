//! Which part of the exposition is asked for.

use std::collections::BTreeSet;

use crate::{
    catalogue::{Family, Group},
    snapshot::CollectorName,
};

/// Which part of the exposition is asked for; by default all of it.
///
/// Series without an `app` label are about the exporter itself and belong to no application. As
/// soon as anything is selected they are shown only where the exporter is, so that parts which are
/// scraped one by one hold every series once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names; all applications where there is no set.
    apps: Option<BTreeSet<String>>,
    /// All collectors where there is no set; no application's series at all where it is empty.
    collectors: Option<BTreeSet<CollectorName>>,
    exporter: bool,
}

impl Selection {
    /// Only this application, and those named so before.
    #[must_use]
    pub fn with_app(mut self, name: impl Into<String>) -> Self {
        self.apps.get_or_insert_default().insert(name.into());
        self
    }

    /// Only what this collector brings, and those named so before. An application's series about
    /// how it fares stay, but for those about other collectors.
    #[must_use]
    pub fn with_collector(mut self, name: CollectorName) -> Self {
        self.collectors.get_or_insert_default().insert(name);
        self
    }

    /// The exporter's series about itself, besides the collectors that are named.
    #[must_use]
    pub fn with_exporter(mut self) -> Self {
        self.collectors.get_or_insert_default();
        self.exporter = true;
        self
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.apps.is_none() && self.collectors.is_none()
    }

    /// The applications named, in the order of their names; `None` where none is.
    pub fn apps(&self) -> Option<impl Iterator<Item = &str>> {
        Some(self.apps.as_ref()?.iter().map(String::as_str))
    }

    /// Whether that application has series to show.
    #[must_use]
    pub fn has_app(&self, name: &str) -> bool {
        let any = self.collectors.as_ref().is_none_or(|set| !set.is_empty());
        any && self.apps.as_ref().is_none_or(|set| set.contains(name))
    }

    /// Whether what that collector brings is shown.
    #[must_use]
    pub fn has_collector(&self, name: CollectorName) -> bool {
        self.collectors
            .as_ref()
            .is_none_or(|set| set.contains(&name))
    }

    /// Whether the exporter's series about itself are shown.
    #[must_use]
    pub fn has_exporter(&self) -> bool {
        self.exporter || self.is_everything()
    }

    /// Whether an application's samples of that family with those label values, given without
    /// `app`, are shown.
    pub(super) fn shows(&self, family: &Family, labels: &[&str]) -> bool {
        let Some(collectors) = &self.collectors else {
            return true;
        };
        let names = family.labels.iter().skip(1).zip(labels);
        let about = { names }.find_map(|(name, value)| (*name == "collector").then_some(*value));
        let brought_by = collector_of(family.group);
        let collector = brought_by.or_else(|| about.and_then(CollectorName::parse));
        collector.is_none_or(|name| collectors.contains(&name))
    }
}

/// The collector whose figures these are.
fn collector_of(group: Group) -> Option<CollectorName> {
    match group {
        Group::Realtime => Some(CollectorName::Realtime),
        Group::Daily => Some(CollectorName::Daily),
        Group::Meetings => Some(CollectorName::Meetings),
        Group::Details => Some(CollectorName::Details),
        Group::Exporter | Group::Process => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_knows_what_it_leaves_out() {
        let says = |selection: Selection| {
            format!(
                "{} hq:{} realtime:{} exporter:{}",
                selection.is_everything(),
                selection.has_app("hq"),
                selection.has_collector(CollectorName::Realtime),
                selection.has_exporter()
            )
        };
        let all = Selection::default;
        assert_eq!(says(all()), "true hq:true realtime:true exporter:true");
        assert_eq!(
            says(all().with_app("hq").with_app("lab")),
            "false hq:true realtime:true exporter:false"
        );
        assert_eq!(
            says(all().with_app("lab")),
            "false hq:false realtime:true exporter:false"
        );
        assert_eq!(
            says(all().with_collector(CollectorName::Daily)),
            "false hq:true realtime:false exporter:false"
        );
        assert_eq!(
            says(all().with_exporter()),
            "false hq:false realtime:false exporter:true"
        );
        assert_eq!(
            says(
                all()
                    .with_exporter()
                    .with_collector(CollectorName::Realtime)
            ),
            "false hq:true realtime:true exporter:true"
        );
    }
}
