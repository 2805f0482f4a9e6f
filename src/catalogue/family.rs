//! What is fixed about a metric family.

/// A metric family: everything about it that does not change while the exporter runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The name in the text format, with `_total` and `_info`.
    pub name: &'static str,
    /// What kind of metric it is.
    pub kind: Kind,
    /// The help text: English, stable, naming the vendor's field where there is one.
    pub help: &'static str,
    /// The names of its labels; `app` first where there is one.
    pub labels: &'static [&'static str],
    /// Where it comes from.
    pub group: Group,
}

/// What kind of metric a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever goes up, but for a restart.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations in buckets.
    Histogram,
    /// Constantly 1: its labels say something. The text format calls it a gauge.
    Info,
}

impl Kind {
    /// The word for people, and for OpenMetrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// Where a family comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The `realtime` collector.
    Realtime,
    /// The `daily` collector.
    Daily,
    /// The `meetings` collector.
    Meetings,
    /// The `details` collector.
    Details,
    /// The exporter, about its work.
    Exporter,
    /// The operating system, about the exporter's process.
    Process,
}

impl Group {
    /// What the reference table says of the source.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "`realtime` collector",
            Self::Daily => "`daily` collector",
            Self::Meetings => "`meetings` collector",
            Self::Details => "`details` collector",
            Self::Exporter => "exporter",
            Self::Process => "process",
        }
    }
}

impl Family {
    /// The name without `_total` and `_info`: what OpenMetrics calls the family.
    #[must_use]
    pub fn base_name(&self) -> &'static str {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.name.strip_suffix(suffix).unwrap_or(self.name)
    }

    /// The base unit, which by OpenMetrics' rule is the name's last word.
    #[must_use]
    pub fn unit(&self) -> Option<&'static str> {
        if self.kind == Kind::Info {
            return None;
        }
        let (_, last) = self.base_name().rsplit_once('_')?;
        ["seconds", "bytes", "ratio"]
            .into_iter()
            .find(|unit| *unit == last)
    }
}

/// Declares families as statics, and lists them as `ALL`, so that none can be left out.
macro_rules! families {
    ($group:ident: $($constant:ident: $kind:ident $name:literal [$($label:literal),*] $help:expr;)+) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub static $constant: $crate::catalogue::Family = $crate::catalogue::Family {
                name: $name,
                kind: $crate::catalogue::Kind::$kind,
                help: $help,
                labels: &[$($label),*],
                group: $crate::catalogue::Group::$group,
            };
        )+

        /// This file's families.
        pub(super) static ALL: &[&$crate::catalogue::Family] = &[$(&$constant),+];
    };
}

/// A help text for figures that were read before the scrape, which the official advice wants noted.
macro_rules! polled {
    ($help:literal) => {
        concat!(
            $help,
            " Polled in the background:",
            " netease_meeting_collector_last_success_timestamp_seconds tells the age."
        )
    };
}

pub(super) use {families, polled};
