//! Families as text: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0.
//!
//! Both are lines of samples; they differ in the lines about a family, in what a counter and an
//! info are called there, in how a bucket's bound is written, and in the last line.

use std::borrow::Cow;

use prometheus::proto::{Histogram, LabelPair, MetricFamily, MetricType};

use super::{Format, number};
use crate::catalogue::{self, Family};

/// Writes the families in the order given. Families without series are left out.
///
/// Only counters, gauges and histograms are written: the exporter has nothing else.
/// Types and units that the protobuf model cannot hold are taken from the catalogue. In the text
/// format the result is byte for byte what the `prometheus` crate's encoder writes.
#[must_use]
pub fn encode(families: &[MetricFamily], format: Format) -> String {
    let mut text = encode_families(families, format);
    if format == Format::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

/// The same without an end.
pub(super) fn encode_families(families: &[MetricFamily], format: Format) -> String {
    let mut writer = Writer {
        out: String::new(),
        format,
    };
    for family in families
        .iter()
        .filter(|family| !family.get_metric().is_empty())
    {
        if let Some(kind) = type_word(family.get_field_type()) {
            writer.family(family, kind);
        }
    }
    writer.out
}

struct Writer {
    out: String,
    format: Format,
}

impl Writer {
    fn family(&mut self, family: &MetricFamily, kind: &str) {
        match self.format {
            Format::Text => self.text_head(family, kind),
            Format::OpenMetrics => self.open_metrics_head(family, kind),
        }
        let name = family.name();
        for metric in family.get_metric() {
            let labels = metric.get_label();
            match family.get_field_type() {
                MetricType::HISTOGRAM => self.histogram(name, labels, metric.get_histogram()),
                MetricType::COUNTER => self.plain(name, labels, metric.get_counter().get_value()),
                _ => self.plain(name, labels, metric.get_gauge().get_value()),
            }
        }
    }

    fn text_head(&mut self, family: &MetricFamily, kind: &str) {
        self.comment("HELP", family.name(), &escape(family.help(), false));
        self.comment("TYPE", family.name(), kind);
    }

    /// OpenMetrics names a family without the suffix of its samples.
    fn open_metrics_head(&mut self, family: &MetricFamily, kind: &str) {
        let known = catalogue::find(family.name());
        let (name, kind) = match known {
            Some(known) => (known.base_name(), known.kind.as_str()),
            None => (family.name(), kind),
        };
        self.comment("HELP", name, &escape(family.help(), true));
        self.comment("TYPE", name, kind);
        if let Some(unit) = known.and_then(Family::unit) {
            self.comment("UNIT", name, unit);
        }
    }

    fn comment(&mut self, what: &str, name: &str, text: &str) {
        for part in ["# ", what, " ", name, " ", text, "\n"] {
            self.out.push_str(part);
        }
    }

    fn plain(&mut self, name: &str, labels: &[LabelPair], value: f64) {
        self.sample(name, "", labels, None, &number::value(value));
    }

    fn histogram(&mut self, name: &str, labels: &[LabelPair], histogram: &Histogram) {
        for bucket in histogram.get_bucket() {
            let bound = match self.format {
                Format::Text => number::value(bucket.upper_bound()),
                Format::OpenMetrics => number::canonical(bucket.upper_bound()),
            };
            let count = bucket.cumulative_count().to_string();
            self.sample(name, "_bucket", labels, Some(&bound), &count);
        }
        let count = histogram.get_sample_count().to_string();
        self.sample(name, "_bucket", labels, Some("+Inf"), &count);
        self.sample(
            name,
            "_sum",
            labels,
            None,
            &number::value(histogram.get_sample_sum()),
        );
        self.sample(name, "_count", labels, None, &count);
    }

    fn sample(
        &mut self,
        name: &str,
        suffix: &str,
        labels: &[LabelPair],
        le: Option<&str>,
        value: &str,
    ) {
        self.out.push_str(name);
        self.out.push_str(suffix);
        let pairs = labels.iter().map(|pair| (pair.name(), pair.value()));
        let mut separator = '{';
        for (name, value) in pairs.chain(le.map(|le| ("le", le))) {
            self.out.push(separator);
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.out.push_str(&escape(value, true));
            self.out.push('"');
            separator = ',';
        }
        if separator == ',' {
            self.out.push('}');
        }
        self.out.push(' ');
        self.out.push_str(value);
        self.out.push('\n');
    }
}

fn type_word(kind: MetricType) -> Option<&'static str> {
    match kind {
        MetricType::COUNTER => Some("counter"),
        MetricType::GAUGE => Some("gauge"),
        MetricType::HISTOGRAM => Some("histogram"),
        MetricType::SUMMARY | MetricType::UNTYPED => None,
    }
}

/// Backslashes and line ends are escaped everywhere, quotes in label values and in all of
/// OpenMetrics.
pub(super) fn escape(text: &str, quotes: bool) -> Cow<'_, str> {
    if !text.contains(['\\', '\n', '"']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 2);
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}
