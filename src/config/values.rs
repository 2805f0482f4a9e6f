//! Readers of single values: what is accepted for a duration, a number, a switch.
//!
//! A file says what type a value has, and a wrong one is an error; an environment variable is
//! always text, which is read as what is expected.

use std::{ops::RangeInclusive, time::Duration};

use jiff::{civil::Date, tz::TimeZone};

use super::{
    duration::{DurationError, format_duration, parse_duration},
    node::{Kind, Node, quoted},
    table::Read,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Any text.
pub(super) fn text(node: &Node) -> Read<&str> {
    match &node.kind {
        Kind::Text(text) => Ok(text),
        Kind::Integer(_) | Kind::Number(_) | Kind::Boolean(_) => Err(format!(
            "expected text, got {}: put it in quotes",
            node.describe()
        )),
        _ => Err(expected("text", node)),
    }
}

/// Text that can stand in an HTTP header: 1 to 256 visible ASCII characters.
pub(super) fn header_text(node: &Node) -> Read<String> {
    let text = text(node)?;
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(text.to_owned()),
        false => Err(expected(
            "1 to 256 visible ASCII characters without spaces",
            node,
        )),
    }
}

/// A switch.
pub(super) fn boolean(node: &Node) -> Read<bool> {
    match (&node.kind, variable_text(node)) {
        (Kind::Boolean(value), _) => Ok(*value),
        (_, Some("true")) => Ok(true),
        (_, Some("false")) => Ok(false),
        _ => Err(expected("true or false", node)),
    }
}

/// A whole number within limits.
pub(super) fn integer<T>(range: RangeInclusive<T>) -> impl Fn(&Node) -> Read<T>
where
    T: TryFrom<i128> + PartialOrd + std::fmt::Display,
{
    move |node| {
        let number = match &node.kind {
            Kind::Integer(number) => Some(*number),
            _ => variable_text(node).and_then(|text| text.parse().ok()),
        };
        number
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let wanted = format!("a whole number from {} to {}", range.start(), range.end());
                expected(&wanted, node)
            })
    }
}

/// A finite number, whole or not.
pub(super) fn number(node: &Node) -> Read<f64> {
    let number = match &node.kind {
        // Numbers beyond 2^53 lose their last digits: none of the ranges goes that far.
        Kind::Integer(number) => Some(*number as f64),
        Kind::Number(number) => Some(*number),
        _ => variable_text(node).and_then(|text| text.parse().ok()),
    };
    number
        .filter(|number| number.is_finite())
        .ok_or_else(|| expected("a number", node))
}

/// A duration within limits.
pub(super) fn duration(range: RangeInclusive<Duration>) -> impl Fn(&Node) -> Read<Duration> {
    move |node| {
        let duration = any_duration(node)?;
        match range.contains(&duration) {
            true => Ok(duration),
            false => Err(format!(
                "expected a duration from {} to {}, got {}",
                format_duration(*range.start()),
                format_duration(*range.end()),
                node.describe()
            )),
        }
    }
}

/// A number of days, written as a duration: `7d`, `2w`; from 1 to 366.
pub(super) fn days(node: &Node) -> Read<u16> {
    let duration = any_duration(node)?;
    let days = duration.as_secs() / DAY.as_secs();
    let whole = DAY.checked_mul(u32::try_from(days).unwrap_or(u32::MAX)) == Some(duration);
    u16::try_from(days)
        .ok()
        .filter(|days| whole && (1..=366).contains(days))
        .ok_or_else(|| expected("whole days from 1d to 366d", node))
}

fn any_duration(node: &Node) -> Read<Duration> {
    match &node.kind {
        Kind::Text(text) => {
            parse_duration(text).map_err(|error| format!("{error}, got {}", quoted(text)))
        }
        Kind::Integer(_) | Kind::Number(_) => Err(format!(
            "{}, got {}",
            DurationError::NoUnit,
            node.describe()
        )),
        _ => Err(format!(
            "{}, got {}",
            DurationError::Syntax,
            node.describe()
        )),
    }
}

/// A size in bytes within limits: a number of bytes, or one with `KiB`, `MiB` or `GiB`.
pub(super) fn size(range: RangeInclusive<usize>) -> impl Fn(&Node) -> Read<usize> {
    move |node| {
        let bytes = match &node.kind {
            Kind::Integer(bytes) => usize::try_from(*bytes).ok(),
            Kind::Text(text) => parse_size(text, node.is_from_variable()),
            _ => None,
        };
        bytes.filter(|bytes| range.contains(bytes)).ok_or_else(|| {
            let wanted = format!(
                "a size such as 512KiB, 16MiB or 1GiB, from {} to {} bytes",
                range.start(),
                range.end()
            );
            expected(&wanted, node)
        })
    }
}

fn parse_size(text: &str, bare: bool) -> Option<usize> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let unit: usize = match &text[digits..] {
        "" if bare => 1,
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    text[..digits].parse::<usize>().ok()?.checked_mul(unit)
}

/// A local day, written `2026-01-31`.
pub(super) fn day(node: &Node) -> Read<Date> {
    let text = match &node.kind {
        Kind::Text(text) => text.as_str(),
        _ => "",
    };
    // The length keeps to one way of writing a day; the parser knows several, and times too.
    let date = (text.len() == "2026-01-31".len())
        .then(|| text.parse::<Date>().ok())
        .flatten();
    date.ok_or_else(|| expected("a day such as 2026-01-31", node))
}

/// A zone of the IANA database.
pub(super) fn timezone(node: &Node) -> Read<TimeZone> {
    let name = text(node)?;
    TimeZone::get(name).map_err(|_| expected("a time zone's name such as Asia/Shanghai", node))
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(words: &[(&'static str, T)]) -> impl Fn(&Node) -> Read<T> {
    move |node| {
        let found = match &node.kind {
            Kind::Text(text) => words.iter().find(|(word, _)| word == text),
            _ => None,
        };
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            expected(&format!("one of {}", words.join(", ")), node)
        })
    }
}

/// `expected …, got …`; never for a value that can be a secret.
pub(super) fn expected(what: &str, node: &Node) -> String {
    format!("expected {what}, got {}", node.describe())
}

/// The text of an environment variable.
fn variable_text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Text(text) if node.is_from_variable() => Some(text),
        _ => None,
    }
}
