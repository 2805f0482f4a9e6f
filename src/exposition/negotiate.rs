//! Which format and which encoding a client gets, from its `Accept` and `Accept-Encoding` headers
//! (RFC 9110, sections 12.4 and 12.5; Prometheus' "Scrape protocol content negotiation").
//!
//! Nothing is ever refused: a client that accepts nothing we have gets the text format as it is.

use std::cmp::Reverse;

/// A format of the exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.0 as text.
    OpenMetrics,
}

/// How names beyond letters, digits, `_` and `:` are to be written. Ours have none, so every
/// scheme changes nothing; the one asked for is confirmed, as Prometheus 3 expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// As they are, in quotes.
    AllowUtf8,
    /// With underscores in place of the rest.
    Underscores,
    /// With dots kept recognisable.
    Dots,
    /// With code points in hexadecimal.
    Values,
}

/// What to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentType {
    /// The format.
    pub format: Format,
    /// The escaping scheme that was asked for along with it.
    pub escaping: Option<Escaping>,
}

/// How the body travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Compressed.
    Gzip,
}

impl ContentType {
    /// The `Content-Type` header's value.
    #[must_use]
    pub fn header(self) -> &'static str {
        match (self.format, self.escaping) {
            (Format::Text, _) => "text/plain; version=0.0.4; charset=utf-8",
            (Format::OpenMetrics, None) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
            (Format::OpenMetrics, Some(Escaping::AllowUtf8)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
            (Format::OpenMetrics, Some(Escaping::Underscores)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            (Format::OpenMetrics, Some(Escaping::Dots)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots"
            }
            (Format::OpenMetrics, Some(Escaping::Values)) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values"
            }
        }
    }
}

/// The format for a request with these `Accept` headers.
///
/// The highest quality wins; at the same quality the format that was named more exactly, then the
/// one named first, then text. So OpenMetrics is sent only where it was asked for by name, and not
/// to a browser that accepts everything. OpenMetrics 0.0.1 is another format, which we do not have.
pub fn negotiate_format<'a>(accept: impl IntoIterator<Item = &'a str>) -> ContentType {
    let ranges: Vec<Range<'_>> = accept
        .into_iter()
        .flat_map(|header| split(header, ','))
        .filter_map(Range::parse)
        .collect();
    let text = best(&ranges, "text", "plain", "0.0.4");
    let open_metrics = best(&ranges, "application", "openmetrics-text", "1.0.0");
    match open_metrics {
        Some((rank, range)) if text.is_none_or(|(text, _)| rank > text) => ContentType {
            format: Format::OpenMetrics,
            escaping: range.escaping,
        },
        _ => ContentType {
            format: Format::Text,
            escaping: None,
        },
    }
}

/// The encoding for a request with these `Accept-Encoding` headers: gzip where it is accepted and
/// not less welcome than none.
pub fn negotiate_encoding<'a>(accept_encoding: impl IntoIterator<Item = &'a str>) -> Encoding {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for item in accept_encoding
        .into_iter()
        .flat_map(|header| split(header, ','))
    {
        let mut parts = split(item, ';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let Some(quality) = quality(parts.filter_map(parameter)) else {
            continue;
        };
        let is = |coding: &str| name.eq_ignore_ascii_case(coding);
        if is("gzip") || is("x-gzip") {
            gzip = gzip.max(Some(quality));
        } else if is("identity") {
            identity = identity.max(Some(quality));
        } else if is("*") {
            any = any.max(Some(quality));
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    // Not naming `identity` leaves it acceptable, but says nothing against anything named.
    if gzip > 0 && gzip >= identity.unwrap_or(0) {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// A media range of an `Accept` header.
#[derive(Debug)]
struct Range<'a> {
    kind: &'a str,
    subkind: &'a str,
    version: Option<&'a str>,
    escaping: Option<Escaping>,
    /// In thousandths.
    quality: u16,
}

/// Quality, then exactness, then place; compared in this order.
type Rank = (u16, u8, Reverse<usize>);

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = split(text, ';').map(str::trim);
        let (kind, subkind) = parts.next()?.split_once('/')?;
        let parameters: Vec<_> = parts.filter_map(parameter).collect();
        let find = |wanted: &str| {
            parameters
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|pair| pair.1)
        };
        Some(Self {
            kind: kind.trim(),
            subkind: subkind.trim(),
            version: find("version"),
            escaping: find("escaping").and_then(Escaping::parse),
            quality: quality(parameters.iter().copied())?,
        })
    }

    /// How exactly this range names that format; `None` where it does not cover it.
    fn exactness(&self, kind: &str, subkind: &str, version: &str) -> Option<u8> {
        if self.kind == "*" && self.subkind == "*" {
            return Some(0);
        }
        if !self.kind.eq_ignore_ascii_case(kind) {
            return None;
        }
        if self.subkind == "*" {
            return Some(1);
        }
        if !self.subkind.eq_ignore_ascii_case(subkind) {
            return None;
        }
        match self.version {
            None => Some(2),
            Some(asked) if asked == version => Some(3),
            Some(_) => None,
        }
    }
}

impl Escaping {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "allow-utf-8" => Some(Self::AllowUtf8),
            "underscores" => Some(Self::Underscores),
            "dots" => Some(Self::Dots),
            "values" => Some(Self::Values),
            _ => None,
        }
    }
}

/// The range that decides about a format, the most exact one that covers it, and its rank;
/// `None` where no range covers it, or the one that decides says no.
fn best<'r, 'a>(
    ranges: &'r [Range<'a>],
    kind: &str,
    subkind: &str,
    version: &str,
) -> Option<(Rank, &'r Range<'a>)> {
    let covering = ranges.iter().enumerate().filter_map(|(place, range)| {
        let exactness = range.exactness(kind, subkind, version)?;
        Some(((range.quality, exactness, Reverse(place)), range))
    });
    covering
        .max_by_key(|((quality, exactness, place), _)| (*exactness, *quality, *place))
        .filter(|((quality, ..), _)| *quality > 0)
}

/// The quality among parameters, in thousandths: 1 where there is none, `None` where it is not a
/// number from 0 to 1.
fn quality<'a>(mut parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Option<u16> {
    let Some((_, text)) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("q")) else {
        return Some(1000);
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" | "" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// A `name=value` pair, the value without its quotes.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim();
    let unquoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some((name.trim(), unquoted.unwrap_or(value)))
}

/// Splits at a separator, but not inside quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        if escaped {
            escaped = false;
        } else if quoted && character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        }
        !quoted && character == separator
    })
}
