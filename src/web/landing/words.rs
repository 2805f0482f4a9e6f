//! Numbers and times as people read them.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

/// What stands where something is not known.
pub(super) const UNKNOWN: &str = "–";

/// A whole number, with a comma between thousands.
pub(super) struct Count<N>(pub(super) N);

impl<N: Display> Display for Count<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.char_indices() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A length of time to the unit people care about.
pub(super) struct Span(pub(super) Duration);

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 if self.0.as_millis() == 0 => f.write_str("< 1 ms"),
            0 => write!(f, "{} ms", self.0.as_millis()),
            seconds => whole(f, seconds, |seconds, unit| seconds / unit),
        }
    }
}

/// How long ago something was, to the second.
pub(super) struct Age(pub(super) Duration);

impl Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => f.write_str("< 1 s"),
            seconds => whole(f, seconds, |seconds, unit| seconds / unit),
        }
    }
}

/// The time that is left, at the most: rounded up.
pub(super) struct Within(pub(super) Duration);

impl Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun = u64::from(self.0.subsec_nanos() > 0);
        whole(f, self.0.as_secs().saturating_add(begun), u64::div_ceil)
    }
}

/// Whole seconds in the unit people care about, of which `divide` tells how many there are.
fn whole(
    f: &mut fmt::Formatter<'_>,
    seconds: u64,
    divide: impl Fn(u64, u64) -> u64,
) -> fmt::Result {
    match seconds {
        0..120 => write!(f, "{seconds} s"),
        120..7200 => write!(f, "{} min", divide(seconds, 60)),
        7200..172_800 => write!(f, "{} h", divide(seconds, 3600)),
        _ => write!(f, "{} d", Count(divide(seconds, 86_400))),
    }
}

/// Meeting time: minutes, or hours from the second on.
pub(super) struct Hours(pub(super) Duration);

impl Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..7200 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{} h", Count(seconds / 3600)),
        }
    }
}

/// A moment to the second, in UTC.
pub(super) struct Utc(pub(super) Timestamp);

impl Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = TimeZone::UTC.to_datetime(self.0);
        write!(f, "{} {:.0} UTC", at.date(), at.time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let counts = [0, 999, 1000, 12_345, 1_234_567_u64].map(|n| Count(n).to_string());
        assert_eq!(counts.join(" "), "0 999 1,000 12,345 1,234,567");
        let spans = [
            0,
            32,
            999,
            1000,
            119_999,
            120_000,
            7_199_999,
            7_200_000,
            172_800_000,
        ];
        let spans = spans.map(|ms| Span(Duration::from_millis(ms)).to_string());
        assert_eq!(
            spans.join(", "),
            "< 1 ms, 32 ms, 999 ms, 1 s, 119 s, 2 min, 119 min, 2 h, 2 d"
        );
        let hours =
            [0, 59, 60, 7199, 7200, 12_345_678].map(|s| Hours(Duration::from_secs(s)).to_string());
        assert_eq!(
            hours.join(", "),
            "0 min, 0 min, 1 min, 119 min, 2 h, 3,429 h"
        );
        let at = Utc("2020-12-17T02:00:05.7Z".parse().unwrap());
        assert_eq!(at.to_string(), "2020-12-17 02:00:05 UTC");
    }
}
