//! Durations as Go writes them, which is how the shared format has them: `1s`, `1.5h`, `1m30s`.

use std::time::Duration;

/// Every unit with its nanoseconds.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3600 * 1_000_000_000),
];

/// The longest that Go's 64 bits hold: about 292 years.
const LONGEST: u128 = i64::MAX as u128;

/// Reads a duration; one below zero, which Go knows, becomes zero. The error is Go's.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, tail) = rest.split_at(number.unwrap_or(rest.len()));
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, tail) = tail.split_at(unit.unwrap_or(tail.len()));
        if !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let scale = UNITS.iter().find(|(name, _)| *name == unit);
        let Some((_, scale)) = scale else {
            return Err(format!("time: unknown unit {unit:?} in duration {text:?}"));
        };
        let part = nanoseconds(number, *scale).ok_or_else(invalid)?;
        total = total.saturating_add(part);
        if total > LONGEST {
            return Err(invalid());
        }
        rest = tail;
    }
    let nanoseconds = u64::try_from(total).map_err(|_| invalid())?;
    Ok(match negative {
        true => Duration::ZERO,
        false => Duration::from_nanos(nanoseconds),
    })
}

/// A number with or without a fraction, times the unit; what is left of a nanosecond is dropped.
fn nanoseconds(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') {
        return None;
    }
    let whole: u128 = match whole {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    // More digits than an hour has nanoseconds change nothing.
    let fraction = &fraction[..fraction.len().min(18)];
    let below: u128 = match fraction {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let places = u32::try_from(fraction.len()).ok()?;
    whole
        .checked_mul(scale)?
        .checked_add(below * scale / 10_u128.pow(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_what_is_refused() {
        let table: String = [
            "0",
            "+0",
            "1s",
            "1.5h",
            "1m30s",
            "100ms",
            "1µs",
            "1us",
            ".5s",
            "1.s",
            "-1s",
            "+5s",
            "2h2h",
            "0.1234567890123456789s",
            "",
            "-",
            "5",
            "1d",
            "s",
            ".",
            ".s",
            "1..5s",
            "1 s",
            "1s ",
            "9999999h",
            "99999999999999999999999999999999999999999s",
        ]
        .iter()
        .map(|text| match parse(text) {
            Ok(read) => format!("{text:?} => {read:?}\n"),
            Err(error) => format!("{text:?} => {error}\n"),
        })
        .collect();
        insta::assert_snapshot!(table, @r#"
        "0" => 0ns
        "+0" => 0ns
        "1s" => 1s
        "1.5h" => 5400s
        "1m30s" => 90s
        "100ms" => 100ms
        "1µs" => 1µs
        "1us" => 1µs
        ".5s" => 500ms
        "1.s" => 1s
        "-1s" => 0ns
        "+5s" => 5s
        "2h2h" => 14400s
        "0.1234567890123456789s" => 123.456789ms
        "" => time: invalid duration ""
        "-" => time: invalid duration "-"
        "5" => time: missing unit in duration "5"
        "1d" => time: unknown unit "d" in duration "1d"
        "s" => time: invalid duration "s"
        "." => time: invalid duration "."
        ".s" => time: invalid duration ".s"
        "1..5s" => time: invalid duration "1..5s"
        "1 s" => time: unknown unit " s" in duration "1 s"
        "1s " => time: unknown unit "s " in duration "1s "
        "9999999h" => time: invalid duration "9999999h"
        "99999999999999999999999999999999999999999s" => time: invalid duration "99999999999999999999999999999999999999999s"
        "#);
    }
}
