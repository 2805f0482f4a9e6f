//! Durations as Prometheus writes them: `300ms`, `15s`, `1h30m`, `7d`.

use std::time::Duration;

use thiserror::Error;

/// Every unit with its milliseconds, from large to small; a day is 24 hours, a year 365 days.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Where days stand among the units.
const DAYS: usize = 2;

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Not numbers with units.
    #[error("expected a duration such as 300ms, 15s or 1h30m")]
    Syntax,
    /// A number that does not say of what.
    #[error("expected a duration with its unit, such as 300ms, 15s or 1h30m")]
    NoUnit,
    /// `30m1h`, or the same unit twice.
    #[error("expected a duration with units from large to small, each once, such as 1h30m")]
    Order,
    /// More than 64 bits of milliseconds hold.
    #[error("expected a shorter duration")]
    TooLong,
}

/// Reads a duration: numbers with the units `y`, `w`, `d`, `h`, `m`, `s` and `ms`, from large to
/// small, or `0`.
///
/// # Errors
///
/// When the text is anything else.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.is_empty() {
        return Err(DurationError::Syntax);
    }
    let mut rest = text;
    let mut next_unit = 0;
    let mut milliseconds: u64 = 0;
    while !rest.is_empty() {
        let (number, tail) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, tail) = split_while(tail, |c| c.is_ascii_alphabetic());
        if number.is_empty() {
            return Err(DurationError::Syntax);
        }
        if unit.is_empty() && tail.is_empty() {
            return Err(DurationError::NoUnit);
        }
        let place = UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or(DurationError::Syntax)?;
        if place < next_unit {
            return Err(DurationError::Order);
        }
        next_unit = place + 1;
        milliseconds = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(UNITS[place].1))
            .and_then(|part| milliseconds.checked_add(part))
            .ok_or(DurationError::TooLong)?;
        rest = tail;
    }
    Ok(Duration::from_millis(milliseconds))
}

/// Writes a duration so that [`parse_duration`] reads it back, to the millisecond.
///
/// Days are the largest unit written: `7d`, as operators write it, and not `1w`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, milliseconds) in &UNITS[DAYS..] {
        if rest >= *milliseconds {
            text.push_str(&format!("{}{unit}", rest / milliseconds));
            rest %= milliseconds;
        }
    }
    text
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_read_and_what_is_refused() {
        let table: String = [
            "300ms",
            "15s",
            "1h30m",
            "7d",
            "2w",
            "1y2w3d4h5m6s7ms",
            "0",
            "0s",
            "",
            "15",
            "1.5h",
            "5 minutes",
            "-1s",
            "1S",
            "30m1h",
            "1h1h",
            "h",
            "1h ",
            "１h",
            "99999999999999999999s",
            "999999999999999y",
        ]
        .iter()
        .map(|text| match parse_duration(text) {
            Ok(read) => format!("{text:?} => {} = {read:?}\n", format_duration(read)),
            Err(error) => format!("{text:?} => {error}\n"),
        })
        .collect();
        insta::assert_snapshot!(table, @r#"
        "300ms" => 300ms = 300ms
        "15s" => 15s = 15s
        "1h30m" => 1h30m = 5400s
        "7d" => 7d = 604800s
        "2w" => 14d = 1209600s
        "1y2w3d4h5m6s7ms" => 382d4h5m6s7ms = 33019506.007s
        "0" => 0s = 0ns
        "0s" => 0s = 0ns
        "" => expected a duration such as 300ms, 15s or 1h30m
        "15" => expected a duration with its unit, such as 300ms, 15s or 1h30m
        "1.5h" => expected a duration such as 300ms, 15s or 1h30m
        "5 minutes" => expected a duration such as 300ms, 15s or 1h30m
        "-1s" => expected a duration such as 300ms, 15s or 1h30m
        "1S" => expected a duration such as 300ms, 15s or 1h30m
        "30m1h" => expected a duration with units from large to small, each once, such as 1h30m
        "1h1h" => expected a duration with units from large to small, each once, such as 1h30m
        "h" => expected a duration such as 300ms, 15s or 1h30m
        "1h " => expected a duration such as 300ms, 15s or 1h30m
        "１h" => expected a duration such as 300ms, 15s or 1h30m
        "99999999999999999999s" => expected a shorter duration
        "999999999999999y" => expected a shorter duration
        "#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(milliseconds in any::<u64>()) {
            let duration = Duration::from_millis(milliseconds);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9ywdhms .]{0,12}|\\PC{0,12}") {
            if let Ok(read) = parse_duration(&text) {
                prop_assert_eq!(parse_duration(&format_duration(read)), Ok(read));
            }
        }
    }
}
