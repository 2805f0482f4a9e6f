//! Numbers as text.

use std::fmt::Write as _;

/// Whole numbers up to here are the same as `f64` and as `u64`.
const EXACT: u64 = 1 << 53;

/// A sample's value: whole numbers without a point, others with as few digits as tell them from
/// their neighbours.
pub(super) fn value(number: f64) -> String {
    let mut text = String::new();
    push_value(&mut text, number);
    text
}

/// The same, appended.
pub(super) fn push_value(out: &mut String, number: f64) {
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "+Inf" } else { "-Inf" });
    } else {
        #[expect(clippy::expect_used, reason = "writing to memory cannot fail")]
        write!(out, "{number}").expect("a string takes every number");
    }
}

/// A number of observations, appended: exact, however large.
pub(super) fn push_count(out: &mut String, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// The value of a whole number, which is that of the nearest `f64`, appended.
pub(super) fn push_whole(out: &mut String, number: u64) {
    if number <= EXACT {
        push_count(out, number);
    } else {
        push_value(out, number as f64);
    }
}

/// A bucket's bound in OpenMetrics: a label value, so the same number must always be the same
/// text. The standard asks for Go's shortest `%g`, with `.0` where that would look whole
/// (OpenMetrics 1.0.0, "Considerations: Canonical Numbers").
pub(super) fn canonical(number: f64) -> String {
    if !number.is_finite() {
        return value(number);
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_short_and_whole_numbers_plain() {
        let texts = [
            0.0,
            3.0,
            0.25,
            -1.5,
            1_608_048_000.0,
            1e21,
            f64::INFINITY,
            -f64::INFINITY,
        ];
        insta::assert_snapshot!(
            texts.map(value).join(" "),
            @"0 3 0.25 -1.5 1608048000 1000000000000000000000 +Inf -Inf"
        );
    }

    /// The standard's own examples, and the numbers on both sides of each change of form.
    #[test]
    fn bounds_are_canonical() {
        let texts = [
            0.0,
            0.001,
            0.002,
            0.01,
            0.1,
            0.9,
            0.95,
            0.99,
            0.999,
            1.0,
            1.7,
            10.0,
            1e-10,
            1e-9,
            1e-5,
            0.0001,
            100_000.0,
            1e6,
            1e10,
            999_999.0,
            1_234_567.0,
            f64::INFINITY,
        ];
        insta::assert_snapshot!(
            texts.map(canonical).join(" "),
            @"0.0 0.001 0.002 0.01 0.1 0.9 0.95 0.99 0.999 1.0 1.7 10.0 1e-10 1e-09 1e-05 0.0001 100000.0 1e+06 1e+10 999999.0 1.234567e+06 +Inf"
        );
    }

    proptest! {
        #[test]
        fn whole_numbers_are_values_like_others(number in any::<u64>(), bits in 0..64_u32) {
            for number in [number >> bits, EXACT - 1, EXACT, EXACT + 1] {
                let mut text = String::new();
                push_whole(&mut text, number);
                prop_assert_eq!(text, value(number as f64));
            }
        }

        #[test]
        fn what_is_written_reads_back_the_same(number in any::<f64>().prop_filter("a number", |n| !n.is_nan())) {
            prop_assert_eq!(value(number).parse::<f64>(), Ok(number));
            prop_assert_eq!(canonical(number).parse::<f64>(), Ok(number));
        }
    }
}
