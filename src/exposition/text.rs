//! An application's samples as text, without a detour: equal, byte for byte, to what
//! [`encode`](super::encode()) makes of its families.

use std::sync::Arc;

use super::{
    Format, Selection,
    encode::escape,
    families::{Series, application, units},
    number,
    rank::{by_rank, rank},
};
use crate::{
    cardinality,
    catalogue::{Family, Kind},
    clock::Moment,
    self_metrics::AppCounts,
    snapshot::{AppSnapshot, Histogram, Withheld},
};

/// The samples of several applications, its members, by family and then by member.
#[derive(Debug)]
pub(super) struct TextBatch {
    format: Format,
    bounds: Bounds,
    /// By rank.
    families: Vec<FamilyText>,
}

/// The samples of one family, and where those of each member end.
#[derive(Debug, Default)]
struct FamilyText {
    text: String,
    ends: Vec<usize>,
}

impl TextBatch {
    /// A batch without members.
    pub(super) fn new(format: Format) -> Self {
        let families = by_rank().iter().map(|_| FamilyText::default());
        Self {
            format,
            bounds: Bounds::default(),
            families: families.collect(),
        }
    }

    /// Writes what is selected of an application, which becomes the next member.
    pub(super) fn push(
        &mut self,
        snapshot: &AppSnapshot,
        counts: Option<&AppCounts>,
        selection: &Selection,
        now: &Moment,
    ) {
        let constant = snapshot.labels.iter();
        let mut series = TextSeries {
            app: escape(&snapshot.app, true).into_owned(),
            constant: constant
                .map(|(name, value)| format!(",{name}=\"{}\"", escape(value, true)))
                .collect(),
            withheld: snapshot.withheld,
            selection,
            batch: self,
        };
        application(&mut series, snapshot, counts, now);
        for family in &mut self.families {
            family.ends.push(family.text.len());
        }
    }

    /// Everything that was written, each family below its head.
    pub(super) fn into_text(self) -> String {
        let mut all = String::new();
        for (family, FamilyText { text, .. }) in by_rank().iter().zip(self.families) {
            if !text.is_empty() {
                all.push_str(&head(family, self.format));
                all.push_str(&text);
            }
        }
        all
    }

    /// What a member has of the family with that rank.
    pub(super) fn part(&self, rank: usize, member: usize) -> &str {
        let FamilyText { text, ends } = &self.families[rank];
        let begin = member.checked_sub(1).map_or(0, |before| ends[before]);
        &text[begin..ends[member]]
    }

    /// Removes the members.
    pub(super) fn clear(&mut self) {
        for family in &mut self.families {
            family.text.clear();
            family.ends.clear();
        }
    }
}

/// Takes the samples of one application.
#[derive(Debug)]
struct TextSeries<'a> {
    batch: &'a mut TextBatch,
    /// The name, escaped.
    app: String,
    /// The constant labels, each after a comma.
    constant: String,
    withheld: Withheld,
    selection: &'a Selection,
}

impl Series for TextSeries<'_> {
    fn value(&mut self, family: &'static Family, labels: &[&str], value: f64) {
        if value.is_finite() && self.shows(family, labels) {
            self.sample(family, labels, |out| number::push_value(out, value));
        }
    }

    fn whole(&mut self, family: &'static Family, labels: &[&str], value: u64) {
        if self.shows(family, labels) {
            self.sample(family, labels, |out| number::push_whole(out, value));
        }
    }

    fn histogram(&mut self, family: &'static Family, labels: &[&str], histogram: &Histogram) {
        if !self.shows(family, labels) {
            return;
        }
        let bounds = self
            .batch
            .bounds
            .texts(&histogram.bounds, self.batch.format);
        let mut counts = histogram.counts.iter();
        let mut count = 0;
        for bound in bounds.iter() {
            count += counts.next().unwrap_or(&0);
            self.bucket(family, labels, bound, count);
        }
        count += counts.sum::<u64>();
        let sum = units(histogram.sum_milli);
        self.bucket(family, labels, "+Inf", count);
        self.line(family, "_sum", labels, None, |out| {
            number::push_value(out, sum);
        });
        self.line(family, "_count", labels, None, |out| {
            number::push_count(out, count);
        });
    }
}

impl TextSeries<'_> {
    fn shows(&self, family: &Family, labels: &[&str]) -> bool {
        cardinality::shows(self.withheld, family) && self.selection.shows(family, labels)
    }

    fn sample(
        &mut self,
        family: &'static Family,
        labels: &[&str],
        value: impl FnOnce(&mut String),
    ) {
        self.line(family, "", labels, None, value);
    }

    fn bucket(&mut self, family: &'static Family, labels: &[&str], bound: &str, count: u64) {
        let value = |out: &mut String| number::push_count(out, count);
        self.line(family, "_bucket", labels, Some(bound), value);
    }

    fn line(
        &mut self,
        family: &'static Family,
        suffix: &str,
        labels: &[&str],
        le: Option<&str>,
        value: impl FnOnce(&mut String),
    ) {
        debug_assert_eq!(labels.len() + 1, family.labels.len(), "{}", family.name);
        let out = &mut self.batch.families[rank(family)].text;
        out.push_str(family.name);
        out.push_str(suffix);
        out.push_str("{app=\"");
        out.push_str(&self.app);
        out.push('"');
        for (name, value) in family.labels.iter().skip(1).zip(labels) {
            push_label(out, name, &escape(value, true));
        }
        out.push_str(&self.constant);
        if let Some(le) = le {
            push_label(out, "le", le);
        }
        out.push_str("} ");
        value(out);
        out.push('\n');
    }
}

fn push_label(out: &mut String, name: &str, escaped: &str) {
    for part in [",", name, "=\"", escaped, "\""] {
        out.push_str(part);
    }
}

/// The lines above a family's samples.
pub(super) fn head(family: &Family, format: Format) -> String {
    let (name, kind, quotes) = match (format, family.kind) {
        (Format::Text, Kind::Info) => (family.name, "gauge", false),
        (Format::Text, kind) => (family.name, kind.as_str(), false),
        (Format::OpenMetrics, kind) => (family.base_name(), kind.as_str(), true),
    };
    let help = escape(family.help, quotes);
    let mut head = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
    if let (Format::OpenMetrics, Some(unit)) = (format, family.unit()) {
        head.push_str(&format!("# UNIT {name} {unit}\n"));
    }
    head
}

/// How bucket bounds are written: most applications have the same ones.
#[derive(Debug, Default)]
struct Bounds(Vec<(Arc<[f64]>, BoundTexts)>);

type BoundTexts = Arc<[String]>;

impl Bounds {
    /// More than that many sets of bounds are not remembered.
    const MOST: usize = 32;

    fn texts(&mut self, bounds: &Arc<[f64]>, format: Format) -> BoundTexts {
        if let Some((_, texts)) = self.0.iter().find(|(known, _)| known == bounds) {
            return Arc::clone(texts);
        }
        let texts: BoundTexts = bounds.iter().map(|bound| format.bound(*bound)).collect();
        if self.0.len() < Self::MOST {
            self.0.push((Arc::clone(bounds), Arc::clone(&texts)));
        }
        texts
    }
}

impl Format {
    /// A bucket's bound as a label value.
    pub(super) fn bound(self, bound: f64) -> String {
        match self {
            Self::Text => number::value(bound),
            Self::OpenMetrics => number::canonical(bound),
        }
    }
}
